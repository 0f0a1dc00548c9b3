"""The functions of the language, a row each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from typing import Literal, TypeVar

from routekit.policy.operators import Operator
from routekit.policy.operators.spelling import folded, lower
from routekit.policy.splits import WHOLE, point
from routekit.schema.reading import MOST_ELEMENTS
from routekit.schema.times import zone_of
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
    joined,
)

__all__ = ["FUNCTIONS", "Function", "Known", "Second", "anniversary_in", "on_wall"]

T = TypeVar("T")


class Second(Enum):
    """What a function takes behind its first argument."""

    NOTHING = ""
    SEED = "a seed"
    ZONE = "a timezone"
    MORE = "more of its type"


class Known(Enum):
    """What proofs know of a function, and all that asks for more than its result."""

    WALL = "it tells a part of the clock on the wall"
    POINT = "it tells the point of a split's hash, divided by a million"
    SPELLING = "it spells a text otherwise, and leaves what it gave as it is"
    LENGTH = "it counts the letters of a text"
    SIZE = "it counts the members of a set"
    LEAST = "it is the least of its operands"
    LARGEST = "it is the largest of its operands"
    RISING = "it rises, or falls, with each of its operands"
    BOUNDS = "its results lie within the bounds of their type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Operator):
    """``NAME(argument)``; ``of`` maps each type that it takes to the type that it gives.

    ``second`` says what stands behind the first argument: a seed that is written out, a timezone where one
    is wanted (behind a time), or more values of its type, whose type it gives. A function ``of_today`` is
    asked of today too, which nobody writes. One that is ``is_total`` gives a result for whatever it takes.
    ``known`` is what proofs go by, which do not know a function without; one that is ``RISING`` has for each
    operand in ``rises`` a 1, or a -1 where it falls. One of ``SPELLING`` that goes ``by_letter`` leaves the
    texts as they are whose letters it leaves, and no others.
    """

    of: dict[type[Type], Type] = field(default_factory=dict)
    second: Second = Second.NOTHING
    of_today: bool = False
    is_total: bool = False
    known: Known | None = None
    rises: tuple[Literal[1, -1], ...] = ()
    by_letter: bool = False

    def gives(self, arguments: Sequence[Type]) -> Type | None:
        """The type of the result, of the types of the arguments; None where the first is none that it takes.

        >>> FUNCTIONS["hour"].gives([Time()]), FUNCTIONS["max"].gives([Date(), Date()])
        (Integer(low=0, high=23), Date(low=None, high=None))
        """
        if self.second is not Second.MORE:
            return self.of.get(type(arguments[0]))
        first, *others = arguments
        for other in others:
            first = joined(first, other)
        has_order = not isinstance(first, Choice) or first.ordered
        return first if type(first) in self.of and has_order else None


def on_wall(value: T, local: tzinfo) -> T | datetime:
    """Returns a time by the clock on the wall; any other value as it is."""
    return value.astimezone(local) if isinstance(value, datetime) else value


# ── the clock on the wall ─────────────────────────────────────────────────────


def _hour(moment: datetime) -> Value:
    return moment.hour


def _weekday(moment: date) -> Value:
    return WEEKDAYS.names[moment.weekday()]


def _day(moment: date) -> Value:
    return moment.day


def _month(moment: date) -> Value:
    return moment.month


def _date(moment: datetime) -> Value:
    return moment.date()


def _clock(moment: datetime) -> Value:
    return timedelta(
        hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )


def _of_wall(name: str, meaning: Callable[..., Value], of: dict[type[Type], Type]) -> Function:
    """A row of what the clock on the wall shows, here or in a timezone that stands behind the time."""

    def shown(moment: date, place: str | None = None) -> Value | None:
        if place is None:
            return meaning(moment)
        local = zone_of(place)
        return None if local is None else meaning(on_wall(moment, local))

    return Function(name=name, meaning=shown, of=of, second=Second.ZONE, is_total=True, known=Known.WALL)


_DAYS, _MONTHS = Integer(1, 31), Integer(1, 12)
_WITHIN_A_DAY = Duration(timedelta(0), timedelta(days=1) - timedelta(microseconds=1))

# ── years ─────────────────────────────────────────────────────────────────────


def anniversary_in(day: date, year: int) -> date:
    """Returns the anniversary of a day in a year; 29 February is kept on 28 February in common years.

    >>> anniversary_in(date(2024, 2, 29), 2027)
    datetime.date(2027, 2, 28)
    """
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _anniversary(day: date, today: date) -> date:
    return anniversary_in(day, today.year)


def _years(day: date, today: date) -> Value | None:
    return None if day > today else today.year - day.year - (today < _anniversary(day, today))


# ── counting and choosing ─────────────────────────────────────────────────────


def _share(key: Scalar, seed: str) -> Value:
    return point(seed, key) / _POINTS_OF_A_PERCENT


def _length(text: str) -> Value:
    return len(text)


def _size(members: frozenset[Scalar]) -> Value:
    return len(members)


def _min(*values: Value) -> Value:
    return min(values)


def _max(*values: Value) -> Value:
    return max(values)


_POINTS_OF_A_PERCENT = WHOLE // 100
_LARGEST_SHARE = (WHOLE - 1) / _POINTS_OF_A_PERCENT
_KEYS = (Text, Flag, Integer, Number, Choice, Time, Date, Duration)
_AMOUNTS: dict[type[Type], Type] = {
    Integer: Integer(),
    Number: Number(),
    Duration: Duration(),
    Date: Date(),
    Time: Time(),
    Choice: Choice((), ordered=True),
}

FUNCTIONS: dict[str, Function] = {
    row.name: row
    for row in (
        _of_wall("hour", _hour, {Time: Integer(0, 23)}),
        _of_wall("weekday", _weekday, {Time: WEEKDAYS, Date: WEEKDAYS}),
        _of_wall("day", _day, {Time: _DAYS, Date: _DAYS}),
        _of_wall("month", _month, {Time: _MONTHS, Date: _MONTHS}),
        _of_wall("date", _date, {Time: Date()}),
        _of_wall("clock", _clock, {Time: _WITHIN_A_DAY}),
        Function(
            name="years",
            meaning=_years,
            of={Date: Integer(0, 9998)},
            of_today=True,
            known=Known.RISING,
            rises=(-1, 1),
        ),
        Function(
            name="anniversary",
            meaning=_anniversary,
            of={Date: Date()},
            of_today=True,
            is_total=True,
            known=Known.BOUNDS,
        ),
        Function(
            name="share",
            meaning=_share,
            of=dict.fromkeys(_KEYS, Number(0, _LARGEST_SHARE)),
            second=Second.SEED,
            is_total=True,
            known=Known.POINT,
        ),
        Function(
            name="lower",
            meaning=lower,
            of={Text: Text()},
            is_total=True,
            known=Known.SPELLING,
            by_letter=True,
        ),
        Function(name="folded", meaning=folded, of={Text: Text()}, is_total=True, known=Known.SPELLING),
        Function(
            name="length",
            meaning=_length,
            of={Text: Integer(0)},
            is_total=True,
            known=Known.LENGTH,
        ),
        Function(
            name="size",
            meaning=_size,
            of={SetOf: Integer(0, MOST_ELEMENTS)},
            is_total=True,
            known=Known.SIZE,
        ),
        Function(
            name="min",
            meaning=_min,
            of=_AMOUNTS,
            second=Second.MORE,
            is_total=True,
            known=Known.LEAST,
        ),
        Function(
            name="max",
            meaning=_max,
            of=_AMOUNTS,
            second=Second.MORE,
            is_total=True,
            known=Known.LARGEST,
        ),
    )
}
