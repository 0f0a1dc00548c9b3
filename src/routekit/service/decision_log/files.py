"""A file of records, a line each, that is turned over at a size."""

import logging
import os
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate
from math import inf
from pathlib import Path

from routekit.engine.log import log
from routekit.service.decision_log.rendering import Record, as_lines, get_ready

__all__ = ["FileSink"]


class FileSink:
    """A line of JSON for each decision, appended to a file.

    A file that would grow beyond ``most_bytes`` becomes ``NAME.1``, what was that ``NAME.2``, and so on;
    ``keep`` of them stay, the oldest goes. None for ``most_bytes`` leaves that to others: a file that was
    renamed or deleted, as logrotate does, is made anew. A missing folder is made. Several processes may write
    to one file, each line whole.

    >>> FileSink("decisions.jsonl", most_bytes=50_000_000, keep=9).name
    'file decisions.jsonl'
    """

    def __init__(self, path: str | Path, *, most_bytes: int | None = 100_000_000, keep: int = 10) -> None:
        if keep < 1 or (most_bytes is not None and most_bytes < 1):
            raise ValueError("a file sink keeps 1 file at least, of 1 byte at least")
        self.name = f"file {Path(path).name}"
        self._path = Path(path)
        self._most = most_bytes
        self._keep = keep
        self._descriptor: int | None = None
        self._opened: os.stat_result | None = None
        self._is_torn = False
        self._is_too_large = False
        get_ready()

    def __call__(self, record: Record) -> None:
        self.many((record,))

    def many(self, records: Sequence[Record]) -> int:
        """Writes as many as the file has room for, at once; how many those are."""
        lines = as_lines(records)
        descriptor, room = self._open(len(lines[0]))
        count = max(1, bisect_right([*accumulate(map(len, lines))], room))
        text = b"".join(lines[:count])
        if self._is_torn:  # the disk was full within a line: that one stays broken, this one must not be
            os.write(descriptor, b"\n")
            self._is_torn = False
        written = 0
        try:
            while written < len(text):
                written += os.write(descriptor, text[written:])
        except OSError:
            self._is_torn = written > 0 and not text[:written].endswith(b"\n")
            count = text.count(b"\n", 0, written)
            if not count:
                raise
        return count

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = self._opened = None

    def _open(self, size: int) -> tuple[int, float]:
        """The file to append to, which is the one of that name, and how many bytes it has room for."""
        there = _stat(self._path)
        if there is not None and self._most is not None and 0 < there.st_size > self._most - size:
            self._turn_over()
            there = _stat(self._path)
        if self._opened is not None and not _is_same(there, self._opened):
            self.close()
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, 0o640)
            self._opened = os.fstat(self._descriptor)
            self._is_torn = _is_torn(self._descriptor)
        used = 0 if there is None else there.st_size
        return self._descriptor, inf if self._most is None else self._most - used

    def _turn_over(self) -> None:
        try:
            with self._path.open("rb") as file:
                _lock(file.fileno())
                if not _is_same(_stat(self._path), os.fstat(file.fileno())):
                    return  # another process was faster
                for number in range(self._keep - 1, 0, -1):
                    with suppress(FileNotFoundError):
                        self._numbered(number).replace(self._numbered(number + 1))
                self._path.replace(self._numbered(1))
        except OSError as error:  # better a file too large than a decision lost
            if not self._is_too_large:
                log(logging.WARNING, "log file not turned over", sink=self.name, trouble=type(error).__name__)
            self._is_too_large = True
        else:
            self._is_too_large = False

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


_BINARY = getattr(os, "O_BINARY", 0)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_same(one: os.stat_result | None, other: os.stat_result) -> bool:
    return one is not None and os.path.samestat(one, other)


def _is_torn(descriptor: int) -> bool:
    """Whether a file ends within a line, as one does whose writer was killed."""
    size = os.fstat(descriptor).st_size
    if not size:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def _lock(descriptor: int) -> None:
    """Waits until no other process turns the file over, where the system can say so."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
