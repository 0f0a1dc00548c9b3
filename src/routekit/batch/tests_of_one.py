"""Conditions on one field alone as plain functions of its value, by the language's three-valued logic."""

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt
from typing import TypeAlias

from routekit.batch.uses import Leaf
from routekit.policy import expressions as e
from routekit.schema.types import Value

__all__ = ["Definitions", "Function", "function_of"]

Function: TypeAlias = Callable[[Value | None], Value | None]
Definitions: TypeAlias = Mapping[e.Expr, e.Expr]
"""What each let and each segment is defined by."""

_MOST_HEIGHT = 60
_OPERATORS = {"is": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


def function_of(expr: e.Expr, leaf: Leaf, defined: Definitions) -> Function | None:
    """The function that an expression is of one field; None where it is of another kind, or too high."""
    return _build(expr, leaf, defined, _MOST_HEIGHT)


def _build(expr: e.Expr, leaf: Leaf, defined: Definitions, height: int) -> Function | None:
    if height == 0:
        return None
    if expr == leaf:
        return lambda value: value
    match expr:
        case e.Constant(constant):
            return lambda _: constant
        case e.LetRef():
            return _build(defined[expr], leaf, defined, height - 1)
        case e.SegmentRef():
            inner = _build(defined[expr], leaf, defined, height - 1)
            return None if inner is None else lambda value: inner(value) is True
        case (
            e.Compare(_, operand, e.Constant())
            | e.InRange(operand, e.Constant(), e.Constant())
            | e.InSet(operand)
        ) if operand == leaf:
            return _on_leaf(expr)
    parts = [_build(child, leaf, defined, height - 1) for child in e.children(expr)]
    functions = [part for part in parts if part is not None]
    return _combined(expr, functions) if parts and len(functions) == len(parts) else None


def _on_leaf(expr: e.Expr) -> Function | None:
    """The commonest tests, written without a detour: they are tried on many values."""
    match expr:
        case e.Compare(operator, _, e.Constant(right), order):
            compare = _OPERATORS[operator]
            if order is not None:
                rank, limit = order.rank, order.rank[str(right)]
                return lambda value: None if value is None else compare(rank[value], limit)  # type: ignore[index]
            return lambda value: None if value is None else compare(value, right)
        case e.InRange(_, e.Constant(low), e.Constant(high), order):
            if order is not None:
                rank, first, last = order.rank, order.rank[str(low)], order.rank[str(high)]
                return lambda value: None if value is None else first <= rank[value] <= last  # type: ignore[index]
            return lambda value: None if value is None else low <= value <= high  # type: ignore[operator]
        case e.InSet(_, values):
            return lambda value: None if value is None else value in values
    return None


def _combined(expr: e.Expr, parts: list[Function]) -> Function | None:
    match expr:
        case e.Not():
            return lambda value: None if (truth := parts[0](value)) is None else not truth
        case e.All():
            return lambda value: _all([part(value) for part in parts])
        case e.Any():
            return lambda value: _any([part(value) for part in parts])
        case e.IsKnown():
            return lambda value: parts[0](value) is not None
        case e.Else():
            return lambda value: parts[1](value) if (found := parts[0](value)) is None else found
        case e.Compare(operator, order=None):
            compare = _OPERATORS[operator]
            return _strict(parts, compare)
        case e.InSet(_, values):
            return _strict(parts, lambda value: value in values)
        case e.HasAny(_, values):
            return _strict(parts, lambda container: not container.isdisjoint(values))
        case e.HasAll(_, values):
            return _strict(parts, lambda container: values <= container)
        case e.IsEmpty():
            return _strict(parts, lambda container: not container)
        case e.Member():
            return _strict(parts, lambda element, container: element in container)
        case _:
            return None  # nothing that is worth a second telling of the language's meaning


def _strict(parts: list[Function], work_out: Callable[..., Value]) -> Function:
    """Missing as soon as one of the operands is."""

    def function(value: Value | None) -> Value | None:
        operands = [part(value) for part in parts]
        return None if None in operands else work_out(*operands)

    return function


def _all(truths: list[Value | None]) -> bool | None:
    if any(truth is False for truth in truths):
        return False
    return None if None in truths else True


def _any(truths: list[Value | None]) -> bool | None:
    if any(truth is True for truth in truths):
        return True
    return None if None in truths else False
