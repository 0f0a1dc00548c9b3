"""What tests of texts accept, as machines that read a text letter by letter."""

from collections import deque
from collections.abc import Collection, Hashable, Iterable
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

from routekit.prover.languages.letters import Letters, is_among
from routekit.prover.languages.patterns import WORD, Automaton, When

__all__ = ["Language", "Lengths", "PatternLanguage", "State", "Where", "WordsLanguage"]

State: TypeAlias = Hashable
Where: TypeAlias = Literal["start", "anywhere", "end", "whole"]
"""Where in a text one of some words has to stand; ``whole``: the text is one of them."""


class Language(Protocol):
    """Texts; ``letters`` are the sets of letters that it tells apart.

    ``settled`` says of a state whether all that may follow is accepted, or nothing; None: it depends.
    """

    @property
    def letters(self) -> frozenset[Letters]: ...

    def begin(self) -> State: ...

    def step(self, state: State, letter: str) -> State: ...

    def accepts(self, state: State) -> bool: ...

    def settled(self, state: State) -> bool | None: ...


# ── patterns ───────────────────────────────────────────────────────────────────


class PatternLanguage:
    """An automaton that looks for its pattern anywhere, walked set of states by set of states.

    Where it matters, a set tells by marks whether the text has begun and whether its last letter is of a
    word; moves at the edge of a word are made when the next letter is known.
    """

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.by_words = automaton.asks_for_words
        self.again = automaton.closure([automaton.start])
        self.found = frozenset({_FOUND})
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    @cached_property
    def letters(self) -> frozenset[Letters]:
        sets = {letters for moves in self.automaton.moves for letters, _ in moves}
        return frozenset(sets | {WORD} if self.by_words else sets)

    def begin(self) -> frozenset[int]:
        first = self.automaton.closure([self.automaton.start], "begin")
        return self.found if self.automaton.accept in first else first | {_AT_BEGIN}

    def step(self, states: State, letter: str) -> frozenset[int]:
        assert isinstance(states, frozenset)
        if states is self.found:
            return states
        key = states, letter
        known = self._steps.get(key)
        if known is None:
            known = self._steps[key] = self._step(states, ord(letter))
        return known

    def _step(self, states: frozenset[int], code: int) -> frozenset[int]:
        accept, is_word = self.automaton.accept, is_among(code, WORD)
        before = self._places(states, is_word)
        if accept in before:
            return self.found
        reached = {
            target
            for state in before
            for letters, target in self.automaton.moves[state]
            if is_among(code, letters)
        }
        after = self.automaton.closure(reached) | self.again
        if accept in after:
            return self.found
        return after | {_IN_WORD} if self.by_words and is_word else after

    def accepts(self, states: State) -> bool:
        assert isinstance(states, frozenset)
        return states is self.found or self.automaton.accept in self._places(states, False, "end")

    def settled(self, states: State) -> bool | None:
        assert isinstance(states, frozenset)
        if states is self.found:
            return True
        return False if _AT_BEGIN not in states and states.isdisjoint(self._hopeful) else None

    @cached_property
    def _hopeful(self) -> frozenset[int]:
        """The states from which the last may still be reached, once the text has begun."""
        before: dict[int, set[int]] = {}
        for state, moves in enumerate(self.automaton.moves):
            for _, target in moves:
                before.setdefault(target, set()).add(state)
        for state, silent in enumerate(self.automaton.silent):
            for when, target in silent:
                if when != "begin":
                    before.setdefault(target, set()).add(state)
        found, waiting = {self.automaton.accept}, [self.automaton.accept]
        while waiting:
            for state in before.get(waiting.pop(), set()) - found:
                found.add(state)
                waiting.append(state)
        return frozenset(found)

    def _places(self, states: frozenset[int], word_follows: bool, *more: When) -> frozenset[int]:
        """The states that are reached for nothing, now that it is known what follows."""
        where: list[When] = [*more, "edge" if (_IN_WORD in states) != word_follows else "inner"]
        if _AT_BEGIN in states:
            where.append("begin")
        return self.automaton.closure(states - _MARKS, *where)


_FOUND, _IN_WORD, _AT_BEGIN = -1, -2, -3
_MARKS = frozenset({_IN_WORD, _AT_BEGIN})


# ── words ──────────────────────────────────────────────────────────────────────


class WordsLanguage:
    """The texts in which one of some words stands, by the automaton of Aho and Corasick.

    >>> words, state = WordsLanguage(["he", "she"], "end"), 0
    >>> [words.accepts(state := words.step(state, letter)) for letter in "ushe"]
    [False, False, False, True]
    """

    def __init__(self, words: Iterable[str], where: Where) -> None:
        self.words = tuple(dict.fromkeys(words))
        self.where = where
        self._next: list[dict[str, int]] = [{}]
        self._ends: set[int] = set()
        self._back: list[int] = [0]
        for word in self.words:
            node = 0
            for letter in word:
                if letter not in self._next[node]:
                    self._next[node][letter] = len(self._next)
                    self._next.append({})
                    self._back.append(0)
                node = self._next[node][letter]
            self._ends.add(node)
        if where in ("anywhere", "end"):
            self._fall_back()

    def _fall_back(self) -> None:
        """Finds for each node the longest end of its text that begins another word."""
        waiting = deque(self._next[0].values())
        while waiting:
            node = waiting.popleft()
            for letter, target in self._next[node].items():
                waiting.append(target)
                back = self._back[node]
                while back and letter not in self._next[back]:
                    back = self._back[back]
                self._back[target] = self._next[back].get(letter, 0)
            if self._back[node] in self._ends:
                self._ends.add(node)

    @cached_property
    def letters(self) -> frozenset[Letters]:
        return frozenset(((ord(letter), ord(letter)),) for word in self.words for letter in word)

    def begin(self) -> int:
        return self._entered(0)

    def _entered(self, node: int) -> int:
        return _FOUND if node in self._ends and self.where in ("anywhere", "start") else node

    def step(self, node: State, letter: str) -> int:
        assert isinstance(node, int)
        if node < 0:
            return node
        if self.where in ("start", "whole"):
            target = self._next[node].get(letter)
            return _LOST if target is None else self._entered(target)
        while node and letter not in self._next[node]:
            node = self._back[node]
        return self._entered(self._next[node].get(letter, 0))

    def accepts(self, node: State) -> bool:
        return node == _FOUND or (self.where in ("end", "whole") and node in self._ends)

    def settled(self, node: State) -> bool | None:
        if node == _FOUND:
            return True
        return False if node == _LOST or not self.words else None


_LOST = -2


# ── lengths ────────────────────────────────────────────────────────────────────


class Lengths:
    """The texts of so many letters: ``accepted`` tells it of each number, the last also of all above.

    >>> three = Lengths([False, False, False, True, False])
    >>> three.accepts(3), three.settled(2), three.settled(4)
    (True, None, False)
    """

    letters: frozenset[Letters] = frozenset()

    def __init__(self, accepted: Collection[bool]) -> None:
        self.accepted = tuple(accepted)
        kinds: list[bool | None] = []
        for now in reversed(self.accepted):
            kinds.append(now if not kinds or kinds[-1] is now else None)
        self._settled = kinds[::-1]

    def begin(self) -> int:
        return 0

    def step(self, count: State, _: str) -> int:
        assert isinstance(count, int)
        return min(count + 1, len(self.accepted) - 1)

    def accepts(self, count: State) -> bool:
        assert isinstance(count, int)
        return self.accepted[count]

    def settled(self, count: State) -> bool | None:
        assert isinstance(count, int)
        return self._settled[count]
