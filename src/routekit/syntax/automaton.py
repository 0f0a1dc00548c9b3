"""Drives the grammar's tables: an LALR automaton that can be asked, stopped and set back."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol, TypeAlias, TypedDict

__all__ = [
    "END",
    "Automaton",
    "Piece",
    "Rule",
    "RuleData",
    "TableData",
    "Tables",
    "Terminal",
    "fingerprint",
    "grammar",
    "text_of",
]

END = "$END"
"""The terminal behind the last one of the text."""

Piece: TypeAlias = Any
"""A token, or what was built of others; which of them, only the grammar knows."""


class Terminal(Protocol):
    """A token, as far as the automaton looks at it."""

    type: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the grammar: how many pieces it takes from the stack, and what is built of them."""

    origin: str
    size: int
    build: Callable[[list[Piece]], Piece]


@dataclass(frozen=True, slots=True)
class Tables:
    """What to do in each state on each terminal, and where a rule's origin leads.

    A number from 0 on is the state to go to; below 0 it is a rule to reduce by, ``~number`` in ``rules``.
    """

    states: tuple[Mapping[str, int], ...]
    rules: tuple[Rule, ...]
    start: int
    end: int
    keywords: Mapping[str, str]
    """Each fixed text of the grammar, a word or a sign, with its terminal."""


class Automaton:
    """The stacks of one parse."""

    __slots__ = ("stack", "tables", "values")

    def __init__(self, tables: Tables, stack: list[int] | None = None) -> None:
        self.tables = tables
        self.stack = [tables.start] if stack is None else stack
        self.values: list[Piece] = []

    def actions(self) -> Mapping[str, int]:
        """Tells what the table has for this state; more than can stand here, since LALR merges contexts."""
        return self.tables.states[self.stack[-1]]

    def takes(self, terminal: str) -> bool:
        """Checks whether the terminal, after the reductions that it asks for, is really shifted."""
        return self._shifted(terminal) is not None

    def after(self, terminal: str) -> "Automaton | None":
        """Gives an automaton without values that has taken the terminal; None where it cannot stand here."""
        stack = self._shifted(terminal)
        return None if stack is None else Automaton(self.tables, stack)

    def pass_over(self, terminal: str) -> bool:
        """Takes a terminal without its value, as long as it can stand here; whether it can."""
        stack = self._shifted(terminal)
        self.stack = self.stack if stack is None else stack
        return stack is not None

    def _shifted(self, terminal: str) -> list[int] | None:
        states, rules = self.tables.states, self.tables.rules
        stack = self.stack.copy()
        while True:
            if terminal == END and stack[-1] == self.tables.end:
                return stack
            action = states[stack[-1]].get(terminal)
            if action is None:
                return None
            if action >= 0:
                stack.append(action)
                return stack
            rule = rules[~action]
            if rule.size:
                del stack[-rule.size :]
            stack.append(states[stack[-1]][rule.origin])

    def feed(self, token: Terminal) -> bool:
        """Takes the next token; False where it cannot stand here."""
        states, rules = self.tables.states, self.tables.rules
        stack, values = self.stack, self.values
        terminal, end = token.type, self.tables.end
        while True:
            if terminal == END and stack[-1] == end:
                return True
            action = states[stack[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                stack.append(action)
                values.append(token)
                return True
            rule = rules[~action]
            pieces: list[Piece] = []
            if rule.size:
                pieces = values[-rule.size :]
                del values[-rule.size :], stack[-rule.size :]
            stack.append(states[stack[-1]][rule.origin])
            values.append(rule.build(pieces))


# ── what it is made of ─────────────────────────────────────────────────────────

RuleData = tuple[str, int, str, list[int | None] | None]
"""A rule's origin, its size, the builder's method for it, and the pieces that the method gets.

Without such a list the pieces are as they stand. In it, a number is a piece, ``~number`` one that is a list
whose members stand in its place, and ``null`` one that was left out.
"""


class TableData(TypedDict):
    """The content of ``tables.json``."""

    grammar: str
    start: int
    end: int
    keywords: dict[str, str]
    rules: list[RuleData]
    states: list[dict[str, int]]


def grammar() -> str:
    """Returns the grammar's text."""
    return text_of("grammar.lark").replace("\r\n", "\n")


def fingerprint(text: str) -> str:
    """Hashes the text of a grammar, which tells one from another."""
    return sha256(text.encode()).hexdigest()


def text_of(name: str) -> str:
    """Returns the text of a file of this room."""
    data = pkgutil.get_data("routekit.syntax", name)
    assert data is not None
    return data.decode("utf-8")
