"""Contacts for a checked policy, biased to the values at which the policy changes its mind."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import floor, inf, isfinite, nan, nextafter

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field
from routekit.schema.times import format_duration, zone
from routekit.schema.types import (
    WEEKDAYS,
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    Scalar,
    SetOf,
    Text,
    Time,
    Type,
    Value,
)

from tests.properties.dice import Dice

__all__ = ["Callers", "conditions_of", "nodes"]

Ref = e.FieldRef | e.SignalRef

_MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
_MOMENTS = (
    _MONDAY, datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2027, 3, 14, 7, 0, tzinfo=UTC),
    datetime(2026, 10, 1, 3, tzinfo=UTC), datetime(2026, 12, 25, 9, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC),
)  # fmt: skip
_TICK = timedelta(microseconds=1)

JUNK: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 2.5, nan, inf, -inf, 1e308, 2**63, -(2**63) - 1, 10**5000, Decimal("NaN"), Decimal("0.5"),
    "", "yes", "1", "3m", "5 minutes", "2026-13-01", "2026-11-23T25:00", "2026-11-23", "0001-01-01T00:00", "\ud800",
    [], [None], [[1]], [1, "x", 2.0], {}, {"x": 1}, {1: 2}, (), {1, 2}, b"bytes", object(), datetime.max, datetime.min,
    date(2026, 1, 1), timedelta.max, timedelta.min, list(range(20_000)), range(3), Ellipsis,
)  # fmt: skip


def nodes(expr: e.Expr | None) -> Iterator[e.Expr]:
    """An expression and all that it is made of."""
    pending = [] if expr is None else [expr]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(e.children(node))


def conditions_of(policy: CheckedPolicy) -> Iterator[e.Expr | None]:
    """Every expression of a policy that a decision can look at."""
    for definition in policy.definitions:
        yield getattr(definition, "condition", None) or getattr(definition, "expr", None)
    for rule in policy.rules:
        yield rule.condition
        for outcome in getattr(rule.body, "arms", ()) or (rule.body,):
            yield getattr(outcome, "outcome", outcome).agent
        yield getattr(rule.body, "key", None)
    for adjustment in policy.adjustments:
        yield adjustment.condition
    for offer in policy.offers:
        yield offer.condition
        yield offer.worth
    for never in policy.nevers:
        yield never.condition
    for guarantee in policy.guarantees:
        yield guarantee.condition


def _mentioned(node: e.Expr) -> Iterator[Scalar]:
    """The constants that stand in a node itself."""
    values: Value | None = getattr(node, "value", None) if isinstance(node, e.Constant) else getattr(node, "values", None)
    if isinstance(values, frozenset):
        yield from values
    elif values is not None:
        yield values


def _edges(policy: CheckedPolicy) -> dict[Ref, set[Scalar]]:
    """For each field and signal, the constants that stand in one test with it."""
    edges: dict[Ref, set[Scalar]] = defaultdict(set)
    for condition in conditions_of(policy):
        for test in nodes(condition):
            if isinstance(test, e.All | e.Any | e.Not):
                continue
            inside = list(nodes(test))
            constants = [value for node in inside for value in _mentioned(node)]
            for node in inside:
                if isinstance(node, Ref):
                    edges[node].update(constants)
    return edges


def _round_the_clock(policy: CheckedPolicy) -> set[datetime]:
    """The instants at which a calendar opens or closes, and those beside them."""
    local = zone(policy.timezone)
    found: set[datetime] = set(_MOMENTS)
    for calendar in policy.calendars.values():
        days = [first for first, _ in calendar.closed_dates] + [last for _, last in calendar.closed_dates]
        days += [date(2026, 11, 20) + timedelta(days=ahead) for ahead in range(4)] + [date(2026, 10, 1), date(2026, 12, 25)]
        for day in days:
            for opening in calendar.openings:
                for minute in (opening.start, opening.end):
                    edge = datetime.combine(day, time(), local) + timedelta(minutes=minute)
                    found |= {edge.astimezone(UTC), (edge - _TICK).astimezone(UTC)}
    return found


class _Values:
    """The values of one type that are worth trying."""

    def __init__(self, policy: CheckedPolicy, clocks: set[datetime]) -> None:
        self.local = zone(policy.timezone)
        self.clocks = clocks

    def near(self, type_: Type, edges: set[Scalar]) -> list[Scalar]:
        """Scalars of a type at, just below and just above the edges, within its bounds, in a fixed order."""
        found: set[Scalar] = set()
        match type_:
            case Flag():
                found = {True, False}
            case Choice(names):
                found = set(names)
            case Text():
                texts = {edge for edge in edges if isinstance(edge, str)}
                found = {"", "zh", "c-1", "c-2", "日本", "x" * 300, *texts}
                found |= {f"{text}9" for text in texts} | {f"9{text}" for text in texts} | {text[:-1] for text in texts}
            case Integer(low, high) | Number(low, high):
                found = set(self._numbers(type_, edges))
                found = {value for value in found if low is None or value >= low}  # type: ignore[operator]
                found = {value for value in found if high is None or value <= high}  # type: ignore[operator]
            case Time():
                found = set(self._moments(edges))
            case Date():
                found = set(self._days(edges))
            case Duration():
                spans = {edge for edge in edges if isinstance(edge, timedelta)} | {timedelta(0), timedelta(minutes=3)}
                moved = (timedelta(0), _TICK, timedelta(seconds=1), timedelta(seconds=-1))
                found = {span + by for span in spans for by in moved} | {timedelta(days=-1), timedelta(days=20_000)}
        return sorted(found, key=lambda value: (type(value).__name__, repr(value)))

    def _numbers(self, type_: Integer | Number, edges: set[Scalar]) -> Iterator[int | float]:
        for value in {0, 1, 3, 50, 2**53 + 1, type_.low or 0, type_.high or 0, *edges}:
            if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
                continue
            if isinstance(type_, Integer):
                near = floor(value)
                yield from (near - 1, near, near + 1)
            else:
                yield from (value, nextafter(value, inf), nextafter(value, -inf), value + 0.5)

    def _moments(self, edges: set[Scalar]) -> Iterator[datetime]:
        yield from self.clocks
        for edge in edges:
            match edge:
                case datetime():
                    yield from (edge, edge - _TICK, edge + _TICK)
                case date():
                    midnight = datetime.combine(edge, time(), self.local)
                    if 2 < midnight.year < 9999:
                        yield from (midnight.astimezone(UTC), (midnight - _TICK).astimezone(UTC))
                case timedelta() if abs(edge) < timedelta(days=700_000):
                    yield from (_MONDAY - edge, _MONDAY - edge + _TICK, _MONDAY - edge - _TICK)
                case int() if 0 <= edge < 24:
                    yield _MONDAY.astimezone(self.local).replace(hour=edge).astimezone(UTC)
                case str() if edge in WEEKDAYS.rank:
                    yield _MONDAY + timedelta(days=WEEKDAYS.rank[edge])

    def _days(self, edges: set[Scalar]) -> Iterator[date]:
        yield from (date(2026, 11, 23), date(2026, 1, 1), date(2024, 2, 29), date.min, date.max)
        for edge in edges:
            match edge:
                case datetime():
                    yield edge.date()
                case date():
                    yield from (edge, edge + timedelta(days=1 if edge < date.max else 0), edge - timedelta(days=1 if edge > date.min else 0))
                case timedelta() if abs(edge) < timedelta(days=700_000):
                    yield from (date(2026, 11, 23) - edge, date(2026, 1, 1) - edge)
                case str() if edge in WEEKDAYS.rank:
                    yield date(2026, 11, 23) + timedelta(days=WEEKDAYS.rank[edge])

    def sent(self, type_: Type, edges: set[Scalar], dice: Dice) -> list[object]:
        """Values of a type in the forms in which callers send them."""
        if isinstance(type_, SetOf):
            members = self.near(type_.element, edges)
            sets: list[object] = [[], [self._form(members[0], dice)]]
            for container in (list, tuple, set, frozenset, list, list):
                some = dice.some(members, 1, 4)
                sets.append(container(some) if container in (set, frozenset) else container(self._form(one, dice) for one in some))
            return sets
        return [self._form(value, dice) for value in self.near(type_, edges)]

    def _form(self, value: Scalar, dice: Dice) -> object:
        """One of the ways in which a value may come."""
        match value:
            case bool() | str():
                return value
            case int():
                return dice.pick((value, value, float(value) if abs(value) < 2**53 else value))
            case float():
                return dice.pick((value, value, Decimal(value)))
            case datetime():
                there = value.astimezone(self.local) if 1980 < value.year < 9998 else value
                naive = there.replace(tzinfo=None, fold=0) if 1980 < value.year < 9998 else value
                return dice.pick((value.isoformat(), there.isoformat().replace("T", " "), value, there, naive.isoformat()))
            case date():
                return dice.pick((value.isoformat(), value))
            case timedelta():
                whole = not value.microseconds and timedelta(0) <= value
                return dice.pick((value.total_seconds(), value, format_duration(value) if whole else value))


class Callers:
    """Who may call under a policy; made once for a policy, then asked for any number of contacts."""

    def __init__(self, policy: CheckedPolicy, dice: Dice) -> None:
        edges = _edges(policy)
        clocks = _round_the_clock(policy)
        values = _Values(policy, clocks)
        self.clocks = sorted(clocks)
        self._records = [
            (record.name, [(field, values.sent(field.type, edges[e.FieldRef(record.name, field.name)], dice)) for field in record.fields])
            for record in policy.records
        ]  # fmt: skip
        self._queues = [
            (queue, [(field, values.sent(field.type, edges[e.SignalRef(queue, field.name)], dice)) for field in policy.live])
            for queue in policy.queues
        ]  # fmt: skip
        self._caps = [(offer.name, cap.per) for offer in policy.offers for cap in offer.caps]

    def clock(self, dice: Dice) -> datetime:
        return dice.pick(self.clocks)

    def valid(self, dice: Dice, clock: datetime = _MONDAY) -> dict[str, object]:
        """A contact as the policy declares it; now and then something is missing."""
        contact: dict[str, object] = {
            name: _filled(fields, dice) for name, fields in self._records if not dice.chance(4)
        }
        if self._queues and self._queues[0][1] and dice.chance(80):
            contact["live"] = {queue: _filled(fields, dice) for queue, fields in self._queues if not dice.chance(15)}
        if self._caps and dice.chance(70):
            contact["offers_shown"] = [self._shown(dice, clock) for _ in range(dice.below(5))]
        if dice.chance(3):
            contact["not_declared"] = {"value": object()}
        return contact

    def _shown(self, dice: Dice, clock: datetime) -> dict[str, object]:
        offer, per = dice.pick(self._caps)
        back = min(per, timedelta(days=300_000)) + dice.pick((timedelta(0), _TICK, -_TICK, timedelta(days=-1)))
        at = clock - back if clock.year > 1000 else clock
        return {"offer": "no_such_offer" if dice.chance(5) else offer, "at": at if dice.chance(50) else at.isoformat()}

    def corrupted(self, dice: Dice, clock: datetime = _MONDAY) -> object:
        """A contact in which one to three things are not as they should be."""
        if dice.chance(2):
            return dice.pick(JUNK)
        contact = self.valid(dice, clock)
        for _ in range(dice.between(1, 3)):
            _spoil(contact, dice)
        return contact

    def any(self, dice: Dice, clock: datetime = _MONDAY) -> object:
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
    place: object = contact
    for _ in range(dice.pick((1, 1, 1, 2, 0))):
        below = [part for part in (place.values() if isinstance(place, dict) else place) if isinstance(part, dict | list) and part]  # type: ignore[attr-defined]
        if below:
            place = dice.pick(below)
    if isinstance(place, dict) and place:
        place[dice.pick(sorted(place, key=str))] = dice.pick(JUNK)
    elif isinstance(place, list):
        place.append(dice.pick(JUNK))
