"""Marks what stands in ``route`` and ``adjust``: rules, groups, tables, splits and their outcomes."""

from collections.abc import Sequence
from typing import assert_never

from routekit.layout.expressions import mark_condition, mark_expression
from routekit.layout.scanning import is_risky
from routekit.layout.sheet import ROW_WIDTH, Column, Fold, Line, Sheet
from routekit.syntax.tree import (
    Action,
    GroupNode,
    Node,
    OtherwiseNode,
    Outcome,
    PlanValue,
    RouteItem,
    Row,
    RuleNode,
    SetLiteral,
    SplitNode,
    Step,
    TableNode,
)

__all__ = [
    "mark_actions",
    "mark_adjust_items",
    "mark_cells",
    "mark_route_items",
    "mark_steps",
    "mark_whole_plan",
]

_BECAUSE_GAP = 3
_STEP = 2
_STEP_GAP = 2


def mark_route_items(sheet: Sheet, items: Sequence[RouteItem], depth: int) -> None:
    """Marks what stands between the braces of ``route`` or of a group."""
    was_tall = False
    for item in items:
        line = mark_route_item(sheet, item, depth)
        is_tall = not isinstance(item, OtherwiseNode)
        line.needs_blank = is_tall or was_tall
        was_tall = is_tall


def mark_adjust_items(sheet: Sheet, items: Sequence[RouteItem]) -> None:
    """Marks what stands between the braces of ``adjust``; rules of a line or two need no blank ones."""
    was_tall = False
    for item in items:
        line = mark_route_item(sheet, item, 1)
        is_tall = not isinstance(item, RuleNode)
        line.needs_blank = is_tall or was_tall
        was_tall = is_tall


def mark_route_item(sheet: Sheet, node: RouteItem, depth: int) -> Line:
    """Marks one of them; the line that it begins."""
    match node:
        case RuleNode():
            return mark_rule(sheet, node, depth)
        case GroupNode():
            return _mark_group(sheet, node, depth)
        case TableNode():
            return _mark_table(sheet, node, depth)
        case OtherwiseNode(outcome=outcome):
            line = _item(sheet, sheet.at(node), depth)
            _mark_outcome(sheet, outcome, depth + 1)
            _mark_because(sheet, sheet.end(outcome), sheet.end(node), depth + 1)
            return line
        case _:
            assert_never(node)


def mark_rule(sheet: Sheet, node: RuleNode, depth: int) -> Line:
    """Marks a rule: ``when``, ``then``, ``split`` and ``because`` each on a line of its own."""
    line = _item(sheet, sheet.at(node), depth)
    if node.condition is not None:
        sheet.line(sheet.before(node.condition), depth + 1)
        mark_condition(sheet, node.condition)
    match node.body:
        case Outcome():
            sheet.line(sheet.at(node.body) - 1, depth + 1)
            _mark_outcome(sheet, node.body, depth + 2)
        case SplitNode():
            _mark_split(sheet, node.body, depth + 1)
        case _:
            assert_never(node.body)
    _mark_because(sheet, sheet.end(node.body), sheet.end(node), depth + 1)
    return line


def _item(sheet: Sheet, at: int, depth: int) -> Line:
    line = sheet.line(at, depth)
    line.keeps_blank = True
    return line


def _mark_because(sheet: Sheet, body_end: int, end: int, depth: int) -> None:
    if end > body_end:
        sheet.line(body_end + 1, depth)


def _mark_outcome(sheet: Sheet, node: Outcome, depth: int) -> None:
    """Marks an outcome; its steps begin lines of that depth."""
    mark_actions(sheet, node.actions)
    mark_steps(sheet, node.steps, depth)


def mark_steps(sheet: Sheet, steps: Sequence[Step], depth: int) -> None:
    """Marks the steps of a plan, each a line of that depth."""
    for step in steps:
        sheet.line(sheet.at(step), depth, "step", [Column(sheet.at(step) + 2, 1, 1)])
        _mark_step(sheet, step)


def mark_whole_plan(sheet: Sheet, node: PlanValue) -> None:
    """Marks a plan within braces, as an example expects it."""
    for step in node.steps:
        _mark_step(sheet, step)
    first, *others = [sheet.at(step) for step in node.steps]
    for start in others:
        sheet.spaces[start] = _STEP_GAP
    sheet.fold(Fold(first, sheet.end(node) - 1), others)


def _mark_step(sheet: Sheet, step: Step, *, in_row: bool = False) -> None:
    if step.condition is not None:
        mark_condition(sheet, step.condition)
    mark_actions(sheet, step.actions, in_row=in_row)


def mark_actions(sheet: Sheet, actions: Sequence[Action], *, in_row: bool = False) -> None:
    """Marks what is done; in a row no value is folded, since a minus that begins a line begins a row."""
    sheet.fold_list(sheet.at(actions[0]), sheet.end(actions[-1]))
    for action in actions:
        if action.value is not None:
            mark_expression(sheet, action.value, folds=not in_row)
        end = sheet.end(action)
        if action.names and sheet.tokens[end].text == "}":
            sheet.fold_list(sheet.partner[end] + 1, end - 1)


def _mark_split(sheet: Sheet, node: SplitNode, depth: int) -> None:
    sheet.line(sheet.at(node), depth)
    mark_expression(sheet, node.key)
    end = sheet.end(node)
    sheet.block(sheet.partner[end])
    for arm in node.arms:
        line = sheet.line(sheet.at(arm), depth + 1, "arm", [Column(sheet.at(arm.outcome), 1, 1)])
        line.keeps_blank = True
        _mark_outcome(sheet, arm.outcome, depth + 2)
    sheet.close(end, depth)


def _mark_group(sheet: Sheet, node: GroupNode, depth: int) -> Line:
    line = _item(sheet, sheet.at(node), depth)
    line.split_at = sheet.before(node.condition)
    mark_condition(sheet, node.condition)
    end = sheet.end(node)
    sheet.block(sheet.partner[end])
    mark_route_items(sheet, node.items, depth + 1)
    sheet.close(end, depth)
    return line


def _mark_table(sheet: Sheet, node: TableNode, depth: int) -> Line:
    line = _item(sheet, sheet.at(node), depth)
    for column in node.columns:
        mark_expression(sheet, column)
    if node.file is not None:
        if node.columns:
            behind = sheet.at(node.file) - 1
            sheet.fold_list(sheet.partner[behind] + 1, behind - 1)
        return line
    end = sheet.end(node)
    opening = sheet.partner[end]
    sheet.fold_list(sheet.partner[opening - 1] + 1, opening - 2)
    sheet.block(opening)
    for row in node.rows:
        _mark_row(sheet, row, depth + 1)
    sheet.close(end, depth)
    return line


def _mark_row(sheet: Sheet, node: Row, depth: int) -> None:
    for test in (test for cell in node.cells for test in cell.tests):
        for part in test.value.members if isinstance(test.value, SetLiteral) else (test.value,):
            mark_expression(sheet, part)
    breaks = [sheet.at(step) for step in node.outcome.steps]
    if sheet.end(node) > sheet.end(node.outcome):
        breaks.append(sheet.end(node.outcome) + 1)
    if breaks:
        sheet.fold(Fold(sheet.at(node.outcome), sheet.end(node), shift=_STEP), breaks)
    mark_actions(sheet, node.outcome.actions, in_row=True)
    for step in node.outcome.steps:
        _mark_step(sheet, step, in_row=True)
    mark_cells(sheet, [*node.cells, node.outcome], sheet.end(node), depth)


def mark_cells(sheet: Sheet, cells: Sequence[Node], end: int, depth: int) -> None:
    """Marks the row of a table: its cells, each behind ``|`` or ``->``, and ``because``."""
    start, because = sheet.at(cells[0]), sheet.last(cells[-1]) + 1
    columns = [Column(sheet.before(cell), 1, 1) for cell in cells[1:]]
    if because <= end:
        columns.append(Column(because, _BECAUSE_GAP, _BECAUSE_GAP))
    if not is_risky(sheet.tokens, start):
        line = sheet.line(start, depth, "row", columns)
        line.keeps_blank, line.width = True, ROW_WIDTH
