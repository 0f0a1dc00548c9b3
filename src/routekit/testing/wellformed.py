"""Contacts as a policy declares them, written as JSON, that reach its corners."""

from datetime import datetime, timedelta

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import ARRIVAL, ValueRef, declared, key_of
from routekit.schema.types import Value
from routekit.schema.writing import as_json
from routekit.testing.boundary_values import MONDAY, TICK, Edges
from routekit.testing.choices import Dice
from routekit.testing.targeting import Aims, Chosen

__all__ = ["WellFormed"]

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
        """A contact without any problem."""
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
        """An offer shown at the beginning of the window that a cap counts, or just beside it."""
        offer, per = dice.pick(self._caps)
        beside = dice.pick((timedelta(0), TICK, -TICK, timedelta(days=-1)))
        at = now - min(per, _FARTHEST) - beside if 1000 < now.year < 9999 else now
        return {"offer": offer, "at": at.isoformat()}


def put(contact: dict[str, object], path: tuple[str, ...], value: object) -> None:
    """Sets a value in a contact, whose parts are made where they are not there."""
    part = contact
    for key in path[:-1]:
        inner = part.setdefault(key, {})
        assert isinstance(inner, dict)
        part = inner
    part[path[-1]] = value
