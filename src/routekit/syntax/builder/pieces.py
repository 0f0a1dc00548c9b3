"""What the builder's methods share: places, names and literals of tokens."""

import re

from routekit.diagnostics import Span
from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.lexer import Lexeme

__all__ = [
    "every_other",
    "ident",
    "idents",
    "listed",
    "literal",
    "operator_of",
    "range_of",
    "reason",
    "span_of",
    "text_of",
    "unquote",
    "words_of",
]

_LITERALS = {"STR": "text", "NUM": "number", "SPAN": "duration", "DAY": "date", "INSTANT": "time"}
_ESCAPE = re.compile(r'\\(["\\])')


def unquote(quoted: str) -> str:
    r"""Reads the text between quotes; ``\"`` is a quote, ``\\`` a backslash, any other backslash itself.

    >>> unquote(r'"a \"b\" \\d \d"')
    'a "b" \\d \\d'
    """
    inner = quoted[1:-1]
    return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner


def every_other(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Leaves out the signs between the members of a list."""
    return pieces[::2]


def span_of(first: Piece, *rest: Piece) -> Span:
    """Spans from the first piece to the last that is there."""
    last = first
    for piece in reversed(rest):
        if piece is not None:
            last = piece
            break
    if isinstance(first, Lexeme):
        source, start = first.source, first.start
    else:
        source, start = first.span.source, first.span.start
    return Span(source, start, last.end if isinstance(last, Lexeme) else last.span.end)


def ident(token: Lexeme) -> tree.Ident:
    """Makes a name."""
    return tree.Ident(token.span, token.value)


def idents(names: tuple[Lexeme, ...] | None) -> tuple[tree.Ident, ...]:
    """Makes names, none where the list is left out."""
    return tuple(ident(name) for name in names or ())


def listed(values: tuple[Lexeme, ...]) -> tuple[tree.Listed, ...]:
    """Makes the values of a list of names, some of which may stand in quotes."""
    return tuple(
        tree.Listed(value.span, unquote(value.value), quoted=True)
        if value.type == "STR"
        else tree.Listed(value.span, value.value)
        for value in values
    )


def literal(token: Lexeme) -> tree.Literal:
    """Makes a literal, of the kind that its terminal says."""
    return tree.Literal(token.span, _LITERALS.get(token.type, token.type.lower()), token.value)


def text_of(token: Lexeme | None) -> str:
    """Reads a text, empty where it is left out."""
    return "" if token is None else unquote(token.value)


def reason(because: tree.Literal | None) -> str:
    """Reads what stands behind ``because``, empty where it is left out."""
    return "" if because is None else unquote(because.text)


def range_of(low: Piece, to: Lexeme, high: Piece) -> tree.Range:
    """Makes a range, with its end or without it."""
    return tree.Range(span_of(low, high), low, high, to.value == "..<")


def words_of(pieces: tuple[Piece, ...]) -> tuple[str, Piece]:
    """Reads the words of a test, without those that were left out, and the value behind them."""
    *words, value = pieces
    return " ".join(word.value for word in words if word is not None), value


def operator_of(written: str) -> str:
    """Spells a comparison as the tree does."""
    return {"==": "is", "!=": "is not"}.get(written, written)
