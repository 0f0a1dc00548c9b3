"""Ids of decisions: UUIDs of version 7, sortable by the time at which they were made."""

from threading import Lock
from time import time_ns
from uuid import uuid4

from routekit.engine.forks import anew_after_fork

__all__ = ["Ids"]

_TAIL = 1 << 74
_LOW = (1 << 62) - 1


class Ids:
    """Makes ids that no other process makes; those of one process stand in their order.

    A clock that is set back does no harm: the ids go on from the latest time that was seen. What a UUID has
    at random is counted here, from a start that is random in each process.

    >>> ids = Ids()
    >>> first, second = ids.new(), ids.new()
    >>> len(first), first < second
    (36, True)
    """

    def __init__(self) -> None:
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        self._lock = Lock()
        self._tail = uuid4().int % (_TAIL >> 1)
        self._latest = 0

    def new(self) -> str:
        """One more id."""
        now = time_ns() // 1_000_000
        with self._lock:
            if now > self._latest:
                self._latest = now
            else:
                now = self._latest
            tail = self._tail = (self._tail + 1) % _TAIL
        text = f"{now << 80 | 7 << 76 | tail >> 62 << 64 | 2 << 62 | tail & _LOW:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
