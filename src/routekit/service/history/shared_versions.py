"""Numbers that processes share beside a file, to see at a glance whether anything has changed in it."""

import os
from mmap import mmap
from typing import Self
from zlib import crc32

__all__ = ["PLACES", "Marks"]

PLACES = 1 << 16
_BYTES = 4 * PLACES
_HIGHEST = (1 << 32) - 1
_BINARY = getattr(os, "O_BINARY", 0)


class Marks:
    """A number for each of many places; a customer has one place, a place has many customers.

    It is odd while somebody writes about one of them, and another one afterwards: who read something at an
    even number knows that nothing has changed as long as it stands. What writes must write alone. Where a
    process was killed meanwhile the number stays odd until the next one writes there.

    >>> marks = Marks()
    >>> place = marks.place("c-1")
    >>> before = marks.number(place)
    >>> marks.begin(place)
    >>> marks.number(place) % 2
    1
    >>> marks.end(place) == before
    False
    """

    def __init__(self) -> None:
        self._use(memoryview(bytearray(_BYTES)))
        self._path = ""
        self._identity: tuple[int, int] | None = None

    @classmethod
    def beside(cls, path: str) -> Self:
        """Those that the processes with a file share, in ``PATH-marks``, made where there is none.

        Raises ``OSError``.
        """
        marks = cls()
        marks._path = f"{path}-marks"
        mode = os.stat(path).st_mode & 0o777  # noqa: PTH116
        descriptor = os.open(marks._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, mode)
        try:
            # written out, since a page that the disk has no room for would end the process that touches it;
            # appended, since another process may do the same and have begun to count
            missing = _BYTES - os.fstat(descriptor).st_size
            while missing > 0:
                missing -= os.write(descriptor, bytes(missing))
            marks._use(memoryview(mmap(descriptor, _BYTES)))
            marks._identity = _identity(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        return marks

    def _use(self, memory: memoryview) -> None:
        self._numbers = memory.cast("I")
        self.number = self._numbers.__getitem__

    def are_gone(self) -> bool:
        """Whether others may be counting in another file by now."""
        if self._identity is None:
            return False
        try:
            return _identity(os.stat(self._path)) != self._identity  # noqa: PTH116
        except OSError:
            return True

    @staticmethod
    def place(customer: str) -> int:
        """Where the number of a customer stands; raises ``UnicodeError`` for what is no text."""
        return crc32(customer.encode()) % PLACES

    def begin(self, place: int) -> None:
        self._numbers[place] |= 1

    def end(self, place: int) -> int:
        """What the number is now."""
        number = self._numbers[place] = ((self._numbers[place] | 1) + 1) & _HIGHEST
        return number


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
