"""Patterns of RE2 read into automata, as far as they are regular and commonly written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Automaton", "Letters", "UnreadPatternError", "literal", "read_pattern"]

Letters: TypeAlias = tuple[tuple[int, int], ...]
"""Code points, as spans with both ends inside."""

_LAST = 0x10FFFF
_MOST_STATES = 4_000
_DIGIT: Letters = ((48, 57),)
_WORD: Letters = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Letters = ((9, 10), (12, 13), (32, 32))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "a": 7}
_TWINS = {"k": "\u212a", "s": "\u017f"}


class UnreadPatternError(Exception):
    """A pattern that is not taken apart here."""


@dataclass(slots=True)
class Automaton:
    """States with moves by letters, and moves for nothing, some only at the ends of a text."""

    moves: list[list[tuple[Letters, int]]] = field(default_factory=list)
    silent: list[list[tuple[str, int]]] = field(default_factory=list)
    start: int = 0
    accept: int = 0

    def state(self) -> int:
        if len(self.moves) >= _MOST_STATES:
            raise UnreadPatternError("the pattern is too large")
        self.moves.append([])
        self.silent.append([])
        return len(self.moves) - 1

    def closure(self, states: Iterable[int], *, begins: bool, ends: bool) -> frozenset[int]:
        """The states that are reached for nothing."""
        reached = set(states)
        waiting = list(reached)
        while waiting:
            for when, target in self.silent[waiting.pop()]:
                if target in reached or (when == "begin" and not begins) or (when == "end" and not ends):
                    continue
                reached.add(target)
                waiting.append(target)
        return frozenset(reached)


def complement(letters: Letters) -> Letters:
    found, at = [], 0
    for low, high in sorted(letters):
        if low > at:
            found.append((at, low - 1))
        at = max(at, high + 1)
    if at <= _LAST:
        found.append((at, _LAST))
    return tuple(found)


def literal(text: str, *, begins: bool = False, ends: bool = False) -> Automaton:
    """The automaton that finds a text."""
    reader = _Reader("", Automaton())
    first = reader.made.state()
    last = first
    if begins:
        last = reader.mark("begin", last)
    for letter in text:
        last = reader.letter(((ord(letter), ord(letter)),), last)
    if ends:
        last = reader.mark("end", last)
    reader.made.start, reader.made.accept = first, last
    return reader.made


def read_pattern(pattern: str) -> Automaton:
    """The automaton of a pattern; raises ``UnreadPatternError`` for what is not taken apart."""
    reader = _Reader(pattern, Automaton())
    first = reader.made.state()
    last = reader.either(first)
    if reader.at < len(pattern):
        raise UnreadPatternError("an unmatched bracket")
    reader.made.start, reader.made.accept = first, last
    return reader.made


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

    def mark(self, when: str, first: int) -> int:
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
            raise UnreadPatternError("a repeated repetition")
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
                return self.letter(((0, _LAST),) if self.dot_all else complement(((10, 10),)), first)
            case "^":
                return self.mark("begin", first)
            case "$":
                return self.mark("end", first)
            case "(":
                return self.group(first)
            case "[":
                return self.letter(self.bracket(), first)
            case "\\":
                return self.escape(first)
            case "*" | "+" | "?":
                raise UnreadPatternError("nothing to repeat")
            case _:
                return self.letter(self.folded(((ord(letter), ord(letter)),)), first)

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
                        raise UnreadPatternError(f"the flag `{flag}`")
                if self.take(")"):
                    return self.mark("", first)
                self.take(":")
        inner = self.any_case, self.dot_all
        last = self.either(first)
        self.any_case, self.dot_all = inner
        if not self.take(")"):
            raise UnreadPatternError("an unmatched bracket")
        self.any_case, self.dot_all = flags
        return last

    def escape(self, first: int) -> int:
        letter = self.peek()
        if letter == "A":
            self.at += 1
            return self.mark("begin", first)
        if letter == "z":
            self.at += 1
            return self.mark("end", first)
        return self.letter(self.escaped(), first)

    def escaped(self) -> Letters:
        letter = self.peek()
        self.at += 1
        if letter.lower() in _CLASSES:
            letters = _CLASSES[letter.lower()]
            return complement(letters) if letter.isupper() else letters
        if letter in _CONTROLS:
            return ((_CONTROLS[letter], _CONTROLS[letter]),)
        if letter == "x":
            digits = self.text[self.at : self.at + 2]
            self.at += 2
            if digits.startswith("{"):
                close = self.text.index("}", self.at)
                digits, self.at = self.text[self.at - 1 : close], close + 1
            code = int(digits, 16)
            return self.folded(((code, code),))
        if not letter or letter.isalnum() or not letter.isascii():
            raise UnreadPatternError(f"the escape `\\{letter}`")
        return ((ord(letter), ord(letter)),)

    def bracket(self) -> Letters:
        negated = self.take("^")
        found: list[tuple[int, int]] = []
        first = True
        while first or self.peek() != "]":
            if not self.peek():
                raise UnreadPatternError("an unmatched bracket")
            first = False
            if self.text.startswith("[:", self.at):
                raise UnreadPatternError("a class such as `[:alpha:]`")
            low = self.member()
            if (
                len(low) == 1
                and low[0][0] == low[0][1]
                and self.peek() == "-"
                and self.text[self.at + 1 : self.at + 2] != "]"
            ):
                self.at += 1
                high = self.member()
                found.append((low[0][0], high[0][1]))
            else:
                found += low
        self.at += 1
        letters = self.folded(tuple(found))
        return complement(letters) if negated else letters

    def member(self) -> Letters:
        letter = self.peek()
        self.at += 1
        if letter == "\\":
            return self.escaped()
        return ((ord(letter), ord(letter)),)

    def folded(self, letters: Letters) -> Letters:
        if not self.any_case:
            return letters
        if sum(high - low for low, high in letters) > 2_000:
            raise UnreadPatternError("a large class in any case")
        found = list(letters)
        for low, high in letters:
            for code in range(low, high + 1):
                letter = chr(code)
                twins = {letter.lower(), letter.upper(), letter.casefold()}
                twins |= {_TWINS[small] for small in twins if small in _TWINS}
                twins |= {twin.lower() for twin in twins} | {twin.upper() for twin in twins}
                found += [(ord(twin), ord(twin)) for twin in twins if len(twin) == 1]
        return tuple(found)
