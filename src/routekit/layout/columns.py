"""Aligns the columns of lines that stand together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from routekit.layout.sheet import INDENT, WIDTH, Line, Sheet

__all__ = ["align"]

WIDEST_CELL = 40
"""A wider one does not push the column of the others, nor does what stands behind it on its line."""


def align(sheet: Sheet, *, pads: bool = True) -> None:
    """Divides the lines that are too long for one, and sets the spaces before columns.

    Without ``pads`` columns are told apart by as little as may be, and do not stand below each other.
    """
    sheet.lines.sort(key=lambda line: line.start)
    for line, after in pairwise(sheet.lines):
        line.last = after.start - 1
    for run in list(_runs(sheet.lines, sheet)):
        _divide_long(sheet, run)
        _align_run(sheet, run, pads)
        if _divide_long(sheet, run):
            _align_run(sheet, run, pads)
    sheet.lines.sort(key=lambda line: line.start)


def _runs(lines: list[Line], sheet: Sheet) -> Iterator[list[Line]]:
    """Lines of one family and depth with no blank line and nothing of less depth between them."""
    opened: dict[int, list[Line]] = {}
    for line in lines:
        for depth in [depth for depth in opened if depth > line.depth]:
            yield opened.pop(depth)
        run = opened.get(line.depth)
        is_apart = line.needs_blank or sheet.has_blank_before(line)
        if run is not None and run[0].family == line.family and not is_apart:
            run.append(line)
            continue
        if run is not None:
            yield run
        opened[line.depth] = [line]
    yield from opened.values()


def _divide_long(sheet: Sheet, run: list[Line]) -> bool:
    """Makes two lines of each that is too long and may be divided; whether there was one."""
    long = [
        line
        for line in run
        if line.split_at is not None
        and not (
            sheet.is_whole(line.start, line.last)
            and line.depth * INDENT + sheet.width(line.start, line.last) <= WIDTH
        )
    ]
    for line in long:
        assert line.split_at is not None
        sheet.line(line.split_at, line.depth + 1)
        line.columns, line.split_at = [], None
    return bool(long)


def _align_run(sheet: Sheet, run: list[Line], pads: bool) -> None:
    lines = [line for line in run if line.columns and sheet.is_whole(line.start, line.columns[-1].at)]
    reached = {line.start: _Reached(line.start, 0) for line in lines}
    number = 0
    while lines:
        for _, group in groupby(lines, key=lambda line: line.columns[number].family):
            _align_column(sheet, list(group), number, reached, pads)
        number += 1
        lines = [line for line in lines if len(line.columns) > number]


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far a line is set: up to a token, which stands at a column; and whether a cell was too wide."""

    place: int
    position: int
    is_wide: bool = False


def _align_column(
    sheet: Sheet, lines: list[Line], number: int, reached: dict[int, _Reached], pads: bool
) -> None:
    """Sets the spaces before one column."""
    ends: list[int] = []
    target = 0
    for line in lines:
        at = reached[line.start]
        cell = sheet.width(at.place, line.columns[number].at - 1)
        end, is_wide = at.position + cell, at.is_wide or cell > WIDEST_CELL
        ends.append(end)
        reached[line.start] = _Reached(line.columns[number].at, end, is_wide)
        if pads and not is_wide:
            target = max(target, end)
    for line, end in zip(lines, ends, strict=True):
        column = line.columns[number]
        gap = column.gap if len(lines) > 1 else column.alone
        sheet.spaces[column.at] = max(gap, target + gap - end)
        reached[line.start] = replace(reached[line.start], position=end + sheet.spaces[column.at])
