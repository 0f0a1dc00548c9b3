"""What a table is made of, whatever kind of file it becomes: columns of one type, rows of cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol, TypeAlias

from routekit.schema.types import Date, Duration, Flag, Integer, Number, SetOf, Time, Type

__all__ = ["Cell", "Column", "Kind", "TextStyle", "Writer", "WriterError", "kind_for", "joined_names"]

Kind: TypeAlias = Literal["text", "whole", "number", "flag", "time", "date", "duration", "names"]
Cell: TypeAlias = str | int | float | bool | datetime | date | timedelta | tuple[str, ...] | None
"""What stands in a cell; times have a timezone, names stand in their order, None is an empty cell.

A text may stand in a column of any kind: what could not be read as its type, as it was written.
"""


class WriterError(Exception):
    """A table that cannot be written; the message says why, ``hint`` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what stands above it, and what it holds."""

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a table of text is written: what parts its cells, and the decimals of its numbers."""

    separator: str = ","
    decimal: str = "."


class Writer(Protocol):
    """Takes the rows of a table, one after the other, until it is closed."""

    def write(self, cells: Sequence[Cell]) -> None: ...

    def close(self) -> None: ...


_KINDS: tuple[tuple[type, Kind], ...] = (
    (Integer, "whole"),
    (Number, "number"),
    (Flag, "flag"),
    (Time, "time"),
    (Date, "date"),
    (Duration, "duration"),
    (SetOf, "names"),
)


def kind_for(type_: Type) -> Kind:
    """Returns the kind of a column that holds values of a type.

    >>> kind_for(Integer(0, 100)), kind_for(Time())
    ('whole', 'time')
    """
    return next((kind for of, kind in _KINDS if isinstance(type_, of)), "text")


def joined_names(names: Sequence[str]) -> str:
    """Returns names as one cell, as the reader of tables parts them.

    >>> joined_names(["german", "english"])
    'german; english'
    """
    return "; ".join(names)
