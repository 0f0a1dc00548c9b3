"""The values of one base cut into cells, by the kind of its type."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from routekit.policy import expressions as e
from routekit.policy.constraints import Region, constants_in, operand_of, region_of
from routekit.policy.ordinals import Ordered, ends_of, is_coarse, rank, simplest, unrank
from routekit.policy.partition import Partition, partition_between, partition_of
from routekit.prover.domains.cells import MISSING, Cell, Cells, Domain, OneOf, Range, Unlisted
from routekit.prover.domains.dates import cut_date, needs_days
from routekit.prover.domains.intervals import enclose
from routekit.prover.domains.local_time import cut_time
from routekit.prover.domains.open_cells import cut_openly, is_better_open
from routekit.prover.domains.open_texts import OpenedTexts
from routekit.prover.domains.spelled_texts import cut_texts
from routekit.prover.domains.split_arms import deal
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator, walk
from routekit.prover.limits import Years, span_of
from routekit.schema.times import zone
from routekit.schema.types import Choice, Date, Flag, Text, Time, Type

__all__ = ["cut"]

_MOST_PIECES = 2_000


def cut(
    base: Base,
    type_: Type,
    may_miss: bool,
    atoms: Sequence[Atom],
    evaluator: Evaluator,
    timezone: str,
    years: Years,
) -> Cells:
    """The cells of a base, as the tests that speak of it alone tell them apart."""
    arms = [atom for atom in atoms if isinstance(atom, ArmOf)]
    tests = [atom for atom in atoms if not isinstance(atom, ArmOf)]
    cells: list[Cell] = []
    left: set[Atom] = set()
    opened: OpenedTexts | None = None
    direct: dict[Atom, tuple[int, int]] = {}
    match type_:
        case Flag():
            cells = [Cell((value,), OneOf(frozenset({value}))) for value in (False, True)]
        case Choice():
            partition = partition_of(type_, set)
            cells = [Cell((value,), OneOf(frozenset({value}))) for value in partition.samples[:-1]]
            direct = _told_by(partition, _regions_of(base, tests))
        case Text():
            if not is_better_open(tests, arms):
                cells, left = cut_texts(base, tests, evaluator)
            if left or not cells:
                cells, opened, left = cut_openly(base, atoms, evaluator)
                arms = []
        case Time() if needs_days(tests):
            bounded = _bounded_by(base, type_)
            told, open_ = cut_time(base, [*tests, *bounded], evaluator, timezone, years)
            cells, left = _passing(base, told, bounded, evaluator), set(open_.difference(bounded))
        case Date() if needs_days(tests):
            bounded = _bounded_by(base, type_)
            cells, left = cut_date(base, [*tests, *bounded], evaluator)
            cells, left = _passing(base, cells, bounded, evaluator), left - set(bounded)
        case _:
            ends = _span(timezone, years) if isinstance(base, e.Now) else ends_of(type_)
            cells, direct, left = _cut_ordered(base, type_, ends, tests, evaluator)
    if arms:
        settled = [test for test in tests if test not in left]
        cells, direct = deal(base, cells, direct, arms, settled, evaluator, left)
    if may_miss:
        cells.append(MISSING)
    true, false = dict.fromkeys(atoms, 0), dict.fromkeys(atoms, 0)
    true.update((atom, yes) for atom, (yes, _) in direct.items())
    false.update((atom, no) for atom, (_, no) in direct.items())
    if len(direct) < len(atoms):
        others = [atom for atom in atoms if atom not in direct and atom not in left]
        if opened is not None:
            within = [atom for atom in others if atom not in opened]
            _mark(base, cells[:1], within, evaluator, true, false)
        _mark(base, cells, others, evaluator, true, false, first=0 if opened is None else 1)
    return Cells(cells, true, false, left, opened)


def _bounded_by(base: Base, type_: Time | Date) -> list[Atom]:
    """The tests of the bounds of a type, by which values are told apart that it has and that it has not."""
    if isinstance(base, e.Now):
        return []
    ends = ((">=", type_.low), ("<=", type_.high))
    return [e.Compare(operator, base, e.Constant(end)) for operator, end in ends if end is not None]


def _passing(base: Base, cells: Sequence[Cell], tests: Sequence[Atom], evaluator: Evaluator) -> list[Cell]:
    """The cells that pass all tests."""
    return [
        cell
        for cell in cells
        if all(evaluator.truth(test, evaluator.at({base: cell.samples[0]})) for test in tests)
    ]


def _span(timezone: str, years: Years) -> tuple[Ordered, Ordered]:
    """The first and the last instant of some years."""
    first, last = (datetime(day.year, day.month, day.day, tzinfo=zone(timezone)) for day in span_of(years))
    return first.astimezone(UTC), (last + timedelta(days=1)).astimezone(UTC) - timedelta(microseconds=1)


def _mark(
    base: Base,
    cells: Sequence[Cell],
    atoms: Sequence[Atom],
    evaluator: Evaluator,
    true: dict[Atom, int],
    false: dict[Atom, int],
    first: int = 0,
) -> None:
    for place, cell in enumerate(cells):
        if place < first or not cell.samples:
            continue
        scope = evaluator.at({base: cell.samples[0]})
        for atom in atoms:
            truth = evaluator.truth(atom, scope)
            if truth is True:
                true[atom] |= 1 << place
            elif truth is False:
                false[atom] |= 1 << place


# ── values with an order ──────────────────────────────────────────────────────


def _regions_of(base: Base, tests: Sequence[Atom]) -> dict[Atom, Region]:
    """Where the tests that compare a base itself with constants are true."""
    found: dict[Atom, Region] = {}
    for test in tests:
        if not isinstance(test, ArmOf) and operand_of(test) == base:
            region = region_of(test)
            if region is not None:
                found[test] = region
    return found


def _told_by(partition: Partition, regions: Mapping[Atom, Region]) -> dict[Atom, tuple[int, int]]:
    """The cells of a partition in which tests are true and false, as far as it tells."""
    everywhere = partition.everywhere >> 1
    masks = {test: partition.satisfying(region) for test, region in regions.items()}
    return {test: (mask, everywhere & ~mask) for test, mask in masks.items() if mask is not None}


def _cut_ordered(
    base: Base, type_: Type, ends: tuple[Ordered, Ordered] | None, tests: Sequence[Atom], evaluator: Evaluator
) -> tuple[list[Cell], dict[Atom, tuple[int, int]], set[Atom]]:
    """The cells, where each test is true and false as far as that is plain, and what they do not settle.

    ``ends`` are the least and the largest value that there is.
    """
    if ends is None:
        return [Cell((), Unlisted(False))], {}, set(tests)
    like = ends[0]
    regions = _regions_of(base, tests)
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
        domain: Domain = OneOf(frozenset({first})) if first == last else Range(first, last)
        cells.append(Cell(samples, domain))
    return cells, _told_by(partition, regions), left


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
        domain: Domain = OneOf(frozenset({first})) if low == high else Range(first, unrank(high, like))
        truths = enclose(test, {base: domain}, evaluator.meaning)
        if isinstance(truths, OneOf) and len(truths.values) == 1:
            (truth,) = truths.values
            if truth is not last or last == "none yet":
                found.add(low)
            last = truth
        elif is_coarse(first) or is_coarse(unrank(high, like)):
            if high - low <= 1:
                return None
            middle = (low + high) // 2  # whole numbers may stand between two floats, so both have this end
            waiting += [(middle, high), (low, middle)]
        elif low == high:
            return None
        else:
            middle = (low + high) // 2
            waiting += [(middle + 1, high), (low, middle)]
    inner = found - {rank(ends[0])}
    return None if any(is_coarse(unrank(place, like)) for place in inner) else found
