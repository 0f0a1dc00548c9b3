"""Automata that find a pattern of RE2 in a text, as far as it is regular and commonly written."""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from sys import byteorder
from typing import Literal, TypeAlias

from routekit.prover.languages.letters import Letters
from routekit.translation import t

__all__ = ["WORD", "Automaton", "UnreadPatternError", "When", "letters_of", "read_pattern"]

When: TypeAlias = Literal["", "begin", "end", "edge", "inner"]
"""Where a move for nothing is allowed: anywhere, at an end of the text, at an edge of a word or at none."""

WORD: Letters = ((48, 57), (65, 90), (95, 95), (97, 122))
"""The letters of words, as RE2 has them."""

_MOST_STATES = 4_000
_SURROGATES = 0xD800, 0xE000

_BRACKET = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:[pP](?:\{\^?\w+\}|\w)|x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|[dDsSwWafnrtv]|[^0-9A-Za-z])"
)
_PLACES: dict[str, When] = {"A": "begin", "z": "end", "b": "edge", "B": "inner"}


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
            raise UnreadPatternError(t("the pattern is too large"))
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
        raise UnreadPatternError(t("the class `{written}`", written=written)) from None
    return tuple((_code(low), _code(behind - 1)) for low, behind in spans)


@cache
def _everything() -> str:
    codes = array("I", (*range(_SURROGATES[0]), *range(_SURROGATES[1], 0x110000)))
    return codes.tobytes().decode(f"utf-{codes.itemsize * 8}-{'le' if byteorder == 'little' else 'be'}")


def _code(place: int) -> int:
    return place if place < _SURROGATES[0] else place + _SURROGATES[1] - _SURROGATES[0]


# ── reading ────────────────────────────────────────────────────────────────────


def read_pattern(pattern: str) -> Automaton:
    """The automaton of a pattern; raises ``UnreadPatternError`` for what is not taken apart."""
    reader = _Reader(pattern, Automaton())
    first = reader.made.state()
    last = reader.either(first)
    if reader.at < len(pattern):
        raise UnreadPatternError(t("an unmatched bracket"))
    made = reader.made
    made.start, made.accept = first, last
    if last in made.closure([first], "inner") - made.closure([first]):
        raise UnreadPatternError(t("`\\B` alone, which RE2 finds within a letter too"))
    return made


class _Reader:
    """Reads from left to right; a method takes the state that it begins in, and gives its last."""

    def __init__(self, text: str, made: Automaton) -> None:
        self.text = text
        self.at = 0
        self.made = made
        self.any_case = False
        self.dot_all = False

    # ── building ──────────────────────────────────────────────────────────────

    def letter(self, letters: Letters, first: int) -> int:
        last = self.made.state()
        self.made.moves[first].append((letters, last))
        return last

    def mark(self, when: When, first: int) -> int:
        last = self.made.state()
        self.made.silent[first].append((when, last))
        return last

    def join(self, first: int, last: int) -> None:
        self.made.silent[first].append(("", last))

    # ── reading ───────────────────────────────────────────────────────────────

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def either(self, first: int) -> int:
        flags = self.any_case, self.dot_all
        last = self.made.state()
        while True:
            begin = self.made.state()
            self.join(first, begin)
            self.join(self.sequence(begin), last)
            if not self.take("|"):
                break
        self.any_case, self.dot_all = flags
        return last

    def sequence(self, first: int) -> int:
        while self.peek() and self.peek() not in "|)":
            begin = self.at
            flags = self.any_case, self.dot_all
            last = self.piece(first)
            first = self.repeated(begin, flags, first, last)
        return first

    def repeated(self, begin: int, flags: tuple[bool, bool], first: int, last: int) -> int:
        bounds = self.bounds()
        if bounds is None:
            return last
        least, most = bounds
        if self.bounds() is not None:
            raise UnreadPatternError(t("a repeated repetition"))
        behind = self.at
        now = self.any_case, self.dot_all
        # the copies of a piece are read again from the text
        ends: list[int] = []
        at = last
        count = 1
        if least == 0:
            skip = self.made.state()
            self.join(first, skip)
            ends.append(skip)
        while count < least or (most is not None and count < most):
            if count >= least:
                ends.append(at)
            step = self.made.state()
            self.join(at, step)
            self.at = begin
            self.any_case, self.dot_all = flags
            at = self.piece(step)
            count += 1
        if most is None:
            loop = self.made.state()
            self.join(at, loop)
            self.at = begin
            self.any_case, self.dot_all = flags
            self.join(self.piece(loop), loop)
            at = loop
        if most == 0:
            at = self.made.state()
        ends.append(at)
        self.at = behind
        self.any_case, self.dot_all = now
        last = self.made.state()
        for end in ends:
            self.join(end, last)
        return last

    def bounds(self) -> tuple[int, int | None] | None:
        found: tuple[int, int | None]
        if self.take("*"):
            found = 0, None
        elif self.take("+"):
            found = 1, None
        elif self.take("?"):
            found = 0, 1
        elif self.peek() == "{":
            close = self.text.find("}", self.at)
            least, comma, most = self.text[self.at + 1 : max(close, 0)].partition(",")
            if close < 0 or not least.isdigit() or not (most.isdigit() or not most):
                return None
            self.at = close + 1
            found = int(least), int(most) if most else (None if comma else int(least))
        else:
            return None
        self.take("?")
        return found

    def piece(self, first: int) -> int:
        # a piece of its own, so that what repeats it does not repeat what stands before
        begin = self.made.state()
        self.join(first, begin)
        return self.piece_from(begin)

    def piece_from(self, first: int) -> int:
        letter = self.text[self.at]
        self.at += 1
        match letter:
            case ".":
                return self.letter(letters_of("(?s:.)" if self.dot_all else "."), first)
            case "^":
                return self.mark("begin", first)
            case "$":
                return self.mark("end", first)
            case "(":
                return self.group(first)
            case "[":
                return self.letter(self.written(_BRACKET), first)
            case "\\":
                return self.escape(first)
            case "*" | "+" | "?":
                raise UnreadPatternError(t("nothing to repeat"))
            case _:
                return self.letter(self.folded(letter), first)

    def group(self, first: int) -> int:
        flags = self.any_case, self.dot_all
        if self.take("?"):
            if self.take("P<") or self.take("<"):
                self.at = self.text.index(">", self.at) + 1
            elif not self.take(":"):
                on = True
                while self.peek() not in (")", ":", ""):
                    flag = self.peek()
                    self.at += 1
                    if flag == "-":
                        on = False
                    elif flag == "i":
                        self.any_case = on
                    elif flag == "s":
                        self.dot_all = on
                    else:
                        raise UnreadPatternError(t("the flag `{flag}`", flag=flag))
                if self.take(")"):
                    return self.mark("", first)
                self.take(":")
        inner = self.any_case, self.dot_all
        last = self.either(first)
        self.any_case, self.dot_all = inner
        if not self.take(")"):
            raise UnreadPatternError(t("an unmatched bracket"))
        self.any_case, self.dot_all = flags
        return last

    def escape(self, first: int) -> int:
        place = _PLACES.get(self.peek())
        if place is not None:
            self.at += 1
            return self.mark(place, first)
        return self.letter(self.written(_ESCAPE), first)

    def written(self, form: re.Pattern[str]) -> Letters:
        """The letters of a class, whose first sign has been read."""
        found = form.match(self.text, self.at - 1)
        if found is None or "\\Q" in found[0]:
            raise UnreadPatternError(
                t("what begins with `{text}`", text=self.text[self.at - 1 : self.at + 1])
            )
        self.at = found.end()
        return letters_of(f"(?i){found[0]}" if self.any_case else found[0])

    def folded(self, letter: str) -> Letters:
        if self.any_case and letter.lower() != letter.upper():
            return letters_of(f"(?i){letter}")
        return ((ord(letter), ord(letter)),)
