"""Tests of several bases at once: a variable for true and one for false, held to what there is.

A model may have such tests come out in a way in which they cannot. Then ``meet`` finds no values for them,
and a clause that says so goes to the solver: a proved one for good, any other as a guess.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from routekit.policy import expressions as e
from routekit.prover.domains.cells import Domain, OneOf, Unlisted
from routekit.prover.domains.intervals import enclose
from routekit.prover.domains.terms import Atom, Base, Evaluator, bases_of, walk
from routekit.prover.encoding.field_variables import FieldVariables
from routekit.prover.encoding.theory import Demand, Point, is_refuted, search
from routekit.prover.sat.formula import FALSE, Formula, Pair

__all__ = ["Found", "JointTests", "Refusal", "Turn"]

_FEW_BOXES = 60

Turn = tuple[Atom, bool, bool]
"""A test, and whether that it comes out so (the first) holds in a model or not (the second)."""


@dataclass(slots=True)
class Found:
    """A contact that was found: which cells its bases may lie in, chosen values, and the rest of it."""

    masks: dict[Base, int] = field(default_factory=dict)
    point: Point = field(default_factory=dict)
    literals: set[int] = field(default_factory=set)
    doubt: str = ""
    """Why it may be no such contact, if it rests on tests of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A clause that some tests do not come out so together; it may be no more than a guess."""

    clause: tuple[int, ...]
    is_proved: bool


class JointTests:
    """The tests of several bases, and of one base that its cells do not settle."""

    def __init__(self, gates: Formula, places: FieldVariables, evaluator: Evaluator) -> None:
        """``evaluator`` may raise ``TimeUpError``; so may ``meet``."""
        self.gates = gates
        self.places = places
        self.evaluator = evaluator
        self.pairs: dict[Atom, Pair] = {}
        self.meaning: dict[int, tuple[Atom, bool]] = {}
        """For each variable, its test, and the way it comes out."""
        self._undecided: set[tuple[frozenset[Demand], frozenset[tuple[Base, int]]]] = set()

    def pair(self, atom: Atom) -> Pair:
        """Where a test is true, and where it is false."""
        known = self.pairs.get(atom)
        if known is None:
            yes, no = self.gates.variable(), self.gates.variable()
            self.gates.add((-yes, -no))
            known = self.pairs[atom] = yes, no
            self.meaning[yes], self.meaning[no] = (atom, True), (atom, False)
            self._open(atom, yes, no)
        return known

    def _open(self, atom: Atom, yes: int, no: int) -> None:
        """Says what is plain of a test: how it comes out where one of its operands is missing."""
        bases = bases_of(atom)
        if not bases <= self.places.cells.keys():
            return
        boxes: dict[Base, Domain] = dict.fromkeys(bases, Unlisted(True))
        for base in bases:
            place = self.places.missing(base)
            if place is None:
                continue
            truths = enclose(atom, {**boxes, base: OneOf(frozenset({None}))}, self.places.evaluator.meaning)
            if isinstance(truths, OneOf):
                missing = self.places.within(base, 1 << place)
                if True not in truths.values:
                    self.gates.add((-missing, -yes))
                if False not in truths.values:
                    self.gates.add((-missing, -no))

    def solve(self, found: Found, turns: Sequence[Turn], holds: Callable[[int], bool]) -> Refusal | None:
        """Puts values for tests into what was found; where there are none, says so."""
        for group in _groups(turns):
            demands = _demands(group)
            bases = {
                base for demand in demands for base in bases_of(demand.atom) if base in self.places.cells
            }
            # the last are the first that get another value than their simplest
            order = sorted(bases, key=lambda base: (base not in self.places.defaults, str(base)))
            places = {base: self.places.place(base, holds) for base in order}
            refusal = self._solve(found, demands, places)
            if refusal is not None:
                return refusal
        return None

    def _solve(self, found: Found, demands: list[Demand], places: dict[Base, int]) -> Refusal | None:
        key = frozenset(demands), frozenset(places.items())
        if key in self._undecided:
            return Refusal(self._clause(demands, {base: 1 << place for base, place in places.items()}), False)
        cells = self.places.cells
        point = search(
            demands,
            {base: cells[base].cells[place] for base, place in places.items()},
            self.evaluator,
            lambda base, value: self.places.place_of(base, value) == places[base],
        )
        if point is None:
            refusal = self._refuse(demands, places)
            if not refusal.is_proved:
                self._undecided.add(key)
            return refusal
        found.point.update(point)
        for base, place in places.items():
            found.masks[base] = found.masks.get(base, cells[base].all) & 1 << place
        return None

    @property
    def undecided_functions(self) -> list[str]:
        """The functions that tests ask which could be neither met nor refused."""
        demands = (demand for tests, _ in self._undecided for demand in tests)
        parts = (part for demand in demands for part in walk(demand.atom))
        return sorted({part.function for part in parts if isinstance(part, e.Call)})

    def _refuse(self, demands: list[Demand], places: dict[Base, int]) -> Refusal:
        """Says of as few tests as possible, in as many cells as possible, that they do not come out so."""
        masks, boxes = {base: 1 << place for base, place in places.items()}, self.places.boxes
        if not is_refuted(demands, boxes(masks), self.evaluator):
            return Refusal(self._clause(demands, masks), False)
        for demand in list(demands):
            fewer = [other for other in demands if other is not demand]
            if fewer and is_refuted(fewer, boxes(masks), self.evaluator, _FEW_BOXES):
                demands = fewer
        for base, place in places.items():
            everywhere = self.places.cells[base].all
            below = (1 << place + 1) - 1
            for wider in (everywhere, everywhere & ~(below >> 1), below):
                if is_refuted(demands, boxes({**masks, base: wider}), self.evaluator, _FEW_BOXES):
                    masks[base] = wider
                    break
        return Refusal(self._clause(demands, masks), True)

    def _clause(self, demands: list[Demand], masks: dict[Base, int]) -> tuple[int, ...]:
        clause = [-self.places.within(base, mask) for base, mask in masks.items()]
        for demand in demands:
            yes, no = self.pairs[demand.atom]
            if demand.truths == {True}:
                clause.append(-yes)
            elif demand.truths == {False}:
                clause.append(-no)
            else:
                clause += [
                    yes if True not in demand.truths else FALSE,
                    no if False not in demand.truths else FALSE,
                ]
        return tuple(literal for literal in clause if literal != FALSE)


def _demands(turns: Sequence[Turn]) -> list[Demand]:
    truths: dict[Atom, frozenset[bool | None]] = {}
    for atom, yes, held in turns:
        allowed: frozenset[bool | None] = frozenset({yes}) if held else frozenset({True, False, None}) - {yes}
        truths[atom] = truths.get(atom, allowed) & allowed
    return [Demand(atom, allowed) for atom, allowed in truths.items()]


def _groups(turns: Sequence[Turn]) -> list[list[Turn]]:
    """The tests by the bases that hang together."""
    groups: list[tuple[set[Base], list[Turn]]] = []
    for turn in turns:
        bases = set(bases_of(turn[0]))
        mine = [turn]
        apart = []
        for others, members in groups:
            if bases & others:
                bases |= others
                mine += members
            else:
                apart.append((others, members))
        groups = [*apart, (bases, mine)]
    return [members for _, members in groups]
