"""Tests of texts that are left open: a variable for each, held to what texts there are.

A model says how the tests come out that matter. Then a text is looked for that comes out so; where there is
none, a clause of a few tests that refuse each other goes to the solver.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from routekit.policy.splits import WHOLE
from routekit.prover.domains.open_texts import OpenedTexts, Refused, Share, Undecided
from routekit.prover.domains.terms import ArmOf, Atom, Base
from routekit.prover.encoding.field_variables import FieldVariables
from routekit.prover.encoding.refusals import Found, Refusal
from routekit.prover.languages.language import WordsLanguage
from routekit.prover.sat.formula import FALSE, TRUE, Formula, Pair

__all__ = ["OpenTextTests"]

_OTHERS = 1
"""The mask of the cell that is open, the first of its base."""
_MOST_LINKED = 2_000
_MOST_WORDS = 50


@dataclass(slots=True)
class _Opened:
    """The variables of one base: of its tests, and of points of splits below which its keys fall."""

    texts: OpenedTexts
    tests: dict[int, int] = field(default_factory=dict)
    """For each variable the bit of its test."""
    points: dict[int, tuple[ArmOf, int]] = field(default_factory=dict)
    edges: dict[tuple[object, str], dict[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    """How the tests of a base come out in a model."""

    yes: int
    no: int
    shares: tuple[Share, ...]
    literals: tuple[int, ...]


class OpenTextTests:
    """The tests of texts that cells do not tell; ``meaning`` has the base of each variable."""

    def __init__(self, gates: Formula, places: FieldVariables) -> None:
        self.gates = gates
        self.places = places
        self.meaning: dict[int, Base] = {}
        self._opened: dict[Base, _Opened] = {}
        self._variables: dict[Base, list[int]] = {}
        self._pairs: dict[tuple[Base, Atom], Pair] = {}
        self._asked: dict[Base, _Asked] = {}

    # ── variables ─────────────────────────────────────────────────────────────

    def open(self, base: Base, texts: OpenedTexts) -> None:
        """Makes the variables of a base."""
        made = self._opened[base] = _Opened(texts)
        variables = [self.gates.variable() for _ in texts.places]
        for place, variable in enumerate(variables):
            self.meaning[variable] = base
            made.tests[variable] = place
        self._variables[base] = variables
        self._link(texts, variables)

    def _link(self, texts: OpenedTexts, variables: Sequence[int]) -> None:
        """Says which tests of words follow from each other, as far as the words themselves tell."""
        asked = texts.texts.asked
        if len(asked) > _MOST_LINKED:
            return
        for place, test in enumerate(asked):
            one = test.language
            if (
                not isinstance(one, WordsLanguage)
                or len(one.words) > _MOST_WORDS
                or test.spelling is not None
            ):
                continue
            follows = ~0
            for word in one.words:
                follows &= texts.texts.truths(word)
            for other, same in enumerate(asked):
                if other == place or not follows >> other & 1 or not isinstance(same.language, WordsLanguage):
                    continue
                if same.spelling is None and (
                    one.where == "whole" or same.language.where in ("anywhere", one.where)
                ):
                    self.gates.add((-variables[place], variables[other]))

    def pair(self, base: Base, atom: Atom) -> Pair:
        """Where a test is true, and where it is false."""
        known = self._pairs.get((base, atom))
        if known is None:
            cells, gates = self.places.cells[base], self.gates
            others = self.places.within(base, _OTHERS)
            inside = self._inside(base, atom)
            known = self._pairs[base, atom] = (
                gates.either(self.places.within(base, cells.true[atom]), gates.both(others, inside)),
                gates.either(self.places.within(base, cells.false[atom]), gates.both(others, -inside)),
            )
        return known

    def _inside(self, base: Base, atom: Atom) -> int:
        """The literal of a test among the texts that are open."""
        opened = self._opened[base]
        if not isinstance(atom, ArmOf):
            return self._variables[base][opened.texts.places[atom]]
        return self.gates.both(self._below(base, atom, atom.high), -self._below(base, atom, atom.low))

    def _below(self, base: Base, arm: ArmOf, edge: int) -> int:
        """The literal that a key falls on a point below an edge."""
        if not 0 < edge < WHOLE:
            return FALSE if edge <= 0 else TRUE
        opened = self._opened[base]
        edges = opened.edges.setdefault((arm.key, arm.seed), {})
        if edge not in edges:
            made = self.gates.variable()
            for other, variable in edges.items():
                self.gates.add((-made, variable) if edge < other else (-variable, made))
            edges[edge] = made
            self.meaning[made] = base
            opened.points[made] = arm, edge
        return edges[edge]

    # ── samples ───────────────────────────────────────────────────────────────

    def pools(self) -> Iterator[tuple[int, Mapping[int, int]]]:
        """For each base how many texts are known, and for each of its variables those for which it holds."""
        for opened in self._opened.values():
            pool = opened.texts.texts.pool
            held = dict.fromkeys(opened.tests, 0)
            by_place = {place: variable for variable, place in opened.tests.items()}
            for number, (_, _, truths) in enumerate(pool):
                while truths:
                    lowest = truths & -truths
                    held[by_place[lowest.bit_length() - 1]] |= 1 << number
                    truths ^= lowest
            for variable, (arm, edge) in opened.points.items():
                share = Share(opened.texts.keys[arm], arm.seed, 0, edge)
                held[variable] = sum(
                    1 << number for number, (_, text, _) in enumerate(pool) if share.holds(text)
                )
            yield len(pool), held

    # ── models ────────────────────────────────────────────────────────────────

    def solve(self, found: Found, literals: Sequence[int], holds: Callable[[int], bool]) -> Refusal | None:
        """Puts texts into what was found; where there is none that comes out so, says so."""
        self._asked.clear()
        by_base: dict[Base, list[int]] = {}
        for literal in literals:
            by_base.setdefault(self.meaning[abs(literal)], []).append(literal)
        for base, mine in by_base.items():
            place = self.places.place(base, holds)
            found.masks[base] = found.masks.get(base, self.places.cells[base].all) & 1 << place
            if 1 << place != _OTHERS:
                continue
            asked = self._read(self._opened[base], mine)
            met = self._opened[base].texts.texts.meet(asked.yes, asked.no, asked.shares)
            if isinstance(met, Undecided):
                return Refusal(self._clause(base, asked), False, met.reason)
            if isinstance(met, Refused):
                return Refusal(self._refused(base, asked, met), True)
            found.point[base] = met
            self._asked[base] = asked
        return None

    def _read(self, opened: _Opened, literals: Sequence[int]) -> _Asked:
        yes = no = 0
        ranges: dict[tuple[object, str], tuple[ArmOf, int, int]] = {}
        for literal in literals:
            variable = abs(literal)
            if variable in opened.tests:
                bit = 1 << opened.tests[variable]
                yes, no = (yes | bit, no) if literal > 0 else (yes, no | bit)
            else:
                arm, edge = opened.points[variable]
                first, low, high = ranges.get((arm.key, arm.seed), (arm, 0, WHOLE))
                low, high = (low, min(high, edge)) if literal > 0 else (max(low, edge), high)
                ranges[arm.key, arm.seed] = first, low, high
        shares = tuple(
            Share(opened.texts.keys[arm], arm.seed, low, high) for arm, low, high in ranges.values()
        )
        return _Asked(yes, no, shares, tuple(literals))

    def _clause(self, base: Base, asked: _Asked) -> tuple[int, ...]:
        return (-self.places.within(base, _OTHERS), *(-literal for literal in asked.literals))

    def _refused(self, base: Base, asked: _Asked, refused: Refused) -> tuple[int, ...]:
        tests = self._opened[base].tests
        return tuple(
            -literal
            for literal in asked.literals
            if (
                refused.by_share if (place := tests.get(abs(literal))) is None else refused.tests >> place & 1
            )
        )

    # ── beside tests of several bases ─────────────────────────────────────────

    def more(self, base: Base, first: str, most: int) -> Iterator[str]:
        """Other texts that come out so in the model that was solved last."""
        asked = self._asked[base]
        for text in self._opened[base].texts.texts.more(asked.yes, asked.no, first, most):
            if all(share.holds(text) for share in asked.shares):
                yield text

    def suits(self, base: Base, value: object) -> bool:
        """Whether a value comes out as the tests of its base do in the model that was solved last."""
        asked = self._asked.get(base)
        if asked is None:
            return True
        texts = self._opened[base].texts.texts
        return (
            isinstance(value, str)
            and texts.is_met(value, asked.yes, asked.no)
            and all(share.holds(value) for share in asked.shares)
        )

    def clause(self, base: Base) -> tuple[int, ...]:
        """That the tests of a base do not come out as in the model that was solved last."""
        asked = self._asked.get(base)
        return () if asked is None else tuple(-literal for literal in asked.literals)
