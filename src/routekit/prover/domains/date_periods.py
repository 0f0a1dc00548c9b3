"""The line of time in stretches, and the cells that are found day by day.

The line is cut at every instant that the policy names. Between two of them days repeat: a stretch of
``YEARS`` years stands for all of it, since by then each weekday has met each day of the year.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from routekit.prover.domains.cells import Cell
from routekit.prover.domains.intervals import Range
from routekit.schema.types import Value

__all__ = ["DAY", "FIRST", "LAST", "TODAY", "YEARS", "Hand", "TimeCells", "stretches"]

YEARS = 28
DAY = timedelta(days=1)
FIRST, LAST = date(1, 1, 4), date(9999, 12, 27)
TODAY = date(2026, 1, 1)
"""From where on examples are looked for."""

_SAMPLES = 3

Hand = tuple[bool | None, ...]
"""How each test comes out."""


def stretches(cuts: Sequence[date], years: int) -> list[tuple[date, date, date, date]]:
    """Between cuts, the days that stand for all: first and last day of each, then of what they stand for."""
    ends = [FIRST, *sorted({cut for cut in cuts if FIRST < cut <= LAST}), LAST + DAY]
    most = timedelta(days=366 * years)
    found = []
    for low, behind in pairwise(ends):
        high = behind - DAY
        if high - low <= most:
            first, last = low, high
        else:
            first = min(max(TODAY, low), high - most)
            last = first + most
        found.append((first, last, low, high))
    # what lies ahead comes first, so that examples are of today
    return sorted(found, key=lambda item: (item[1] < TODAY, abs(item[0] - TODAY)))


class TimeCells:
    """Cells of a time or a date, by how tests come out."""

    def __init__(self) -> None:
        self._found: dict[Hand, _Found] = {}

    def add(
        self, hand: Hand, value: Value, low: Value, high: Value, parts: dict[str, set[Value | None]]
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
