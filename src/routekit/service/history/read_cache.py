"""A read cache of pasts, valid as long as nobody has written about their customers since."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from mmap import mmap
from threading import Lock
from time import monotonic
from typing import Self
from zlib import crc32

from routekit.engine.forks import anew_after_fork
from routekit.service.history.model import Past, Showing, Touch
from routekit.service.history.past import narrowed, with_changes, with_showings

__all__ = ["ReadCache", "SLOTS", "SharedVersions"]

SLOTS = 1 << 16
_BYTES = 4 * SLOTS
_HIGHEST = (1 << 32) - 1
_BINARY = getattr(os, "O_BINARY", 0)


class SharedVersions:
    """A number for each of many slots; a customer has one slot, a slot has many customers.

    It is odd while somebody writes about one of them, and another one afterwards: who read something at an
    even number knows that nothing has changed as long as it stands. What writes must write alone. Where a
    process was killed meanwhile the number stays odd until the next one writes there.

    >>> versions = SharedVersions()
    >>> slot = versions.slot("c-1")
    >>> before = versions.number(slot)
    >>> versions.begin(slot)
    >>> versions.number(slot) % 2
    1
    >>> versions.end(slot) == before
    False
    """

    def __init__(self) -> None:
        self._use(memoryview(bytearray(_BYTES)))
        self._path = ""
        self._identity: tuple[int, int] | None = None

    @classmethod
    def beside(cls, path: str) -> Self:
        """Returns those that the processes with a file share, in ``PATH-marks``, made where there is none.

        Raises ``OSError``.
        """
        versions = cls()
        versions._path = f"{path}-marks"
        mode = os.stat(path).st_mode & 0o777  # noqa: PTH116
        descriptor = os.open(versions._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, mode)
        try:
            # written out, since a page that the disk has no room for would end the process that touches it;
            # appended, since another process may do the same and have begun to count
            missing = _BYTES - os.fstat(descriptor).st_size
            while missing > 0:
                missing -= os.write(descriptor, bytes(missing))
            versions._use(memoryview(mmap(descriptor, _BYTES)))
            versions._identity = _identity(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        return versions

    def _use(self, memory: memoryview) -> None:
        self._numbers = memory.cast("I")
        self.number = self._numbers.__getitem__

    def are_gone(self) -> bool:
        """Checks whether others may be counting in another file by now."""
        if self._identity is None:
            return False
        try:
            return _identity(os.stat(self._path)) != self._identity  # noqa: PTH116
        except OSError:
            return True

    @staticmethod
    def slot(customer: str) -> int:
        """Tells where the number of a customer stands; raises ``UnicodeError`` for what is no text."""
        return crc32(customer.encode()) % SLOTS

    def begin(self, slot: int) -> None:
        self._numbers[slot] |= 1

    def end(self, slot: int) -> int:
        """Tells what the number is now."""
        number = self._numbers[slot] = ((self._numbers[slot] | 1) + 1) & _HIGHEST
        return number


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


_MOST = 100_000
"""Things of customers that are kept; a customer of whom nothing is known counts as one."""

_LONGEST = 60.0
"""Seconds that a past is kept, whatever the versions say: somebody may write to the file by other means."""

_NEVER = -1
"""A version that nothing was read at, so that nothing goes on to hold."""


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
class _Slot:
    """The cached pasts of one slot: valid while the version there is this one."""

    version: int
    reads: dict[str, _Read] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(read.size for read in self.reads.values())


class ReadCache:
    """Caches pasts for all threads of a process, of which one at a time writes.

    >>> from datetime import UTC
    >>> cache, then = ReadCache(SharedVersions()), datetime(2026, 1, 1, tzinfo=UTC)
    >>> cache.put("c-1", cache.version("c-1"), then, Past.EMPTY)
    >>> cache.get("c-1", then) == Past.EMPTY
    True
    >>> cache.begin(["c-1"])
    >>> cache.end(is_written=True)
    >>> cache.get("c-1", then) is None
    True
    """

    def __init__(self, versions: SharedVersions) -> None:
        self.versions = versions
        self._slots: OrderedDict[int, _Slot] = OrderedDict()
        self._size = 0
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """As a forked child must, where the thread that writes is not."""
        self._lock = Lock()
        self._changing: dict[int, tuple[int, dict[str, _Read | None]]] = {}

    # ── reading ───────────────────────────────────────────────────────────────

    def get(self, customer: str, since: datetime) -> Past | None:
        """Tells what is known since then, None where it must be read."""
        slot = self.versions.slot(customer)
        held = self._slots.get(slot)
        if held is None or held.version != self.versions.number(slot):
            return None
        read = held.reads.get(customer)
        if read is None or since < read.since or monotonic() > read.until:
            return None
        return narrowed(read.past, since)

    def version(self, customer: str) -> int:
        """Takes a version before a past is read, to be given when it is put here."""
        return self.versions.number(self.versions.slot(customer))

    def put(self, customer: str, version: int, since: datetime, past: Past) -> None:
        """Keeps what was read, unless somebody was writing meanwhile."""
        if version & 1:
            return
        slot = self.versions.slot(customer)
        with self._lock:
            held = self._slots.get(slot)
            if held is None or held.version != version:
                if held is not None:
                    self._size -= held.size
                held = self._slots[slot] = _Slot(version)
            self._exchange(held, customer, _Read(past, since, monotonic() + _LONGEST))
            self._forget()

    def _forget(self) -> None:
        while self._size > _MOST:
            _, oldest = self._slots.popitem(last=False)
            self._size -= oldest.size

    def _exchange(self, held: _Slot, customer: str, read: _Read | None) -> None:
        before = held.reads.pop(customer, None)
        if before is not None:
            self._size -= before.size
        if read is not None:
            held.reads[customer] = read
            self._size += read.size

    # ── writing ───────────────────────────────────────────────────────────────

    def begin(self, customers: Iterable[str]) -> None:
        """Learns that something is about to be written of these, by the only one who can write now."""
        for customer in customers:
            slot = self.versions.slot(customer)
            if slot not in self._changing:
                self._changing[slot] = self.versions.number(slot), {}
                self.versions.begin(slot)
            self._changing[slot][1][customer] = None

    def begin_all(self) -> None:
        """Learns that something is about to be written of anybody."""
        for slot in range(SLOTS):
            self._changing[slot] = _NEVER, {}
            self.versions.begin(slot)

    def add(self, touches: Iterable[Touch], now: datetime) -> None:
        """Learns that these touches are being written: their customers' pasts need not be read again."""
        for touch in touches:
            if touch.capped and touch.at > now:  # what it showed is written as of now
                self._renew(touch.customer, touch.at, lambda _: None)
            else:
                self._renew(touch.customer, touch.at, partial(with_changes, changes=(touch,)))

    def show(self, customer: str, showings: Sequence[Showing]) -> None:
        """Learns that these showings are being written, all at one time."""
        self._renew(customer, showings[0].at, partial(with_showings, showings=showings))

    def _renew(self, customer: str, at: datetime, change: Callable[[Past], Past | None]) -> None:
        slot = self.versions.slot(customer)
        before, changed = self._changing[slot]
        held = self._slots.get(slot)
        if held is None or held.version != before:
            return
        read = changed.get(customer) or held.reads.get(customer)
        if read is None:
            return
        past = change(read.past) if at > read.since else read.past
        changed[customer] = None if past is None else _Read(past, read.since, read.until)
        if past is None:
            with self._lock:
                if self._slots.get(slot) is held:
                    self._exchange(held, customer, None)

    def end(self, *, is_written: bool) -> None:
        """Learns that it is written, or given up."""
        with self._lock:
            for slot, (before, changed) in self._changing.items():
                held = self._slots.get(slot)
                after = self.versions.end(slot)
                if held is not None and held.version == before:
                    for customer, read in changed.items():
                        self._exchange(held, customer, read if is_written else None)
                    held.version = after
            self._forget()
        self._changing.clear()
