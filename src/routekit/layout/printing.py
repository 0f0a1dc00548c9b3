"""Prints what is marked: lines folded into as many as each needs, and the comments above and behind them."""

from collections.abc import Iterator
from dataclasses import dataclass

from routekit.diagnostics.render import width_of
from routekit.layout.sheet import INDENT, Fold, Line, Sheet

__all__ = ["printed"]

WIDEST_BASE = 60
"""A fold that begins further to the right goes on here all the same."""

_HANGING = 4


@dataclass(slots=True)
class Row:
    """A line of the output; ``note`` is the comment behind it. A remark is a comment of its own."""

    indent: int
    text: str
    note: str = ""
    is_remark: bool = False
    has_blank_before: bool = False

    @property
    def width(self) -> int:
        return self.indent + width_of(self.text)


def fold_line(sheet: Sheet, line: Line, end: int) -> list[Row]:
    """Returns the rows of the tokens from a line's first one up to the one at ``end``.

    Where a part does not fit behind what stands before it, a new row begins: at an outer fold rather than at
    an inner one, and in any case behind a comment.
    """
    return list(_Folding(sheet, line, end).rows())


class _Folding:
    def __init__(self, sheet: Sheet, line: Line, end: int) -> None:
        self._sheet, self._line, self._end = sheet, line, end
        self._places = self._measured()
        self._stops = self._stops_of_parts()

    def _measured(self) -> list[int]:
        """Where each token would end if all stood in one row."""
        ends, column = [], 0
        for place in range(self._line.start, self._end):
            column += self._sheet.spaces[place] + self._sheet.tokens[place].width
            ends.append(column)
        return ends

    def _stops_of_parts(self) -> dict[int, int]:
        """For each place where a row may end, the end of the part that begins there."""
        opened: list[Fold] = []
        for place in range(self._line.start, self._end):
            while opened and opened[-1].last < place:
                opened.pop()
            for fold in self._opening(place):
                fold.level = len(opened)
                opened.append(fold)
        stops: dict[int, int] = {}
        waiting: list[tuple[int, int]] = []
        for place in range(self._end - 1, self._line.start, -1):
            if place in self._sheet.breaks:
                level = self._sheet.breaks[place].level
                while waiting and waiting[-1][1] > level:
                    waiting.pop()
                stops[place] = waiting[-1][0] if waiting else self._end
                waiting.append((place, level))
            if self._sheet.is_forced(place):
                waiting = [(place, -1)]
        return stops

    def _opening(self, place: int) -> list[Fold]:
        """The folds that begin at a token, the outer ones first."""
        folds = self._sheet.folds.get(place)
        return sorted(folds, key=lambda fold: -fold.last) if folds else []

    def _width(self, first: int, end: int) -> int:
        """Columns of the tokens from the first up to the one at ``end``, with no space before them."""
        start = self._line.start
        return self._places[end - 1 - start] - self._places[first - start] + self._sheet.tokens[first].width

    def rows(self) -> Iterator[Row]:
        tokens = self._sheet.tokens
        start = self._line.start
        row = Row(self._line.depth * INDENT, "")
        column = row.indent
        opened: list[Fold] = []
        number = 0
        for place in range(start, self._end):
            while opened and opened[-1].last < place:
                opened.pop()
            if place > start:
                space = self._sheet.spaces[place]
                indent = self._indent(place, opened)
                if self._sheet.is_forced(place) or self._must_break(place, number, column + space, indent):
                    row.note = tokens[place - 1].note
                    yield row
                    for remark in tokens[place].remarks:
                        yield Row(indent, remark.text, is_remark=True)
                    row, column, number = Row(indent, ""), indent, number + 1
                else:
                    row.text += " " * space
                    column += space
            if place in self._sheet.breaks:
                self._sheet.breaks[place].row = number
            for fold in self._opening(place):
                fold.row = number
                fold.base = min(column, WIDEST_BASE)
                fold.is_broken = bool(fold.firm) and not self._fits(fold, column)
                opened.append(fold)
            row.text += tokens[place].text
            column += tokens[place].width
        row.note = tokens[self._end - 1].note
        yield row

    def _fits(self, fold: Fold, column: int) -> bool:
        return column + self._width(fold.first, fold.last + 1) <= self._line.width and self._sheet.is_whole(
            fold.first, fold.last
        )

    def _must_break(self, place: int, row: int, column: int, indent: int) -> bool:
        fold = self._sheet.breaks.get(place)
        if fold is None or indent >= column:
            return False
        if row != fold.row or (place in fold.firm and fold.is_broken):
            return True
        return column + self._width(place, self._stops[place]) > self._line.width

    def _indent(self, place: int, opened: list[Fold]) -> int:
        """Where a row that begins with a token stands."""
        fold = self._sheet.breaks.get(place)
        least = (self._line.depth + 1) * INDENT
        if fold is None:
            return opened[-1].base if opened else least + INDENT
        if fold.hangs:
            return max(1, fold.base - self._sheet.tokens[place].width - 1)
        return fold.base + fold.shift


# ── rows printed ────────────────────────────────────────────────────────────────


WIDEST_NOTED = 72
"""A wider line does not push the comments behind the others."""

_NOTE_GAP = 2


def printed(sheet: Sheet) -> str:
    """Returns the text of a sheet whose columns are aligned."""
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
