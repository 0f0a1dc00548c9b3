"""Rows of the operators that ask which members a set has."""

from routekit.policy.operators.operator import Operator
from routekit.schema.types import Scalar

__all__ = ["HAS_ALL", "HAS_ANY", "IS_EMPTY", "MEMBER"]


def _is_member(element: Scalar, container: frozenset[Scalar]) -> bool:
    return element in container


def _has_any(container: frozenset[Scalar], values: frozenset[Scalar]) -> bool:
    return not container.isdisjoint(values)


def _has_all(container: frozenset[Scalar], values: frozenset[Scalar]) -> bool:
    return values <= container


def _is_empty(container: frozenset[Scalar]) -> bool:
    return not container


MEMBER = Operator(name="has", meaning=_is_member, code="left in right")
"""``element in set`` and ``set has element``, whether the set is a contact's or written out."""

HAS_ANY = Operator(name="has any", meaning=_has_any, code="not left.isdisjoint(right)")
HAS_ALL = Operator(name="has all", meaning=_has_all, code="right <= left")
IS_EMPTY = Operator(name="is empty", meaning=_is_empty, code="not operand", operands=("operand",))
