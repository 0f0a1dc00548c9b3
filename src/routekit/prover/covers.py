"""Whether some boxes hold all of another one, and which of them it takes: a solver that knows boxes alone."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from operator import and_

from routekit.prover.boxes import Box
from routekit.prover.domains.terms import Base
from routekit.prover.encoding.field_variables import FieldVariables, runs
from routekit.prover.encoding.space import Space
from routekit.prover.limits import TimeUpError
from routekit.prover.sat.formula import Formula
from routekit.prover.sat.solver import OnDemand, new_solver

__all__ = ["Covers"]

_MOST_TRIED = 100
"""Boxes of a cover of which it is asked whether they are needed."""


class Covers:
    """Some boxes over the fields of a space."""

    def __init__(self, space: Space, boxes: Sequence[Box], bases: Sequence[Base]) -> None:
        """Takes the fields that the boxes have by number."""
        self._boxes, self._bases, self._late = boxes, bases, space.late
        solver = new_solver(lambda wanted: self._gates.cone(wanted))
        self._gates = Formula(solver.add)
        self._solver = OnDemand(solver, self._gates)
        self._places = FieldVariables(self._gates, space.evaluator)
        for base in bases:
            self._places.open(base, space.cells[base])
        self._parts: dict[int, list[int]] = {}
        self._refusals = [0] * len(boxes)

    def of(self, place: int, others: Sequence[int]) -> list[int] | None:
        """Of the boxes at other places a few that hold all of one, each needed; None where some is left.

        Raises ``TimeUpError`` when the time is up.
        """
        cover = self._core(place, others)
        if cover is None:
            return None
        needed: set[int] = set()
        alone = self._alone(place, cover)
        for other in cover[:_MOST_TRIED]:
            if other not in cover:
                continue
            if alone is not None and other not in needed:
                needed |= {cover[number] for number in alone.seen(cover.index(other))}
            if other in needed:
                continue
            fewer = self._core(place, [each for each in cover if each != other])
            if fewer is not None:
                cover = fewer
                alone = self._alone(place, cover)
            elif alone is None:
                needed.add(other)
            else:
                needed |= {cover[number] for number in alone.around(self._point(alone.fields))}
        return cover

    def _alone(self, place: int, others: Sequence[int]) -> "_Alone | None":
        if len(others) > _MOST_TRIED:
            return None
        boxes = [*(self._boxes[other] for other in others), self._boxes[place]]
        return _Alone(boxes, [self._places.everywhere[base] for base in self._bases])

    def _core(self, place: int, others: Sequence[int]) -> list[int] | None:
        """Some of the others that hold all of a box; None where not even all do."""
        known = self._refusals
        refused = [known[other] or self._refusal(other) for other in others]
        answer = self._solver.solve([*self._within(place), *refused], self._late)
        if answer is None:
            raise TimeUpError
        if answer:
            return None
        core = set(self._solver.core)
        return [other for other, literal in zip(others, refused, strict=True) if literal in core]

    def _refusal(self, place: int) -> int:
        """The literal that holds outside of a box."""
        found = self._refusals[place] = -self._gates.all(self._within(place))
        return found

    def _within(self, place: int) -> list[int]:
        known = self._parts.get(place)
        if known is None:
            known = self._parts[place] = [
                self._places.within(self._bases[number], mask)
                for number, mask in self._boxes[place].masks.items()
            ]
        return known

    def _point(self, fields: Sequence[int]) -> dict[int, int]:
        """The cells of the last point that was found to be left."""
        holds = self._solver.holds
        return {number: self._places.place(self._bases[number], holds) for number in fields}


class _Alone:
    """Tells for which of some boxes there is a point of the last one that they alone hold."""

    def __init__(self, boxes: Sequence[Box], everywhere: Sequence[int]) -> None:
        self.fields = list(dict.fromkeys(number for box in boxes[:-1] for number in box.masks))
        self._inside = 1 << len(boxes) - 1
        self._stretches = {
            number: list(_stretches([box.masks.get(number, everywhere[number]) for box in boxes]))
            for number in self.fields
        }
        self._found = 0

    def seen(self, number: int) -> Iterator[int]:
        """The boxes found to be needed where one is seen at once to be."""
        both = self._inside | 1 << number
        rest, point = -1, []
        for field in self.fields:
            stretches = (here for _, here in self._stretches[field] if here & both == both)
            point.append(min(stretches, key=lambda here: (rest & here).bit_count()))
            rest &= point[-1]
        if rest == both:
            yield from self._around(point)

    def around(self, point: Mapping[int, int]) -> Iterator[int]:
        """The boxes found to be needed around a point that one of them alone holds, and around others."""
        yield from self._around([self._held(number, cell) for number, cell in point.items()])

    def _around(self, point: list[int]) -> Iterator[int]:
        waiting = [point]
        while waiting:
            held = waiting.pop()
            for place, number in enumerate(self.fields):
                others = reduce(and_, (*held[:place], *held[place + 1 :]), -1)
                for _, here in self._stretches[number]:
                    both = others & here
                    one = both & ~self._inside
                    if both & self._inside and one and one & (one - 1) == 0 and not one & self._found:
                        self._found |= one
                        yield one.bit_length() - 1
                        waiting.append([*held[:place], here, *held[place + 1 :]])

    def _held(self, number: int, cell: int) -> int:
        return next(here for behind, here in self._stretches[number] if cell < behind)


def _stretches(masks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The cells of a field in stretches: where each ends, and by bits which of some masks have it."""
    turns: dict[int, int] = {}
    for number, mask in enumerate(masks):
        for edge in chain.from_iterable(runs(mask)):
            turns[edge] = turns.get(edge, 0) ^ 1 << number
    here = 0
    for edge in sorted(turns):
        if here:
            yield edge, here
        here ^= turns[edge]
