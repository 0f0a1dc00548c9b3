"""Contacts from text that is parted by commas, semicolons, tabs or bars, in any usual encoding."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO

from routekit.intake.cells import Columns, nested
from routekit.intake.unknown import UnknownFields, likely_field
from routekit.readers.rows import MOST_ROWS, Contacts, Part, Row, UnreadableContactsError, has_tables
from routekit.sheets.encodings import as_text, told
from routekit.translation import msgid, msgids, t

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Heading", "heading_of", "read_delimited"]

_SEPARATORS = msgids({",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"})
_NAMED = re.compile(r'"?sep=(?P<separator>[^"\r\n])"?\s*', re.IGNORECASE)
"""The line in which Excel names the separator of what follows."""
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns of a table: their names, the places of those that the policy knows, and the others."""

    names: Sequence[str]
    known: dict[str, int]
    others: dict[str, int]


def heading_of(name: str, names: Sequence[str], columns: Columns) -> Heading:
    """Returns the columns of a table by the fields of a policy.

    Raises :class:`UnreadableContactsError` where none of them is one, or two are the same.
    """
    known: dict[str, int] = {}
    others: dict[str, int] = {}
    for place, column in enumerate(names):
        if column not in columns:
            others.setdefault(column or t("(column {number}, which has no heading)", number=place + 1), place)
        elif column in known:
            raise UnreadableContactsError(
                t(
                    "`{name}` has two columns `{column}`, the {first} and the {second}",
                    name=name,
                    column=column,
                    first=_nth(known[column]),
                    second=_nth(place),
                ),
                t("keep the one that counts"),
            )
        else:
            known[column] = place
    if not known:
        raise _nothing_known(name, list(others), columns)
    return Heading(names, known, others)


_ORDINALS = {0: msgid("{number}th"), 1: msgid("{number}st"), 2: msgid("{number}nd"), 3: msgid("{number}rd")}


def _nth(place: int) -> str:
    number = place + 1
    ending = number % 10 if number % 100 not in (11, 12, 13) else 0
    return t(_ORDINALS.get(ending, _ORDINALS[0]), number=number)


def _nothing_known(name: str, names: Sequence[str], columns: Columns) -> UnreadableContactsError:
    there = ", ".join(f"`{column}`" for column in names[:_MOST_NAMED])
    more = t(" and {number} more", number=len(names) - _MOST_NAMED) if len(names) > _MOST_NAMED else ""
    meant = [(column, likely_field(column, columns)) for column in names[:_MOST_NAMED]]
    likely = [
        t("`{field}` by `{column}`", field=field, column=column)
        for column, field in meant
        if field is not None
    ]
    return UnreadableContactsError(
        t(
            "no column of `{name}` is a field of the policy: there are {there}{more}",
            name=name,
            there=there,
            more=more,
        ),
        t("did you mean {listed}?", listed=t(", ").join(likely))
        if likely
        else t(
            "columns are named as the policy names its fields: {listed}, …",
            listed=t(", ").join(list(columns)[:3]),
        ),
    )


def read_delimited(stream: BinaryIO, name: str, columns: Columns, unknown: UnknownFields) -> Contacts:
    """Reads a table of text, whose encoding and separator are told by its first lines.

    Of the separators that it is the one by which the most columns are fields of the policy.
    """
    text = as_text(stream.read(4), stream)
    try:
        lines = _Counted(text)
        table = _Table(name, lines, separator := _separator(lines, columns))
        heading = table.heading(columns)
    except UnicodeDecodeError:
        raise UnreadableContactsError(
            t("`{name}` is no text in {encoding}", name=name, encoding=told(text.encoding)),
            t("save it as UTF-8"),
        ) from None
    for other in heading.others if heading is not None else ():
        if not other.startswith("("):
            unknown.add(other, 0)
    if heading is None:
        return Contacts(iter(()), None, unknown)
    counted = _counting(table.lines(heading), heading, unknown)
    notes = _notes(name, told(text.encoding), separator)
    if has_tables():
        return Contacts(_rows(counted, columns), None, unknown, _parts(counted, columns), notes)
    return Contacts(_rows(counted, columns), None, unknown, None, notes)


def _notes(name: str, encoding: str, separator: str) -> tuple[str, ...]:
    read = [] if encoding == "UTF-8" else [encoding]
    if separator != ",":
        read.append(t("separated by {separator}", separator=t(_SEPARATORS.get(separator, f"`{separator}`"))))
    return (t("{name}: read as {listed}", name=name, listed=t(", ").join(read)),) if read else ()


def _separator(lines: "_Counted", columns: Columns) -> str:
    """What separates the cells; of the lines those are taken that stand before the heading."""
    separator = None
    for line in lines:
        named = _NAMED.fullmatch(line) if separator is None else None
        if named is not None:
            separator = named["separator"]
        elif line.strip():
            lines.give_back(line)
            return separator or max(_SEPARATORS, key=lambda each: _known_in(line, each, columns))
    return ","


def _known_in(line: str, separator: str, columns: Columns) -> tuple[int, int]:
    """By how many of its cells a line names columns, and how many cells it has."""
    cells = next(csv.reader([line], delimiter=separator), [])
    return sum(cell.strip() in columns for cell in cells), len(cells)


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

    def give_back(self, line: str) -> None:
        """Puts the last line back in its place."""
        self._lines = chain([line], self._lines)
        self._size -= len(line)
        self.number -= 1

    def taken(self) -> int:
        size, self._size = self._size, 0
        return size


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a table by the columns of its heading, or ``broken``: what is wrong with it."""

    source: str
    number: int
    size: int
    heading: Heading
    cells: Sequence[str] = ()
    broken: str = ""

    def row(self, columns: Columns) -> Row:
        """The line as a contact; an empty cell is missing."""
        if self.broken:
            return Row(self.source, self.number, self.size, broken=self.broken)
        known = self.heading.known
        cells = (
            columns[name](cell) if (cell := self.cells[place]) else None for name, place in known.items()
        )
        return Row(self.source, self.number, self.size, nested(list(known), cells))


class _Table:
    """The lines of a table as its cells."""

    def __init__(self, name: str, lines: _Counted, separator: str) -> None:
        self._name = name
        self._lines = lines
        self._rows = csv.reader(lines, delimiter=separator, strict=True)

    def heading(self, columns: Columns) -> Heading | None:
        """What the first line says; None for a table without lines."""
        try:
            cells = next(self._rows)
        except StopIteration:
            return None
        except csv.Error as error:
            raise UnreadableContactsError(
                t("the first line of `{name}` is not CSV: {error}", name=self._name, error=error)
            ) from None
        return heading_of(self._name, [cell.strip() for cell in cells], columns)

    def lines(self, heading: Heading) -> Iterator[_Line]:
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
            elif cells:
                yield _Line(source, number, size, heading, cells)


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
        )


def _texts(lines: Sequence[_Line]) -> "pa.RecordBatch | None":
    """The cells of the policy's columns as a record batch of texts; None where they hold what is no text."""
    import pyarrow as pa

    if not lines:
        return None
    known = lines[0].heading.known
    try:
        return pa.RecordBatch.from_pydict(
            {
                name: pa.array([line.cells[place] or None for line in lines], pa.string())
                for name, place in known.items()
            }
        )
    except UnicodeEncodeError:
        return None
