"""The rows of a table's file, as they stand in it: of a workbook, or of a text with separators."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from itertools import islice

from routekit.sheets import CellValue, SheetError, SheetRow, open_book
from routekit.sheets.encodings import encoding_of
from routekit.syntax.limits import MOST_DECLARATIONS
from routekit.translation import t

__all__ = ["Grid", "read_grid"]

_TEXTS = (".csv", ".tsv", ".txt")
_SEPARATORS = ",;\t|"
_MOST_LOOKED_AT = 50
_MOST_ROWS = MOST_DECLARATIONS + 1_000
"""Rows with those that hold nothing or a comment; a policy has no more declarations."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of one sheet, those that hold nothing left out, and what of them a reader does not see."""

    rows: Sequence[SheetRow]
    hidden_columns: frozenset[int] = field(default_factory=frozenset)
    is_filtered: bool = False


def read_grid(data: bytes, name: str, sheet: str | None) -> Grid:
    """Reads a file that is called so; ``sheet`` is the one that is named. Raises :class:`SheetError`."""
    is_text = name.lower().endswith(_TEXTS) and not data.startswith(b"PK\x03\x04")
    if not is_text:
        return _of_book(data, sheet)
    if sheet is not None:
        raise SheetError(t("is a text, which has no sheets"), t("leave out `sheet`"))
    text = _decoded(data)
    return Grid(_bounded(_of_text(text)))


def _of_book(data: bytes, name: str | None) -> Grid:
    book = open_book(BytesIO(data))
    if name is None:
        filled = [each for each in map(book.sheet, book.names) if each.state.rows] if book.names[1:] else []
        if len(filled) > 1:
            listed = t(", ").join(f"`{each.name}`" for each in filled[:8])
            raise SheetError(
                t("has {count} sheets: {listed}", count=len(filled), listed=listed),
                t('say which: `sheet "{name}"`', name=filled[0].name),
            )
        name = filled[0].name if filled else next(iter(book.names), "")
    found = book.sheet(name)
    return Grid(_bounded(found.rows()), found.state.hidden_columns, found.state.is_filtered)


def _bounded(rows: Iterator[SheetRow]) -> Sequence[SheetRow]:
    kept = [*islice((row for row in rows if any(map(_is_something, row.cells))), _MOST_ROWS + 1)]
    if len(kept) > _MOST_ROWS:
        raise SheetError(
            t("has more than {most:,} rows", most=_MOST_ROWS),
            t("a policy has {most:,} rules and rows at most", most=MOST_DECLARATIONS),
        )
    return kept


def _is_something(cell: CellValue) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _decoded(data: bytes) -> str:
    encoding = encoding_of(data[:4])
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise SheetError(
            t("is no text in UTF-8 or UTF-16"), t("save it as `CSV UTF-8`, or as a workbook")
        ) from None


def _of_text(text: str) -> Iterator[SheetRow]:
    text = text.removeprefix("\ufeff")
    first, end, rest = text.partition("\n")
    named = first.strip().strip('"')
    skipped = 0
    if named.lower().startswith("sep=") and len(named) == len("sep=") + 1:
        separator, text, skipped = named[-1], rest, 1
    elif first.strip() == "sep=":  # a tab, which `strip` took
        separator, text, skipped = "\t", rest, 1
    else:
        separator = _separator(text)
    del end
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1 + skipped):
            yield SheetRow(number, [cell or None for cell in cells])
    except csv.Error as error:
        raise SheetError(
            t("is no table: {reason} in line {line}", reason=error, line=reader.line_num + skipped),
            t("a cell that holds the separator or a quote stands in quotes, quotes in it doubled"),
        ) from None


def _separator(text: str) -> str:
    """The sign that parts the cells: by which most rows have as many as the first one, and that has most."""

    def fit(separator: str) -> tuple[float, int]:
        rows = csv.reader(StringIO(text, newline=""), delimiter=separator)
        try:
            looked = [row for row in islice(rows, _MOST_LOOKED_AT) if any(cell.strip() for cell in row)]
        except csv.Error:
            return 0.0, 0
        width = len(looked[0]) if looked else 0
        if width < 2:
            return 0.0, width
        return sum(len(row) == width for row in looked) / len(looked), width

    return max(_SEPARATORS, key=fit)
