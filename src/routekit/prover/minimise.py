"""Makes contacts smaller: fewer fields that differ from what they are by themselves, plainer values."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import compress

from routekit.policy import expressions as e
from routekit.prover.domains.cells import Cell, OneOf
from routekit.prover.domains.terms import ARRIVAL, NOON, Base
from routekit.prover.encoding.space import Found, Space
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import FALSE, TRUE

__all__ = ["Minimiser"]

_MOST_COUNTED = 24
_MOST_STEPS = 8


class Minimiser:
    """Looks for smaller contacts than one that was found."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self.space = space
        self.outcomes = outcomes
        self._usual: list[int] | None = None
        self._whole: list[int] | None = None

    def whole(self) -> list[int]:
        """Literals that hold where no required field is missing."""
        if self._whole is None:
            self._whole = list(self._there(item.is_required for item in self.space.fields.values()))
        return self._whole

    def known(self) -> list[int]:
        """Literals that hold where fields have a value, one for each that may be missing."""
        found = self._there(item.may_be_missing for item in self.space.fields.values())
        return [literal for literal in found if literal != TRUE]

    def _there(self, wanted: Iterable[bool]) -> Iterator[int]:
        """Literals that hold where the wanted ones of all fields have a value."""
        space = self.space
        for base in compress(space.fields, wanted):
            if base == ARRIVAL and space.has_arrival:
                yield space.arrival_known
            elif base in space.sets:
                yield space.sets[base].known
            elif base in space.cells and (missing := space.places.missing(base)) is not None:
                yield -space.within(base, 1 << missing)

    def usual(self) -> list[int]:
        """Literals that hold where fields are as they are by themselves, and no cap is used up."""
        if self._usual is None:
            self._usual = [*self.space.usual(), *(-literal for literal in self.outcomes.cap_literals())]
            self._usual = [literal for literal in self._usual if literal not in (TRUE, FALSE)]
        return self._usual

    def than(self, wanted: Sequence[int], first: Found) -> list[Found]:
        """What else was found, with ever fewer fields that differ from what they are by themselves."""
        space, usual = self.space, self.usual()
        # a contact that carries its own time shows more than a clock beside it
        kept: list[int] = []
        if space.arrival_known not in (TRUE, FALSE):
            usual = [space.arrival_known, *usual]
        for literal in usual:
            if space.late():
                return []
            if space.possible([*wanted, *kept, literal]) is True:
                kept.append(literal)
        found = space.find([*wanted, *kept])
        results = [found] if isinstance(found, Found) else []
        changed = [literal for literal in usual if literal not in kept]
        if len(changed) >= 2 and len(usual) <= _MOST_COUNTED:
            for most in range(len(changed) - 1, 0, -1):
                few = -space.gates.at_least([-literal for literal in usual], most + 1)
                found = space.find([*wanted, few])
                if not isinstance(found, Found):
                    break
                results, kept = [found], [few]
        last = results[-1] if results else first
        bounds = [*wanted, *kept]
        if fewer := self._fewer_members(bounds, last):
            bounds += fewer
            found = space.find(bounds)
            if isinstance(found, Found):
                results.append(last := found)
        for base in [e.Now(), *space.cells]:
            simpler = self._simplest(bounds, base, last)
            if simpler is not None:
                last = simpler
                results.append(last)
            if base in last.masks:
                bounds.append(space.within(base, last.masks[base]))
        return results

    def _fewer_members(self, bounds: Sequence[int], found: Found) -> list[int]:
        """Literals that leave out of the sets that were found what need not be in them, the last first."""
        space = self.space
        without: list[int] = []
        for there in space.sets.values():
            has = [literal for literal in there.has.values() if literal not in (TRUE, FALSE)]
            if found.literals.isdisjoint(has):
                continue
            for literal in reversed(has):
                if space.possible([*bounds, *without, -literal]) is True:
                    without.append(-literal)
        return without

    def _simplest(self, bounds: Sequence[int], base: Base, found: Found) -> Found | None:
        """The same with a simpler value of one base, if there is one."""
        space = self.space
        if base not in found.masks or space.late():
            return None
        best = None
        for _ in range(_MOST_STEPS):
            cells = space.cells[base].cells
            mask = (best or found).masks[base]
            order = [self._plainness(cell, place) for place, cell in enumerate(cells)]
            now = min(order[place] for place in range(len(cells)) if mask >> place & 1)
            lower = sum(1 << place for place, key in enumerate(order) if key < now)
            if not lower:
                break
            tried = space.find([*bounds, space.within(base, lower)])
            if not isinstance(tried, Found) or base not in tried.masks:
                break
            best = tried
        return best

    @staticmethod
    def _plainness(cell: Cell, place: int) -> float:
        """How far a cell is from the plainest value."""
        sample = cell.samples[0] if cell.samples else None
        match sample:
            case bool() | str() | None:
                return place
            case int() | float():
                return abs(sample)
            case timedelta():
                return abs(sample.total_seconds())
            case datetime() if (
                not isinstance(cell.domain, OneOf) and getattr(cell.domain, "parts", None) is None
            ):
                return abs((sample - NOON).total_seconds())
            case _:
                return place
