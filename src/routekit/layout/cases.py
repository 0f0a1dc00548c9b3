"""Marks values by cases: a case a line, the rows of tables in columns."""

from routekit.layout.blocks import CLAUSE_GAP, is_on_one_line, is_short
from routekit.layout.expressions import mark_condition, mark_expression
from routekit.layout.rules import mark_cells
from routekit.layout.sheet import NAME_GAP, UNFOLDED, Line, Sheet
from routekit.syntax.tree import CaseNode, CaseRow, CasesNode, CaseTable

__all__ = ["mark_cases"]


def mark_cases(sheet: Sheet, node: CasesNode, line: Line) -> bool:
    """Marks the cases of a let; whether they take more than one line."""
    end = sheet.end(node)
    opening = sheet.partner[end]
    sheet.block(opening)
    starts = [sheet.at(item) for item in node.items]
    on_one_line = is_on_one_line(sheet, opening, end) and is_short(sheet, line, end, starts, NAME_GAP)
    if on_one_line:
        line.width = UNFOLDED  # one that is folded would not be on one line the next time
        for start in starts[1:]:
            sheet.spaces[start] = NAME_GAP
    for item in node.items:
        here = line if on_one_line else sheet.line(sheet.at(item), 1)
        here.keeps_blank = True
        if isinstance(item, CaseNode):
            _mark_case(sheet, item, here, is_alone=not on_one_line)
        else:
            _mark_table(sheet, item, here)
    if not on_one_line:
        sheet.close(end, 0)
    return not on_one_line and bool(starts)


def _mark_case(sheet: Sheet, node: CaseNode, line: Line, *, is_alone: bool) -> None:
    mark_condition(sheet, node.value)
    if node.condition is not None:
        mark_condition(sheet, node.condition)
        if is_alone:
            line.split_at = sheet.before(node.value)


def _mark_table(sheet: Sheet, node: CaseTable, line: Line) -> None:
    for column in node.columns:
        mark_expression(sheet, column)
    if node.file is not None:
        return
    end = sheet.end(node)
    opening = sheet.partner[end]
    sheet.fold_list(sheet.partner[opening - 1] + 1, opening - 2)
    sheet.block(opening)
    starts = [sheet.at(row.cells[0]) for row in node.rows]
    on_one_line = is_on_one_line(sheet, opening, end) and is_short(sheet, line, end, starts, CLAUSE_GAP)
    for row in node.rows:
        _mark_values(sheet, row)
        if not on_one_line:
            mark_cells(sheet, [*row.cells, row.value], sheet.last(row.value), 2)  # it has no `because`
    if on_one_line:
        line.width = UNFOLDED
        for start in starts[1:]:
            sheet.spaces[start] = CLAUSE_GAP
    else:
        sheet.close(end, 1)


def _mark_values(sheet: Sheet, row: CaseRow) -> None:
    for test in (test for cell in row.cells for test in cell.tests):
        mark_expression(sheet, test.value)
    mark_expression(sheet, row.value)
    for place in range(sheet.first(row.value), sheet.last(row.value) + 1):
        if sheet.tokens[place].text == "-":  # where it begins a line, it begins a row
            sheet.breaks.pop(place, None)
