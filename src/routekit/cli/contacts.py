"""Contacts from files: JSON lines, CSV and Parquet, a row at a time."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from routekit.intake.cells import Columns, nested

__all__ = ["KINDS", "Contacts", "Row", "UnreadableContactsError", "kind_of", "open_contacts"]

KINDS = ("jsonl", "csv", "parquet")
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
class Contacts:
    """The rows of a file and, where it is known, the total of their sizes."""

    rows: Iterator[Row]
    total: int | None


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
    read = _json_lines if kind == "jsonl" else partial(_csv, columns=columns)
    if path == "-":
        return Contacts(read(sys.stdin.buffer, "<standard input>"), None)
    file = Path(path)
    stream = file.open("rb")
    return Contacts(_closing(stream, read(stream, path)), file.stat().st_size)


def _closing(stream: BinaryIO, rows: Iterator[Row]) -> Iterator[Row]:
    with stream:
        yield from rows


def _json_lines(stream: BinaryIO, name: str) -> Iterator[Row]:
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


def _csv(stream: BinaryIO, name: str, columns: Columns) -> Iterator[Row]:
    # bytes that are not UTF-8 become a value that is no valid text, which the decision names
    text = TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _csv_rows(_Counted(text), name, columns)
    finally:
        text.detach()  # whoever opened the stream closes it


def _csv_rows(lines: _Counted, name: str, columns: Columns) -> Iterator[Row]:
    rows = csv.reader(lines, strict=True)
    header: list[str] | None = None
    while True:
        start = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(f"{name}:{start}", lines.taken(), broken=f"is not CSV: {error}")
            continue
        size = lines.taken()
        if header is None:
            header = [cell.strip() for cell in cells]
        elif cells and len(cells) != len(header):
            message = f"has {len(cells)} cells, the header has {len(header)}"
            yield Row(f"{name}:{start}", size, broken=message)
        elif cells:
            contact = nested(header, map(_cell, header, cells, [columns] * len(cells)))
            yield Row(f"{name}:{start}", size, contact)


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

    def rows() -> Iterator[Row]:
        number = 0
        for batch in file.iter_batches(batch_size=4096):
            names = batch.schema.names
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield Row(f"{path}: row {number}", 1, nested(names, cells))

    return Contacts(rows(), file.metadata.num_rows)
