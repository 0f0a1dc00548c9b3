"""Tests of several bases at once: a variable for true and one for false, held to what there is.

A model may have such tests come out in a way in which they cannot. Then ``meet`` finds no values for them,
and a clause that says so goes to the solver: a proved one for good, any other as a guess.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from routekit.policy import expressions as e
from routekit.prover.arithmetic.linear_tests import LinearTests
from routekit.prover.domains.cells import Cell, Domain, OneOf, Unlisted
from routekit.prover.domains.intervals import enclose
from routekit.prover.domains.terms import Atom, Base, Evaluator, bases_of, walk
from routekit.prover.encoding.equalities import contradiction
from routekit.prover.encoding.field_variables import FieldVariables
from routekit.prover.encoding.open_text_tests import OpenTextTests
from routekit.prover.encoding.refusals import Found, Point, Refusal
from routekit.prover.encoding.theory import Demand, is_refuted, search
from routekit.prover.sat.formula import FALSE, Formula, Pair
from routekit.schema.types import Value

__all__ = ["JointTests"]

_FEW_BOXES = 60
_MORE_TEXTS = 24

_Turn = tuple[Atom, bool, bool]
"""A test, and whether that it comes out so (the first) holds in a model or not (the second)."""


_Met = tuple[frozenset[Demand], frozenset[tuple[Base, int]], frozenset[tuple[Base, tuple[int, ...]]]]
"""Tests, the cells in which their bases lie, and what else texts have to be."""


class JointTests:
    """The tests of several bases, and of one base that its cells do not settle."""

    def __init__(
        self, gates: Formula, places: FieldVariables, texts: OpenTextTests, evaluator: Evaluator
    ) -> None:
        """``texts`` have solved a model before; ``evaluator`` may raise ``TimeUpError``."""
        self.gates = gates
        self.places = places
        self.texts = texts
        self.evaluator = evaluator
        self.pairs: dict[Atom, Pair] = {}
        self.meaning: dict[int, tuple[Atom, bool]] = {}
        """For each variable, its test, and the way it comes out."""
        self._linear = LinearTests(places.cells, evaluator)
        self._met: dict[_Met, Point] = {}
        self._undecided: set[_Met] = set()

    def pair(self, atom: Atom) -> Pair:
        """Where a test is true, and where it is false."""
        match atom:
            case e.Compare("<", left, right, order):
                return self._pair(e.Compare(">", right, left, order))
            case e.Compare("<=", left, right, order):
                yes, no = self._pair(e.Compare(">", left, right, order))
                return no, yes
            case e.Compare(">=", left, right, order):
                yes, no = self._pair(e.Compare(">", right, left, order))
                return no, yes
            case e.Compare("is", left, right, order) if (
                turned := e.Compare("is", right, left, order)
            ) in self.pairs:
                return self._pair(turned)
            case _:
                return self._pair(atom)

    def _pair(self, atom: Atom) -> Pair:
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

    def solve(self, found: Found, literals: Sequence[int], holds: Callable[[int], bool]) -> Refusal | None:
        """Puts values for tests into what was found; where there are none, says so."""
        turns = [(*self.meaning[abs(literal)], literal > 0) for literal in literals]
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
        texts = {base: self.texts.clause(base) for base in places}
        key = frozenset(demands), frozenset(places.items()), frozenset(texts.items())
        masks = {base: 1 << place for base, place in places.items()}
        if key in self._undecided:
            return self._guess(demands, masks)
        point = self._met.get(key) or self._meet(found, demands, places)
        if isinstance(point, Refusal):
            if not point.is_proved:
                self._undecided.add(key)
            return point
        self._met[key] = point
        found.point.update(point)
        for base, place in places.items():
            found.masks[base] = found.masks.get(base, self.places.cells[base].all) & 1 << place
        return None

    def _meet(self, found: Found, demands: list[Demand], places: dict[Base, int]) -> Point | Refusal:
        """Values for tests in cells of their bases, or that there are none."""

        def fits(base: Base, value: Value | None) -> bool:
            return self.places.place_of(base, value) == places[base] and self.texts.suits(base, value)

        asked = [(demand.atom, demand.truths) for demand in demands]
        refuted = self._linear.refuted(asked, places)
        if refuted is not None:
            return Refusal(self._clause([demands[number] for number in refuted.tests], refuted.masks), True)
        cells = self.places.cells
        unequal = contradiction(
            demands,
            {base: cells[base].cells[place].domain for base, place in places.items()},
            lambda base, value: self.places.may_hold(base, places[base], value),
        )
        if unequal is not None:
            masks = {base: 1 << places[base] for base in unequal.bases}
            return Refusal(self._clause(unequal.demands, masks), True)
        inside = {base: self._cell(found, base, cells[base].cells[place]) for base, place in places.items()}
        solved = partial(self._linear.point, asked, places, fits)
        point = search(demands, inside, self.evaluator, fits, solved)
        if point is None:
            return self._refuse(demands, {base: 1 << place for base, place in places.items()})
        return point

    def _cell(self, found: Found, base: Base, cell: Cell) -> Cell:
        """The cell in which a base lies; of texts that are open only those that come out as they should."""
        text = found.point.get(base)
        if not isinstance(text, str) or not self.texts.clause(base):
            return cell
        return Cell(tuple(dict.fromkeys((text, *self.texts.more(base, text, _MORE_TEXTS)))), cell.domain)

    @property
    def undecided(self) -> list[str]:
        """What is not linear in the tests that could be neither met nor refused: calls and products."""
        demands = (demand for tests, _, _ in self._undecided for demand in tests)
        parts = (part for demand in demands for part in walk(demand.atom))
        return sorted({name for part in parts if (name := _not_linear(part))})

    def _guess(self, demands: list[Demand], masks: dict[Base, int]) -> Refusal:
        texts = (literal for base in masks for literal in self.texts.clause(base))
        return Refusal((*self._clause(demands, masks), *texts), False)

    def _refuse(self, demands: list[Demand], masks: dict[Base, int]) -> Refusal:
        """Says of as few tests as possible, in as many cells as possible, that they do not come out so."""
        boxes = self.places.boxes
        if not is_refuted(demands, boxes(masks), self.evaluator):
            return self._guess(demands, masks)
        for demand in list(demands):
            fewer = [other for other in demands if other is not demand]
            if fewer and is_refuted(fewer, boxes(masks), self.evaluator, _FEW_BOXES):
                demands = fewer
        for base, mask in list(masks.items()):
            everywhere = self.places.cells[base].all
            below = (mask << 1) - 1
            for wider in (everywhere, everywhere & ~(below >> 1), below):
                if is_refuted(demands, boxes({**masks, base: wider}), self.evaluator, _FEW_BOXES):
                    masks[base] = wider
                    break
        return Refusal(self._clause(demands, masks), True)

    def _clause(self, demands: Sequence[Demand], masks: Mapping[Base, int]) -> tuple[int, ...]:
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


def _not_linear(expr: e.Expr) -> str:
    match expr:
        case e.Call(function):
            return f"{function}(…)"
        case e.Arithmetic("*", left, right) if bases_of(left) and bases_of(right):
            return "… * …"
        case e.Arithmetic("/", _, right) if bases_of(right):
            return "… / …"
        case _:
            return ""


def _demands(turns: Sequence[_Turn]) -> list[Demand]:
    truths: dict[Atom, frozenset[bool | None]] = {}
    for atom, yes, held in turns:
        allowed: frozenset[bool | None] = frozenset({yes}) if held else frozenset({True, False, None}) - {yes}
        truths[atom] = truths.get(atom, allowed) & allowed
    return [Demand(atom, allowed) for atom, allowed in truths.items()]


def _groups(turns: Sequence[_Turn]) -> list[list[_Turn]]:
    """The tests by the bases that hang together."""
    groups: list[tuple[set[Base], list[_Turn]]] = []
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
