"""Sums and differences of fields against each other: whether inequalities can hold together.

Only what is exact is taken apart: whole numbers, times, durations. Anything else, such as a product of
fractions, is a variable of its own; so two bounds on the same expression still meet. Variables are
eliminated one by one (Fourier and Motzkin), which proves contradictions and nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.ordinals import Ordered, rank
from routekit.prover.domains.cells import Domain, OneOf, Range
from routekit.prover.domains.terms import ArmOf, Atom, Base

__all__ = ["contradict"]

_MOST_ROWS = 200

Sum: TypeAlias = dict[e.Expr, Fraction]


@dataclass(frozen=True, slots=True)
class _Row:
    """``sum + constant <= 0``, or ``< 0`` where strict."""

    sum: Mapping[e.Expr, Fraction]
    constant: Fraction
    strict: bool


def contradict(facts: Iterable[tuple[Atom, bool]], box: Mapping[Base, Domain]) -> bool:
    """Whether it is proved that tests which came out so cannot do so within a box."""
    rows: list[_Row] = []
    for atom, truth in facts:
        rows += _rows(atom, truth, box)
    if not rows:
        return False
    for variable in {variable for row in rows for variable in row.sum}:
        if variable in box:
            rows += _bounds(variable, box[variable])  # type: ignore[index]
    return _is_empty(rows)


def _rows(atom: Atom, truth: bool, box: Mapping[Base, Domain]) -> list[_Row]:
    match atom:
        case ArmOf():
            return []
        case e.Compare("is", left, right, None) if truth:
            return [*_row("<=", left, right, box), *_row(">=", left, right, box)]
        case e.Compare(operator, left, right, None) if opposite := COMPARISONS[operator].opposite:
            return _row(operator if truth else opposite.name, left, right, box)
        case e.InRange(operand, low, high, None) if truth:
            end = "<" if atom.without_end else "<="
            return [*_row(">=", operand, low, box), *_row(end, operand, high, box)]
        case _:
            return []


def _row(operator: str, left: e.Expr, right: e.Expr, box: Mapping[Base, Domain]) -> list[_Row]:
    one, other = _linear(left, box), _linear(right, box)
    if one is None or other is None:
        return []
    if operator in (">", ">="):
        one, other = other, one
    sum_ = _added(one[0], other[0], Fraction(-1))
    return [_Row(sum_, one[1] - other[1], operator in ("<", ">"))]


def _linear(expr: e.Expr, box: Mapping[Base, Domain]) -> tuple[Sum, Fraction] | None:
    """An expression as a sum of variables and a constant; None where it is no quantity."""
    match expr:
        case e.Constant(bool() | str() | frozenset()):
            return None
        case e.Constant(int() | float() as value):
            return {}, Fraction(value)
        case e.Constant(datetime() | date() | timedelta() as value):
            return {}, Fraction(_ticks(value))
        case e.Arithmetic(("+" | "-") as operator, left, right) if _is_exact(expr, box):
            one, other = _linear(left, box), _linear(right, box)
            if one is None or other is None:
                return None
            sign = Fraction(1 if operator == "+" else -1)
            return _added(one[0], other[0], sign), one[1] + sign * other[1]
        case e.Arithmetic("*", left, right) if _is_exact(expr, box):
            one, other = _linear(left, box), _linear(right, box)
            if one is None or other is None:
                return None
            if one[0] and other[0]:
                return {expr: Fraction(1)}, Fraction(0)
            if one[0]:
                one, other = other, one
            return {name: part * one[1] for name, part in other[0].items()}, one[1] * other[1]
        case _:
            return {expr: Fraction(1)}, Fraction(0)


def _is_exact(expr: e.Expr, box: Mapping[Base, Domain]) -> bool:
    """Whether arithmetic is not rounded: of whole numbers, times and durations."""
    match expr:
        case e.Constant(value):
            return isinstance(value, int | datetime | timedelta)
        case e.FieldRef() | e.SignalRef() | e.Now():
            domain = box.get(expr)
            ends: Sequence[object] = ()
            if isinstance(domain, Range):
                ends = domain.low, domain.high
            elif isinstance(domain, OneOf):
                ends = tuple(value for value in domain.values if value is not None)
            return bool(ends) and all(isinstance(end, int | datetime | timedelta) for end in ends)
        case e.Arithmetic(operator, left, right):
            return operator != "/" and _is_exact(left, box) and _is_exact(right, box)
        case _:
            return False


def _ticks(value: Ordered) -> int:
    """A moment or a span in microseconds; a date in days."""
    return rank(value)


def _bounds(variable: e.Expr, domain: Domain) -> list[_Row]:
    if isinstance(domain, Range):
        ends: tuple[Ordered, Ordered] = domain.low, domain.high
    elif isinstance(domain, OneOf):
        values = [
            v
            for v in domain.values
            if isinstance(v, int | float | date | timedelta) and not isinstance(v, bool)
        ]
        if not values:
            return []
        ends = min(values), max(values)
    else:
        return []
    low, high = (Fraction(end) if isinstance(end, int | float) else Fraction(_ticks(end)) for end in ends)
    return [_Row({variable: Fraction(1)}, -high, False), _Row({variable: Fraction(-1)}, low, False)]


def _added(one: Mapping[e.Expr, Fraction], other: Mapping[e.Expr, Fraction], times: Fraction) -> Sum:
    found = dict(one)
    for name, part in other.items():
        found[name] = found.get(name, Fraction(0)) + times * part
    return {name: part for name, part in found.items() if part}


def _is_empty(rows: list[_Row]) -> bool:
    while True:
        for row in rows:
            if not row.sum and (row.constant > 0 or (row.strict and row.constant == 0)):
                return True
        rows = [row for row in rows if row.sum]
        if not rows or len(rows) > _MOST_ROWS:
            return False
        names = {name for row in rows for name in row.sum}
        name = min(names, key=lambda n: sum(n in row.sum for row in rows))
        above = [row for row in rows if row.sum.get(name, 0) > 0]
        below = [row for row in rows if row.sum.get(name, 0) < 0]
        rows = [row for row in rows if name not in row.sum]
        for one in above:
            for other in below:
                scale = -one.sum[name] / other.sum[name]
                rows.append(
                    _Row(
                        _added(one.sum, other.sum, scale),
                        one.constant + scale * other.constant,
                        one.strict or other.strict,
                    )
                )
