"""``let`` and ``segment``: worked out in an order in which each finds what it needs."""

from routekit.checker.context import Context
from routekit.checker.expressions import NeedsDefinition, Typed, condition, lower, may_be_missing
from routekit.policy.model import Let, Segment
from routekit.schema.types import Flag, SetOf
from routekit.syntax import tree

__all__ = ["check_definitions"]


def check_definitions(context: Context) -> tuple[Let | Segment, ...]:
    """The definitions that hold, each behind those it needs; one that needs itself is reported."""
    names = context.names
    nodes: dict[str, tree.LetNode | tree.SegmentNode] = {**names.lets, **names.segments}
    done: dict[str, Let | Segment] = {}
    failed: set[str] = set()
    for first in nodes:
        chain = [first]
        while chain:
            name = chain[-1]
            if name in done or name in failed:
                chain.pop()
                continue
            reported = len(context.reporter.found)
            try:
                definition = _define(context, nodes[name])
            except NeedsDefinition as needs:
                del context.reporter.found[reported:]
                needed = needs.ident.name
                if needed in chain:
                    _report_cycle(context, chain[chain.index(needed) :], needs.ident)
                    failed.update(chain[chain.index(needed) :])
                    _give_up(context, chain[chain.index(needed) :])
                else:
                    chain.append(needed)
                continue
            if definition is None:
                failed.add(name)
                _give_up(context, [name])
            else:
                done[name] = definition
            chain.pop()
    return tuple(done.values())


def _define(context: Context, node: tree.LetNode | tree.SegmentNode) -> Let | Segment | None:
    name = node.name.name
    if isinstance(node, tree.SegmentNode):
        holds = condition(context, node.condition)
        if holds is None:
            return None
        context.names.let_types[name] = Flag()
        return Segment(name, holds)
    typed = lower(context, node.value)
    if typed is None or not _is_single(context, node, typed):
        return None
    context.names.let_types[name] = typed.type
    if may_be_missing(context, typed.expr):
        context.names.uncertain_lets.add(name)
    return Let(name, typed.expr, typed.type)


def _is_single(context: Context, node: tree.LetNode, typed: Typed) -> bool:
    if isinstance(typed.type, SetOf) and isinstance(node.value, tree.SetLiteral):
        context.reporter.report("RK204", "a set of values is declared by `list`", node.value.span)
        return False
    return True


def _give_up(context: Context, names: list[str]) -> None:
    """What is built on a definition that failed is not reported again."""
    context.names.lost |= set(names)
    for name in names:
        context.names.lets.pop(name, None)
        context.names.segments.pop(name, None)


def _report_cycle(context: Context, cycle: list[str], at: tree.Ident) -> None:
    path = " → ".join(f"`{name}`" for name in [*cycle, cycle[0]])
    context.reporter.report(
        "RK106",
        f"`{cycle[0]}` is defined by itself: {path}"
        if len(cycle) > 1
        else f"`{cycle[0]}` is defined by itself",
        at.span,
        help="write one of them out in fields",
    )
