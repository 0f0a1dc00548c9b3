"""Prints what is marked: lines, the comments above them, and the comments behind them in a column."""

from collections.abc import Iterator

from routekit.layout.folding import Row, fold_line
from routekit.layout.sheet import INDENT, Line, Sheet

__all__ = ["printed"]

WIDEST_NOTED = 72
"""A wider line does not push the comments behind the others."""

_NOTE_GAP = 2


def printed(sheet: Sheet) -> str:
    """The text of a sheet whose columns are aligned."""
    rows: list[Row] = []
    ends = [line.start for line in sheet.lines[1:]] + [len(sheet.tokens)]
    for line, end in zip(sheet.lines, ends, strict=True):
        rows += _rows(sheet, line, end, is_first=not rows or sheet.tokens[line.start - 1].text == "{")
    return "".join(_with_notes(rows))


def _rows(sheet: Sheet, line: Line, end: int, *, is_first: bool) -> list[Row]:
    """The rows of a line and of the comments above it, with blank lines where they belong."""
    above = _remarks(sheet, line)
    token = sheet.tokens[line.start]
    if not token.text:
        folded = []
    else:
        folded = fold_line(sheet, line, end)
        folded[0].has_blank_before = line.keeps_blank and token.has_blank_before
    rows = above + folded
    if rows and is_first:
        rows[0].has_blank_before = False
    elif rows and line.needs_blank and not sheet.has_blank_before(line):
        rows[0].has_blank_before = True
    return rows


def _remarks(sheet: Sheet, line: Line) -> list[Row]:
    """The comments above a line."""
    token = sheet.tokens[line.start]
    is_closing = token.text == "}"
    depth = line.depth + 1 if is_closing else line.depth
    keeps = line.keeps_blank or is_closing
    return [
        Row(depth * INDENT, remark.text, is_remark=True, has_blank_before=keeps and remark.has_blank_before)
        for remark in token.remarks
    ]


def _with_notes(rows: list[Row]) -> Iterator[str]:
    """The rows as text, the comments behind rows of one indentation in one column."""
    run: list[Row] = []
    for row in rows:
        if run and (row.has_blank_before or row.indent != run[-1].indent):
            yield from _run_with_notes(run)
            run = []
        run.append(row)
    yield from _run_with_notes(run)


def _run_with_notes(run: list[Row]) -> Iterator[str]:
    widths = [row.width for row in run if row.note and row.width <= WIDEST_NOTED]
    column = max(widths, default=0) + _NOTE_GAP
    for row in run:
        if row.has_blank_before:
            yield "\n"
        if not row.text:
            continue
        gap = max(_NOTE_GAP, column - row.width) if row.note else 0
        yield f"{' ' * row.indent}{row.text}{' ' * gap}{row.note}\n"
