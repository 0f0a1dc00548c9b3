"""Times and dates cut into cells where more is asked than whether one is before another."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from routekit.policy import expressions as e
from routekit.prover.domains.cells import Cell
from routekit.prover.domains.date_periods import DAY, YEARS, TimeCells, stretches
from routekit.prover.domains.local_time import Clock
from routekit.prover.domains.offsets import constants
from routekit.prover.domains.terms import Atom, Base, Evaluator, walk
from routekit.schema.types import WEEKDAYS, Date, Type, Value

__all__ = ["cut_time", "needs_days"]


def needs_days(tests: Iterable[Atom]) -> bool:
    """Whether tests ask for more than whether a time is before or behind another."""
    return any(isinstance(part, e.Call | e.CalendarOpen) for test in tests for part in walk(test))


def cut_time(
    base: Base, type_: Type, tests: Sequence[Atom], evaluator: Evaluator, timezone: str
) -> list[Cell]:
    """The cells of a time or a date."""
    found = TimeCells()
    if isinstance(type_, Date):
        _date_cells(base, tests, evaluator, found)
    else:
        Clock(base, tests, evaluator, timezone, found).run()
    return found.cells()


def _date_cells(base: Base, tests: Sequence[Atom], evaluator: Evaluator, found: TimeCells) -> None:
    cuts: set[date] = set()
    shifts = {timedelta(0)}
    for test in tests:
        for value in constants(test):
            if isinstance(value, timedelta):
                shifts |= {value, -value}
    for test in tests:
        for value in constants(test):
            if isinstance(value, date) and not isinstance(value, datetime):
                cuts |= {
                    day
                    for shift in shifts
                    for day in (_moved(value, shift), _moved(value, shift + DAY))
                    if day
                }
    for first, last, low, high in stretches(sorted(cuts), YEARS):
        day = first
        while day <= last:
            scope = evaluator.at({base: day})
            hand = tuple(evaluator.truth(test, scope) for test in tests)
            found.add(hand, day, low, high, _parts(day))
            day += DAY


def _parts(day: date) -> dict[str, set[Value | None]]:
    return {"day": {day.day}, "month": {day.month}, "weekday": {WEEKDAYS.names[day.weekday()]}}


def _moved(day: date, by: timedelta) -> date | None:
    try:
        return day + by
    except OverflowError:
        return None
