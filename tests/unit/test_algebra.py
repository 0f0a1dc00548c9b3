"""Every algebra says of a condition what the plain one says of it, truth by truth."""

from collections.abc import Iterable
from functools import partial, reduce
from itertools import product
from operator import and_, or_

from hypothesis import given
from hypothesis import strategies as st

from routekit.policy import expressions as e
from routekit.policy.algebra import FUNCTIONS, TRUTH_SETS, TRUTHS, Algebra, Function, Pair, Pairs, Sides, fold
from routekit.schema.types import Value

LEAVES = tuple(e.FieldRef("contact", name) for name in "abc")
TRUE_FALSE_UNKNOWN = (True, False, None)
WORLDS = [
    dict(zip(LEAVES, truths, strict=True)) for truths in product(TRUE_FALSE_UNKNOWN, repeat=len(LEAVES))
]
EVERYWHERE = (1 << len(WORLDS)) - 1


def conditions() -> st.SearchStrategy[e.Expr]:
    def joined(inner: st.SearchStrategy[e.Expr]) -> st.SearchStrategy[e.Expr]:
        some = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return (
            st.builds(e.Not, inner)
            | st.builds(e.All, some)
            | st.builds(e.Any, some)
            | st.builds(e.IsKnown, inner)
            | st.builds(e.Else, inner, inner)
        )

    return st.recursive(st.sampled_from(LEAVES), joined, max_leaves=8)


def plain(expr: e.Expr, world: dict[e.FieldRef, bool | None]) -> Value | None:
    if isinstance(expr, e.FieldRef):
        return world[expr]
    assert isinstance(expr, e.Connective)
    return fold(expr, lambda operand: plain(operand, world), TRUTHS)


def mask_of(truth: bool, expr: e.Expr) -> int:
    return sum(1 << place for place, world in enumerate(WORLDS) if plain(expr, world) is truth)


def every(masks: Iterable[int]) -> int:
    return reduce(and_, masks, EVERYWHERE)


def some(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


def others(mask: int) -> int:
    return EVERYWHERE & ~mask


PAIRS: Algebra[Pair[int]] = Pairs(every, some, others)
SIDES = Sides[int](every, some, others)


def pair(expr: e.Expr) -> Pair[int]:
    if isinstance(expr, e.FieldRef):
        return mask_of(True, expr), mask_of(False, expr)
    assert isinstance(expr, e.Connective)
    return fold(expr, pair, PAIRS)


def side(expr: e.Expr, truth: bool) -> int:
    if isinstance(expr, e.FieldRef):
        return mask_of(truth, expr)
    assert isinstance(expr, e.Connective)
    return fold(expr, lambda operand: partial(side, operand), SIDES)(truth)


def possible(expr: e.Expr, within: dict[e.FieldRef, frozenset[Value | None]]) -> frozenset[Value | None]:
    if isinstance(expr, e.FieldRef):
        return within[expr]
    assert isinstance(expr, e.Connective)
    return fold(expr, lambda operand: possible(operand, within), TRUTH_SETS)


def function(expr: e.Expr) -> Function:
    if isinstance(expr, e.FieldRef):
        return lambda value: value
    assert isinstance(expr, e.Connective)
    return fold(expr, function, FUNCTIONS)


@given(expr=conditions())
def test_regions_are_where_a_condition_is_true_and_where_it_is_false(expr: e.Expr) -> None:
    assert pair(expr) == (mask_of(True, expr), mask_of(False, expr))
    assert (side(expr, True), side(expr, False)) == pair(expr)


@given(expr=conditions(), value=st.sampled_from(TRUE_FALSE_UNKNOWN))
def test_functions_of_one_value(expr: e.Expr, value: bool | None) -> None:
    assert function(expr)(value) == plain(expr, dict.fromkeys(LEAVES, value))


@given(
    expr=conditions(),
    within=st.fixed_dictionaries(
        {leaf: st.frozensets(st.sampled_from(TRUE_FALSE_UNKNOWN), min_size=1) for leaf in LEAVES}
    ),
)
def test_sets_hold_whatever_a_condition_can_come_to(
    expr: e.Expr, within: dict[e.FieldRef, frozenset[Value | None]]
) -> None:
    found = possible(expr, within)
    for world in WORLDS:
        if all(world[leaf] in truths for leaf, truths in within.items()):
            assert plain(expr, world) in found
