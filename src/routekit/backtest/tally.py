"""What is counted of contacts that two policies decide; all of it whole numbers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from routekit.diff import Key
from routekit.diff.totals import Totals

__all__ = ["MOST_PLACES", "QUARTER", "Arrival", "Tally", "quarter_of"]

MOST_PLACES = 5
QUARTER = timedelta(minutes=15)
"""Arrivals are counted by it, since clocks on walls are set apart by quarters of an hour."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Arrival = tuple[int, str, int]
"""0 of the old policy, 1 of the new; the queue; the quarter of an hour since 1970."""


def quarter_of(moment: datetime) -> int:
    """Returns the quarter of an hour since 1970 in which an instant lies.

    >>> quarter_of(datetime(1970, 1, 1, 0, 31, tzinfo=UTC))
    2
    """
    return (moment - _EPOCH) // QUARTER


@dataclass(slots=True)
class Tally:
    """Counts of contacts: how many moved, by what changes; what each policy gives; who waits where, and when.

    ``broken`` lines could not be read, ``with_problems`` were decided though something was wrong with them,
    ``in_doubt`` may be treated differently, since values are masked. ``arrivals`` are those of queues in
    which people answer, of contacts whose time is known; the others are ``timeless``. ``places`` are the
    first of each kind of change.
    """

    before: Totals
    now: Totals
    broken: int = 0
    with_problems: int = 0
    in_doubt: int = 0
    timeless: int = 0
    moved: Counter[Key] = field(default_factory=Counter)
    places: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    arrivals: Counter[Arrival] = field(default_factory=Counter)

    @property
    def contacts(self) -> int:
        """All contacts that were decided."""
        return self.now.contacts

    def merge(self, other: "Tally") -> None:
        """Adds what was counted of other contacts, which come behind these."""
        self.before.merge(other.before)
        self.now.merge(other.now)
        self.broken += other.broken
        self.with_problems += other.with_problems
        self.in_doubt += other.in_doubt
        self.timeless += other.timeless
        self.moved.update(other.moved)
        self.arrivals.update(other.arrivals)
        for key, places in other.places.items():
            self.locate(key, places)

    def locate(self, key: Key | None, places: tuple[str, ...]) -> None:
        """Notes where contacts stand for whom this changes."""
        if key is not None:
            self.places[key] = (*self.places.get(key, ()), *places)[:MOST_PLACES]
