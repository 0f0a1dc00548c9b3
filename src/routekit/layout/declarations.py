"""Marks declarations: one function for each shape of them."""

from collections.abc import Sequence
from typing import assert_never

from routekit.layout.blocks import CLAUSE_GAP, mark_block, mark_calendar, mark_feature, mark_field
from routekit.layout.care import mark_care
from routekit.layout.cases import mark_cases
from routekit.layout.expressions import mark_condition, mark_expression, mark_type
from routekit.layout.offers import mark_offers
from routekit.layout.rules import mark_adjust_items, mark_cells, mark_route_items, mark_steps, mark_whole_plan
from routekit.layout.sheet import NAME_GAP, Column, Line, Sheet
from routekit.syntax.tree import (
    Adjust,
    AnyGiven,
    CalendarNode,
    CareNode,
    CasesNode,
    ChannelNode,
    DataNode,
    Declaration,
    EventNode,
    ExampleNode,
    ExampleTableNode,
    Expression,
    FactNode,
    FactsFile,
    File,
    Given,
    GivenReached,
    GivenShown,
    GivenSwitch,
    GuaranteeNode,
    HistoryNode,
    JourneyNode,
    LetNode,
    ListNode,
    LiveNode,
    MatterNode,
    MessageNode,
    Offers,
    PlanNode,
    PlanValue,
    PolicyNode,
    QueueNode,
    RecordNode,
    Route,
    RuleName,
    SamenessNode,
    SegmentNode,
    SwitchNode,
    TimezoneNode,
    TouchpointNode,
    TypeDeclaration,
    Use,
)

__all__ = ["mark_file"]


def mark_file(sheet: Sheet, file: File) -> None:
    """Marks all tokens of a file."""
    was_tall = False
    for node in file.declarations:
        line = sheet.line(sheet.at(node), 0)
        is_tall = _mark_declaration(sheet, node, line)
        line.keeps_blank = True
        line.needs_blank = is_tall or was_tall
        was_tall = is_tall
    sheet.line(len(sheet.tokens) - 1, 0).keeps_blank = True


def _mark_declaration(sheet: Sheet, node: Declaration, line: Line) -> bool:
    """Marks a declaration; whether it is one that blank lines set apart."""
    match node:
        case PolicyNode() | TimezoneNode() | Use() | SwitchNode() | JourneyNode() | FactsFile():
            return False
        case FactNode(value=value):
            _mark_definition(node, line, "fact")
            mark_expression(sheet, value)
            return False
        case TypeDeclaration(type=type_):
            _mark_definition(node, line, "type")
            mark_type(sheet, type_)
            return False
        case ListNode(values=values):
            _mark_definition(node, line, "list")
            if values is not None:
                mark_expression(sheet, values)
            return False
        case LetNode():
            if node.type is not None:
                mark_type(sheet, node.type)
            if isinstance(node.value, CasesNode):
                return mark_cases(sheet, node.value, line)
            if node.type is None:
                _mark_definition(node, line, "let")
            mark_condition(sheet, node.value)
            return False
        case SegmentNode(condition=condition):
            mark_condition(sheet, condition)
            line.split_at = sheet.before(condition)
            if not node.title:
                line.family, line.columns = "segment", [Column(line.split_at, NAME_GAP, 1)]
            return False
        case RecordNode(fields=fields) | LiveNode(fields=fields) | DataNode(fields=fields):
            for field in fields:
                mark_field(sheet, field)
            return mark_block(sheet, node, line, fields, NAME_GAP)
        case HistoryNode(features=features):
            for feature in features:
                mark_feature(sheet, feature)
            return mark_block(sheet, node, line, features, NAME_GAP)
        case ChannelNode(clauses=clauses):
            return mark_block(sheet, node, line, clauses, NAME_GAP, aligned=True)
        case QueueNode(clauses=clauses):
            return mark_block(sheet, node, line, clauses, CLAUSE_GAP, aligned=True)
        case TouchpointNode(clauses=clauses):
            return mark_block(sheet, node, line, clauses, NAME_GAP, aligned=True)
        case MatterNode():
            return _mark_matter(sheet, node, line)
        case CalendarNode():
            return mark_calendar(sheet, node, line)
        case EventNode(clauses=clauses):
            return mark_block(sheet, node, line, clauses, CLAUSE_GAP, aligned=True)
        case MessageNode(wordings=wordings, about=about):
            if about:
                sheet.fold_list(sheet.at(about[0]), sheet.at(about[-1]))
            return mark_block(sheet, node, line, wordings, NAME_GAP)
        case Route(items=items):
            sheet.block(line.start + 1)
            mark_route_items(sheet, items, 1)
        case Adjust(items=items):
            sheet.block(line.start + 1)
            mark_adjust_items(sheet, items)
        case PlanNode(steps=steps):
            opening = sheet.partner[sheet.end(node)]
            sheet.block(opening)
            mark_steps(sheet, steps, 1)
            sheet.close(sheet.end(node), 0)
        case Offers(items=items):
            sheet.block(line.start + 1)
            mark_offers(sheet, items, 1)
        case CareNode(items=items):
            sheet.block(line.start + 1)
            mark_care(sheet, items)
        case GuaranteeNode():
            _mark_guarantee(sheet, node)
        case SamenessNode():
            _mark_sameness(sheet, node)
        case ExampleNode():
            _mark_example(sheet, node)
        case ExampleTableNode():
            _mark_example_table(sheet, node)
        case _:
            assert_never(node)
    if isinstance(node, Route | Adjust | Offers | CareNode):
        sheet.close(sheet.end(node), 0)
    return True


def _mark_definition(node: TypeDeclaration | ListNode | LetNode | FactNode, line: Line, word: str) -> None:
    if node.title:  # a long one would push those of all its neighbours
        return
    line.family = "definition"
    line.columns = [Column(line.start + 1, 1, 1), Column(line.start + 2, 1, 1, family=word)]


def _mark_matter(sheet: Sheet, node: MatterNode, line: Line) -> bool:
    is_tall = mark_block(sheet, node, line, node.clauses, NAME_GAP, aligned=True)
    if node.condition is not None:
        mark_condition(sheet, node.condition)
        if is_tall:
            line.split_at = sheet.before(node.condition)
    return is_tall


# ── guarantees, examples ──────────────────────────────────────────────


def _mark_guarantee(sheet: Sheet, node: GuaranteeNode) -> None:
    for expression in (node.condition, node.promise):
        if expression is not None:
            sheet.line(sheet.before(expression), 1)
            mark_condition(sheet, expression)


def _mark_sameness(sheet: Sheet, node: SamenessNode) -> None:
    if node.condition is not None:
        sheet.line(sheet.before(node.condition), 1)
        mark_condition(sheet, node.condition)
    for first, last in ((node.varied[0], node.varied[-1]), (node.parts[0], node.parts[-1])):
        word = sheet.at(first) - (1 if first is node.varied[0] else 2)
        sheet.line(word, 1)
        sheet.fold_list(sheet.at(first), sheet.end(last))
    for varied in node.varied:
        if varied.values is not None:
            mark_expression(sheet, varied.values)


def _mark_example(sheet: Sheet, node: ExampleNode) -> None:
    _mark_givens(sheet, node.givens)
    for expectation in node.expectations:
        _mark_expected(sheet, expectation.value)
    first = sheet.line(sheet.at(node.expectations[0]) - 1, 1).start + 1
    sheet.fold_list(first, sheet.end(node))


def _mark_example_table(sheet: Sheet, node: ExampleTableNode) -> None:
    _mark_givens(sheet, node.givens)
    if node.file is not None:
        sheet.line(sheet.at(node.file) - 1, 1)
        return
    end = sheet.end(node)
    opening = sheet.partner[end]
    brackets = sheet.partner[opening - 1]
    sheet.line(brackets - 1, 1)
    sheet.fold_list(brackets + 1, opening - 2)
    sheet.block(opening)
    for row in node.rows:
        cells = [*row.given, *row.expected]
        for cell in cells:
            _mark_expected(sheet, cell)
        mark_cells(sheet, cells, sheet.end(row), 2)
    sheet.close(end, 1)


def _mark_expected(sheet: Sheet, value: Expression | RuleName | PlanValue) -> None:
    if isinstance(value, PlanValue):
        mark_whole_plan(sheet, value)
    elif not isinstance(value, RuleName):
        mark_expression(sheet, value)


def _mark_givens(sheet: Sheet, givens: Sequence[AnyGiven]) -> None:
    """Marks what is given; where it needs more lines than one, other records begin one."""
    if not givens:
        return
    for given in givens:
        if not isinstance(given, GivenShown | GivenReached):
            mark_expression(sheet, given.value)
    first = sheet.line(sheet.at(givens[0]) - 1, 1).start + 1
    record = _given_of(givens[0])
    others = [given for given in givens if _given_of(given) != record]
    sheet.fold_list(first, sheet.end(givens[-1]), firm=[sheet.at(given) for given in others[:1]])


def _given_of(node: AnyGiven) -> str:
    """The record, the queue or the word that what is given begins with."""
    match node:
        case Given(path=path):
            return path.parts[0].name
        case GivenSwitch():
            return "switch"
        case GivenShown():
            return "shown"
        case GivenReached():
            return "reached"
        case _:
            assert_never(node)
