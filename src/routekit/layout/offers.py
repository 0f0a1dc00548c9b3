"""Marks what may be offered."""

from collections.abc import Sequence
from typing import assert_never

from routekit.layout.expressions import mark_condition
from routekit.layout.sheet import Line, Sheet
from routekit.syntax.tree import Cap, Clause, NeverNode, OfferGroupNode, OfferItem, OfferNode, Show

__all__ = ["mark_offer_clause", "mark_offers"]


def mark_offers(sheet: Sheet, items: Sequence[OfferItem], depth: int) -> None:
    """Marks what stands in ``offers`` or in a group of them, a line each."""
    was_tall = False
    for item in items:
        line, is_tall = sheet.line(sheet.at(item), depth), isinstance(item, OfferNode | OfferGroupNode)
        line.keeps_blank, line.needs_blank = True, is_tall or was_tall
        was_tall = is_tall
        match item:
            case Show() | Cap():
                pass
            case NeverNode(condition=condition):
                mark_condition(sheet, condition)
            case OfferNode(clauses=clauses):
                for clause in clauses:
                    mark_offer_clause(sheet, clause, depth + 1)
            case OfferGroupNode():
                _mark_offer_group(sheet, item, line, depth)
            case _:
                assert_never(item)


def _mark_offer_group(sheet: Sheet, node: OfferGroupNode, line: Line, depth: int) -> None:
    if node.condition is not None:
        line.split_at = sheet.before(node.condition)
        mark_condition(sheet, node.condition)
    end = sheet.end(node)
    sheet.block(sheet.partner[end])
    mark_offers(sheet, node.items, depth + 1)
    sheet.close(end, depth)


def mark_offer_clause(sheet: Sheet, node: Clause | Cap, depth: int) -> None:
    """Marks a clause of an offer, or one like it, on a line of its own."""
    start = sheet.line(sheet.at(node), depth).start
    if isinstance(node, Cap):
        return
    if node.value is not None:
        mark_condition(sheet, node.value)
    else:
        sheet.fold_list(start + 1, sheet.end(node))
