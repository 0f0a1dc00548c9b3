"""What every reader gives: rows, one at a time or in parts, and what is to be said of the file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routekit.intake.unknown import UnknownFields

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST_ROWS", "Contacts", "Part", "Row", "UnreadableContactsError", "has_tables"]

MOST_ROWS = 8192
"""Rows of a table that are decided at once."""


class UnreadableContactsError(Exception):
    """Contacts that cannot be read; the message says why, ``hint`` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Row:
    """One contact, or ``broken``: what is wrong with its line.

    It stands at ``number`` of ``source``, ``contacts.csv:`` or ``contacts.parquet: row``, from 1, or is all
    of it; ``size`` is its part of the file's.
    """

    source: str
    number: int
    size: int
    contact: object = None
    broken: str = ""

    @property
    def place(self) -> str:
        """Where it stands: ``contacts.csv:3``."""
        return f"{self.source}{self.number}" if self.number else self.source


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table: those that are broken, and the others as a record batch.

    ``rows`` gives these one by one, for where ``batch`` is None: what they hold fits into no column.
    ``numbers`` are those of the good rows, which stand in ``source``.
    """

    broken: Sequence[Row]
    size: int
    batch: "pa.RecordBatch | None"
    rows: Callable[[], Iterator[Row]]
    source: str = ""
    numbers: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Contacts:
    """The rows of a file, or the same rows in ``parts`` where it is a table: one of the two is to be read.

    Either may raise :class:`UnreadableContactsError` where the file is damaged. ``total`` is that of the
    rows' sizes, where it is known; ``notes`` say how the file is read, where that had to be found out;
    ``unknown`` counts, as the rows are read, what the policy does not know; ``headings`` are what stands
    above the column of each field, where it is a table; ``separator`` and ``decimal`` are the marks of a
    table of text.
    """

    rows: Iterator[Row]
    total: int | None
    unknown: UnknownFields
    parts: Iterator[Part] | None = None
    notes: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    separator: str = ","
    decimal: str = "."
    close: Callable[[], None] = lambda: None
    """Closes the file, of which the rest is then not read."""


def has_tables() -> bool:
    """Checks whether the packages are there that decide a table at once."""
    from importlib.util import find_spec

    return all(find_spec(package) is not None for package in ("pyarrow", "numpy"))
