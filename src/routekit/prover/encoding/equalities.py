"""Tests whether two things are the same, taken together: what is the same as a third is the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routekit.policy import expressions as e
from routekit.prover.domains.cells import Domain, OneOf, may_be_missing
from routekit.prover.domains.terms import Base, bases_of
from routekit.prover.encoding.theory import Demand
from routekit.schema.types import Value

__all__ = ["Contradiction", "contradiction"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Tests that cannot all come out so where these fields lie in their cells."""

    demands: tuple[Demand, ...]
    bases: tuple[Base, ...]


_Why = Demand | Base
_Links = dict[e.Expr, list[tuple[e.Expr, tuple[_Why, ...]]]]


def contradiction(
    demands: Sequence[Demand], domains: Mapping[Base, Domain], fits: Callable[[Base, Value], bool]
) -> Contradiction | None:
    """The fewest of some tests by which two things are the same that must not be; None where there are none.

    ``fits`` tells whether a value may lie in the domain of a field.

    >>> one, two, three = (e.FieldRef("c", name) for name in ("one", "two", "three"))
    >>> wanted = [(one, two, True), (two, three, True), (one, three, False)]
    >>> demands = [Demand(e.Compare("is", a, b), frozenset({truth})) for a, b, truth in wanted]
    >>> contradiction(demands, {}, fits=lambda *_: True) == Contradiction(tuple(demands), ())
    True
    >>> contradiction(demands[1:], {}, fits=lambda *_: True)
    """
    links: _Links = {}
    for one, other, why in _same(demands, domains):
        links.setdefault(one, []).append((other, why))
        links.setdefault(other, []).append((one, why))
    if not links:
        return None
    found: list[list[_Why]] = []
    for demand in demands:
        if True not in demand.truths:
            match demand.atom:
                case e.Compare("is", left, right) if left in links:
                    way = _ways(left, links).get(right)
                    found += [[*way, demand]] if way else []
    for start in links:
        if isinstance(start, e.Constant):
            ways = _ways(start, links).items()
            found += [way for end, way in ways if isinstance(end, e.Constant) and end.value != start.value]
            for end, way in ways:
                if isinstance(end, Base) and end in domains and not fits(end, start.value):
                    found.append([*way, end])
    if not found:
        return None
    reasons = min(found, key=len)
    return Contradiction(
        tuple(why for why in reasons if isinstance(why, Demand)),
        tuple(why for why in reasons if not isinstance(why, Demand)),
    )


def _same(
    demands: Sequence[Demand], domains: Mapping[Base, Domain]
) -> Iterator[tuple[e.Expr, e.Expr, tuple[_Why, ...]]]:
    """What is the same, and why."""
    there = {base for base, domain in domains.items() if not may_be_missing(domain)}
    for demand in demands:
        match demand.atom:
            case e.Compare("is", left, right) if demand.truths == {True}:
                yield left, right, (demand,)
            case e.Compare("is", left, right) if demand.truths == {True, None}:
                bases = bases_of(demand.atom)
                if {left, right} <= {*bases} <= there:
                    yield left, right, (demand, *sorted(bases, key=str))
    for base, domain in domains.items():
        match domain:
            case OneOf(values) if len(values) == 1:
                yield from ((base, e.Constant(value), (base,)) for value in values if value is not None)


def _ways(start: e.Expr, links: _Links) -> dict[e.Expr, list[_Why]]:
    """All that is the same as something, each with the shortest reasons."""
    found: dict[e.Expr, list[_Why]] = {start: []}
    waiting = [start]
    for one in waiting:
        for other, why in links[one]:
            if other not in found:
                found[other] = [*found[one], *why]
                waiting.append(other)
    return found
