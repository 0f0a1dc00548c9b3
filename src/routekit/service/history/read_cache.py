"""Pasts that were read before, as long as nobody has written about their customers since."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Lock
from time import monotonic

from routekit.engine.forks import anew_after_fork
from routekit.service.history.model import Past, Showing, Touch
from routekit.service.history.past import narrowed, with_changes, with_showings
from routekit.service.history.shared_versions import PLACES, Marks

__all__ = ["Kept"]

_MOST = 100_000
"""Things of customers that are kept; a customer of whom nothing is known counts as one."""

_LONGEST = 60.0
"""Seconds that a past is kept, whatever the marks say: somebody may write to the file by other means."""

_NEVER = -1
"""A mark that nothing was read at, so that nothing goes on to hold."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A past as far back as ``since``."""

    past: Past
    since: datetime
    until: float

    @property
    def size(self) -> int:
        return 1 + len(self.past.touches) + len(self.past.shown) + len(self.past.incidents)


@dataclass(slots=True)
class _Place:
    """What is kept at one place: it holds while the mark there is this one."""

    mark: int
    reads: dict[str, _Read] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(read.size for read in self.reads.values())


class Kept:
    """Keeps pasts for all threads of a process, of which one at a time writes.

    >>> from datetime import UTC
    >>> kept, then = Kept(Marks()), datetime(2026, 1, 1, tzinfo=UTC)
    >>> kept.put("c-1", kept.mark("c-1"), then, Past.EMPTY)
    >>> kept.get("c-1", then) == Past.EMPTY
    True
    >>> kept.begin(["c-1"])
    >>> kept.end(is_written=True)
    >>> kept.get("c-1", then) is None
    True
    """

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self._places: OrderedDict[int, _Place] = OrderedDict()
        self._size = 0
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """As a forked child must, where the thread that writes is not."""
        self._lock = Lock()
        self._changing: dict[int, tuple[int, dict[str, _Read | None]]] = {}

    # ── reading ───────────────────────────────────────────────────────────────

    def get(self, customer: str, since: datetime) -> Past | None:
        """What is known since then, None where it must be read."""
        place = self.marks.place(customer)
        held = self._places.get(place)
        if held is None or held.mark != self.marks.number(place):
            return None
        read = held.reads.get(customer)
        if read is None or since < read.since or monotonic() > read.until:
            return None
        return narrowed(read.past, since)

    def mark(self, customer: str) -> int:
        """To be taken before a past is read, and given when it is put here."""
        return self.marks.number(self.marks.place(customer))

    def put(self, customer: str, mark: int, since: datetime, past: Past) -> None:
        """Keeps what was read, unless somebody was writing meanwhile."""
        if mark & 1:
            return
        place = self.marks.place(customer)
        with self._lock:
            held = self._places.get(place)
            if held is None or held.mark != mark:
                if held is not None:
                    self._size -= held.size
                held = self._places[place] = _Place(mark)
            self._exchange(held, customer, _Read(past, since, monotonic() + _LONGEST))
            self._forget()

    def _forget(self) -> None:
        while self._size > _MOST:
            _, oldest = self._places.popitem(last=False)
            self._size -= oldest.size

    def _exchange(self, held: _Place, customer: str, read: _Read | None) -> None:
        before = held.reads.pop(customer, None)
        if before is not None:
            self._size -= before.size
        if read is not None:
            held.reads[customer] = read
            self._size += read.size

    # ── writing ───────────────────────────────────────────────────────────────

    def begin(self, customers: Iterable[str]) -> None:
        """Something is about to be written of these, by the only one who can write now."""
        for customer in customers:
            place = self.marks.place(customer)
            if place not in self._changing:
                self._changing[place] = self.marks.number(place), {}
                self.marks.begin(place)
            self._changing[place][1][customer] = None

    def begin_all(self) -> None:
        """Something is about to be written of anybody."""
        for place in range(PLACES):
            self._changing[place] = _NEVER, {}
            self.marks.begin(place)

    def add(self, touches: Iterable[Touch], now: datetime) -> None:
        """These touches are being written: their customers' pasts need not be read again."""
        for touch in touches:
            if touch.capped and touch.at > now:  # what it showed is written as of now
                self._renew(touch.customer, touch.at, lambda _: None)
            else:
                self._renew(touch.customer, touch.at, partial(with_changes, changes=(touch,)))

    def show(self, customer: str, showings: Sequence[Showing]) -> None:
        """These showings are being written, all at one time."""
        self._renew(customer, showings[0].at, partial(with_showings, showings=showings))

    def _renew(self, customer: str, at: datetime, change: Callable[[Past], Past | None]) -> None:
        place = self.marks.place(customer)
        before, changed = self._changing[place]
        held = self._places.get(place)
        if held is None or held.mark != before:
            return
        read = changed.get(customer) or held.reads.get(customer)
        if read is None:
            return
        past = change(read.past) if at > read.since else read.past
        changed[customer] = None if past is None else _Read(past, read.since, read.until)
        if past is None:
            with self._lock:
                if self._places.get(place) is held:
                    self._exchange(held, customer, None)

    def end(self, *, is_written: bool) -> None:
        """It is written, or given up."""
        with self._lock:
            for place, (before, changed) in self._changing.items():
                held = self._places.get(place)
                after = self.marks.end(place)
                if held is not None and held.mark == before:
                    for customer, read in changed.items():
                        self._exchange(held, customer, read if is_written else None)
                    held.mark = after
            self._forget()
        self._changing.clear()
