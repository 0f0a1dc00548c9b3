"""Which earlier rules the contacts of a rule meet at all, and whether they take all of them.

Rules are compared by the boxes around all whom they take. Most have nothing to do with each other; where one
has, and both are boxes and no more, that some contact is left is mostly seen at once.
"""

from functools import cached_property

from routekit.prover.boxes import Box, Boxes, BoxIndex, bits_of
from routekit.prover.covers import Covers
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.limits import TimeUpError
from routekit.prover.outcome.outcome import Outcomes

__all__ = ["EarlierRules"]

_LOOKED_AT = 8
"""Cells of each field among which one is looked for that no earlier rule takes."""


class EarlierRules:
    """The rules of a policy, each beside those that stand before it."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self._space, self._taken = space, outcomes.taken
        self._rules = space.policy.rules
        self._takers: dict[int, list[int] | None] = {}
        self._found_dead = 0
        """Rules whose contacts are all taken by others before them."""

    @cached_property
    def _fields(self) -> Boxes:
        return Boxes(self._space)

    @cached_property
    def _boxes(self) -> list[Box]:
        return [self._fields.of(literal) for literal in self._taken]

    @cached_property
    def _index(self) -> BoxIndex:
        return BoxIndex(self._boxes, self._fields.everywhere)

    @cached_property
    def _empty(self) -> int:
        return sum(1 << place for place, box in enumerate(self._boxes) if box.is_empty)

    @cached_property
    def _exact(self) -> int:
        return sum(1 << place for place, box in enumerate(self._boxes) if box.is_exact)

    @cached_property
    def _covers(self) -> Covers:
        return Covers(self._space, self._boxes, self._fields.bases)

    @cached_property
    def _written(self) -> list[range]:
        """For each place those of the same written rule: several where a field chooses its queue."""
        found: list[range] = []
        for rules in self._space.policy.written_rules():
            places = range(len(found), len(found) + len(rules))
            found += [places] * len(rules)
        return found

    def refusals(self, places: range) -> dict[str, int]:
        """The earlier rules that may take contacts of one, each with the literal that it does not."""
        met = 0
        for place in places:
            met |= self._met(place)
        found: dict[str, int] = {}
        for place in bits_of(met & ((1 << places.start) - 1)):
            name = self._rules[place].name
            if name not in found:
                found[name] = -self._space.gates.any(self._taken[each] for each in self._written[place])
        return found

    def is_met(self, literal: int) -> bool | Unsettled:
        """Whether a literal holds of any contact, told by its box where that tells."""
        box = self._fields.of(literal)
        if box.is_empty or box.is_exact:
            return not box.is_empty
        return self._space.possible([literal])

    def is_reached(self, places: range) -> bool | None:
        """Whether a rule decides of any contact; None where boxes do not tell."""
        if all(self._boxes[place].is_empty for place in places):
            return False
        takers = self.takers(places)
        return None if takers is None else not takers

    def _met(self, place: int) -> int:
        return (
            self._index.meeting(self._boxes[place]) & ~(self._empty | self._found_dead) & ((1 << place) - 1)
        )

    def takers(self, places: range) -> list[str] | None:
        """The earlier rules that take all contacts of one, each needed; none where some are left.

        None where boxes do not tell.
        """
        if len(places) > 1:
            return None
        place = places.start
        if place not in self._takers:
            self._takers[place] = self._found(place)
        found = self._takers[place]
        return None if found is None else [self._rules[taker].name for taker in found]

    def _found(self, place: int) -> list[int] | None:
        box = self._boxes[place]
        if not box.is_exact or box.is_empty or self._space.late():
            return None
        met = self._met(place)
        if self._index.is_left(box, met, _LOOKED_AT):
            return []
        exact = met & self._exact
        whole = self._index.holding(box) & exact
        if whole:
            found: list[int] | None = [next(bits_of(whole))]
        else:
            try:
                found = self._covers.of(place, list(bits_of(exact)))
            except TimeUpError:
                return None
        if found is None:
            return [] if met == exact else None
        self._found_dead |= 1 << place
        return found
