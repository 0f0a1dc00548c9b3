"""Reads contacts from files of every kind in one way, whoever asks for them."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from routekit.intake.cells import Columns
from routekit.intake.unknown import UnknownFields
from routekit.readers.delimited import read_delimited
from routekit.readers.json_text import json_lines, read_json
from routekit.readers.parquet import read_parquet
from routekit.readers.rows import Contacts, Part, Row, UnreadableContactsError
from routekit.translation import t

__all__ = [
    "Contacts",
    "KINDS",
    "Part",
    "Row",
    "UnreadableContactsError",
    "json_lines",
    "kind_of",
    "open_contacts",
]


KINDS = ("jsonl", "csv", "parquet")
_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_STREAMED: dict[str, Callable[[BinaryIO, str, Columns, UnknownFields], Contacts]] = {
    "jsonl": read_json,
    "csv": read_delimited,
}


def kind_of(path: str) -> str | None:
    """Returns the kind of a file of contacts by its name's ending; None where it has none of them."""
    return _SUFFIXES.get(Path(path).suffix.lower())


def open_contacts(path: str, kind: str | None, columns: Columns) -> Contacts:
    """Opens contacts by the file's ending, or as the kind that is asked for; ``-`` is standard input.

    ``columns`` are those of the policy, or of several. Raises ``OSError`` where the file cannot be opened,
    :class:`UnreadableContactsError` where it holds no contacts of this policy.
    """
    if kind is None:
        kind = "jsonl" if path == "-" else kind_of(path)
    if kind is None:
        raise UnreadableContactsError(
            t(
                "`{path}` ends like no file of contacts; name its kind with --input {listed}",
                path=path,
                listed="|".join(KINDS),
            )
        )
    unknown = UnknownFields(columns)
    if kind == "parquet":
        return read_parquet(path, columns, unknown)
    read = _STREAMED[kind]
    if path == "-":
        return read(sys.stdin.buffer, "<standard input>", columns, unknown)
    file = Path(path)
    stream = file.open("rb")
    try:
        opened = read(stream, path, columns, unknown)
    except BaseException:
        stream.close()
        raise
    return replace(opened, total=file.stat().st_size, close=stream.close)
