"""``let`` and ``segment``: worked out in an order in which each finds what it needs."""

from routekit.checker.cases import check_let
from routekit.checker.context import Context
from routekit.checker.expressions import condition
from routekit.checker.spelling import spelled_by
from routekit.checker.typed import NeedsDefinitionError, Typed, may_be_missing
from routekit.policy.model import Let, Segment
from routekit.schema.types import Flag, SetOf
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_definitions"]

MOST_SHOWN = 8


def check_definitions(context: Context) -> tuple[Let | Segment, ...]:
    """Returns the definitions that hold, each behind those it needs; one that needs itself is reported."""
    names = context.names
    nodes: dict[str, tree.LetNode | tree.SegmentNode] = {**names.lets, **names.segments}
    done: dict[str, Let | Segment] = {}
    failed: set[str] = set()
    for first in nodes:
        chain = {first: None}  # in the order in which each needs the next
        while chain:
            name = next(reversed(chain))
            if name in done or name in failed:
                del chain[name]
                continue
            reported = len(context.reporter.found)
            try:
                definition = _define(context, nodes[name])
            except NeedsDefinitionError as needs:
                del context.reporter.found[reported:]
                needed = needs.ident.name
                if needed in chain:
                    names_in_chain = list(chain)
                    cycle = names_in_chain[names_in_chain.index(needed) :]
                    _report_cycle(context, cycle, needs.ident)
                    failed.update(cycle)
                    _give_up(context, cycle)
                else:
                    chain[needed] = None
                continue
            if definition is None:
                failed.add(name)
                _give_up(context, [name])
            else:
                done[name] = definition
            del chain[name]
    return tuple(done.values())


def _define(context: Context, node: tree.LetNode | tree.SegmentNode) -> Let | Segment | None:
    name = node.name.name
    if isinstance(node, tree.SegmentNode):
        holds = condition(context, node.condition)
        if holds is None:
            return None
        context.names.let_types[name] = Flag()
        return Segment(name, holds, node.span)
    typed = check_let(context, node)
    if typed is None or not _is_single(context, node, typed):
        return None
    context.names.let_types[name] = typed.type
    if may_be_missing(context, typed.expr):
        context.names.uncertain_lets.add(name)
    function = spelled_by(context, typed.expr)
    if function is not None:
        context.names.spelled_lets[name] = function.name
    return Let(name, typed.expr, typed.type)


def _is_single(context: Context, node: tree.LetNode, typed: Typed) -> bool:
    if node.type is None and isinstance(typed.type, SetOf) and isinstance(node.value, tree.SetLiteral):
        context.reporter.report("RK204", t("a set of values is declared by `list`"), node.value.span)
        return False
    return True


def _give_up(context: Context, names: list[str]) -> None:
    """What is built on a definition that failed is not reported again."""
    context.names.lost |= set(names)
    for name in names:
        context.names.lets.pop(name, None)
        context.names.segments.pop(name, None)


def _report_cycle(context: Context, cycle: list[str], at: tree.Ident) -> None:
    shown = cycle if len(cycle) <= MOST_SHOWN else [*cycle[: MOST_SHOWN - 1], "…"]
    path = " → ".join(f"`{name}`" for name in [*shown, cycle[0]])
    context.reporter.report(
        "RK106",
        t("`{cycle}` is defined by itself: {path}", cycle=cycle[0], path=path)
        if len(cycle) > 1
        else t("`{cycle}` is defined by itself", cycle=cycle[0]),
        at.span,
        help=t("write one of them out in fields"),
    )
