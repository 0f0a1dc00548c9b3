"""Automata that find a pattern in a text, and the letters by which they move."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from sys import byteorder
from typing import Literal, TypeAlias

__all__ = ["WORD", "Automaton", "Letters", "UnreadPatternError", "When", "letters_of"]

Letters: TypeAlias = tuple[tuple[int, int], ...]
"""Code points, as spans with both ends inside."""

When: TypeAlias = Literal["", "begin", "end", "edge", "inner"]
"""Where a move for nothing is allowed: anywhere, at an end of the text, at an edge of a word or at none."""

WORD: Letters = ((48, 57), (65, 90), (95, 95), (97, 122))
"""The letters of words, as RE2 has them."""

_MOST_STATES = 4_000
_SURROGATES = 0xD800, 0xE000


class UnreadPatternError(Exception):
    """A pattern that is not taken apart here."""


@dataclass(slots=True)
class Automaton:
    """States with moves by letters, and moves for nothing, some only in certain places."""

    moves: list[list[tuple[Letters, int]]] = field(default_factory=list)
    silent: list[list[tuple[When, int]]] = field(default_factory=list)
    start: int = 0
    accept: int = 0

    def state(self) -> int:
        if len(self.moves) >= _MOST_STATES:
            raise UnreadPatternError("the pattern is too large")
        self.moves.append([])
        self.silent.append([])
        return len(self.moves) - 1

    @property
    def asks_for_words(self) -> bool:
        """Whether it matters where words begin and end."""
        return any(when in ("edge", "inner") for moves in self.silent for when, _ in moves)

    def closure(self, states: Iterable[int], *where: When) -> frozenset[int]:
        """The states that are reached for nothing in such a place."""
        reached = set(states)
        waiting = list(reached)
        while waiting:
            for when, target in self.silent[waiting.pop()]:
                if target not in reached and (not when or when in where):
                    reached.add(target)
                    waiting.append(target)
        return frozenset(reached)


@lru_cache(maxsize=1024)
def letters_of(written: str) -> Letters:
    r"""The letters of a class as RE2 reads it, since RE2 is asked.

    >>> letters_of(r"\d"), letters_of("(?i)[[:^alpha:]b]")[0]
    (((48, 57),), (0, 64))
    """
    import re2

    try:
        spans = [found.span() for found in re2.finditer(f"(?:{written})+", _everything())]
    except re2.error:
        raise UnreadPatternError(f"the class `{written}`") from None
    return tuple((_code(low), _code(behind - 1)) for low, behind in spans)


@cache
def _everything() -> str:
    codes = array("I", (*range(_SURROGATES[0]), *range(_SURROGATES[1], 0x110000)))
    return codes.tobytes().decode(f"utf-{codes.itemsize * 8}-{'le' if byteorder == 'little' else 'be'}")


def _code(place: int) -> int:
    return place if place < _SURROGATES[0] else place + _SURROGATES[1] - _SURROGATES[0]
