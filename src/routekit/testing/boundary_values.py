"""The values at which a policy changes its mind: its constants and bounds, and what lies beside them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import floor, inf, isfinite, nextafter

from routekit.policy import expressions as e
from routekit.policy.calendar_days import Dates, Days, MakeupDays, Season, YearlyDates
from routekit.policy.constraints import constants_in
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import ARRIVAL, ValueRef, expressions
from routekit.schema.times import FIRST_TIME, LAST_TIME, format_duration, zone
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
from routekit.testing.choices import Dice

__all__ = ["MONDAY", "TICK", "Edges"]

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
_FAR = timedelta(days=700_000)
_MOMENTS = (
    MONDAY,
    datetime(2026, 1, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),  # clocks go forward in Berlin an hour later
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # and back, so that this half hour comes twice
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2027, 3, 14, 7, 0, tzinfo=UTC),  # forward in New York
    datetime(2026, 10, 1, 3, tzinfo=UTC),  # a holiday in China
    datetime(2026, 12, 25, 9, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(1900, 1, 1, tzinfo=UTC),
    FIRST_TIME,
    LAST_TIME,
)
_LEAP_YEAR = 2028
_MAKEUP_DAYS = tuple(date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(365))
_TEXTS = frozenset({"", "zh", "c-1", "c-2", "日本", "x" * 300, "Asia/Tokyo", "İß  ｆ\u200dA"})
_LONGEST = 1_000
_DAYS = (date(2026, 11, 23), date(2026, 1, 1), date(2024, 2, 29), date.min, date.max)


def _ends(type_: Time | Date | Duration) -> set[Scalar]:
    return {end for end in (type_.low, type_.high) if end is not None}


def _within(type_: Time | Date | Duration, values: Iterable[Scalar]) -> Iterator[Scalar]:
    """Leaves out what lies beyond the bounds of a type."""
    for value in values:
        if (type_.low is None or value >= type_.low) and (type_.high is None or value <= type_.high):  # type: ignore[operator]
            yield value


def _constants_beside(policy: CheckedPolicy) -> dict[ValueRef, set[Scalar]]:
    """For each field and signal, the constants that stand in one test with it."""
    beside: dict[ValueRef, set[Scalar]] = defaultdict(set)
    promised = (item.condition for item in policy.guarantees if item.condition is not None)
    for expr in (*expressions(policy), *promised):
        for test in e.parts(expr):
            if isinstance(test, e.All | e.Any | e.Not):
                continue
            inside = list(e.parts(test))
            constants = [value for node in inside for value in constants_in(node)]
            for node in inside:
                if isinstance(node, ValueRef):
                    beside[node].update(constants)
                elif isinstance(node, e.Now):
                    beside[ARRIVAL].update(constants)
    return beside


def _round_the_clock(policy: CheckedPolicy) -> set[datetime]:
    """The instants at which a calendar opens or closes, and those just before."""
    found = set(_MOMENTS)
    for calendar in policy.calendars.values():
        local = zone(calendar.timezone)
        days = {date(2026, 10, 1), date(2026, 12, 25)} | {date(2026, 11, 20 + ahead) for ahead in range(7)}
        days |= {day for clause in calendar.clauses for day in _named_days(clause.days)}
        for day in days:
            midnight = datetime.combine(day, time(), local)
            for minute in calendar.edges:
                edge = midnight + timedelta(minutes=minute)
                found |= {edge.astimezone(UTC), (edge - TICK).astimezone(UTC)}
    return found


def _named_days(days: Days) -> Iterator[date]:
    """The first and the last of the days that a calendar names, and those beside them."""
    match days:
        case Season(span):
            yield from _named_days(span)
        case Dates(first, last):
            yield from _beside(first, last)
        case YearlyDates(first, last):
            yield from _beside(*(date(_LEAP_YEAR, *end) for end in (first, last)))
        case MakeupDays():
            yield from (day for day in _MAKEUP_DAYS if day in days)


def _beside(*days: date) -> Iterator[date]:
    for day in days:
        if 2 < day.year < 9999:
            yield from (day - timedelta(days=1), day, day + timedelta(days=1))


class Edges:
    """The values of the fields and signals of one policy that are worth trying, as callers send them."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._local = zone(policy.timezone)
        self._beside = _constants_beside(policy)
        self.clocks = sorted(_round_the_clock(policy))

    def values(self, ref: ValueRef, type_: Type, dice: Dice) -> list[object]:
        """Returns values of a field or signal, each in one of the forms in which it may come."""
        if not isinstance(type_, SetOf):
            return [self._form(value, dice) for value in self.scalars(ref, type_)]
        members = self.scalars(ref, type_.element)
        some = [dice.some(members, 1, 4) for _ in range(6)]
        return [
            [],
            set(some[0]),
            frozenset(some[1]),
            tuple(self._form(member, dice) for member in some[2]),
            *([self._form(member, dice) for member in few] for few in some[3:]),
        ]

    def scalars(self, ref: ValueRef, type_: Type) -> list[Scalar]:
        """Returns scalars of a type, within its bounds, in an order that is always the same."""
        found = set(self._near(type_, self._beside[ref]))
        return sorted(found, key=lambda value: (type(value).__name__, repr(value)))

    def _near(self, type_: Type, beside: set[Scalar]) -> Iterator[Scalar]:
        match type_:
            case Flag():
                yield from (True, False)
            case Choice(names):
                yield from names
            case Text():
                yield from _TEXTS
                for text in beside:
                    if isinstance(text, str):
                        yield from (text, f"{text}9", f"9{text}", text[:-1], text.upper())
                    elif isinstance(text, int) and 0 < text < _LONGEST:  # of a test such as `length(t) > 5`
                        yield from ("x" * length for length in (text - 1, text, text + 1))
            case Integer() | Number():
                yield from self._numbers(type_, beside)
            case Time():
                yield from _within(type_, self._moments({*beside, *_ends(type_)}))
            case Date():
                yield from _within(type_, self._days({*beside, *_ends(type_)}))
            case Duration():
                yield from _within(type_, self._spans({*beside, *_ends(type_)}))
            case SetOf():
                raise AssertionError("a set holds no sets")

    def _numbers(self, type_: Integer | Number, beside: set[Scalar]) -> Iterator[int | float]:
        low, high = type_.low, type_.high
        for value in {0, 1, 3, 50, 2**53 + 1, low or 0, high or 0, *beside}:
            if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
                continue
            near: tuple[int | float, ...] = (floor(value) - 1, floor(value), floor(value) + 1)
            if isinstance(type_, Number):
                near = (value, nextafter(value, inf), nextafter(value, -inf), value + 0.5)
            yield from (one for one in near if (low is None or one >= low) and (high is None or one <= high))

    def _spans(self, beside: set[Scalar]) -> Iterator[timedelta]:
        yield from (timedelta(days=-1), timedelta(days=20_000), timedelta(minutes=3))
        for span in {timedelta(0), *beside}:
            if isinstance(span, timedelta):
                yield from (span, span + TICK, span + timedelta(seconds=1), span - timedelta(seconds=1))

    def _moments(self, beside: set[Scalar]) -> Iterator[datetime]:
        yield from self.clocks
        for edge in beside:
            match edge:
                case datetime():
                    yield from (edge, edge - TICK, edge + TICK)
                case date() if 2 < edge.year < 9999:
                    midnight = datetime.combine(edge, time(), self._local)
                    yield from (midnight.astimezone(UTC), (midnight - TICK).astimezone(UTC))
                case timedelta() if abs(edge) < _FAR:  # of a test such as `now - t < 14d`, `clock(t) >= 8h`
                    midnight = datetime.combine(MONDAY.date(), time(), self._local).astimezone(UTC)
                    for moment in (MONDAY - edge, midnight + edge):
                        yield from (moment, moment + TICK, moment - TICK)
                case int() if 0 <= edge < 24:  # of a test such as `hour(t) >= 8`
                    yield MONDAY.astimezone(self._local).replace(hour=edge).astimezone(UTC)
                case str() if edge in WEEKDAYS.rank:
                    yield MONDAY + timedelta(days=WEEKDAYS.rank[edge])

    def _days(self, beside: set[Scalar]) -> Iterator[date]:
        yield from _DAYS
        for edge in beside:
            match edge:
                case datetime():
                    yield edge.date()
                case date():
                    yield from (
                        edge,
                        max(edge, date(1, 1, 2)) - timedelta(days=1),
                        min(edge, date(9999, 12, 30)) + timedelta(days=1),
                    )
                case timedelta() if abs(edge) < _FAR:
                    yield from (MONDAY.date() - edge, date(2026, 1, 1) - edge)
                case int() if 0 < edge < 150:  # of a test such as `years(d) >= 18`
                    birthday = MONDAY.date().replace(year=MONDAY.year - edge)
                    yield from (birthday, birthday + timedelta(days=1))
                case str() if edge in WEEKDAYS.rank:
                    yield MONDAY.date() + timedelta(days=WEEKDAYS.rank[edge])

    def plain_values(self, ref: ValueRef, type_: Type) -> list[Value]:
        """Returns values of a field or signal as a policy holds them."""
        if not isinstance(type_, SetOf):
            return [*self.scalars(ref, type_)]
        members = self.scalars(ref, type_.element)
        asked = [member for member in members if member in self._beside[ref]]
        return [
            frozenset(),
            *(frozenset({member}) for member in (*asked, *members[:3])),
            frozenset(asked),
            frozenset(members[:4]),
        ]

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
                is_usual = 1980 < value.year < 9998
                there = value.astimezone(self._local) if is_usual else value
                naive = there.replace(tzinfo=None, fold=0) if is_usual else value
                spaced = there.isoformat(" ")
                return dice.pick((value.isoformat(), spaced, value, there, naive.isoformat()))
            case date():
                return dice.pick((value.isoformat(), value))
            case timedelta():
                can_be_written = not value.microseconds and timedelta(0) <= value
                written = format_duration(value) if can_be_written else value
                return dice.pick((value.total_seconds(), value, written))
