"""Numbers, durations, dates and times cut where a test of them comes out otherwise."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS, Comparison
from routekit.prover.domains.cells import Cell
from routekit.prover.domains.intervals import Domain, Few, Range, Unlisted, enclose
from routekit.prover.domains.ordinals import Ordered, is_coarse, rank, simplest, unrank
from routekit.prover.domains.terms import NOTHING, Atom, Base, Evaluator, walk
from routekit.schema.types import Value

__all__ = ["cut_ordered"]

_MOST_PIECES = 2_000
_BEFORE_ALL, _BEHIND_ALL = -(1 << 127), 1 << 127

_Stretch: TypeAlias = tuple[int, int]
"""FieldVariables from the first up to, not including, the second."""


def cut_ordered(
    base: Base, ends: tuple[Ordered, Ordered] | None, tests: Sequence[Atom], evaluator: Evaluator
) -> tuple[list[Cell], dict[Atom, tuple[int, int]], set[Atom]]:
    """The cells, where each test is true and false as far as that is plain, and what they do not settle.

    ``ends`` are the least and the largest value that there is.
    """
    if ends is None:
        return [Cell((), Unlisted(False))], {}, set(tests)
    low, high = rank(ends[0]), rank(ends[1])
    like = ends[0]
    cuts = {low}
    left: set[Atom] = set()
    plain: dict[Atom, list[_Stretch]] = {}
    for test in tests:
        stretches = _stretches(test, base, like)
        if stretches is not None and not _goes_beyond(test, like):
            plain[test] = stretches
            cuts.update(place for stretch in stretches for place in stretch)
            continue
        if isinstance(test, e.IsKnown) and test.operand == base:
            continue
        found = None if _goes_beyond(test, like) else _changes(test, base, ends, evaluator)
        if found is None:
            left.add(test)
        else:
            cuts |= found
    starts = sorted(place for place in cuts if low <= place <= high)
    everywhere = (1 << len(starts)) - 1
    ends_ = [*(place - 1 for place in starts[1:]), high]
    cells = []
    for start, end in zip(starts, ends_, strict=True):
        first, last = unrank(start, like), unrank(end, like)
        best = simplest(first, last)
        samples = tuple(dict.fromkeys((best, first, last)))
        domain: Domain = Few(frozenset({first})) if start == end else Range(first, last)
        cells.append(Cell(samples, domain))
    direct = {}
    for test, stretches in plain.items():
        yes = 0
        for begin, behind in stretches:
            yes |= (1 << bisect_left(starts, behind)) - (1 << bisect_left(starts, begin))
        direct[test] = yes, everywhere & ~yes
    return cells, direct, left


def _goes_beyond(test: Atom, like: Ordered) -> bool:
    """Whether a test of numbers names one beside which floats leave whole numbers out."""
    if not isinstance(like, float):
        return False
    written = (part for part in walk(test) if isinstance(part, e.Constant | e.InSet))
    values = (
        value for part in written for value in (part.values if isinstance(part, e.InSet) else [part.value])
    )
    return any(isinstance(value, int | float) and is_coarse(float(value)) for value in values)


def _is_place_of(place: int, edge: Ordered, like: Ordered) -> bool:
    """Whether a place is that of a value itself, not of the next above it."""
    return unrank(place, like) == edge


def _rank_from(edge: Ordered, like: Ordered) -> int:
    """The place of the least value not less than one."""
    if isinstance(like, float):
        return rank(float(edge))  # type: ignore[arg-type]
    if isinstance(edge, float):
        return -(int(-edge // 1))
    return rank(edge)


def _stretches(test: Atom, base: Base, like: Ordered) -> list[_Stretch] | None:
    """Where a test that compares a base with values is true; None where it does more than that."""
    match test:
        case e.Compare(operator, operand, e.Constant(value) as given, None) if (
            operand == base and given != NOTHING
        ):
            return _where(COMPARISONS[operator], value, like)
        case e.Compare(operator, e.Constant() as given, operand, None) if operand == base:
            return None if given == NOTHING else _where(COMPARISONS[operator].mirrored, given.value, like)
        case e.InRange(operand, e.Constant(low), e.Constant(high), None) if (
            operand == base and NOTHING not in (test.low, test.high)
        ):
            before, until = _around(low, like)[0], _around(high, like)[1]
            return [(before, until)] if before < until else []
        case e.InSet(operand, values) if operand == base:
            return [_around(value, like) for value in values]
        case _:
            return None


def _where(row: Comparison, value: Value, like: Ordered) -> list[_Stretch]:
    """Where a comparison with a value is true."""
    before, until = _around(value, like)
    found: list[_Stretch] = [(_BEFORE_ALL, before)] if row.below else []
    for passes, begin, behind in ((row.equal, before, until), (row.above, until, _BEHIND_ALL)):
        if passes:
            found.append((found.pop()[0] if found and found[-1][1] == begin else begin, behind))
    return found


def _around(value: Value, like: Ordered) -> _Stretch:
    """The first place that is not before a value, and the first behind it."""
    at = _rank_from(value, like)  # type: ignore[arg-type]
    return at, at + 1 if _is_place_of(at, value, like) else at  # type: ignore[arg-type]


def _changes(test: Atom, base: Base, ends: tuple[Ordered, Ordered], evaluator: Evaluator) -> set[int] | None:
    """The places where a test of one base comes out otherwise than before; None where they are too many."""
    like = ends[0]
    found: set[int] = set()
    waiting = [(rank(ends[0]), rank(ends[1]))]
    pieces = 0
    last: object = "none yet"
    while waiting:
        low, high = waiting.pop()
        evaluator.hurry()
        pieces += 1
        if pieces > _MOST_PIECES:
            return None
        first = unrank(low, like)
        domain: Domain = Few(frozenset({first})) if low == high else Range(first, unrank(high, like))
        truths = enclose(test, {base: domain}, evaluator.meaning)
        if isinstance(truths, Few) and len(truths.values) == 1:
            (truth,) = truths.values
            if truth is not last or last == "none yet":
                found.add(low)
            last = truth
        elif low == high:
            return None
        else:
            middle = (low + high) // 2
            waiting += [(middle + 1, high), (low, middle)]
    inner = found - {rank(ends[0])}
    return None if any(is_coarse(unrank(place, like)) for place in inner) else found
