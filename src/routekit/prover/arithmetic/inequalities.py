"""What tests ask of sums: each as clauses of inequalities, of which one must hold in every clause."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, inf, lcm, nextafter
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS
from routekit.prover.arithmetic.sums import Kind, Sum, SumReader, quantity
from routekit.prover.arithmetic.tableau import Quantity, size

__all__ = ["Clause", "Difference", "Inequality", "Row", "Side", "clauses_of", "normal", "tightened"]

_EXACT = 1 << 53
_LEAST_GAP = Fraction(1, 1 << 1074)
"""Two floats that differ do so by no less."""


@dataclass(frozen=True, slots=True)
class Side:
    """A side of a comparison, and the sum that it is read as."""

    expr: e.Expr
    sum: Sum


@dataclass(frozen=True, slots=True)
class Difference:
    """What a comparison is about: one side less the other, each as the reference works it out."""

    left: Side
    right: Side


@dataclass(frozen=True, slots=True)
class Inequality:
    """A difference lies below 0, above it, or at most or at least there."""

    of: Difference
    is_upper: bool
    is_strict: bool


Clause: TypeAlias = Sequence[Sequence[Inequality]]
"""Inequalities that hold together; those of one of the alternatives do."""


def clauses_of(test: e.Expr, truth: bool, reader: SumReader) -> list[Clause] | None:
    """What it takes for a test to come out so where its operands are there; None where it is no such test."""
    match test:
        case e.Compare(operator, left, right, None):
            return _compared(operator, left, right, truth, reader)
        case e.InRange(operand, low, high, None):
            until = "<" if test.without_end else "<="
            above = _compared(">=", operand, low, truth, reader)
            below = _compared(until, operand, high, truth, reader)
            if above is None or below is None:
                return None
            return [*above, *below] if truth else [[*above[0], *below[0]]]
        case e.InSet(operand, values):
            tests = [
                _compared("is", operand, e.Constant(value), truth, reader)
                for value in sorted(values, key=str)
                if quantity(value) is not None
            ]
            if len(tests) < len(values) or any(found is None for found in tests):
                return None
            clauses = [clause for found in tests if found is not None for clause in found]
            return [[alternative for clause in clauses for alternative in clause]] if truth else clauses
        case _:
            return None


def _compared(
    operator: str, left: e.Expr, right: e.Expr, truth: bool, reader: SumReader
) -> list[Clause] | None:
    one, other = reader.read(left), reader.read(right)
    if one is None or other is None or not _are_alike(one.kind, other.kind):
        return None
    of, row = Difference(Side(left, one), Side(right, other)), COMPARISONS[operator]
    below, equal, above = (wanted is truth for wanted in (row.below, row.equal, row.above))
    match below, equal, above:
        case False, True, False:
            return [[[Inequality(of, True, False), Inequality(of, False, False)]]]
        case True, False, True:
            return [[[Inequality(of, True, True)], [Inequality(of, False, True)]]]
        case True, _, False:
            return [[[Inequality(of, True, not equal)]]]
        case False, _, True:
            return [[[Inequality(of, False, not equal)]]]
        case _:
            return None


def _are_alike(one: Kind, other: Kind) -> bool:
    return one is other or {one, other} == {Kind.WHOLE, Kind.FLOAT}


# ── sums of columns against a bound ────────────────────────────────────────────

Row: TypeAlias = tuple[tuple[int, Quantity], ...]
"""Columns and how often each counts, in order; the first counts positive, whole ones have no divisor."""


def normal(parts: dict[int, Quantity]) -> tuple[Row, Quantity]:
    """The row of some columns, and what was multiplied to come to it.

    >>> normal({2: 4, 1: -6})
    (((1, 3), (2, -2)), Fraction(-1, 2))
    """
    columns = sorted(parts)
    fractions = [Fraction(parts[column]) for column in columns]
    scale = Fraction(lcm(*(part.denominator for part in fractions)), 1)
    scale /= gcd(*(int(part * scale) for part in fractions))
    if fractions[0] < 0:
        scale = -scale
    return tuple((column, int(part * scale)) for column, part in zip(columns, fractions, strict=True)), scale


def tightened(
    bound: Quantity, *, is_upper: bool, is_strict: bool, is_whole: bool, is_value: bool
) -> Quantity:
    """The bound that says the same without being strict.

    ``is_whole``: of whole numbers; ``is_value``: of one value, a whole number or a float; else of a
    difference of such.
    """
    if is_whole:
        if is_upper:
            return ceil(bound) - 1 if is_strict else floor(bound)
        return floor(bound) + 1 if is_strict else ceil(bound)
    if not is_strict:
        return bound
    if not is_value:
        return bound - _LEAST_GAP if is_upper else bound + _LEAST_GAP
    if size(bound) >= _EXACT:  # whole numbers may stand between two floats
        return ceil(bound) - 1 if is_upper else floor(bound) + 1
    near = float(bound)
    if Fraction(near) < bound if is_upper else Fraction(near) > bound:
        return Fraction(near)
    return Fraction(nextafter(near, -inf if is_upper else inf))
