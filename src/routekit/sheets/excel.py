"""What a workbook of Excel says of its cells beside their values: one pass over a sheet."""

import posixpath
import re
from collections.abc import Mapping
from xml.parsers import expat

from routekit.sheets.archive import Archive, local_name
from routekit.sheets.cells import CellFault, SheetError
from routekit.sheets.limits import MOST_COLUMNS, MOST_MARKS, MOST_ROWS, MOST_SHARED
from routekit.sheets.state import Range, SheetState, error_fault, too_many_marks, unkept_fault, within_bounds
from routekit.translation import t

__all__ = ["check_excel", "excel_state", "sheet_parts"]

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_TRUE = frozenset({"1", "true", "on"})
_TELLING = {9: "0%", 10: "0.00%", 11: "0.00E+00", 48: "##0.0E+0"}
"""Formats that every workbook has, by their numbers, and that show what a number does not tell."""
_FIRST_OWN_FORMAT = 164
_PADDED = re.compile(r"0{2,}")


def check_excel(archive: Archive) -> None:
    """Looks through what is read of every workbook: its list of sheets, its texts, its styles."""
    for name in archive.names:
        if name.endswith((".xml", ".rels")) and "/worksheets/sheet" not in name:
            archive.scan(name, most=MOST_SHARED)


def sheet_parts(archive: Archive) -> Mapping[str, str]:
    """Returns which part of the archive each sheet is."""
    workbook = _workbook(archive)
    targets: dict[str, str] = {}
    folder, file = posixpath.split(workbook)

    def relation(_: str, attributes: dict[str, str]) -> None:
        if "Id" in attributes and "Target" in attributes:
            targets[attributes["Id"]] = _joined(folder, attributes["Target"])

    archive.scan(f"{folder}/_rels/{file}.rels".lstrip("/"), relation)
    parts: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "sheet":
            by_local = {local_name(key): value for key, value in attributes.items()}
            parts[by_local.get("name", "")] = targets.get(by_local.get("id", ""), "")

    archive.scan(workbook, sheet)
    return parts


def _workbook(archive: Archive) -> str:
    found = ["xl/workbook.xml"]

    def relation(_: str, attributes: dict[str, str]) -> None:
        if attributes.get("Type", "").endswith("/officeDocument"):
            found.append(_joined("", attributes.get("Target", "")))

    archive.scan("_rels/.rels", relation)
    return found[-1]


def _joined(folder: str, target: str) -> str:
    target = target.replace("\\", "/")
    return (
        target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
    )


def _formats(archive: Archive) -> list[str | None]:
    """By the number of a style, the format of its numbers where that shows what they do not tell."""
    own: dict[int, str] = {}
    styles: list[str | None] = []
    within: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        name = local_name(name)
        if name == "numFmt" and attributes.get("numFmtId", "").isdigit():
            own[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            within.append(name)
        elif name == "xf" and within:
            number = attributes.get("numFmtId", "0")
            number = number if number.isdigit() else "0"
            code = own.get(int(number), _TELLING.get(int(number), ""))
            styles.append(code if "%" in code or "E+" in code or _PADDED.fullmatch(code) else None)

    def end(name: str) -> None:
        if local_name(name) == "cellXfs":
            within.clear()

    styles_part = posixpath.join(posixpath.dirname(_workbook(archive)), "styles.xml")
    archive.scan(styles_part, start, end)
    return styles


def excel_state(archive: Archive, part: str) -> SheetState:
    """Tells how far a sheet goes, and which of its cells are errors, formulas without a value or hidden."""
    if part not in archive.names:
        return SheetState(0, 0)
    scan = _Scan(_formats(archive))
    parser = scan.parser
    archive.scan(part, scan.start, parser=parser)
    scan.finish()
    within_bounds(scan.last_row, scan.last_column + 1)
    return SheetState(
        scan.last_row,
        scan.last_column + 1,
        scan.faults,
        scan.formats,
        frozenset(scan.hidden_rows),
        frozenset(scan.hidden_columns),
        scan.merged,
        scan.is_filtered,
    )


class _Scan:
    """Takes the elements of a sheet; what was begun is finished where the next begins."""

    def __init__(self, styles: list[str | None]) -> None:
        self._styles = styles
        self._kinds: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self._row = self._column = 0
        self._type, self._style = "", ""
        self._has_formula = self._is_pending = False
        self._text: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.last_row, self.last_column = 0, -1
        self.faults: dict[tuple[int, int], CellFault] = {}
        self.formats: dict[int, dict[int, str]] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.merged: list[Range] = []
        self.is_filtered = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = local_name(name)
        if kind == "v" or kind == "is":
            self._value(kind)
        elif kind == "c":
            if self._is_pending:
                self.finish()
            self._cell(attributes)
        elif kind == "f":
            self._has_formula = self._is_pending = True
        elif kind == "row":
            self.finish()
            self._begin_row(attributes)
        elif kind == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif kind == "col":
            self._hide_columns(attributes)
        elif kind == "autoFilter":
            self.is_filtered = True

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self._row = int(number) if number.isdigit() and len(number) < 8 else self._row + 1
        self._column = -1
        if attributes.get("hidden") in _TRUE:
            self.hidden_rows.add(self._row)

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column(letters)
            self._column = column
            row = reference[len(letters) :]
            if row and row != str(self._row) and len(row) < 8:
                self._row = int(row)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._has_formula = False
        if self._type == "e":
            self._is_pending = True

    def _value(self, kind: str) -> None:
        if self._row > self.last_row:
            if self._row > MOST_ROWS:
                raise _beyond()
            self.last_row = self._row
        if self._column > self.last_column:
            if self._column >= MOST_COLUMNS:
                raise _beyond()
            self.last_column = self._column
        if self._is_pending and kind == "v":
            self._text = []
            self.parser.CharacterDataHandler = self._text.append
        if self._style and self._type == "n":
            place = int(self._style) if self._style.isdigit() else 0
            code = self._styles[place] if place < len(self._styles) else None
            if code is not None:
                self.formats.setdefault(self._row, {})[self._column] = code

    def finish(self) -> None:
        """Says what is wrong with the cell that was begun last, where something may be."""
        if not self._is_pending:
            return
        self.parser.CharacterDataHandler = None
        text = "".join(self._text).strip()
        if len(self.faults) == MOST_MARKS:
            raise too_many_marks()
        if self._type == "e":
            self.faults[self._row, self._column] = error_fault(text)
        elif self._has_formula and not text and self._type != "str":
            self.faults[self._row, self._column] = unkept_fault()
            self.last_row = max(self.last_row, self._row)
            self.last_column = max(self.last_column, self._column)
        self._is_pending = self._has_formula = False
        self._text = []

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        corners = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
        if len(self.merged) == MOST_MARKS:
            raise too_many_marks()
        if corners[0] is not None and corners[1] is not None:
            begin, end = corners[0], corners[1]
            self.merged.append((int(begin[2]), _column(begin[1]), int(end[2]), _column(end[1])))

    def _hide_columns(self, attributes: dict[str, str]) -> None:
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if attributes.get("hidden") in _TRUE and first.isdigit() and last.isdigit():
            self.hidden_columns.update(range(int(first) - 1, min(int(last), MOST_COLUMNS)))


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    if not 0 < number <= MOST_COLUMNS or not (letters.isascii() and letters.isalpha()):
        raise _beyond()
    return number - 1


def _beyond() -> SheetError:
    return SheetError(
        t("has a cell where no spreadsheet has one"), t("save it anew in a spreadsheet program")
    )
