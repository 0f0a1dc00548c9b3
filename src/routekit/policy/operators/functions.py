"""The functions of the language, a row each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TypeVar

from routekit.policy.operators import Operator
from routekit.schema.types import WEEKDAYS, Date, Integer, Time, Type, Value

__all__ = ["FUNCTIONS", "Function", "on_wall"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Operator):
    """``NAME(argument)``; ``of`` maps each type that it takes to the type that it gives.

    A time comes to its meaning by the clock on the wall. ``reads`` names the part of that clock that it
    tells: ``hour``, ``weekday``, ``day``, ``month`` or ``date``, which are there for every time; a function
    that ``is_total`` gives a result for whatever it takes. Proofs do not know a function that reads nothing.
    """

    of: dict[type[Type], Type]
    reads: str = ""
    is_total: bool = False


def on_wall(value: T, local: tzinfo) -> T | datetime:
    """Returns a time by the clock on the wall; any other value as it is."""
    return value.astimezone(local) if isinstance(value, datetime) else value


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


def _of_wall(name: str, meaning: Callable[..., Value], of: dict[type[Type], Type]) -> Function:
    """A row of what the clock on the wall shows."""
    return Function(name=name, meaning=meaning, of=of, reads=name, is_total=True)


_DAYS, _MONTHS = Integer(1, 31), Integer(1, 12)

FUNCTIONS: dict[str, Function] = {
    row.name: row
    for row in (
        _of_wall("hour", _hour, {Time: Integer(0, 23)}),
        _of_wall("weekday", _weekday, {Time: WEEKDAYS, Date: WEEKDAYS}),
        _of_wall("day", _day, {Time: _DAYS, Date: _DAYS}),
        _of_wall("month", _month, {Time: _MONTHS, Date: _MONTHS}),
        _of_wall("date", _date, {Time: Date()}),
    )
}
