"""Marks whom a company turns to by itself."""

from collections.abc import Sequence
from typing import assert_never

from routekit.layout.blocks import mark_hours
from routekit.layout.expressions import mark_condition
from routekit.layout.offers import mark_offer_clause
from routekit.layout.rules import mark_actions
from routekit.layout.sheet import Sheet
from routekit.syntax.tree import (
    Cap,
    CareItem,
    CareSetting,
    Clause,
    Due,
    NeverNode,
    Quiet,
    ReachClause,
    ReachNode,
    ReachThen,
)

__all__ = ["mark_care"]


def mark_care(sheet: Sheet, items: Sequence[CareItem]) -> None:
    """Marks what stands in ``care``, a line each, and a line for each clause of a reach."""
    was_tall = False
    for item in items:
        line, is_tall = sheet.line(sheet.at(item), 1), isinstance(item, ReachNode)
        line.keeps_blank, line.needs_blank = True, is_tall or was_tall
        was_tall = is_tall
        match item:
            case Quiet(hours=hours):
                mark_hours(sheet, hours)
            case Cap():
                pass
            case CareSetting(value=value):
                mark_condition(sheet, value)
            case NeverNode(condition=condition):
                mark_condition(sheet, condition)
            case ReachNode(clauses=clauses):
                for clause in clauses:
                    _mark_clause(sheet, clause)
            case _:
                assert_never(item)


def _mark_clause(sheet: Sheet, node: ReachClause) -> None:
    match node:
        case Clause() | Cap():
            mark_offer_clause(sheet, node, 2)
        case Due(value=value):
            sheet.line(sheet.at(node), 2)
            mark_condition(sheet, value)
        case ReachThen(actions=actions):
            sheet.line(sheet.at(node), 2)
            mark_actions(sheet, actions)
        case _:
            assert_never(node)
