"""Rows of a table's file that are no rows: comments, and headings that stand again."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from routekit.checker.context import Context
from routekit.checker.table_cells import cleaned, shown
from routekit.checker.table_headings import NOTE, Column
from routekit.checker.table_pieces import ANYTHING, is_there, known_in
from routekit.policy.outcome_parts import PARTS, Kind
from routekit.schema.types import Choice, Flag, SetOf, Text, Type
from routekit.sheets import CellValue, SheetRow

__all__ = ["cell_of", "filled_places", "is_comment", "is_heading_again"]

Types: TypeAlias = Mapping[int, Type | None]
"""What columns are read as, by their places."""

_PARTS = {part.word: part for part in PARTS}
_WORD = re.compile(r"[^\W\d]\w*(?: [^\W\d]\w*)*")


def cell_of(row: SheetRow, column: Column) -> CellValue:
    """Returns the cell of a row in a column."""
    return row.cells[column.place] if column.place < len(row.cells) else None


def filled_places(row: SheetRow) -> list[int]:
    """Returns the places of the cells that hold something."""
    return [place for place, cell in enumerate(row.cells) if is_there(cell)]


def is_comment(row: SheetRow) -> bool:
    """Checks whether a row has nothing but a comment."""
    there = filled_places(row)
    first = row.cells[there[0]]
    return len(there) == 1 and isinstance(first, str) and first.lstrip().startswith(NOTE)


def is_heading_again(
    context: Context, types: Types, row: SheetRow, columns: Sequence[Column], header: SheetRow
) -> bool:
    """Checks whether a row repeats the headings or, right below them, fits none of its columns."""
    cells = [(column, cell_of(row, column)) for column in columns]
    if [_said(cell) for _, cell in cells] == [cleaned(column.heading).lower() for column in columns]:
        return True
    if row.number != header.number + 1 or not all(cell is None or isinstance(cell, str) for _, cell in cells):
        return False
    judged = [
        verdict
        for column, cell in cells
        if is_there(cell) and (verdict := _fits(context, types, column, _said(cell))) is not None
    ]
    return len(judged) > 1 and not any(judged)


def _fits(context: Context, types: Types, column: Column, said: str) -> bool | None:
    """Whether words may be a value of a column, as far as that can be told; None where it cannot."""
    if not _WORD.fullmatch(said):
        return None if column.role in ("because", "note", "then") else True
    names, type_ = context.names, types[column.place]
    if column.role == "part":
        part = _PARTS.get(column.text)
        if part is not None and part.names == "queue":
            return said.split()[0] in {name.lower() for name in names.queues}
        return False if part is not None and part.kind is Kind.INTEGER else None
    if column.role not in ("asked", "given", "data", "value") or type_ is None:
        return None
    if isinstance(type_, Text | SetOf):
        return None
    if (
        known_in(context)(said)
        or said in ("missing", "known", ANYTHING)
        or (" " in said and said.split()[0] in ("is", "not"))
    ):
        return True
    if isinstance(type_, Choice):
        return said in {name.lower() for name in type_.names}
    return isinstance(type_, Flag) and said in ("yes", "no", "true", "false")


def _said(cell: CellValue) -> str:
    return cleaned(cell).lower() if isinstance(cell, str) else shown(cell)
