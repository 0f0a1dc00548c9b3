"""The functions of the language, a row each."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TypeVar

from routekit.policy.operators.operator import Operator
from routekit.schema.types import WEEKDAYS, Date, Integer, Time, Type, Value

__all__ = ["FUNCTIONS", "Function", "on_wall"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Operator):
    """``NAME(argument)``; ``of`` maps each type that it takes to the type that it gives.

    A time comes to its meaning by the clock on the wall. ``reads`` names the part of that clock, ``hour``,
    ``weekday``, ``day``, ``month`` or ``date``, that it tells; proofs do not know a function without.
    """

    of: dict[type[Time] | type[Date], Type]
    reads: str = ""


def on_wall(value: T, local: tzinfo) -> T | datetime:
    """A time by the clock on the wall; any other value as it is."""
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


_DAYS, _MONTHS = Integer(1, 31), Integer(1, 12)

FUNCTIONS: dict[str, Function] = {
    row.name: row
    for row in (
        Function(name="hour", meaning=_hour, of={Time: Integer(0, 23)}, reads="hour"),
        Function(name="weekday", meaning=_weekday, of={Time: WEEKDAYS, Date: WEEKDAYS}, reads="weekday"),
        Function(name="day", meaning=_day, of={Time: _DAYS, Date: _DAYS}, reads="day"),
        Function(name="month", meaning=_month, of={Time: _MONTHS, Date: _MONTHS}, reads="month"),
        Function(name="date", meaning=_date, of={Time: Date()}, reads="date"),
    )
}
