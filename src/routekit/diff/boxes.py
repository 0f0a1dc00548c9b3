"""What a rule plainly asks of single fields: two rules that no contact meets both are told apart at once."""

from collections.abc import Mapping
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.references import conjuncts
from routekit.schema.types import Value

__all__ = ["Box", "box_of", "overlap"]

_Allowed: TypeAlias = "frozenset[Value] | tuple[float, float]"

Box: TypeAlias = Mapping[e.Expr, _Allowed]
"""For some fields, all the values, or the least and the most, with which the rule may apply."""

_ANY = (float("-inf"), float("inf"))


def box_of(condition: e.Expr | None, definitions: Mapping[e.Expr, e.Expr]) -> Box:
    """The box of a condition: whoever meets it lies in there; who lies in there need not meet it.

    >>> value = e.FieldRef("customer", "value")
    >>> box_of(e.InRange(value, e.Constant(1), e.Constant(2)), {})[value]
    (1, 2)
    """
    found: dict[e.Expr, _Allowed] = {}
    for part in conjuncts(condition, definitions):
        asked = _asked(part)
        if asked is not None:
            base, allowed = asked
            found[base] = _narrowed(found.get(base, _ANY), allowed)
    return found


def overlap(one: Box, other: Box) -> bool:
    """Whether a contact may lie in both.

    >>> overlap({e.Now(): (1, 2)}, {e.Now(): (3, 4)}), overlap({e.Now(): (1, 2)}, {})
    (False, True)
    """
    return all(base not in other or _meet(allowed, other[base]) for base, allowed in one.items())


def _asked(test: e.Expr) -> tuple[e.Expr, _Allowed] | None:
    least, most = _ANY
    match test:
        case e.Compare("is", e.FieldRef() as base, e.Constant(value)) if not isinstance(value, frozenset):
            return base, frozenset({value})
        case e.InSet(e.FieldRef() as base, values):
            return base, values
        case e.InRange(e.FieldRef() as base, e.Constant(low), e.Constant(high)):
            return _between(base, low, high)
        case e.Compare(">=" | ">", e.FieldRef() as base, e.Constant(low)):
            return _between(base, low, most)
        case e.Compare("<=" | "<", e.FieldRef() as base, e.Constant(high)):
            return _between(base, least, high)
        case _:
            return None


def _between(base: e.Expr, low: Value, high: Value) -> tuple[e.Expr, _Allowed] | None:
    if isinstance(low, int | float) and isinstance(high, int | float):
        return base, (low, high)
    return None


def _narrowed(one: _Allowed, other: _Allowed) -> _Allowed:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return max(one[0], other[0]), min(one[1], other[1])
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other
    return one if isinstance(one, frozenset) else other


def _meet(one: _Allowed, other: _Allowed) -> bool:
    if isinstance(one, frozenset):
        return any(_is_in(value, other) for value in one)
    if isinstance(other, frozenset):
        return any(_is_in(value, one) for value in other)
    return one[0] <= other[1] and other[0] <= one[1]


def _is_in(value: Value, allowed: _Allowed) -> bool:
    if isinstance(allowed, frozenset):
        return value in allowed
    return not isinstance(value, int | float) or allowed[0] <= value <= allowed[1]
