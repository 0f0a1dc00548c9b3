"""Contacts from text that is parted by commas, semicolons, tabs or bars, in any usual encoding."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from routekit.intake.cells import Columns, nested
from routekit.intake.unknown import UnknownFields
from routekit.readers.headings import MOST_BEFORE, Fields, Heading, cleaned
from routekit.readers.rows import MOST_ROWS, Contacts, Part, Row, UnreadableContactsError, has_tables
from routekit.readers.settings import TableSettings
from routekit.readers.written import MOST_SAMPLED, Writing, writing_of
from routekit.schema.reading import Unread
from routekit.sheets.encodings import as_text, encoding_of, is_utf8, legacy_page, told
from routekit.translation import msgid, msgids, t

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_delimited"]

_SEPARATORS = msgids({",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"})
_NAMED = re.compile(r'"?sep=(?P<separator>[^"\r\n])"?\s*', re.IGNORECASE)
"""The line in which Excel names the separator of what follows."""
_FIRST = 1 << 18
"""Bytes that tell how the others are written."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_REPEATED = msgid("repeats the headings")


def read_delimited(
    stream: BinaryIO, name: str, columns: Columns, unknown: UnknownFields, settings: TableSettings
) -> Contacts:
    """Reads a table of text, whose encoding, separator and marks of decimals are told by its first lines.

    Of the separators that it is the one by which the most columns are fields of the policy.
    """
    start = _first(stream)
    if start.startswith(_WORKBOOKS):
        raise UnreadableContactsError(
            t("`{name}` is a workbook, no text", name=name), t("name its kind with --input xlsx")
        )
    encoding, doubt = _encoding(start, name, settings)
    fields = Fields(columns, settings.columns)
    look = _look(start, encoding, fields, settings)
    text = as_text(start, stream, encoding)
    try:
        lines = _Counted(text)
        for _ in range(look.before):
            next(lines, None)
        table = _Table(name, lines, look.separator)
        heading = table.heading(fields)
    except UnicodeDecodeError:
        raise UnreadableContactsError(
            t("`{name}` is no text in {encoding}", name=name, encoding=told(text.encoding)),
            t("save it as UTF-8"),
        ) from None
    if heading is None:
        return Contacts(iter(()), None, unknown)
    for other in heading.others:
        if not other.startswith("("):
            unknown.add(other, 0)
    writing = _writing(look, heading, columns, settings)
    counted = _counting(table.lines(heading, writing), heading, unknown)
    read = [] if encoding == "utf-8-sig" else [told(encoding)]
    if look.separator != ",":
        signs = t(_SEPARATORS.get(look.separator, f"`{look.separator}`"))
        read.append(t("separated by {separator}", separator=signs))
    read += writing.notes
    notes = [t("{name}: read as {listed}", name=name, listed=t(", ").join(read))] if read else []
    if look.is_behind_others:
        notes.append(t("{name}: the headings stand in line {number}", name=name, number=look.before + 1))
    notes += [*doubt, *heading.notes]
    parts = _parts(counted, columns) if has_tables() else None
    return Contacts(
        _rows(counted, columns),
        None,
        unknown,
        parts,
        (*notes,),
        heading.shown,
        look.separator,
        writing.decimal,
    )


def _first(stream: BinaryIO) -> bytes:
    """What can be had at once, a line at least where there is one."""
    read = getattr(stream, "read1", stream.read)
    start = b""
    while len(start) < _FIRST and (more := read(_FIRST - len(start))):
        start += more
        if b"\n" in start[3:] and len(start) > 4:
            break
    return start


def _encoding(start: bytes, name: str, settings: TableSettings) -> tuple[str, tuple[str, ...]]:
    """The encoding, and what is to be said of it."""
    if settings.encoding:
        return settings.encoding, ()
    encoding = encoding_of(start)
    if encoding != "utf-8-sig" or is_utf8(start):
        return encoding, ()
    page = legacy_page(start)
    if page is not None:
        return page, ()
    return encoding, (t("{name}: is not UTF-8; say what it is, such as --encoding cp1252", name=name),)


@dataclass(frozen=True, slots=True)
class _Look:
    """What the first lines tell: the separator, how many lines stand before the heading, some rows behind it.

    The heading ``is_behind_others`` where lines stand before it that say something themselves.
    """

    separator: str
    before: int = 0
    rows: Sequence[Sequence[str]] = ()
    is_behind_others: bool = False


def _look(start: bytes, encoding: str, fields: Fields, settings: TableSettings) -> _Look:
    text = start.decode(encoding, "replace")
    lines = [*StringIO(text, newline="")]
    if len(start) == _FIRST and len(lines) > 1:
        lines.pop()
    separator, first = settings.separator, 0
    for line in lines:
        named = _NAMED.fullmatch(line)
        if named is not None:
            separator = settings.separator or named["separator"]
        elif line.strip("\ufeff \t\r\n"):
            break
        first += 1
    looks = [
        _look_by(each, lines[first:], first, fields) for each in ([separator] if separator else _SEPARATORS)
    ]
    return max(looks, key=lambda look: look[0])[1]


def _look_by(
    separator: str, lines: Sequence[str], first: int, fields: Fields
) -> tuple[tuple[bool, int, int], _Look]:
    """What a separator makes of the first lines, and how well it fits: fields of the heading, then cells."""
    reader = csv.reader(lines, delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    try:
        for _ in range(MOST_BEFORE + MOST_SAMPLED):
            begin = reader.line_num
            rows.append((begin, next(reader)))
    except (StopIteration, csv.Error):
        pass
    head = rows[0][1] if rows else []
    if not fields.count(head):
        for place, (begin, cells) in enumerate(rows[:MOST_BEFORE]):
            if fields.is_heading(cells):
                behind = [row for _, row in rows[place + 1 :]]
                look = _Look(separator, first + begin, behind, is_behind_others=True)
                return (True, fields.count(cells), len(cells)), look
    fit = (bool(fields.count(head)), fields.count(head), len(head))
    return fit, _Look(separator, first, [row for _, row in rows[1:]])


def _writing(look: _Look, heading: Heading, columns: Columns, settings: TableSettings) -> Writing:
    samples = {
        field: [row[place] for row in look.rows if place < len(row) and row[place]]
        for field, place in heading.known.items()
    }
    types = {field: columns[field].type for field in heading.known}
    return writing_of(types, samples, settings, is_plain=look.separator == ",")


class _Counted:
    """The lines of a file, with how many were taken, and the size of those since it was last asked."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._size = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._size += len(line)
        self.number += 1
        return line

    def taken(self) -> int:
        size, self._size = self._size, 0
        return size


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a table by the columns of its heading, or ``broken``: what is wrong with it.

    ``written`` says of some fields how their cells are read before their type is asked.
    """

    source: str
    number: int
    size: int
    heading: Heading
    cells: Sequence[str] = ()
    broken: str = ""
    writing: Writing | None = None

    def row(self, columns: Columns) -> Row:
        """The line as a contact; an empty cell is missing."""
        if self.broken:
            return Row(self.source, self.number, self.size, broken=self.broken)
        known = self.heading.known
        written = self.writing.by_field if self.writing is not None else {}
        cells: list[object] = []
        for name, place in known.items():
            cell: str | Unread = self.cells[place]
            if cell and name in written:
                cell = written[name](self.cells[place])
            cells.append(None if cell == "" else cell if isinstance(cell, Unread) else columns[name](cell))
        return Row(self.source, self.number, self.size, nested(list(known), cells))


class _Table:
    """The lines of a table as its cells."""

    def __init__(self, name: str, lines: _Counted, separator: str) -> None:
        self._name = name
        self._lines = lines
        self._rows = csv.reader(lines, delimiter=separator, strict=True)

    def heading(self, fields: Fields) -> Heading | None:
        """What the first line says; None for a table without lines."""
        try:
            cells = next(self._rows)
        except StopIteration:
            return None
        except csv.Error as error:
            raise UnreadableContactsError(
                t("the first line of `{name}` is not CSV: {error}", name=self._name, error=error)
            ) from None
        return fields.heading(self._name, [cleaned(cell) for cell in cells])

    def lines(self, heading: Heading, writing: Writing) -> Iterator[_Line]:
        """The lines behind the heading."""
        source, width = f"{self._name}:", len(heading.names)
        while True:
            number = self._lines.number + 1
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield _Line(
                    source, number, self._lines.taken(), heading, broken=t("is not CSV: {error}", error=error)
                )
                continue
            except UnicodeDecodeError:
                broken = t("is no text in the encoding of the first lines; nothing behind it can be read")
                yield _Line(source, number, self._lines.taken(), heading, broken=broken)
                return
            size = self._lines.taken()
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]  # the separators of empty columns, as spreadsheets write them
            if cells and len(cells) != width:
                broken = t("has {count} cells, the header has {width}", count=len(cells), width=width)
                yield _Line(source, number, size, heading, broken=broken)
            elif cells and [cleaned(cell) for cell in cells] == heading.names:
                yield _Line(source, number, size, heading, broken=t(_REPEATED))
            elif cells:
                yield _Line(source, number, size, heading, cells, writing=writing)


def _counting(lines: Iterator[_Line], heading: Heading, unknown: UnknownFields) -> Iterator[_Line]:
    """The lines, of which the cells of unknown columns are counted."""
    if not heading.others:
        yield from lines
        return
    for line in lines:
        for name, place in heading.others.items() if not line.broken else ():
            if line.cells[place]:
                unknown.add(name, 1)
        yield line


def _rows(lines: Iterator[_Line], columns: Columns) -> Iterator[Row]:
    return (line.row(columns) for line in lines)


def _parts(lines: Iterator[_Line], columns: Columns) -> Iterator[Part]:
    while some := list(islice(lines, MOST_ROWS)):
        good = [line for line in some if not line.broken]
        yield Part(
            [line.row(columns) for line in some if line.broken],
            sum(line.size for line in some),
            _texts(good),
            lambda good=good: _rows(iter(good), columns),  # type: ignore[misc]
            some[0].source,
            [line.number for line in good],
        )


def _texts(lines: Sequence[_Line]) -> "pa.RecordBatch | None":
    """The cells of the policy's columns as a record batch of texts; None where they hold what is no text."""
    import pyarrow as pa

    if not lines:
        return None
    known = lines[0].heading.known
    written = lines[0].writing.by_field if lines[0].writing is not None else {}
    arrays: dict[str, pa.Array] = {}
    for name, place in known.items():
        cells: list[str | None] = [line.cells[place] or None for line in lines]
        if name in written:
            read = {cell: written[name](cell) for cell in {*cells} if cell}
            if any(isinstance(cell, Unread) for cell in read.values()):
                return None
            cells = [read[cell] if cell else None for cell in cells]  # type: ignore[misc]
        try:
            arrays[name] = pa.array(cells, pa.string())
        except UnicodeEncodeError:
            return None
    return pa.RecordBatch.from_pydict(arrays)
