"""Tests of several fields at once: values that make them come out as wanted, or that there are none.

A box of domains is halved until every test is settled in it or refused. What is refused is proved, since
enclosures leave nothing out; what is found is a point on which the reference was asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, product
from math import ceil, floor

from routekit.policy import expressions as e
from routekit.policy.ordinals import Ordered, is_coarse, rank, rounded, simplest, unrank
from routekit.prover.domains.cells import Cell, Domain, OneOf, Range, Unlisted
from routekit.prover.domains.intervals import enclose
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator, bases_of, walk
from routekit.prover.domains.texts import more_like
from routekit.prover.encoding.refusals import Point
from routekit.schema.times import in_bounds
from routekit.schema.types import Value

__all__ = ["Demand", "is_refuted", "search"]

_FEW_TRIES = 1_600
"""Combinations that are tried before arithmetic is asked, halved for each field."""
_MOST_TRIES = 3_000
_MOST_BOXES = 800
_REFUTING_BOXES = 800


@dataclass(frozen=True, slots=True)
class Demand:
    """A test, and the ways in which it may come out."""

    atom: Atom
    truths: frozenset[bool | None]


def search(
    demands: Sequence[Demand],
    cells: Mapping[Base, Cell],
    evaluator: Evaluator,
    fits: Callable[[Base, Value | None], bool],
    solved: Callable[[], Point | None],
) -> Point | None:
    """Values, one of each cell, for which every test comes out as wanted; None where none was found.

    ``fits`` tells whether a value lies in the cell of its base. ``solved`` is asked for a point where the
    plainest will not do.
    """

    def suits(point: Point) -> bool:
        scope = evaluator.at(point)
        return all(evaluator.truth(demand.atom, scope) in demand.truths for demand in demands)

    def plainer(point: Point) -> Point:
        """With values said in fewer words where they do as well: a float of JSON may not hold the others."""
        for base, value in point.items():
            if value is None or isinstance(value, bool | str | frozenset) or value in cells[base].samples[:1]:
                continue
            beside = ({**point, base: other} for other in rounded(value) if fits(base, other))
            point = next(filter(suits, beside), point)
        return point

    bases = list(cells)
    candidates = [_candidates(base, cells, demands, fits) for base in bases]
    few, many = _FEW_TRIES >> len(bases), _MOST_TRIES
    for values in _plainest_first(candidates, few):
        point = dict(zip(bases, values, strict=True))
        if suits(point):
            return plainer(point)
    point_found = solved()
    if point_found is not None:
        return point_found
    for values in _plainest_first(candidates, many):
        point = dict(zip(bases, values, strict=True))
        if suits(point):
            return plainer(point)
    if any(isinstance(demand.atom, ArmOf) for demand in demands):
        for place, base in enumerate(bases):
            text = next((value for value in candidates[place] if isinstance(value, str)), None)
            if text is None:
                continue
            point = {other: values[0] for other, values in zip(bases, candidates, strict=True)}
            for value in more_like(text, _MOST_TRIES):
                point[base] = value
                if fits(base, value) and suits(point):
                    return dict(point)
    for samples in islice(product(*(_anchors(cells[base]) for base in bases)), 4):
        box: dict[Base, Domain] = {
            base: cells[base].domain if sample is _FREE else OneOf(frozenset({sample}))  # type: ignore[arg-type]
            for base, sample in zip(bases, samples, strict=True)
        }
        found = _halve(demands, box, evaluator, _MOST_BOXES)
        if (
            isinstance(found, dict)
            and suits(found)
            and all(fits(base, value) for base, value in found.items())
        ):
            return plainer(found)
    return None


def is_refuted(
    demands: Sequence[Demand],
    box: Mapping[Base, Domain],
    evaluator: Evaluator,
    most: int = _REFUTING_BOXES,
) -> bool:
    """Whether it is proved that no values of these domains will do; ``most`` boxes are looked at."""
    return _halve(demands, dict(box), evaluator, most) is False


class _Free:
    pass


_FREE = _Free()


def _anchors(cell: Cell) -> Sequence[object]:
    """What the search holds a base to: samples where a cell has holes, else nothing."""
    if isinstance(cell.domain, Unlisted) or (
        isinstance(cell.domain, Range) and cell.domain.parts is not None
    ):
        return cell.samples
    return (_FREE,)


def _plainest_first(
    candidates: Sequence[Sequence[Value | None]], most: int
) -> Iterator[tuple[Value | None, ...]]:
    """Combinations of candidates, those of early ones first."""
    found = list(islice(product(*(range(len(values)) for values in candidates)), most))
    for places in sorted(found, key=lambda places: (sum(places), places)):
        yield tuple(values[place] for values, place in zip(candidates, places, strict=True))


def _candidates(
    base: Base,
    cells: Mapping[Base, Cell],
    demands: Sequence[Demand],
    fits: Callable[[Base, Value | None], bool],
) -> list[Value | None]:
    cell = cells[base]
    found: dict[Value | None, None] = dict.fromkeys(cell.samples[:1])
    first = cell.samples[0] if cell.samples else None
    others = [value for other, there in cells.items() if other != base for value in there.samples]
    borrowed: list[Value | None] = []
    if isinstance(first, str):
        borrowed += [value for value in others if isinstance(value, str)]
        borrowed += [
            part.value
            for demand in demands
            for part in walk(demand.atom)
            if isinstance(part, e.Constant) and isinstance(part.value, str)
        ]
    elif isinstance(first, int | float | timedelta) and not isinstance(first, bool):
        borrowed += _beside_constants(first, demands)
    elif isinstance(first, date):
        for value in others:
            if isinstance(value, date):
                borrowed += _same_day(value, first)
    for value in borrowed:
        if value not in found and fits(base, value):
            found[value] = None
    return list(dict.fromkeys([*list(found)[:12], *cell.samples]))


def _beside_constants(like: int | float | timedelta, demands: Sequence[Demand]) -> Iterator[Value]:
    """What the tests name, as values of the same type, and what lies a unit beside it."""
    written = [part.value for demand in demands for part in walk(demand.atom) if isinstance(part, e.Constant)]
    if isinstance(like, timedelta):
        minute = timedelta(minutes=1)
        for span in (timedelta(0), *(value for value in written if isinstance(value, timedelta))):
            for step in (timedelta(0), minute, -minute):
                with suppress(OverflowError):
                    yield span + step
        return
    for number in (0, *(n for n in written if isinstance(n, int | float) and not isinstance(n, bool))):
        with suppress(OverflowError):
            if isinstance(like, float):
                yield from (float(number), number + 1.0, number - 1.0)
            else:
                below, above = floor(number), ceil(number)
                yield from dict.fromkeys((below, above, above + 1, below - 1))


def _same_day(model: date, like: date) -> Iterator[date]:
    for year in (like.year, 1990, 1992, model.year):
        try:
            if isinstance(like, datetime):
                moment = like.replace(year=year, month=model.month, day=model.day)
                if in_bounds(moment):
                    yield moment
            else:
                yield date(year, model.month, model.day)
        except ValueError:
            continue


def _halve(
    demands: Sequence[Demand], box: dict[Base, Domain], evaluator: Evaluator, most: int
) -> Point | bool:
    """A point of the box that will do; False where it is proved that there is none, else True."""
    waiting = [box]
    known = True
    for _ in range(most):
        if not waiting:
            return not known
        evaluator.hurry()
        box = waiting.pop()
        undecided: set[Base] = set()
        for demand in demands:
            truths = enclose(demand.atom, box, evaluator.meaning)
            values = truths.values if isinstance(truths, OneOf) else frozenset({True, False, None})
            if not values & demand.truths:
                break
            if not values <= demand.truths:
                undecided |= bases_of(demand.atom)
        else:
            if not undecided:
                return {base: _some(domain) for base, domain in box.items()}
            halved = _halves(box, undecided)
            if halved is None:
                known = False
            else:
                waiting += halved
    return bool(waiting) or not known


def _some(domain: Domain) -> Value | None:
    match domain:
        case OneOf(values):
            return next(iter(sorted(values, key=str)))
        case Range(low, high):
            return simplest(low, high)
        case _:
            return None


def _halves(box: dict[Base, Domain], undecided: set[Base]) -> list[dict[Base, Domain]] | None:
    """The box cut in two where it is widest; None where it cannot be."""
    widest, size = None, 1
    for base, domain in box.items():
        if base not in undecided:
            continue
        if isinstance(domain, OneOf):
            found = len(domain.values)
        elif isinstance(domain, Range):
            found = rank(domain.high) - rank(domain.low) + 1 + domain.may_miss
        else:
            continue
        if found > size:
            widest, size = base, found
    if widest is None:
        return None
    domain = box[widest]
    if isinstance(domain, OneOf):
        values = sorted(domain.values, key=lambda value: (value is None, str(value)))
        middle = len(values) // 2
        return [{**box, widest: OneOf(frozenset(part))} for part in (values[middle:], values[:middle])]
    assert isinstance(domain, Range)
    if domain.may_miss:
        present = Range(domain.low, domain.high, False, domain.parts)
        return [{**box, widest: present}, {**box, widest: OneOf(frozenset({None}))}]
    low, high = rank(domain.low), rank(domain.high)
    near = _near(low, high, domain.low)
    parts = [(low, near), (near + 1, high)]
    if is_coarse(unrank(near, domain.low)):
        # whole numbers may stand between two floats, so the parts share an end
        if high - low <= 1:
            return None
        parts = [(low, near + 1), (near, high)]
    plain = rank(simplest(domain.low, domain.high))
    parts.sort(key=lambda part: part[0] <= plain <= part[1])  # the last is looked at first
    return [{**box, widest: _range(start, end, domain)} for start, end in parts]


def _near(low: int, high: int, like: Ordered) -> int:
    """Where a range is cut: at zero where it runs over it, else in the middle."""
    if not isinstance(like, date) and low < 0 < high:
        return -1 if -low > high else 0
    return (low + high) // 2


def _range(low: int, high: int, of: Range) -> Domain:
    first = unrank(low, of.low)
    return OneOf(frozenset({first})) if low == high else Range(first, unrank(high, of.low), False, of.parts)
