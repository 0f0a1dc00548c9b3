"""What a workbook of LibreOffice says of its cells beside their values: one pass over all its sheets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from routekit.sheets.archive import Archive, local_name
from routekit.sheets.cells import CellFault, SheetError
from routekit.sheets.limits import MOST_COLUMNS, MOST_MARKS, MOST_ROWS, MOST_SHARED
from routekit.sheets.state import Range, SheetState, error_fault, too_many_marks, unkept_fault, within_bounds
from routekit.translation import t

__all__ = ["opendocument_states"]

_MOST_BLANKS = 10_000


def opendocument_states(archive: Archive) -> Mapping[str, SheetState]:
    """Tells of each sheet how far it goes, and which of its cells are errors, without a value or hidden."""
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise SheetError(t("is encrypted"), t("save it without a password"))
    archive.scan("styles.xml", most=MOST_SHARED)
    scan = _Scan()
    archive.scan("content.xml", scan.start, scan.end, parser=scan.parser)
    states = {name: found.state() for name, found in scan.tables.items()}
    within_bounds(
        sum(state.rows for state in states.values()), max((s.columns for s in states.values()), default=0)
    )
    return states


@dataclass(slots=True)
class _Table:
    rows: int = 0
    columns: int = 0
    faults: dict[tuple[int, int], CellFault] = field(default_factory=dict)
    formats: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Range] = field(default_factory=list)

    def state(self) -> SheetState:
        return SheetState(
            self.rows,
            self.columns,
            self.faults,
            self.formats,
            frozenset(self.hidden_rows),
            frozenset(self.hidden_columns),
            self.merged,
            any(row <= self.rows for row in self.hidden_rows),
        )


class _Scan:
    """Takes the elements of all sheets."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.tables: dict[str, _Table] = {}
        self._table = _Table()
        self._row, self._rows = 0, 1
        self._column, self._columns = 0, 1
        self._listed = 0
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = local_name(name)
        if kind in ("table-cell", "covered-table-cell"):
            self._begin_cell({local_name(key): value for key, value in attributes.items()})
        elif kind == "table-row":
            found = {local_name(key): value for key, value in attributes.items()}
            self._rows = _count(found, "number-rows-repeated", MOST_ROWS)
            self._column = 0
            if found.get("visibility", "visible") != "visible" and self._rows <= MOST_MARKS:
                self._table.hidden_rows.update(range(self._row + 1, self._row + self._rows + 1))
        elif kind == "table":
            found = {local_name(key): value for key, value in attributes.items()}
            self._depth += 1
            if self._depth == 1:
                self._table = self.tables.setdefault(found.get("name", ""), _Table())
                self._row = self._listed = 0
        elif kind == "table-column":
            found = {local_name(key): value for key, value in attributes.items()}
            count = _count(found, "number-columns-repeated", MOST_COLUMNS)
            if found.get("visibility", "visible") != "visible":
                self._table.hidden_columns.update(range(self._listed, self._listed + count))
            self._listed = min(self._listed + count, MOST_COLUMNS)
        elif kind == "s":
            blanks = {local_name(key): value for key, value in attributes.items()}.get("c", "1")
            if not blanks.isdigit() or len(blanks) > 9 or int(blanks) > _MOST_BLANKS:
                raise SheetError(t("holds a text in `{part}` that is too long", part="content.xml"))

    def end(self, name: str) -> None:
        kind = local_name(name)
        if kind in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif kind == "table-row":
            self._row += self._rows
            if self._row > 2 * MOST_ROWS:
                raise _beyond()
        elif kind == "table":
            self._depth -= 1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cell = attributes
        self._columns = _count(attributes, "number-columns-repeated", MOST_COLUMNS)
        self._text = []
        self.parser.CharacterDataHandler = self._text.append

    def _end_cell(self) -> None:
        self.parser.CharacterDataHandler = None
        cell, first, last = self._cell, self._column, self._column + self._columns
        self._column = last
        if last > MOST_COLUMNS and (cell.get("value-type") or self._text):
            raise _beyond()
        text = "".join(self._text).strip()
        fault = None
        if cell.get("value-type") == "error" or (text.startswith(("#", "Err:")) and cell.get("formula")):
            fault = error_fault(text)
        elif cell.get("formula") and "value-type" not in cell and not text:
            fault = unkept_fault()
        if "value-type" in cell or text or fault is not None:
            self._table.rows = max(self._table.rows, self._row + self._rows)
            self._table.columns = max(self._table.columns, last)
            within_bounds(self._table.rows, self._table.columns)
        is_percent = cell.get("value-type") == "percentage"
        if fault is not None or is_percent:
            if self._rows * self._columns + len(self._table.faults) > MOST_MARKS:
                raise too_many_marks()
            for row in range(self._row + 1, self._row + self._rows + 1):
                for column in range(first, last):
                    if fault is not None:
                        self._table.faults[row, column] = fault
                    else:
                        self._table.formats.setdefault(row, {})[column] = "0%"
        rows = _count(cell, "number-rows-spanned", MOST_ROWS)
        columns = _count(cell, "number-columns-spanned", MOST_COLUMNS)
        if rows > 1 or columns > 1:
            if len(self._table.merged) == MOST_MARKS:
                raise too_many_marks()
            self._table.merged.append((self._row + 1, first, self._row + rows, first + columns - 1))


def _count(attributes: dict[str, str], name: str, most: int) -> int:
    text = attributes.get(name, "1")
    if not text.isdigit() or len(text) > 9 or int(text) > most + 1:
        raise _beyond()
    return int(text)


def _beyond() -> SheetError:
    return SheetError(
        t("has a cell where no spreadsheet has one"), t("save it anew in a spreadsheet program")
    )
