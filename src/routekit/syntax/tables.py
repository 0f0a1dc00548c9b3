"""The tables of the grammar, as they were generated, or made anew where the grammar has changed since."""

import json
from collections.abc import Callable
from functools import cache

from routekit.syntax.automaton import Piece, Rule, TableData, Tables, fingerprint, grammar, text_of
from routekit.syntax.builder import Builder

__all__ = ["tables"]


@cache
def tables() -> Tables:
    """Returns the tables that the parser runs by."""
    data: TableData = json.loads(text_of("tables.json"))
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


def _build(method: Callable[..., Piece], order: list[int | None] | None) -> Callable[[list[Piece]], Piece]:
    if order is None:
        return lambda pieces: method(*pieces)
    if method.__name__ == Builder.repeated.__name__ and order[0] == ~0:
        more = [part for part in order[1:] if part is not None]
        return lambda pieces: _grown(pieces, more)

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


def _grown(pieces: list[Piece], more: list[int]) -> Piece:
    """What is repeated, with what comes next in the same list: copies would take the square of the time."""
    repeated: list[Piece] = pieces[0]
    repeated += [pieces[part] for part in more]
    return repeated
