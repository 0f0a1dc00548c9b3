"""Ordered values as whole numbers, so that what lies between two of them can be halved and counted."""

import struct
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from math import ceil, floor, inf, isfinite, nextafter
from typing import TypeAlias

from routekit.schema.reading import LARGEST_INTEGER
from routekit.schema.times import FIRST_TIME, LAST_TIME
from routekit.schema.types import Choice, Date, Duration, Flag, Integer, Number, Text, Time, Type, Value

__all__ = [
    "Ordered",
    "all_values",
    "another",
    "ends_of",
    "first_above",
    "first_from",
    "is_coarse",
    "last_below",
    "may_be",
    "rank",
    "rounded",
    "simplest",
    "unrank",
]

Ordered: TypeAlias = int | float | datetime | date | timedelta

_MINUTES = tuple(timedelta(seconds=seconds) for seconds in (60, 1, 0.5))
"""By halves of a second at last, which a float of seconds holds however long a span is."""
_DAYS = timedelta(days=1), timedelta(hours=1), *_MINUTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_NEAR = 16
"""Whole numbers so near to 0 are said in few words."""
_HALF = 1 << 63
_EXACT = 1 << 53
_LARGEST_FLOAT = 1.7976931348623157e308


def ends_of(type_: Type) -> tuple[Ordered, Ordered] | None:
    """The least and the largest value of an ordered type; None for any other.

    Of numbers they are floats, which may lie beyond a whole number that is a bound.
    """
    match type_:
        case Integer(low, high):
            return (-LARGEST_INTEGER if low is None else low, LARGEST_INTEGER if high is None else high)
        case Number(low, high):
            return (
                -_LARGEST_FLOAT if low is None else _beyond(low, -inf),
                _LARGEST_FLOAT if high is None else _beyond(high, inf),
            )
        case Time(low, high):
            return (low or FIRST_TIME, high or LAST_TIME)
        case Date(low, high):
            return (low or date.min, high or date.max)
        case Duration(low, high):
            return (timedelta.min if low is None else low, timedelta.max if high is None else high)
        case _:
            return None


def _beyond(bound: float, end: float) -> float:
    """The float of a bound, or the one behind it where that cuts off a whole number."""
    found = float(bound)
    return nextafter(found, end) if (found < bound if end > 0 else found > bound) else found


def rank(value: Ordered) -> int:
    """The place of a value among those of its type.

    >>> rank(3), rank(0.0), rank(date(1, 1, 2)) - rank(date(1, 1, 1))
    (3, 0, 1)
    """
    match value:
        case float():
            bits: int = struct.unpack(">q", struct.pack(">d", value))[0]
            return bits if bits >= 0 else -(bits + _HALF)
        case datetime():
            return (value - _EPOCH) // _TICK
        case date():
            return value.toordinal()
        case timedelta():
            return value // _TICK
        case _:
            return value


def unrank(place: int, like: Ordered) -> Ordered:
    """The value at a place, of the type of another."""
    match like:
        case float():
            found: float = struct.unpack(">d", struct.pack(">q", place if place >= 0 else -place - _HALF))[0]
            return found
        case datetime():
            return _EPOCH + place * _TICK
        case date():
            return date.fromordinal(place)
        case timedelta():
            return place * _TICK
        case _:
            return place


def first_from(value: Value, type_: Type) -> Value:
    """The least value of a type not less than one."""
    match type_, value:
        case Integer(), float():
            return ceil(value)
        case Number(), int():
            return float(value)
        case _:
            return value


def first_above(value: Value, type_: Type) -> Value | None:
    """The least value of a type greater than one; None where there is none.

    >>> first_above(2.5, Integer()), first_above(date(1, 1, 1), Date())
    (3, datetime.date(1, 1, 2))
    """
    match value:
        case bool() | str() | frozenset():
            return None
        case int() | float() if isinstance(type_, Integer):
            return floor(value) + 1
        case int() | float():
            return nextafter(float(value), inf)
        case _:
            return _beside(value, _unit_of(value), 1)


def last_below(value: Value) -> Value | None:
    """The greatest value of an ordered type less than one; None where there is none."""
    match value:
        case bool() | str() | frozenset():
            return None
        case float():
            return nextafter(value, -inf)
        case _:
            return _beside(value, _unit_of(value), -1)


def _unit_of(value: Ordered) -> Ordered:
    """The step from a moment, a day, a span or a whole number to the next."""
    match value:
        case datetime() | timedelta():
            return _TICK
        case date():
            return timedelta(days=1)
        case _:
            return 1


def is_coarse(value: Ordered) -> bool:
    """Whether whole numbers, as a field of numbers may have them, stand between a float and the next.

    >>> is_coarse(2.0**53), is_coarse(1e6), is_coarse(1e300)
    (True, False, False)
    """
    return isinstance(value, float) and _EXACT <= abs(value) <= LARGEST_INTEGER + 1


def may_be(value: Value, type_: Type) -> bool:
    """Whether a value lies within the bounds of a type.

    >>> may_be(3, Integer(1, 2)), may_be("x", Text())
    (False, True)
    """
    ends = ends_of(type_)
    if ends is not None:
        low, high = type_.low, type_.high  # type: ignore[union-attr]
        lies_within = (low is None or low <= value) and (high is None or value <= high)  # type: ignore[operator]
        return lies_within and ends[0] <= value <= ends[1]  # type: ignore[operator]
    return value in type_.names if isinstance(type_, Choice) else True


def all_values(type_: Type, most: int = 64) -> set[Value]:
    """All values of a type; none where there are more than ``most``.

    >>> sorted(all_values(Integer(1, 3))), all_values(Text())
    ([1, 2, 3], set())
    """
    found = set(islice(_plain_values(type_), most + 1))
    return found if len(found) <= most else set()


def another(type_: Type, taken: Container[Value]) -> Value | None:
    """A plain value of a type that is none of these; None where they are all.

    >>> another(Integer(1, 2), {1}), another(Integer(1, 2), {1, 2}), another(Text(), {"x"})
    (2, None, 'x1')
    """
    return next((value for value in _plain_values(type_) if value not in taken), None)


def _plain_values(type_: Type) -> Iterator[Value]:
    match type_:
        case Choice(names):
            yield from names
        case Flag():
            yield from (False, True)
        case Text():
            yield "x"
            yield from (f"x{number}" for number in count(1))
        case _:
            ends = ends_of(type_)
            assert ends is not None
            low, high = ends
            start: Ordered = simplest(low, high)
            by_unit: Ordered = timedelta(days=1) if isinstance(start, date | timedelta) else 1
            yield start
            for step in (by_unit, None):
                for sign in (1, -1):
                    value = _beside(start, step, sign)
                    while value is not None and low <= value <= high:  # type: ignore[operator]
                        yield value
                        value = _beside(value, step, sign)


def _beside(value: Ordered, step: Ordered | None, sign: int) -> Ordered | None:
    """The value so far above or below one, without a step the next; None where there is none."""
    try:
        if step is None:
            return unrank(rank(value) + sign, value)
        return value + step if sign > 0 else value - step  # type: ignore[operator]
    except OverflowError:
        return None


def simplest(low: Ordered, high: Ordered) -> Ordered:
    """The value between two, both inside, that is said in the fewest words.

    >>> simplest(0.5000000001, 0.9), simplest(-8, 100), simplest(81, 100)
    (0.6, 0, 81)
    """
    match low, high:
        case datetime(), datetime():
            return _simplest_time(low, high)
        case date(), date():
            return next(
                (day for day in (date(2026, 1, 5),) if low <= day <= high), low if low > date.min else high
            )
        case timedelta(), timedelta():
            return _simplest_span(low, high)
        case _:
            return _simplest_number(low, high)  # type: ignore[arg-type]


def _simplest_number(low: int | float, high: int | float) -> int | float:
    if low <= 0 <= high:
        return 0 if isinstance(low, int) else 0.0
    if isinstance(low, int):
        return low if low > 0 else high
    near = low if low > 0 else high
    return next((number for number in _rounded_number(near) if low <= number <= high), near)


def _simplest_span(low: timedelta, high: timedelta) -> timedelta:
    if low <= timedelta(0) <= high:
        return timedelta(0)
    near = low if low > timedelta(0) else high
    return next((span for span in _rounded_span(near) if low <= span <= high), near)


def _simplest_time(low: datetime, high: datetime) -> datetime:
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    if low <= noon <= high:
        return noon
    near = low if low > FIRST_TIME else high
    return next((moment for moment in _rounded_time(near) if low <= moment <= high), near)


def rounded(value: Ordered) -> Iterator[Ordered]:
    """Values beside one that are said in fewer words, the fewest first; none beside dates.

    >>> [*islice(rounded(0.33), 5)], [span.total_seconds() for span in rounded(timedelta(seconds=100.25))]
    ([0.0, 1.0, 0.3, 0.4, 0.33], [60.0, 120.0, 100.0, 101.0, 100.0, 100.5])
    """
    match value:
        case int():
            return (step if value > 0 else -step for step in range(min(abs(value), _NEAR)))
        case float():
            return _rounded_number(value)
        case datetime():
            return _rounded_time(value, _MINUTES)
        case timedelta():
            return _rounded_span(value, _MINUTES)
        case _:
            return iter(())


def _rounded_number(number: float) -> Iterator[float]:
    for digits in range(18 if isfinite(number) else 0):
        scale = 10**digits
        if abs(number) * scale > 1 << 52:
            return
        yield from dict.fromkeys((floor(number * scale) / scale, ceil(number * scale) / scale))


def _rounded_span(span: timedelta, units: Sequence[timedelta] = _DAYS) -> Iterator[timedelta]:
    for unit in units:
        down, rest = divmod(span, unit)
        for steps in (down, down + 1) if rest else (down,):
            with suppress(OverflowError):
                yield steps * unit


def _rounded_time(moment: datetime, units: Sequence[timedelta] = _DAYS) -> Iterator[datetime]:
    for span in _rounded_span(moment - _EPOCH, units):
        with suppress(OverflowError):
            yield _EPOCH + span
