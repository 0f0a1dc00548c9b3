"""Texts that lie in some languages and not in others, all of which are walked at once, as far as needed.

What has been walked is kept as a graph: of a text that is short the letters are found breadth first, so the
first text that is found is a shortest; where the graph ends without one, it is proved that there is none.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from routekit.prover.languages.language import Language, State
from routekit.prover.languages.letters import Letters, Spelling, Symbol, symbols

__all__ = ["Demand", "Product", "TooManyStatesError"]


class TooManyStatesError(Exception):
    """More states than are looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A language in which a text has to lie, or must not; of the text in a spelling, if there is one."""

    language: Language
    wanted: bool
    spelling: Spelling | None = None


_States: TypeAlias = tuple[State, ...]


class Product:
    """The texts that meet all of some demands; ``hurry`` is called in every loop, and may raise.

    ``letters`` are those of which the texts are made; any, if none are given.
    """

    def __init__(
        self,
        demands: Sequence[Demand],
        hurry: Callable[[], None],
        most_states: int,
        letters: Callable[[Symbol], Symbol | None] = lambda symbol: symbol,
    ) -> None:
        self._demands = demands
        self._hurry = hurry
        self._most = most_states
        spellings = tuple(dict.fromkeys(demand.spelling for demand in demands)) or (None,)
        self._ways = [spellings.index(demand.spelling) for demand in demands]
        asked: list[set[Letters]] = [set() for _ in spellings]
        for demand, way in zip(demands, self._ways, strict=True):
            asked[way] |= demand.language.letters
        found = symbols(tuple(map(frozenset, asked)), spellings)
        self._symbols = [kept for symbol in found if (kept := letters(symbol)) is not None]
        begin = tuple(demand.language.begin() for demand in demands)
        self._numbers: dict[_States, int] = {}
        self._states: list[_States] = []
        self._accepting: list[bool] = []
        self._moves: dict[int, list[tuple[Symbol, int]]] = {}
        self._begin = None if self._is_lost(begin) else self._number(begin)

    # ── the graph ─────────────────────────────────────────────────────────────

    def _is_lost(self, states: _States) -> bool:
        return any(
            demand.language.settled(state) is (not demand.wanted)
            for demand, state in zip(self._demands, states, strict=True)
        )

    def _number(self, states: _States) -> int:
        known = self._numbers.get(states)
        if known is None:
            if len(self._states) >= self._most:
                raise TooManyStatesError
            known = self._numbers[states] = len(self._states)
            self._states.append(states)
            self._accepting.append(
                all(
                    demand.language.accepts(state) is demand.wanted
                    for demand, state in zip(self._demands, states, strict=True)
                )
            )
        return known

    def _steps(self, number: int) -> list[tuple[Symbol, int]]:
        """The moves of a state, but for those from which no text that is looked for can come."""
        known = self._moves.get(number)
        if known is None:
            self._hurry()
            states = self._states[number]
            known = []
            for symbol in self._symbols:
                after = []
                for demand, way, state in zip(self._demands, self._ways, states, strict=True):
                    for letter in symbol.spelled[way]:
                        state = demand.language.step(state, letter)
                    after.append(state)
                    if demand.language.settled(state) is (not demand.wanted):
                        break
                else:
                    known.append((symbol, self._number(tuple(after))))
            self._moves[number] = known
        return known

    # ── texts ─────────────────────────────────────────────────────────────────

    def shortest(self) -> Iterator[str]:
        """A text for each state in which one can end, the shortest first; all of them are found."""
        if self._begin is None:
            return
        seen = {self._begin}
        waiting = deque([(self._begin, "")])
        while waiting:
            number, text = waiting.popleft()
            if self._accepting[number]:
                yield text
            for symbol, target in self._steps(number):
                if target not in seen:
                    seen.add(target)
                    waiting.append((target, text + symbol.letter))

    def every(self, longest: int, letters: Callable[[Symbol], Iterable[str]] = Symbol.alike) -> Iterator[str]:
        """Every text there is of up to so many letters, the shortest first, of some ``letters`` of a kind."""
        if self._begin is None:
            return
        ends: list[dict[int, bool]] = [{}]

        def ends_in(number: int, left: int) -> bool:
            """Whether a text may end just so many letters on; asked of ever larger numbers."""
            while len(ends) <= left:
                ends.append({})
            known = ends[left].get(number)
            if known is None:
                if left == 0:
                    known = self._accepting[number]
                else:
                    known = any(ends_in(target, left - 1) for _, target in self._steps(number))
                ends[left][number] = known
            return known

        for length in range(longest + 1):
            if not ends_in(self._begin, length):
                continue
            branches = [self._branches(self._begin, length, ends_in, letters)]
            text: list[str] = []
            while branches:
                self._hurry()
                step = next(branches[-1], None)
                if step is None:
                    branches.pop()
                    if text:
                        text.pop()
                    continue
                letter, target = step
                left = length - len(text) - 1
                if left < 0:
                    yield "".join(text)
                    continue
                text.append(letter)
                branches.append(self._branches(target, left, ends_in, letters))

    def _branches(
        self,
        number: int,
        left: int,
        ends_in: Callable[[int, int], bool],
        letters: Callable[[Symbol], Iterable[str]],
    ) -> Iterator[tuple[str, int]]:
        if left == 0:
            yield "", number
            return
        for symbol, target in self._steps(number):
            if ends_in(target, left - 1):
                for letter in letters(symbol):
                    yield letter, target

    def longest(self) -> int | None:
        """The most letters that a text has; None where there is no end, or none is found.

        Raises ``TooManyStatesError``.
        """
        if self._begin is None:
            return 0
        for _ in self.shortest():
            pass
        into: dict[int, set[int]] = {}
        for number in range(len(self._states)):
            for _, target in self._steps(number):
                into.setdefault(target, set()).add(number)
        hopeful = {number for number, accepting in enumerate(self._accepting) if accepting}
        waiting = list(hopeful)
        while waiting:
            for number in into.get(waiting.pop(), set()) - hopeful:
                hopeful.add(number)
                waiting.append(number)
        # of what is left, a state is last where all behind it are
        behind = {
            number: {target for _, target in self._steps(number) if target in hopeful} for number in hopeful
        }
        depth: dict[int, int] = {}
        ready = [number for number, targets in behind.items() if not targets]
        missing = {number: len(targets) for number, targets in behind.items()}
        while ready:
            number = ready.pop()
            depth[number] = max((depth[target] + 1 for target in behind[number]), default=0)
            for source in into.get(number, set()) & hopeful:
                missing[source] -= 1
                if missing[source] == 0:
                    ready.append(source)
        return depth.get(self._begin, 0) if len(depth) == len(hopeful) else None
