"""Times and dates cut into cells where more is asked than whether one is before another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from routekit.policy import expressions as e
from routekit.prover.domains.cells import Cell, Range
from routekit.prover.domains.readings import DAY, Readings
from routekit.prover.domains.terms import Atom, Base, Evaluator, walk
from routekit.schema.types import WEEKDAYS, Value

__all__ = ["TODAY", "TimeCells", "cut_date", "needs_days", "parts_of", "stretches"]

TODAY = date(2026, 1, 1)
"""From where on examples are looked for."""

_SAMPLES = 3
_CYCLE = 28 * 366
"""Days of so many years that each weekday meets each day of the year, in a leap year and beside one."""
_EACH = 64 * 366
"""Days that are looked at each; longer stretches hold a whole cycle that no year 1900 or 2100 breaks."""

_Hand = tuple[bool | None, ...]
"""How each test comes out."""


def needs_days(tests: Iterable[Atom]) -> bool:
    """Whether tests ask for more than whether a time is before or behind another."""
    return any(isinstance(part, e.Call | e.CalendarOpen) for test in tests for part in walk(test))


def cut_date(base: Base, tests: Sequence[Atom], evaluator: Evaluator) -> tuple[list[Cell], set[Atom]]:
    """The cells of a date, and the tests that they do not settle."""
    found = TimeCells()
    readings = Readings(base, True, evaluator.at({}).value)
    understood, _, left = readings.read(tests)
    cuts = set(readings.days)
    if (
        farthest := max(map(abs, readings.day_shifts)) * DAY
    ):  # at the ends of time there is no day so far away
        cuts |= {date.min + farthest, date.max - farthest + DAY}
    for first, last, low, high in stretches(cuts):
        day = first
        while True:
            scope = evaluator.at({base: day})
            hand = tuple(evaluator.truth(test, scope) for test in understood)
            found.add(hand, day, low, high, parts_of(day))
            if day == last:
                break
            day += DAY
    return found.cells(), left


def stretches(
    cuts: Iterable[date], earliest: date = date.min, latest: date = date.max
) -> list[tuple[date, date, date, date]]:
    """Between cuts, the days that stand for all: first and last day of each, then of what they stand for.

    What tests ask of a day depends on its weekday, on the day of the year, and on whether this year, the
    one before and the next are leap years. All that there is of it comes within one undisturbed cycle.
    """
    starts = sorted({earliest, *cuts})
    ends = [*(start - DAY for start in starts[1:]), latest]
    found = []
    for low, high in zip(starts, ends, strict=True):
        first, last = low, high
        if high - low > _EACH * DAY:
            first = _undisturbed(low, high)
            last = first + _CYCLE * DAY
        found.append((first, last, low, high))
    # what lies ahead comes first, so that examples are of today
    return sorted(found, key=lambda item: (item[1] < TODAY, abs(item[0] - TODAY)))


def _undisturbed(low: date, high: date) -> date:
    """Where a cycle begins that lies within two days, near today, a year away from a century's end."""
    if low <= TODAY and high >= TODAY + _CYCLE * DAY:
        return TODAY
    centuries = [date(year, 1, 1) for year in range(100, 10_000, 100) if year % 400]
    ends = [low, *(day for day in centuries if low < day < high), high]
    gaps = [(max(a + 366 * DAY, low), b - 366 * DAY) for a, b in pairwise(ends)]
    starts = [first for first, behind in gaps if behind - first >= _CYCLE * DAY]
    return min(starts, key=lambda day: abs(day - TODAY))


def parts_of(day: date) -> dict[str, set[Value | None]]:
    """What functions read of a day."""
    return {"day": {day.day}, "month": {day.month}, "weekday": {WEEKDAYS.names[day.weekday()]}}


class TimeCells:
    """Cells of a time or a date, by how tests come out."""

    def __init__(self) -> None:
        self._found: dict[_Hand, _Found] = {}

    def add(
        self, hand: _Hand, value: Value, low: Value, high: Value, parts: dict[str, set[Value | None]]
    ) -> None:
        """Takes note of a value, the bounds within which others are like it, and its day, month and so on."""
        self._found.setdefault(hand, _Found()).add(value, low, high, parts)

    def cells(self) -> list[Cell]:
        cells = []
        for item in self._found.values():
            parts = {name: frozenset(values) for name, values in item.parts.items() if values}
            cells.append(Cell(tuple(item.samples), Range(item.low, item.high, False, parts)))  # type: ignore[arg-type]
        return cells


@dataclass(slots=True)
class _Found:
    """What is known of a cell: values of it, within which bounds, and its days, months and so on."""

    samples: list[Value] = field(default_factory=list)
    parts: dict[str, set[Value | None]] = field(default_factory=dict)
    low: Value | None = None
    high: Value | None = None

    def add(self, value: Value, low: Value, high: Value, parts: dict[str, set[Value | None]]) -> None:
        if len(self.samples) < _SAMPLES:
            self.samples.append(value)
        for name, values in parts.items():
            self.parts.setdefault(name, set()).update(values)
        self.low = low if self.low is None or low < self.low else self.low  # type: ignore[operator]
        self.high = high if self.high is None or high > self.high else self.high  # type: ignore[operator]
