"""Conditions as an author would write them: of cells of a field, of what is not, of several together."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from routekit.policy import expressions as e
from routekit.policy.constraints import constants_in
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.ordinals import Ordered, ends_of
from routekit.prover.domains.cells import Cell, Cells, OneOf, Range
from routekit.prover.domains.terms import Atom, Base, walk
from routekit.prover.encoding.space import Space
from routekit.schema.types import Choice, Flag, Text, Time, Type

__all__ = ["condition_of", "merged", "negated", "refused"]

_MOST_RUNS = 3
_MOST_TEXTS = 8
_NO = e.Constant(False)

# ── conditions in other words ─────────────────────────────────────────────────


def merged(exprs: list[e.Expr]) -> list[e.Expr]:
    """Writes lists of what one thing is, and of what it is not, as one list of what it is."""
    for expr in exprs:
        if not isinstance(expr, e.InSet):
            continue
        for other in exprs:
            match other:
                case e.Not(e.InSet(operand, values)) if operand == expr.operand and not expr.named:
                    left = expr.values - values
                case e.Not(e.Compare("is", operand, e.Constant(value))) if operand == expr.operand:
                    left = expr.values - {value}
                case _:
                    continue
            if left:
                one = e.Compare("is", expr.operand, e.Constant(next(iter(left))))
                new = one if len(left) == 1 else e.InSet(expr.operand, left)
                return merged([new if item is expr else item for item in exprs if item is not other])
    return exprs


def negated(expr: e.Expr) -> e.Expr:
    """Writes the condition that is true where another is false."""
    match expr:
        case e.Not(operand):
            return operand
        case e.Compare(operator, left, right, order) if opposite := COMPARISONS[operator].opposite:
            return e.Compare(opposite.name, left, right, order)
        case e.FieldRef() | e.SignalRef():
            return e.Compare("is", expr, e.Constant(False))
        case _:
            return e.Not(expr)


def refused(space: Space, expr: e.Expr) -> e.Expr:
    """Writes the condition that another is not true, be it false or unknown."""
    yes, no = space.pair(expr)
    if no == -yes or isinstance(expr, e.SegmentRef):
        return negated(expr)
    found = (space.guards[base].inside if base in space.guards else base for base in space.terms.bases(expr))
    match list(found):
        case [e.FieldRef() | e.SignalRef() as base]:
            missing = e.Not(e.IsKnown(base))
            if space.is_refuted([-yes, -no, -space.true(missing)]):
                return e.Any((negated(expr), missing))
    return e.Not(e.Else(expr, _NO))


# ── cells of a field ──────────────────────────────────────────────────────────


def condition_of(base: Base, type_: Type, cells: Cells, mask: int) -> e.Expr | None:
    """Writes the condition that is true in these cells alone; None where it would take many words."""
    has_missing = cells.cells[-1].samples == (None,)
    missing = has_missing and bool(mask >> (len(cells.cells) - 1) & 1)
    present = cells.cells[: len(cells.cells) - has_missing]
    inside = [bool(mask >> place & 1) for place in range(len(present))]
    if all(inside):
        return None if missing or not has_missing else e.IsKnown(base)
    if not any(inside):
        return e.Not(e.IsKnown(base)) if missing else None
    known = _known(base, type_, cells, present, inside)
    if known is None or not missing:
        return known
    return e.Any((known, e.Not(e.IsKnown(base))))


def _known(base: Base, type_: Type, cells: Cells, present: list[Cell], inside: list[bool]) -> e.Expr | None:
    match type_:
        case Flag():
            (value,) = {cell.samples[0] for cell, is_in in zip(present, inside, strict=True) if is_in}
            return base if value else e.Compare("is", base, e.Constant(False))
        case Choice():
            return _of_names(base, type_, present, inside)
        case Text():
            return _of_texts(base, present, inside)
        case Time():
            return None
        case _ if ends_of(type_) is not None:
            return _of_numbers(base, cells, present, inside)
        case _:
            return None


def _of_names(base: Base, type_: Choice, present: list[Cell], inside: list[bool]) -> e.Expr:
    names = [
        str(name)
        for cell, is_in in zip(present, inside, strict=True)
        if is_in and isinstance(cell.domain, OneOf)
        for name in cell.domain.values
    ]
    others = [name for name in type_.names if name not in names]
    if len(names) == 1:
        return e.Compare("is", base, e.Constant(names[0]))
    if type_.ordered:
        places = sorted(type_.rank[name] for name in names)
        if places == list(range(places[0], places[-1] + 1)):
            low, high = e.Constant(type_.names[places[0]]), e.Constant(type_.names[places[-1]])
            if places[0] == 0:
                return e.Compare("<=", base, high, type_)
            if places[-1] == len(type_.names) - 1:
                return e.Compare(">=", base, low, type_)
            return e.InRange(base, low, high, type_)
    if len(others) == 1:
        return e.Not(e.Compare("is", base, e.Constant(others[0])))
    if len(others) < len(names):
        return e.Not(e.InSet(base, frozenset(others)))
    return e.InSet(base, frozenset(names))


def _of_texts(base: Base, present: list[Cell], inside: list[bool]) -> e.Expr | None:
    for wanted in (True, False):
        cells = [cell for cell, is_in in zip(present, inside, strict=True) if is_in is wanted]
        if all(isinstance(cell.domain, OneOf) for cell in cells):
            texts = {
                str(text) for cell in cells if isinstance(cell.domain, OneOf) for text in cell.domain.values
            }
            if len(texts) > _MOST_TEXTS:
                continue
            (first, *_) = texts
            test: e.Expr = (
                e.Compare("is", base, e.Constant(first))
                if len(texts) == 1
                else e.InSet(base, frozenset(texts))
            )
            return test if wanted else e.Not(test)
    return None


# ── values with an order ──────────────────────────────────────────────────────


def _of_numbers(base: Base, cells: Cells, present: list[Cell], inside: list[bool]) -> e.Expr | None:
    known = [_ends(cell) for cell in present]
    ends = [end for end in known if end is not None]
    if len(ends) < len(known) or any(one[1] >= other[0] for one, other in pairwise(ends)):  # type: ignore[operator]
        return _listed(base, present, inside)
    named = set[Ordered]().union(*map(_constants, cells.true))
    runs: list[e.Expr] = []
    place = 0
    while place < len(inside):
        if not inside[place]:
            place += 1
            continue
        start = place
        while place < len(inside) and inside[place]:
            place += 1
        low = None if start == 0 else _edge(ends[start - 1], ends[start], named, is_low=True)
        high = None if place == len(inside) else _edge(ends[place - 1], ends[place], named, is_low=False)
        first, last = ends[start], ends[place - 1]
        runs.append(_run(base, low, high, first[0], last[1]))
    if len(runs) > _MOST_RUNS:
        return None
    return runs[0] if len(runs) == 1 else e.Any(tuple(runs))


def _listed(base: Base, present: list[Cell], inside: list[bool]) -> e.Expr | None:
    """The values one by one, where cells hold some between those of others, as a split deals them."""
    cells = [cell.domain for cell, is_in in zip(present, inside, strict=True) if is_in]
    values = frozenset(value for cell in cells if isinstance(cell, OneOf) for value in cell.values)
    if len(values) > _MOST_TEXTS or not all(isinstance(cell, OneOf) for cell in cells):
        return None
    (first, *others) = values
    return e.InSet(base, values) if others else e.Compare("is", base, e.Constant(first))  # type: ignore[arg-type]


def _run(
    base: Base,
    low: tuple[str, Ordered] | None,
    high: tuple[str, Ordered] | None,
    first: Ordered,
    last: Ordered,
) -> e.Expr:
    if first == last:
        return e.Compare("is", base, e.Constant(first))
    if low is not None and high is not None:
        if isinstance(first, int) and not isinstance(first, bool):
            return e.InRange(base, e.Constant(first), e.Constant(last))
        if low[0] == ">=" and high[0] == "<=":
            return e.InRange(base, e.Constant(low[1]), e.Constant(high[1]))
    tests = [e.Compare(end[0], base, e.Constant(end[1])) for end in (low, high) if end is not None]
    return tests[0] if len(tests) == 1 else e.All(tuple(tests))


def _edge(
    below: tuple[Ordered, Ordered],
    above: tuple[Ordered, Ordered],
    named: set[Ordered],
    *,
    is_low: bool,
) -> tuple[str, Ordered]:
    """How the edge between two cells is said: by the value that the policy names, or the shorter one."""
    inner = (">=", above[0]) if is_low else ("<=", below[1])
    outer = (">", below[1]) if is_low else ("<", above[0])
    if inner[1] in named or outer[1] not in named:
        return inner if inner[1] in named or len(str(inner[1])) <= len(str(outer[1])) else outer
    return outer


def _ends(cell: Cell) -> tuple[Ordered, Ordered] | None:
    match cell.domain:
        case Range(low, high):
            return low, high
        case OneOf(values):
            ordered = sorted(v for v in values if isinstance(v, int | float | date | timedelta | datetime))
            is_run = all(
                isinstance(w, int) and isinstance(v, int) and w - v == 1 for v, w in pairwise(ordered)
            )
            return (ordered[0], ordered[-1]) if ordered and is_run else None
        case _:
            return None


@lru_cache(maxsize=1 << 14)
def _constants(atom: Atom) -> frozenset[Ordered]:
    """The amounts and moments that are written in a test."""
    written = (value for part in walk(atom) for value in constants_in(part))
    return frozenset(value for value in written if isinstance(value, int | float | date | timedelta))
