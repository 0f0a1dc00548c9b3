"""Contacts from files: JSON lines, CSV and Parquet, a row at a time."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from routekit.intake.cells import Columns, nested

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "KINDS",
    "Contacts",
    "Part",
    "Row",
    "UnreadableContactsError",
    "json_lines",
    "kind_of",
    "open_contacts",
]

T = TypeVar("T")

KINDS = ("jsonl", "csv", "parquet")
PART = 8192
"""Rows of a table that are decided at once."""
_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}


class UnreadableContactsError(Exception):
    """A file of contacts that cannot be read at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contact, or ``broken``: what is wrong with its line. ``size`` is its part of the total."""

    place: str
    size: int
    contact: object = None
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table: those that are broken, and the others as a record batch.

    ``rows`` gives these one by one, for where ``batch`` is None: what they hold fits into no column.
    """

    broken: Sequence[Row]
    size: int
    batch: "pa.RecordBatch | None"
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Contacts:
    """The rows of a file, or the same rows in ``parts`` where it is a table: one of the two is to be read.

    ``total`` is that of their sizes, where it is known.
    """

    rows: Iterator[Row]
    total: int | None
    parts: Iterator[Part] | None = None


def kind_of(path: str) -> str | None:
    """The kind of a file of contacts by its name's ending; None where it has none of them."""
    return _SUFFIXES.get(Path(path).suffix.lower())


def open_contacts(path: str, kind: str | None, columns: Columns) -> Contacts:
    """Opens contacts by the file's ending, or as the kind that is asked for; ``-`` is standard input."""
    if kind is None:
        kind = "jsonl" if path == "-" else kind_of(path)
    if kind is None:
        raise UnreadableContactsError(
            f"`{path}` ends like no file of contacts; name its kind with --input {'|'.join(KINDS)}"
        )
    if kind == "parquet":
        return _parquet(path)
    read = json_lines if kind == "jsonl" else partial(_csv, columns=columns)
    if path == "-":
        return Contacts(read(sys.stdin.buffer, "<standard input>"), None)
    file = Path(path)
    stream, size = file.open("rb"), file.stat().st_size
    parts = None
    if kind == "csv" and _has_tables():
        parts = _closing(stream, _csv_parts(_csv_lines(stream, path), columns))
    return Contacts(_closing(stream, read(stream, path)), size, parts)


def _has_tables() -> bool:
    from importlib.util import find_spec

    return all(find_spec(package) is not None for package in ("pyarrow", "numpy"))


def _closing(stream: BinaryIO, items: Iterator[T]) -> Iterator[T]:
    with stream:
        yield from items


def json_lines(stream: BinaryIO, name: str) -> Iterator[Row]:
    """What the lines of a stream hold, each a row; ``name`` is how the stream is called."""
    for number, line in enumerate(stream, start=1):
        place = f"{name}:{number}"
        content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not content.strip():
            continue
        try:
            contact = json.loads(content.decode("utf-8"))
        except UnicodeDecodeError:
            yield Row(place, len(line), broken="is not UTF-8")
        except json.JSONDecodeError as error:
            yield Row(place, len(line), broken=f"is not JSON: {error.msg.lower()} in column {error.colno}")
        except (ValueError, RecursionError):
            yield Row(place, len(line), broken="holds a number or a nesting that is too large")
        else:
            yield Row(place, len(line), contact)


class _Counted:
    """The lines of a file, with the bytes that they took since it was last asked."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._size += len(line)
        return line

    def taken(self) -> int:
        size, self._size = self._size, 0
        return size


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of CSV by the header's columns, or ``broken``: what is wrong with it."""

    place: str
    size: int
    header: Sequence[str]
    cells: Sequence[str] = ()
    broken: str = ""

    def row(self, columns: Columns) -> Row:
        """The line as a contact; an empty cell is missing."""
        if self.broken:
            return Row(self.place, self.size, broken=self.broken)
        cells = map(_cell, self.header, self.cells, [columns] * len(self.cells))
        return Row(self.place, self.size, nested(self.header, cells))


def _csv(stream: BinaryIO, name: str, columns: Columns) -> Iterator[Row]:
    return (line.row(columns) for line in _csv_lines(stream, name))


def _csv_lines(stream: BinaryIO, name: str) -> Iterator[_Line]:
    # bytes that are not UTF-8 become a value that is no valid text, which the decision names
    text = TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    lines = _Counted(text)
    rows = csv.reader(lines, strict=True)
    header: list[str] | None = None
    try:
        while True:
            place = f"{name}:{rows.line_num + 1}"
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield _Line(place, lines.taken(), (), broken=f"is not CSV: {error}")
                continue
            size = lines.taken()
            if header is None:
                header = [cell.strip() for cell in cells]
            elif cells and len(cells) != len(header):
                message = f"has {len(cells)} cells, the header has {len(header)}"
                yield _Line(place, size, (), broken=message)
            elif cells:
                yield _Line(place, size, header, cells)
    finally:
        text.detach()  # whoever opened the stream closes it


def _csv_parts(lines: Iterator[_Line], columns: Columns) -> Iterator[Part]:
    while some := list(islice(lines, PART)):
        good = [line for line in some if not line.broken]
        yield Part(
            [line.row(columns) for line in some if line.broken],
            sum(line.size for line in some),
            _texts(good, columns),
            lambda good=good: (line.row(columns) for line in good),  # type: ignore[misc]
        )


def _texts(lines: Sequence[_Line], columns: Columns) -> "pa.RecordBatch | None":
    """The cells of the policy's columns as a record batch of texts; None where they hold what is no text."""
    import pyarrow as pa

    if not lines:
        return None
    known = {name: place for place, name in enumerate(lines[0].header) if name in columns}
    try:
        return pa.RecordBatch.from_pydict(
            {
                name: pa.array([line.cells[place] or None for line in lines], pa.string())
                for name, place in known.items()
            }
        )
    except UnicodeEncodeError:
        return None


def _cell(column: str, text: str, columns: Columns) -> object:
    if text == "":
        return None
    read = columns.get(column)
    return None if read is None else read(text)


def _parquet(path: str) -> Contacts:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UnreadableContactsError("Parquet files need pyarrow: install `routekit[arrow]`") from None
    if path == "-":
        raise UnreadableContactsError("a Parquet file cannot come from standard input; name the file")
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise UnreadableContactsError(f"`{path}` is no Parquet file: {error}") from None

    def batches() -> Iterator[tuple[int, pa.RecordBatch]]:
        start = 0
        for batch in file.iter_batches(batch_size=PART):
            yield start, batch
            start += batch.num_rows

    def rows(start: int, batch: pa.RecordBatch) -> Iterator[Row]:
        names = batch.schema.names
        for number, cells in enumerate(
            zip(*(column.to_pylist() for column in batch.columns), strict=True), start + 1
        ):
            yield Row(f"{path}: row {number}", 1, nested(names, cells))

    return Contacts(
        (row for start, batch in batches() for row in rows(start, batch)),
        file.metadata.num_rows,
        (Part([], batch.num_rows, batch, partial(rows, start, batch)) for start, batch in batches())
        if _has_tables()
        else None,
    )
