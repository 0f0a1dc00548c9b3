"""The tables of the grammar, as they were generated, or made anew where the grammar has changed since."""

import json
import pkgutil
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import TypedDict

from routekit.syntax.automaton import Piece, Rule, Tables
from routekit.syntax.builder import Builder

__all__ = ["RuleData", "TableData", "fingerprint", "grammar", "tables"]

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
    """The grammar's text."""
    return _file("grammar.lark").replace("\r\n", "\n")


def fingerprint(text: str) -> str:
    """What tells one grammar from another."""
    return sha256(text.encode()).hexdigest()


@cache
def tables() -> Tables:
    """The tables that the parser runs by."""
    data: TableData = json.loads(_file("tables.json"))
    if data["grammar"] != fingerprint(grammar()):
        from routekit.syntax.generate import generate  # needs lark, and a quarter of a second

        data = generate()
    builder = Builder()
    return Tables(
        states=tuple(data["states"]),
        rules=tuple(
            Rule(origin, size, _build(getattr(builder, method), order))
            for origin, size, method, order in data["rules"]
        ),
        start=data["start"],
        end=data["end"],
        keywords=data["keywords"],
    )


def _file(name: str) -> str:
    data = pkgutil.get_data("routekit.syntax", name)
    assert data is not None
    return data.decode("utf-8")


def _build(method: Callable[..., Piece], order: list[int | None] | None) -> Callable[[list[Piece]], Piece]:
    if order is None:
        return lambda pieces: method(*pieces)

    def build(pieces: list[Piece]) -> Piece:
        arranged: list[Piece] = []
        for part in order:
            if part is None:
                arranged.append(None)
            elif part >= 0:
                arranged.append(pieces[part])
            else:
                arranged.extend(pieces[~part])
        return method(*arranged)

    return build
