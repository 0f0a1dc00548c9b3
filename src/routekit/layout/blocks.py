"""Marks blocks of one thing a line: fields of a record, clauses of a queue, texts of a message."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from routekit.layout.expressions import mark_condition, mark_expression, mark_type
from routekit.layout.sheet import NAME_GAP, UNFOLDED, WIDTH, Column, Line, Sheet
from routekit.syntax.tree import (
    CalendarItem,
    CalendarNode,
    Clause,
    EventClause,
    FeatureNode,
    FieldNode,
    Hours,
    Node,
    Wording,
)

__all__ = [
    "CLAUSE_GAP",
    "is_on_one_line",
    "is_short",
    "mark_hours",
    "mark_block",
    "mark_calendar",
    "mark_feature",
    "mark_field",
]

CLAUSE_GAP = 3
"""Wider than the space behind the commas within clauses."""


def mark_block(
    sheet: Sheet,
    node: Node,
    line: Line,
    parts: Sequence[FieldNode | FeatureNode | Clause | Wording | EventClause],
    gap: int,
    *,
    aligned: bool = False,
) -> bool:
    """Marks a block of such parts, ``gap`` apart where it is on one line; whether it takes more than one."""
    starts = [sheet.at(part) for part in parts]
    of_two_words = [sheet.at(part) for part in parts if isinstance(part, Clause) and _has_two_words(part)]
    for part in parts:
        if isinstance(part, Clause):
            _mark_clause(sheet, part)
        elif isinstance(part, EventClause):
            _mark_event_clause(sheet, part)
    return _mark_parts(sheet, line, sheet.end(node), starts, gap, aligned=aligned, of_two_words=of_two_words)


def _has_two_words(node: Clause) -> bool:
    return " " in node.word or node.word == "solved"  # which is followed by `on`


def _mark_clause(sheet: Sheet, node: Clause) -> None:
    first, last = sheet.at(node) + 1, sheet.end(node)
    if node.names and node.value is not None:
        mark_condition(sheet, node.value)
        last = sheet.at(node.names[-1])
    elif first < last and sheet.partner[first] == last:
        first, last = first + 1, last - 1
    sheet.fold_list(first, last)


def _mark_event_clause(sheet: Sheet, node: EventClause) -> None:
    for days in node.days:
        if days.last is not None:
            sheet.tight(sheet.at(days.last) - 1, sheet.at(days.last))
    if node.share is not None:
        sheet.tight(sheet.end(node.share))
    sheet.fold_list(sheet.at(node) + 1, sheet.end(node))


def _mark_parts(
    sheet: Sheet,
    line: Line,
    end: int,
    starts: list[int],
    gap: int,
    *,
    aligned: bool,
    loose: Collection[int] = (),
    of_two_words: Collection[int] = (),
) -> bool:
    """Marks a block with its parts, on one line where its author wrote it on one; whether it is not.

    What stands behind the first words of parts stands below each other, except in those that begin at a
    ``loose`` place.
    """
    opening = sheet.partner[end]
    sheet.block(opening)
    if is_on_one_line(sheet, opening, end) and is_short(sheet, line, end, starts, gap):
        line.width = UNFOLDED  # one that is folded would not be on one line the next time
        line.family = f"{sheet.tokens[line.start].text} in one line"
        line.columns = [Column(opening, NAME_GAP, 1)]
        if aligned:
            line.columns += [Column(start, gap, gap) for start in starts[1:]]
        for start in starts[1:]:
            sheet.spaces[start] = gap
        return False
    column = 1 if aligned else gap
    for start, after in pairwise([*starts, end]):
        part = sheet.line(start, 1, "part")
        part.keeps_blank = True
        if after > start + 1 and start not in loose:
            part.columns = [Column(start + 1 + (start in of_two_words), column, column)]
    sheet.close(end, 0)
    return bool(starts)


def is_on_one_line(sheet: Sheet, opening: int, end: int) -> bool:
    """Whether the author wrote a block on one line."""
    if end == opening + 1:
        return not sheet.is_forced(end)
    return not any(token.begins_line for token in sheet.tokens[opening + 1 : end + 1])


def is_short(sheet: Sheet, line: Line, end: int, starts: list[int], gap: int) -> bool:
    """Whether a block fits on one line, its parts ``gap`` apart."""
    return sheet.width(line.start, end) + (gap - 1) * max(0, len(starts) - 1) <= WIDTH


def mark_field(sheet: Sheet, node: FieldNode) -> None:
    """Marks a field of a record."""
    mark_type(sheet, node.type)
    if node.default is not None:
        mark_expression(sheet, node.default)


def mark_feature(sheet: Sheet, node: FeatureNode) -> None:
    """Marks a feature of the history."""
    if node.channels:
        sheet.fold_list(sheet.at(node.channels[0]), sheet.at(node.channels[-1]))


def mark_calendar(sheet: Sheet, node: CalendarNode, line: Line) -> bool:
    """Marks a calendar; whether it takes more than one line."""
    starts = [sheet.at(clause) for clause in node.clauses]
    for clause in node.clauses:
        for item in clause.items:
            _mark_item(sheet, item)
        sheet.fold_list(sheet.at(clause) + 1, sheet.end(clause))
    loose = [sheet.at(clause) for clause in node.clauses if not clause.items]
    return _mark_parts(sheet, line, sheet.end(node), starts, CLAUSE_GAP, aligned=True, loose=loose)


def _mark_item(sheet: Sheet, node: CalendarItem) -> None:
    for span in (node.dates, node.weekdays):
        if span is not None and span.last is not None:
            sheet.tight(sheet.at(span.last) - 1, sheet.at(span.last))
    if node.hours is not None:
        mark_hours(sheet, node.hours)


def mark_hours(sheet: Sheet, node: Hours) -> None:
    """Marks hours of a day, in which there is no blank."""
    sheet.tight(sheet.at(node) + 1, sheet.at(node) + 2)
