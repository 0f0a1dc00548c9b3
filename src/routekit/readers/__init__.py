"""Reads contacts from files of every kind in one way, whoever asks for them."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from routekit.intake.cells import Columns
from routekit.intake.unknown import UnknownFields
from routekit.readers.delimited import read_delimited
from routekit.readers.json_text import json_lines, read_json
from routekit.readers.parquet import read_parquet
from routekit.readers.rows import Contacts, Part, Row, UnreadableContactsError
from routekit.readers.settings import DatePattern, SettingError, TableSettings, date_pattern
from routekit.readers.workbook import read_workbook
from routekit.sheets.limits import MOST_FILE
from routekit.translation import t

__all__ = [
    "Contacts",
    "DatePattern",
    "KINDS",
    "Part",
    "Row",
    "SettingError",
    "TableSettings",
    "UnreadableContactsError",
    "date_pattern",
    "json_lines",
    "kind_of",
    "open_contacts",
]


KINDS = ("jsonl", "csv", "xlsx", "ods", "parquet")
_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".ods": "ods",
    ".parquet": "parquet",
    ".pq": "parquet",
}


_OF_WORKBOOKS = frozenset({"--sheet", "--decimal", "--dates"})
_TAKES: Mapping[str, frozenset[str]] = {
    "jsonl": frozenset(),
    "csv": frozenset({"--separator", "--encoding", "--decimal", "--dates"}),
    "xlsx": _OF_WORKBOOKS,
    "ods": _OF_WORKBOOKS,
    "parquet": frozenset(),
}
"""The options that say something of a file of each kind."""


def kind_of(path: str) -> str | None:
    """Returns the kind of a file of contacts by its name's ending; None where it has none of them."""
    return _SUFFIXES.get(Path(path).suffix.lower())


def open_contacts(
    path: str, kind: str | None, columns: Columns, settings: TableSettings | None = None
) -> Contacts:
    """Opens contacts by the file's ending, or as the kind that is asked for; ``-`` is standard input.

    ``columns`` are those of the policy, or of several; ``settings`` say how a table is to be read. Raises
    ``OSError`` where the file cannot be opened, :class:`UnreadableContactsError` where it holds no contacts
    of this policy, or settings were given that say nothing of its kind.
    """
    settings = settings or TableSettings()
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
    pointless = [option for option in settings.named if option not in _TAKES[kind]]
    if pointless:
        raise UnreadableContactsError(
            t(
                "{option} says nothing of a file such as `{path}`, which is read as {kind}",
                option=pointless[0],
                path=path,
                kind=kind,
            )
        )
    unknown = UnknownFields(columns)
    if kind == "parquet":
        return read_parquet(path, columns, unknown, settings)
    if path == "-":
        return _read(kind, sys.stdin.buffer, "<standard input>", columns, unknown, settings)
    file = Path(path)
    stream = file.open("rb")
    try:
        opened = _read(kind, stream, path, columns, unknown, settings)
        total = file.stat().st_size if opened.total is None else opened.total
    except BaseException:
        stream.close()
        raise
    return replace(opened, total=total, close=stream.close)


def _read(
    kind: str,
    stream: BinaryIO,
    name: str,
    columns: Columns,
    unknown: UnknownFields,
    settings: TableSettings,
) -> Contacts:
    if kind == "jsonl":
        return read_json(stream, name, unknown)
    if kind == "csv":
        return read_delimited(stream, name, columns, unknown, settings)
    whole = stream if stream.seekable() else BytesIO(stream.read(MOST_FILE + 1))
    return read_workbook(whole, name, columns, unknown, settings)
