"""Contacts for a checked policy: as it declares them, at the edges of what it asks, and spoilt ones."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import inf, nan

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.references import ARRIVAL, ValueRef, declared, key_of
from routekit.schema.types import Value
from routekit.schema.writing import as_json
from routekit.testing.boundary_values import MONDAY, TICK, Edges
from routekit.testing.choices import Dice
from routekit.testing.targeting import Aims, Chosen

__all__ = ["JUNK", "Callers", "WellFormed"]

JUNK: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 2.5, nan, inf, -inf, 1e308, 2**63, -(2**63) - 1, 10**5000,
    Decimal("NaN"), Decimal("0.5"),
    "", "yes", "1", "3m", "5 minutes", "2026-13-01", "2026-11-23T25:00", "2026-11-23",
    "0001-01-01T00:00", "\ud800",
    [], [None], [[1]], [1, "x", 2.0], {}, {"x": 1}, {1: 2}, (), {1, 2}, b"bytes", object(),
    datetime.max, datetime.min,
    date(2026, 1, 1), timedelta.max, timedelta.min, list(range(20_000)), range(3), Ellipsis,
)  # fmt: skip


class Callers:
    """Who may call under a policy; made once for a policy, then asked for any number of contacts."""

    def __init__(self, policy: CheckedPolicy, dice: Dice) -> None:
        edges = Edges(policy)
        self.clocks = edges.clocks
        self._records = {
            record.name: [
                (field, edges.values(e.FieldRef(record.name, field.name), field.type, dice))
                for field in record.fields
            ]
            for record in policy.records
        }
        self._queues = {
            queue: [
                (field, edges.values(e.SignalRef(queue, field.name), field.type, dice))
                for field in policy.live
            ]
            for queue in (policy.queues if policy.live else ())
        }
        self._caps = [(offer.name, cap.per) for offer in policy.offers for cap in offer.caps]

    def clock(self, dice: Dice) -> datetime:
        return dice.pick(self.clocks)

    def valid(self, dice: Dice, clock: datetime = MONDAY) -> dict[str, object]:
        """Returns a contact as the policy declares it; now and then something is missing."""
        contact: dict[str, object] = {
            name: _filled(fields, dice) for name, fields in self._records.items() if not dice.chance(4)
        }
        if self._queues and dice.chance(80):
            contact["live"] = {
                queue: _filled(fields, dice) for queue, fields in self._queues.items() if not dice.chance(15)
            }
        if self._caps and dice.chance(70):
            own = contact.get("contact")
            arrival = own.get("at") if isinstance(own, dict) else None
            now = arrival if isinstance(arrival, datetime) else clock
            contact["offers_shown"] = [self._shown(dice, now) for _ in range(dice.below(5))]
        if dice.chance(3):
            contact["not_declared"] = {"value": object()}
        return contact

    def _shown(self, dice: Dice, now: datetime) -> dict[str, object]:
        offer, at = _showing(dice, self._caps, now)
        return {
            "offer": "no_such_offer" if dice.chance(5) else offer,
            "at": at if dice.chance(50) else at.isoformat(),
        }

    def corrupted(self, dice: Dice, clock: datetime = MONDAY) -> object:
        """Returns a contact in which one to three things are not as they should be."""
        if dice.chance(2):
            return dice.pick(JUNK)
        contact = self.valid(dice, clock)
        for _ in range(dice.between(1, 3)):
            _spoil(contact, dice)
        return contact

    def any(self, dice: Dice, clock: datetime = MONDAY) -> object:
        return self.corrupted(dice, clock) if dice.chance(30) else self.valid(dice, clock)


def _filled(fields: list[tuple[Field, list[object]]], dice: Dice) -> dict[str, object]:
    filled: dict[str, object] = {}
    for field, values in fields:
        if dice.chance(2 if field.is_required else 20):
            if dice.chance(30):
                filled[field.name] = None
            continue
        filled[field.name] = dice.pick(values)
    return filled


def _spoil(contact: dict[str, object], dice: Dice) -> None:
    """Puts something foreign in the place of a part, most often of a field."""
    place = contact
    for _ in range(dice.pick((1, 1, 1, 2, 0))):
        below = [part for value in place.values() for part in _parts(value)]
        if below:
            place = dice.pick(below)
    if place:
        key, junk = dice.pick(sorted(place, key=str)), dice.pick(JUNK)
        value = place[key]
        place[key] = [*value, junk] if isinstance(value, list) and dice.chance(60) else junk


def _parts(value: object) -> list[dict[str, object]]:
    """The objects of which a value consists: itself, or those in a list."""
    return [
        part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict) and part
    ]


# ── without any problem ────────────────────────────────────────────────────────


_FARTHEST = timedelta(days=300_000)


class WellFormed:
    """Writes contacts of one policy; made once, then asked for any number.

    A contact begins with nothing known, with one of the policy's examples, with what a condition asks for,
    or with anything at all; then a few things are changed.
    """

    def __init__(self, policy: CheckedPolicy) -> None:
        self._edges = Edges(policy)
        self.clocks = self._edges.clocks
        self.fields = declared(policy)
        self._refs = list(self.fields)
        self._known: dict[ValueRef, list[Value]] = {}
        self._aims = Aims(policy, self._values)
        self._examples: list[Chosen] = [
            {
                (e.SignalRef(*given.path) if given.live else e.FieldRef(*given.path)): given.value
                for given in example.given
            }
            for example in policy.examples
        ]
        self._caps = [(offer.name, cap.per) for offer in policy.offers for cap in offer.caps]

    def contact(self, dice: Dice) -> dict[str, object]:
        """Returns a contact without any problem."""
        chosen = self._beginning(dice)
        for _ in range(dice.below(4)):
            ref = dice.pick(self._refs)
            if dice.chance(25):
                chosen.pop(ref, None)
            else:
                chosen[ref] = dice.pick(self._values(ref))
        for ref, field in self.fields.items():
            if field.is_required and ref not in chosen:
                chosen[ref] = dice.pick(self._values(ref))
        contact = self._written(chosen)
        if self._caps and dice.chance(50):
            arrival = chosen.get(ARRIVAL)
            now = arrival if isinstance(arrival, datetime) else MONDAY
            contact["offers_shown"] = [self._shown(dice, now) for _ in range(dice.between(1, 4))]
        return contact

    def _beginning(self, dice: Dice) -> Chosen:
        match dice.below(5):
            case 1 if self._examples:
                return dict(dice.pick(self._examples))
            case 2 | 3:
                return self._aims.aim(dice)
            case 4:
                return {ref: dice.pick(self._values(ref)) for ref in self._refs if dice.chance(60)}
            case _:
                return {}

    def _values(self, ref: ValueRef) -> list[Value]:
        if ref not in self._known:
            self._known[ref] = self._edges.plain_values(ref, self.fields[ref].type)
        return self._known[ref]

    def _written(self, chosen: Chosen) -> dict[str, object]:
        contact: dict[str, object] = {}
        for ref, value in chosen.items():
            put(contact, key_of(ref), as_json(value))
        return contact

    def _shown(self, dice: Dice, now: datetime) -> dict[str, object]:
        offer, at = _showing(dice, self._caps, now)
        return {"offer": offer, "at": at.isoformat()}


def _showing(dice: Dice, caps: Sequence[tuple[str, timedelta]], now: datetime) -> tuple[str, datetime]:
    """An offer shown at the beginning of the window that a cap counts, or just beside it."""
    offer, per = dice.pick(caps)
    beside = dice.pick((timedelta(0), TICK, -TICK, timedelta(days=-1)))
    return offer, now - min(per, _FARTHEST) - beside if 1000 < now.year < 9999 else now


def put(contact: dict[str, object], path: tuple[str, ...], value: object) -> None:
    """Sets a value in a contact, whose parts are made where they are not there."""
    part = contact
    for key in path[:-1]:
        inner = part.setdefault(key, {})
        assert isinstance(inner, dict)
        part = inner
    part[path[-1]] = value
