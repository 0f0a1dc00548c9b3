"""The values of one base cut into cells, by the kind of its type."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from routekit.policy import expressions as e
from routekit.policy.ordinals import Ordered, ends_of
from routekit.policy.partition import partition_of
from routekit.prover.domains.cells import MISSING, Cell, Cells
from routekit.prover.domains.dates import cut_date, needs_days
from routekit.prover.domains.intervals import Few
from routekit.prover.domains.local_time import cut_time
from routekit.prover.domains.ordered import cut_ordered, regions_of, told_by
from routekit.prover.domains.split_arms import deal
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator
from routekit.prover.domains.texts import cut_text
from routekit.prover.limits import Years, span_of
from routekit.schema.times import zone
from routekit.schema.types import Choice, Date, Flag, Text, Time, Type

__all__ = ["cut"]


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
    left: set[Atom] = set()
    direct: dict[Atom, tuple[int, int]] = {}
    match type_:
        case Flag():
            cells = [Cell((value,), Few(frozenset({value}))) for value in (False, True)]
        case Choice():
            partition = partition_of(type_, set)
            cells = [Cell((value,), Few(frozenset({value}))) for value in partition.samples[:-1]]
            direct = told_by(partition, regions_of(base, tests))
        case Text():
            cells, left = cut_text(base, tests, evaluator)
        case Time() if needs_days(tests):
            cells, left = cut_time(base, tests, evaluator, timezone, years)
        case Date() if needs_days(tests):
            cells, left = cut_date(base, tests, evaluator)
        case _:
            ends = _span(timezone, years) if isinstance(base, e.Now) else ends_of(type_)
            cells, direct, left = cut_ordered(base, type_, ends, tests, evaluator)
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
        _mark(base, cells, others, evaluator, true, false)
    return Cells(cells, true, false, left)


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
) -> None:
    for place, cell in enumerate(cells):
        if not cell.samples:
            continue
        scope = evaluator.at({base: cell.samples[0]})
        for atom in atoms:
            truth = evaluator.truth(atom, scope)
            if truth is True:
                true[atom] |= 1 << place
            elif truth is False:
                false[atom] |= 1 << place
