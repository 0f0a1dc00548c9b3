"""Tables as workbooks of Excel, with real dates, numbers and flags; rows go to the disk as they come."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, BinaryIO

from routekit.schema.times import format_duration
from routekit.translation import t
from routekit.writers.columns import Cell, Column, WriterError, joined_names

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

__all__ = ["Workbook"]

_MOST_ROWS = 1 << 20
_MOST_TEXT = 32_767
_MOST_EXACT = 10**15
_FIRST_DAY = date(1900, 3, 1)
"""Before it Excel counts a day that there was not."""
_FORMATS = {"time": "yyyy-mm-dd hh:mm:ss", "date": "yyyy-mm-dd", "duration": "[h]:mm:ss"}
_WIDEST = 40


class Workbook:
    """Writes a workbook; times as the clock on the wall of ``local``, ``zone`` in their heading.

    No text is a formula or a link. A sheet that is full is followed by another one.
    """

    def __init__(
        self, out: BinaryIO, columns: Sequence[Column], local: tzinfo, zone: str, title: str
    ) -> None:
        try:
            from xlsxwriter import Workbook as Book
        except ImportError:
            raise WriterError(
                t("workbooks cannot be written without xlsxwriter"), t("install `routekit[tables]`")
            ) from None
        self._book = Book(
            out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._formats = {kind: self._book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        self._bold = self._book.add_format({"bold": True})
        self._columns, self._local, self._zone, self._title = columns, local, zone, title
        self._sheets = 0
        self._begin()

    def write(self, cells: Sequence[Cell]) -> None:
        """Writes one row."""
        if self._row == _MOST_ROWS:
            self._end()
            self._begin()
        page, row = self._page, self._row
        for column, cell in enumerate(cells):
            if cell is not None:
                self._put(page, row, column, cell)
        self._row += 1

    def close(self) -> None:
        """Writes the file."""
        self._end()
        self._book.close()

    def _begin(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        page: Worksheet = self._book.add_worksheet(name)
        page.freeze_panes(1, 0)
        for column, each in enumerate(self._columns):
            heading = f"{each.name} ({self._zone})" if each.kind == "time" else each.name
            page.set_column(column, column, min(max(len(heading) + 2, 10), _WIDEST))
            page.write_string(0, column, heading, self._bold)
        self._page, self._row = page, 1

    def _end(self) -> None:
        self._page.autofilter(0, 0, self._row - 1, max(len(self._columns) - 1, 0))

    def _put(self, page: "Worksheet", row: int, column: int, cell: Cell) -> None:
        match cell:
            case bool():
                page.write_boolean(row, column, cell)
            case str():
                page.write_string(row, column, _fitting(cell))
            case int() if abs(cell) >= _MOST_EXACT:
                page.write_string(row, column, str(cell))
            case int() | float():
                page.write_number(row, column, cell)
            case datetime():
                there = cell.astimezone(self._local).replace(tzinfo=None)
                if there.date() < _FIRST_DAY:
                    page.write_string(row, column, there.isoformat(sep=" "))
                else:
                    page.write_datetime(row, column, there, self._formats["time"])
            case date() if cell < _FIRST_DAY:
                page.write_string(row, column, cell.isoformat())
            case date():
                page.write_datetime(row, column, cell, self._formats["date"])
            case timedelta() if cell < timedelta(0):
                page.write_string(row, column, format_duration(cell))
            case timedelta():
                page.write_number(row, column, cell / timedelta(days=1), self._formats["duration"])
            case tuple() if cell:
                page.write_string(row, column, _fitting(joined_names(cell)))


def _fitting(text: str) -> str:
    """A text as a cell can hold it, which is no longer than so many characters and no half of one."""
    if len(text) > _MOST_TEXT:
        text = text[: _MOST_TEXT - 1] + "…"
    return text.encode("utf-8", "replace").decode()
