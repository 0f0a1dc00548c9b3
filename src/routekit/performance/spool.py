"""Sorts more than fits into memory: rows go to a file that nobody else sees, and come back in order."""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

__all__ = ["Row", "Spool"]

Row: TypeAlias = tuple[str, float, list[Any]]
"""What rows are sorted by, a text, then a number, and what they hold, as JSON has it."""

_AT_ONCE = 2_000
_CACHE = 32 << 10
"""KiB of memory that sorting may take; the rest lies on disk."""

_SETTINGS = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -{_CACHE};
CREATE TABLE line (name TEXT NOT NULL, at REAL NOT NULL, held TEXT NOT NULL);
"""
_IN_ORDER = "SELECT name, at, held FROM line ORDER BY name, at, rowid"


class Spool:
    """Rows that are put in any order and read in theirs; those of one place in the order in which they came.

    >>> with Spool() as spool:
    ...     spool.put([("b", 2.0, ["later"]), ("a", 9.0, []), ("b", 1.0, ["sooner"])])
    ...     print(len(spool), [held for _, _, held in spool])
    3 [[], ['sooner'], ['later']]
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="routekit-")
        self._database = sqlite3.connect(str(Path(self._folder.name) / "rows"), isolation_level=None)
        self._database.executescript(_SETTINGS)
        self._waiting: list[tuple[str, float, str]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, rows: Iterable[Row]) -> None:
        """Takes rows; a text that no file can hold is written with marks in place of it."""
        for name, at, held in rows:
            self._waiting.append((name.encode("utf-8", "replace").decode(), at, json.dumps(held)))
            self._count += 1
            if len(self._waiting) >= _AT_ONCE:
                self._write()

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO line VALUES (?, ?, ?)", self._waiting)
        self._database.execute("COMMIT")
        self._waiting.clear()

    def __iter__(self) -> Iterator[Row]:
        self._write()
        for name, at, held in self._database.execute(_IN_ORDER):
            yield name, at, json.loads(held)

    def close(self) -> None:
        """Removes the file."""
        self._database.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
