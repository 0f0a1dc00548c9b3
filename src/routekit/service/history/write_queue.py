"""What is recorded and not written yet: bounded, in its order, found by customer."""

import threading
from collections.abc import Iterable
from itertools import islice
from time import monotonic

from routekit.service.contact_events import ContactEvent
from routekit.service.history.model import Incident, Past, Touch
from routekit.service.history.past import Change, Closed, Concluded, with_changes

__all__ = ["WriteQueue"]

_TEXT = 1_000
"""Characters of text that take as much room as a change itself."""


class WriteQueue:
    """Changes for a store, from any thread; ``capacity`` of them, or fewer that hold long texts.

    >>> from datetime import UTC, datetime
    >>> queue = WriteQueue(capacity=1)
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> queue.put(Touch("d-1", "c-1", noon, "voice", "general", "care"))
    True
    >>> queue.put(Touch("d-2", "c-1", noon, "voice", "general", "care"))
    False
    >>> [touch.id for touch in queue.added_to(Past.EMPTY, queue.of("c-1")).touches]
    ['d-1']
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forgets all, as a forked child must: its parent writes what is here."""
        self._lock = threading.Lock()
        self._number = 0
        self._size = 0
        self._all: dict[int, Change] = {}
        self._since: dict[int, float] = {}
        self._by_customer: dict[str, dict[int, Change]] = {}
        self._by_id: dict[str, dict[int, Change]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, number: int) -> bool:
        return number in self._all

    @property
    def oldest_waits(self) -> float:
        """Seconds that the oldest has waited; nought where nothing waits."""
        with self._lock:
            since = next(iter(self._since.values()), None)
        return 0.0 if since is None else monotonic() - since

    def put(self, change: Change) -> bool:
        """Checks whether there was room for it."""
        size = _size(change)
        with self._lock:
            if self._size + size > self.capacity:
                return False
            self._size += size
            number = self._number = self._number + 1
            self._all[number] = change
            self._since[number] = monotonic()
            index, key = self._place(change)
            index.setdefault(key, {})[number] = change
        return True

    def first(self, most: int) -> dict[int, Change]:
        """Returns the oldest, by their numbers; they stay until they are said to be done."""
        with self._lock:
            return dict(islice(self._all.items(), most))

    def done(self, numbers: Iterable[int]) -> None:
        with self._lock:
            for number in numbers:
                self._drop(number)

    def forget(self, customer: str) -> int:
        """Drops all of a customer; how many that were."""
        with self._lock:
            theirs = self._by_customer.get(customer, {})
            numbers = list(theirs)
            for change in list(theirs.values()):
                numbers += self._by_id.get(change.id, ())
            for number in numbers:
                self._drop(number)
        return len(numbers)

    def customers(self) -> list[str]:
        """Returns those of whom something waits."""
        with self._lock:
            return list(self._by_customer)

    def of(self, customer: str) -> tuple[Change, ...]:
        """Touches and incidents of a customer, oldest first, and what became of them.

        All at once: what is written and dropped a moment later is then in neither the one nor the other.
        """
        theirs = self._by_customer.get(customer)
        if theirs is None:
            return ()
        with self._lock:
            changes = tuple(theirs.values())
            later = (self._by_id[change.id] for change in changes if change.id in self._by_id)
            return (*changes, *(change for found in later for change in found.values()))

    def added_to(self, past: Past, changes: tuple[Change, ...]) -> Past:
        """Returns a past with changes, and with what became of its touches and incidents."""
        if changes:
            past = with_changes(past, changes)
        if self._by_id:
            with self._lock:
                ids = [touch.id for touch in past.touches if touch.id in self._by_id]
                ids += [incident.id for incident in past.incidents if incident.id in self._by_id]
                told = [change for id in ids for change in self._by_id[id].values()]
            if told:
                past = with_changes(past, told)
        return past

    def _place(self, change: Change) -> tuple[dict[str, dict[int, Change]], str]:
        match change:
            case Touch() | Incident():
                return self._by_customer, change.customer
            case Concluded() | ContactEvent() | Closed():
                return self._by_id, change.id

    def _drop(self, number: int) -> None:
        change = self._all.pop(number, None)
        if change is None:
            return
        del self._since[number]
        self._size -= _size(change)
        index, key = self._place(change)
        numbers = index[key]
        del numbers[number]
        if not numbers:
            del index[key]


def _size(change: Change) -> int:
    """How much room a change takes, in changes."""
    letters = 0
    match change:
        case Touch():
            for fact in change.facts.values():
                if isinstance(fact, str):
                    letters += len(fact)
                elif isinstance(fact, list | dict):
                    letters += len(str(fact))
        case Concluded(outcome=outcome):
            letters = len(outcome.result) + len(outcome.note)
        case ContactEvent():
            letters = len(change.note)
        case Incident():
            letters = len(change.title)
    return 1 + letters // _TEXT
