"""Numbers, durations, dates and times cut where a test of them comes out otherwise."""

from collections.abc import Mapping, Sequence

from routekit.policy import expressions as e
from routekit.policy.constraints import Region, constants_in, operand_of, region_of
from routekit.policy.ordinals import Ordered, is_coarse, rank, simplest, unrank
from routekit.policy.partition import Partition, partition_between
from routekit.prover.domains.cells import Cell
from routekit.prover.domains.intervals import Domain, Few, Range, Unlisted, enclose
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator, walk
from routekit.schema.types import Type

__all__ = ["cut_ordered", "regions_of", "told_by"]

_MOST_PIECES = 2_000


def regions_of(base: Base, tests: Sequence[Atom]) -> dict[Atom, Region]:
    """Where the tests that compare a base itself with constants are true."""
    found: dict[Atom, Region] = {}
    for test in tests:
        if not isinstance(test, ArmOf) and operand_of(test) == base:
            region = region_of(test)
            if region is not None:
                found[test] = region
    return found


def told_by(partition: Partition, regions: Mapping[Atom, Region]) -> dict[Atom, tuple[int, int]]:
    """The cells of a partition in which tests are true and false, as far as it tells."""
    everywhere = partition.everywhere >> 1
    masks = {test: partition.satisfying(region) for test, region in regions.items()}
    return {test: (mask, everywhere & ~mask) for test, mask in masks.items() if mask is not None}


def cut_ordered(
    base: Base, type_: Type, ends: tuple[Ordered, Ordered] | None, tests: Sequence[Atom], evaluator: Evaluator
) -> tuple[list[Cell], dict[Atom, tuple[int, int]], set[Atom]]:
    """The cells, where each test is true and false as far as that is plain, and what they do not settle.

    ``ends`` are the least and the largest value that there is.
    """
    if ends is None:
        return [Cell((), Unlisted(False))], {}, set(tests)
    like = ends[0]
    regions = regions_of(base, tests)
    starts: set[int] = set()
    left: set[Atom] = set()
    for test in tests:
        beyond = _goes_beyond(test, like)
        if beyond:
            regions.pop(test, None)
        if test in regions or (isinstance(test, e.IsKnown) and test.operand == base):
            continue
        found = None if beyond else _changes(test, base, ends, evaluator)
        if found is None:
            left.add(test)
        else:
            starts |= found
    found_starts = (unrank(place, like) for place in starts)
    partition = partition_between(ends, type_, regions.values(), found_starts)
    cells = []
    firsts: list[Ordered] = list(partition.samples[:-1])  # type: ignore[arg-type]
    lasts = [*(unrank(rank(start) - 1, like) for start in firsts[1:]), ends[1]]
    for first, last in zip(firsts, lasts, strict=True):
        samples = tuple(dict.fromkeys((simplest(first, last), first, last)))
        domain: Domain = Few(frozenset({first})) if first == last else Range(first, last)
        cells.append(Cell(samples, domain))
    return cells, told_by(partition, regions), left


def _goes_beyond(test: Atom, like: Ordered) -> bool:
    """Whether a test of numbers names one beside which floats leave whole numbers out."""
    if not isinstance(like, float):
        return False
    values = (value for part in walk(test) for value in constants_in(part))
    return any(isinstance(value, int | float) and is_coarse(float(value)) for value in values)


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
