"""A workbook of a spreadsheet program: its sheets, and the rows of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from routekit.sheets.archive import Archive
from routekit.sheets.cells import CellValue, SheetError, SheetRow, place_of
from routekit.sheets.excel import check_excel, excel_state, sheet_parts
from routekit.sheets.limits import MOST_FILE
from routekit.sheets.opendocument import opendocument_states
from routekit.sheets.state import Range, SheetState, merged_fault
from routekit.translation import t

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Loaded = TypeVar("Loaded")

__all__ = ["KINDS", "Book", "Sheet", "open_book"]

KINDS = ("xlsx", "ods")
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What files begin with that Excel wrote before 2007, or encrypts today."""
_MOST_EXACT = 2**53
_NO_FORMATS: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet by its name; ``state`` says what of its cells the values do not tell.

    Its rows are from the first to the last that holds something, the empty ones between them too.
    """

    name: str
    state: SheetState
    _loaded: "CalamineSheet"

    def rows(self) -> Iterator[SheetRow]:
        """Yields the rows, each with as many cells as the sheet has columns."""
        state, width = self.state, self.state.columns
        start, marks = self._loaded.start, _Marks(self.state)
        before: list[CellValue] = [None] * (start[1] if start is not None else 0)
        empty: list[CellValue] = [None] * width
        number = 0
        for found in self._loaded.iter_rows() if start is not None else ():
            number += 1
            cells = [*before, *map(_value, found)]
            cells = cells[:width] if len(cells) > width else cells + empty[len(cells) :]
            yield self._row(number, marks.put(number, cells))
        for behind in range(number + 1, state.rows + 1):
            yield self._row(behind, marks.put(behind, [*empty]))

    def _row(self, number: int, cells: Sequence[CellValue]) -> SheetRow:
        state = self.state
        return SheetRow(number, cells, number in state.hidden_rows, state.formats.get(number, _NO_FORMATS))


class _Marks:
    """Puts into the rows, one after the other, what stands in the place of values."""

    def __init__(self, state: SheetState) -> None:
        self._faults = state.faults
        self._faulty = {row for row, _ in state.faults}
        self._begin: dict[int, list[Range]] = {}
        for each in state.merged:
            self._begin.setdefault(each[0], []).append(each)
        self._merged: list[Range] = []

    def put(self, number: int, cells: list[CellValue]) -> list[CellValue]:
        """Returns the cells of the row of that number with their faults."""
        if number in self._faulty:
            cells = [self._faults.get((number, column), cell) for column, cell in enumerate(cells)]
        self._merged += self._begin.pop(number, ())
        if self._merged:
            self._merged = [each for each in self._merged if each[2] >= number]
            for first_row, first, _, last in self._merged:
                fault = merged_fault(place_of(first_row, first))
                own = first + 1 if number == first_row else first
                for column in range(own, min(last + 1, len(cells))):
                    cells[column] = fault
        return cells


def _value(raw: "str | int | float | bool | date | datetime | time | timedelta") -> CellValue:
    if raw == "":
        return None
    if type(raw) is float and raw.is_integer() and abs(raw) < _MOST_EXACT:
        return int(raw)
    return raw


class Book:
    """An open workbook; ``names`` are its visible sheets, ``hidden`` the others."""

    def __init__(
        self, loaded: "CalamineWorkbook", states: "Mapping[str, SheetState] | None", archive: Archive
    ) -> None:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        self._loaded, self._states, self._archive = loaded, states, archive
        self._parts = sheet_parts(archive) if states is None else {}
        sheets = [each for each in loaded.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
        self.names = tuple(each.name for each in sheets if each.visible == SheetVisibleEnum.Visible)
        self.hidden = tuple(each.name for each in sheets if each.visible != SheetVisibleEnum.Visible)

    def sheet(self, name: str) -> Sheet:
        """Returns a sheet, looked through before it is loaded. Raises :class:`SheetError`."""
        if name not in (*self.names, *self.hidden):
            listed = t(", ").join(f"`{each}`" for each in self.names)
            raise SheetError(
                t("has no sheet `{name}`", name=name),
                t("there are {listed}", listed=listed) if listed else "",
            )
        if self._states is None:
            state = excel_state(self._archive, self._parts.get(name, ""))
        else:
            state = self._states.get(name, SheetState(0, 0))
        return Sheet(name, state, _guarded(lambda: self._loaded.get_sheet_by_name(name)))


def open_book(stream: BinaryIO) -> Book:
    """Opens a workbook of Excel (``.xlsx``, ``.xlsm``) or LibreOffice (``.ods``), whichever it is.

    ``stream`` can be sought in, and stays open as long as sheets are read. Macros are never run. Raises
    :class:`SheetError` for what is none, is encrypted, damaged or unpacks to more than a table has.
    """
    try:
        from python_calamine import load_workbook
    except ImportError:
        raise SheetError(
            t("cannot be read without python-calamine"), t("install `routekit[tables]`")
        ) from None
    stream.seek(0)
    start = stream.read(8)
    size = stream.seek(0, 2)
    stream.seek(0)
    if start == _OLD:
        raise SheetError(t("is encrypted, or of Excel 97"), t("save it as .xlsx without a password"))
    if not start.startswith(b"PK"):
        raise SheetError(
            t("is no workbook") if start else t("is empty"),
            t("save it as .xlsx, or name it .csv if it is text"),
        )
    if size > MOST_FILE:
        raise SheetError(t("is larger than {most:,} bytes", most=MOST_FILE), t("save it as CSV"))
    archive = Archive(stream)
    is_open = "content.xml" in archive.names
    states = opendocument_states(archive) if is_open else None
    if not is_open:
        if "xl/workbook.bin" in archive.names:
            raise SheetError(t("is a binary workbook"), t("save it as .xlsx"))
        check_excel(archive)
    stream.seek(0)
    return Book(_guarded(lambda: load_workbook(stream)), states, archive)


def _guarded(load: Callable[[], Loaded]) -> Loaded:
    """What the library loads; whatever it fails of is said in one way."""
    try:
        return load()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of its own language is no Exception
        if type(error).__name__ == "PasswordError":
            raise SheetError(t("is encrypted"), t("save it without a password")) from None
        raise SheetError(
            t("is damaged, or no workbook"), t("save it anew in a spreadsheet program")
        ) from None
