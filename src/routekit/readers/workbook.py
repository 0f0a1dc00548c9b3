"""Contacts from workbooks of Excel and LibreOffice, whose cells have types of their own."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from itertools import chain, islice
from typing import BinaryIO

from routekit.intake.cells import Columns, nested
from routekit.intake.unknown import UnknownFields
from routekit.readers.headings import MOST_BEFORE, Fields, Heading, cleaned
from routekit.readers.rows import Contacts, Row, UnreadableContactsError
from routekit.readers.settings import TableSettings
from routekit.readers.written import MOST_SAMPLED, Written, writing_of
from routekit.schema.reading import Unread
from routekit.schema.types import Choice, Duration, Text, Type
from routekit.sheets import Book, CellFault, CellValue, Sheet, SheetError, SheetRow, open_book
from routekit.translation import msgid, plural, t

__all__ = ["read_workbook"]

_MOST_DIGITS = 10**15
"""From here on a spreadsheet program keeps no number in full."""
_TOO_LONG = msgid("is a number of more than 15 digits, of which the last were lost: type such texts as text")
_PERCENTAGE = msgid("is a percentage, not text")
_REPEATED = msgid("repeats the headings")


def read_workbook(
    stream: BinaryIO, name: str, columns: Columns, unknown: UnknownFields, settings: TableSettings
) -> Contacts:
    """Reads the contacts of a sheet: the one that is asked for, or the only one whose headings are fields."""
    fields = Fields(columns, settings.columns)
    try:
        book = open_book(stream)
        sheet, notes = _chosen(book, name, fields, settings.sheet)
    except SheetError as error:
        raise UnreadableContactsError(_said(name, error), error.hint) from None
    rows = sheet.rows()
    before, first = _to_heading(rows, fields)
    if first is None:
        return Contacts(iter(()), 0, unknown, notes=notes)
    heading = fields.heading(_in_sheet(name, book, sheet), [_as_heading(cell) for cell in first.cells])
    others = {other: place for other, place in heading.others.items() if not _is_nameless(heading, place)}
    for other in others:
        unknown.add(other, 0)
    if before:
        notes += (t("{name}: the headings stand in row {number}", name=name, number=first.number),)
    sampled = [*islice(rows, MOST_SAMPLED)]
    types = {field: columns[field].type for field in heading.known}
    samples = {
        field: [cell for row in sampled if isinstance(cell := row.cells[place], str)]
        for field, place in heading.known.items()
    }
    writing = writing_of(types, samples, settings, is_plain=False)
    notes += _of_hidden(name, sheet, first.number) + heading.notes
    reading = _Reading(name, heading, others, columns, writing.by_field, unknown)
    total = max(sheet.state.rows - first.number, 0)
    return Contacts(reading.rows(chain(sampled, rows)), total, unknown, notes=notes, headings=heading.shown)


def _said(name: str, error: SheetError) -> str:
    return f"`{name}` {error}"


def _in_sheet(name: str, book: Book, sheet: Sheet) -> str:
    return name if len(book.names) < 2 else t("{name}, sheet {sheet}", name=name, sheet=sheet.name)


def _chosen(book: Book, name: str, fields: Fields, asked: str) -> tuple[Sheet, tuple[str, ...]]:
    """The sheet to read, and what is to be said of its choice."""
    if asked:
        return book.sheet(asked), ()
    if len(book.names) == 1:
        return book.sheet(book.names[0]), ()
    if not book.names:
        raise SheetError(t("has no sheet that is not hidden"), t("name one with --sheet"))
    fitting = [each for each in map(book.sheet, book.names) if _fits(each, fields)]
    listed = t(", ").join(f"`{each}`" for each in book.names)
    if len(fitting) > 1:
        both = t(", ").join(f"`{each.name}`" for each in fitting)
        raise SheetError(
            t("has several sheets of contacts: {listed}", listed=both), t("name one with --sheet")
        )
    if not fitting:
        raise SheetError(
            t("has no sheet whose headings are fields of the policy: there are {listed}", listed=listed),
            t("name the right one with --sheet, which tells what is wrong with its headings"),
        )
    return fitting[0], (t("{name}: read from sheet `{sheet}`", name=name, sheet=fitting[0].name),)


def _fits(sheet: Sheet, fields: Fields) -> bool:
    _, first = _to_heading(sheet.rows(), fields)
    return first is not None and bool(fields.count(map(_as_heading, first.cells)))


def _to_heading(rows: Iterator[SheetRow], fields: Fields) -> tuple[bool, SheetRow | None]:
    """The row of headings, behind which the rows go on; and whether others stand before it.

    Where none is found, it is the first that holds something.
    """
    looked: list[SheetRow] = []
    for row in rows:
        if all(cell is None for cell in row.cells):
            continue
        cells = [_as_heading(cell) for cell in row.cells]
        if fields.count(cells) if not looked else fields.is_heading(cells):
            return bool(looked), row
        looked.append(row)
        if len(looked) == MOST_BEFORE:
            break
    return False, looked[0] if looked else None


def _as_heading(cell: CellValue) -> str:
    return (
        cleaned(cell)
        if isinstance(cell, str)
        else ""
        if cell is None or isinstance(cell, CellFault)
        else str(cell)
    )


def _is_nameless(heading: Heading, place: int) -> bool:
    return not heading.names[place]


def _of_hidden(name: str, sheet: Sheet, first: int) -> tuple[str, ...]:
    """Says that rows and columns are read that nobody sees."""
    state = sheet.state
    rows = sum(first < row <= state.rows for row in state.hidden_rows)
    columns = sum(column < state.columns for column in state.hidden_columns)
    hidden_rows = plural(
        "{name}: {number} hidden row is read too",
        "{name}: {number:,} hidden rows are read too",
        rows,
        name=name,
    )
    hidden_columns = plural(
        "{name}: {number} hidden column is read too",
        "{name}: {number:,} hidden columns are read too",
        columns,
        name=name,
    )
    return (*[hidden_rows] * bool(rows), *[hidden_columns] * bool(columns))


class _Reading:
    """Reads the rows behind a heading as contacts."""

    def __init__(
        self,
        name: str,
        heading: Heading,
        others: Mapping[str, int],
        columns: Columns,
        written: Mapping[str, Written],
        unknown: UnknownFields,
    ) -> None:
        self._source = t("{path}: row ", path=name)
        self._heading, self._others, self._unknown = heading, others, unknown
        self._columns, self._written = columns, written
        self._known = list(heading.known)
        self._plan = [(field, place, columns[field].type) for field, place in heading.known.items()]

    def rows(self, rows: Iterator[SheetRow]) -> Iterator[Row]:
        """Yields what of the rows holds something."""
        for row in rows:
            if all(cell is None for cell in row.cells):
                continue
            if [_as_heading(cell) for cell in row.cells] == self._heading.names:
                yield Row(self._source, row.number, 1, broken=t(_REPEATED))
                continue
            for other, place in self._others.items():
                if row.cells[place] is not None:
                    self._unknown.add(other, 1)
            cells = [
                self._read(field, row.cells[place], type_, row, place) for field, place, type_ in self._plan
            ]
            yield Row(self._source, row.number, 1, nested(self._known, cells))

    def _read(self, field: str, cell: CellValue, type_: Type | None, row: SheetRow, place: int) -> object:
        if cell is None:
            return None
        if isinstance(cell, CellFault):
            return Unread(cell.text)
        if isinstance(cell, str):
            written = self._written.get(field)
            text = cell if written is None else written(cell)
            return text if isinstance(text, Unread) else self._columns[field](text)
        return _typed(cell, type_, row.formats.get(place, ""))


def _typed(cell: "str | float | date | time | timedelta", type_: Type | None, format_: str) -> object:
    """A cell as its field takes it, which is as it is but for what spreadsheets have no type of."""
    if isinstance(type_, Text) and type(cell) is int:
        if "%" in format_:
            return Unread(t(_PERCENTAGE))
        return Unread(t(_TOO_LONG)) if abs(cell) >= _MOST_DIGITS else f"{cell:0{len(format_) or 1}}"
    if isinstance(type_, Text) and type(cell) is float and cell.is_integer():
        return Unread(t(_TOO_LONG))
    if isinstance(type_, Choice) and type(cell) is int and str(cell) in type_.names:
        return str(cell)
    if isinstance(type_, Duration) and isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    return cell
