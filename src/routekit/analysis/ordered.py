"""Numbers, durations, dates and times cut where a test of them comes out otherwise."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from routekit.analysis.cells import Cell
from routekit.analysis.enclose import Domain, Few, Range, Unlisted, enclose
from routekit.analysis.ordinals import Ordered, ends_of, rank, simplest, unrank
from routekit.analysis.terms import NOTHING, Atom, Base, Evaluator
from routekit.policy import expressions as e
from routekit.schema.types import Type, Value

__all__ = ["cut_ordered"]

_MOST_PIECES = 2_000


def cut_ordered(
    base: Base, type_: Type, tests: Sequence[Atom], evaluator: Evaluator
) -> tuple[list[Cell], dict[Atom, tuple[int, int]], set[Atom]]:
    """The cells, where each test is true and false as far as that is plain, and what they do not settle."""
    ends = ends_of(type_)
    if ends is None:
        return [Cell((), Unlisted(False))], {}, set(tests)
    low, high = rank(ends[0]), rank(ends[1])
    like = ends[0]
    cuts = {low}
    left: set[Atom] = set()
    for test in tests:
        edges = _edges(test, base)
        if edges is None:
            found = _changes(test, base, ends, evaluator)
            if found is None:
                left.add(test)
            else:
                cuts |= found
        else:
            for edge in edges:
                at = _rank_from(edge, like)
                cuts |= {at, at + 1 if _is_place_of(at, edge, like) else at}
    starts = sorted(place for place in cuts if low <= place <= high)
    ends_ = [*(place - 1 for place in starts[1:]), high]
    cells = []
    for start, end in zip(starts, ends_, strict=True):
        first, last = unrank(start, like), unrank(end, like)
        best = simplest(first, last)
        samples = tuple(dict.fromkeys((best, first, last)))
        domain: Domain = Few(frozenset({first})) if start == end else Range(first, last)
        cells.append(Cell(samples, domain))
    direct = {}
    for test in tests:
        if test not in left:
            masks = _between(test, base, starts, like)
            if masks is not None:
                direct[test] = masks
    return cells, direct, left


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


def _edges(test: Atom, base: Base) -> list[Ordered] | None:
    """The values that a test compares a base with; None where it does more than that."""
    match test:
        case e.Compare(_, operand, (e.Constant(value) as given), None) | e.Compare(
            _, (e.Constant(value) as given), operand, None
        ) if operand == base and given != NOTHING:
            return [value]  # type: ignore[list-item]
        case e.InRange(operand, e.Constant(low), e.Constant(high), None) if (
            operand == base and NOTHING not in (test.low, test.high)
        ):
            return [low, high]  # type: ignore[list-item]
        case e.InSet(operand, values) if operand == base:
            return list(values)  # type: ignore[arg-type]
        case e.IsKnown(operand) if operand == base:
            return []
        case _:
            return None


def _between(test: Atom, base: Base, starts: list[int], like: Ordered) -> tuple[int, int] | None:
    everywhere = (1 << len(starts)) - 1

    def before(value: Value) -> int:
        return (1 << bisect_left(starts, _rank_from(value, like))) - 1  # type: ignore[arg-type]

    def until(value: Value) -> int:
        at = _rank_from(value, like)  # type: ignore[arg-type]
        if not _is_place_of(at, value, like):  # type: ignore[arg-type]
            return before(value)
        return (1 << bisect_right(starts, at)) - 1

    match test:
        case e.Compare(operator, operand, e.Constant(value), None) if (
            operand == base and test.right != NOTHING
        ):
            yes = {
                "is": until(value) & ~before(value),
                "<": before(value),
                "<=": until(value),
                ">": everywhere & ~until(value),
                ">=": everywhere & ~before(value),
            }[operator]
        case e.InRange(operand, e.Constant(low), e.Constant(high), None) if (
            operand == base and NOTHING not in (test.low, test.high)
        ):
            yes = until(high) & ~before(low)
        case _:
            return None
    return yes, everywhere & ~yes


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
        truths = enclose(test, {base: domain}, evaluator.value)
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
    return found
