"""Tests of several fields that are linear: values for which they come out so, or a few that contradict.

What contradicts is proved, with all that floats may round left open. What is found is a point on which the
reference was asked; sums that are rounded are tried as they are, then so that rounding does not matter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from routekit.prover.arithmetic.demands import Asked, Demands, Reading
from routekit.prover.arithmetic.fields import Fields, InCells
from routekit.prover.arithmetic.points import Point, Points
from routekit.prover.arithmetic.search import GaveUpError, Mode, Search
from routekit.prover.arithmetic.tableau import Conflict, over
from routekit.prover.domains.cells import Cells
from routekit.prover.domains.terms import Base, Evaluator, bases_of
from routekit.schema.types import Value

__all__ = ["LinearTests", "Refuted"]


@dataclass(frozen=True, slots=True)
class Refuted:
    """The tests that contradict each other, by their places, where fields lie in some of their cells."""

    tests: frozenset[int]
    masks: Mapping[Base, int]


class LinearTests:
    """Knows the fields by their cells."""

    def __init__(self, cells: Mapping[Base, Cells], evaluator: Evaluator) -> None:
        """``evaluator`` may raise ``TimeUpError``; so may what is asked."""
        self._fields = Fields(cells, evaluator)
        self._demands = Demands(self._fields)
        self._evaluator = evaluator

    def refuted(self, asked: Sequence[Asked], places: Mapping[Base, int]) -> Refuted | None:
        """What contradicts, where it is proved that the tests do not come out so in these cells."""
        reading = self._demands.read(asked, places)
        if not reading.held:
            return None
        search = Search(InCells(self._fields, places, is_refuting=True), Mode.OUTER, self._evaluator.hurry)
        for number, clauses in reading.held:
            search.add(clauses, number)
        try:
            conflict = search.solve()
        except GaveUpError:
            return None
        return None if conflict is None else self._refuted(conflict, asked, places, reading)

    def _refuted(
        self, conflict: Conflict, asked: Sequence[Asked], places: Mapping[Base, int], reading: Reading
    ) -> Refuted:
        """The tests of a conflict, in as many cells as the gap between its bounds allows."""
        fields = self._fields
        named = {held.why for held in conflict.bounds if isinstance(held.why, int)}
        tests = named.union(*(reading.because.get(number, ()) for number in named))
        masks: dict[Base, int] = {}
        strict: set[Base] = set()
        for number in tests:
            for base, mask in reading.needs[number].items():
                masks[base] = masks.get(base, fields.everywhere(base)) & mask
            if None not in asked[number][1]:
                strict |= bases_of(asked[number][0]) - reading.needs[number].keys()
        gap = conflict.gap
        for held in conflict.bounds:
            if isinstance(held.why, tuple):
                _, base = held.why
                room = over(gap, held.times)
                mask, used = fields.within(base, places[base], room, is_upper=held.is_upper)
                gap -= used * held.times
                if base in strict and not held.is_upper:  # where it is missing, no such test comes out so
                    mask |= fields.everywhere(base) & ~fields.there(base)
                if fields.there(base) & ~mask:
                    masks[base] = masks.get(base, fields.everywhere(base)) & mask
        return Refuted(frozenset(tests), masks)

    def point(
        self,
        asked: Sequence[Asked],
        places: Mapping[Base, int],
        fits: Callable[[Base, Value | None], bool],
    ) -> Point | None:
        """Values in the cells for which, by the reference, the tests come out so; None where none is found.

        ``fits`` tells whether a value lies in the cell of its field.
        """
        reading = self._demands.read(asked, places)
        if not reading.held and not reading.hoped:
            return None
        for mode in (Mode.PLAIN, Mode.INNER) if reading.is_rounded else (Mode.PLAIN,):
            points = self._points(reading, places, mode)
            for point in () if points is None else points.rest():
                scope = self._evaluator.at(point)
                if all(self._evaluator.truth(atom, scope) in truths for atom, truths in asked) and all(
                    fits(base, value) for base, value in point.items()
                ):
                    return point
        return None

    def _points(self, reading: Reading, places: Mapping[Base, int], mode: Mode) -> Points | None:
        search = Search(InCells(self._fields, places, is_refuting=False), mode, self._evaluator.hurry)
        for number, clauses in reading.held:
            search.add(clauses, number)
        for clauses in reading.hoped:
            search.add(clauses, None)
        try:
            if search.solve() is not None:
                return None
        except GaveUpError:
            return None
        points = Points(self._fields, places, search)
        return points if points.choose() else None
