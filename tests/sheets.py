"""Workbooks that tests make: cells as people, and spreadsheets, leave them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import TypeAlias

import xlsxwriter

__all__ = ["Formatted", "Mark", "Raw", "workbook"]


@dataclass(frozen=True)
class Formatted:
    """A number with the format of its cell."""

    number: float
    format: str


@dataclass(frozen=True)
class Raw:
    """A formula with the value that is kept of it; none where it is empty."""

    formula: str
    kept: str | float = ""


Typed: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | Formatted | Raw | None
Mark: TypeAlias = Callable[["xlsxwriter.worksheet.Worksheet"], object]


def workbook(
    rows: Sequence[Sequence[Typed]], mark: Mark | None = None, *, sheets: Sequence[str] = ("Sheet1",)
) -> bytes:
    """Makes a workbook whose sheets each have the rows; ``mark`` does more to each."""
    held = BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    for name in sheets:
        sheet = book.add_worksheet(name)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                _write(book, sheet, (row, column), cell)
        if mark is not None:
            mark(sheet)
    book.close()
    return held.getvalue()


def _write(
    book: "xlsxwriter.Workbook", sheet: "xlsxwriter.worksheet.Worksheet", place: tuple[int, int], cell: Typed
) -> None:
    match cell:
        case None:
            pass
        case str():
            sheet.write_string(*place, cell)
        case bool():
            sheet.write_boolean(*place, cell)
        case Formatted(number, format_):
            sheet.write_number(*place, number, book.add_format({"num_format": format_}))
        case Raw(formula, kept):
            sheet.write_formula(*place, formula, None, kept)
        case int() | float():
            sheet.write_number(*place, cell)
        case datetime():
            sheet.write_datetime(*place, cell, book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"}))
        case date():
            sheet.write_datetime(*place, cell, book.add_format({"num_format": "dd.mm.yyyy"}))
        case _:
            sheet.write_datetime(*place, cell, book.add_format({"num_format": "[h]:mm:ss"}))
