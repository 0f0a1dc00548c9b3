"""Cells of a table: what stands in them, where they stand, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

__all__ = ["CellFault", "CellValue", "SheetError", "SheetRow", "column_name", "place_of"]


class SheetError(Exception):
    """A table that cannot be read; the message says why, ``hint`` what to do, ``place`` where: ``C7``."""

    def __init__(self, message: str, hint: str = "", place: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.place = place


@dataclass(frozen=True, slots=True)
class CellFault:
    """What stands in the place of a value that nobody knows; ``text`` reads on from the cell."""

    text: str


CellValue: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | CellFault | None
"""What a cell holds; None is an empty one. Whole numbers are ``int``, text is as it was typed."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """The cells of a row, from the first column on; ``number`` counts from 1, as people see it.

    ``formats`` are those of numbers, by column, that show what the value does not tell: ``0%``, ``00000``.
    """

    number: int
    cells: Sequence[CellValue]
    is_hidden: bool = False
    formats: Mapping[int, str] = field(default_factory=dict)


def column_name(column: int) -> str:
    """Returns the letters of a column, which counts from 0.

    >>> column_name(0), column_name(27)
    ('A', 'AB')
    """
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def place_of(row: int, column: int) -> str:
    """Returns how people call a cell: the row counts from 1, the column from 0.

    >>> place_of(7, 2)
    'C7'
    """
    return f"{column_name(column)}{row}"
