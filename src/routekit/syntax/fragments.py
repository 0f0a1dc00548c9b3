"""Reads a piece of a policy that stands by itself, such as a cell or an outcome, into its node.

The parser is brought to the place where such a piece stands, by a text around it, and takes the piece there.
What stands behind it in that text must be able to follow, and nothing but the piece may have been taken: so
no piece can go on into what is not its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from routekit.diagnostics import Diagnostic, Reporter, Source, Span
from routekit.syntax.automaton import Automaton, Piece
from routekit.syntax.lexer import Lexeme, tokens
from routekit.syntax.parser import parse
from routekit.syntax.tables import tables
from routekit.translation import t

__all__ = ["Kind", "mistake_in", "read_piece"]

_NOWHERE = Source("", "")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of piece: the text before it, the sign behind it, one that is right, where its node is found.

    ``node`` takes what the parser has built of the piece; None where that is more than the piece.
    """

    before: str
    behind: str
    sample: str
    node: Callable[[Piece], Piece | None]


def _only(pieces: Piece) -> Piece | None:
    return pieces[0] if len(pieces) == 1 else None


def _outcome(rows: Piece) -> Piece | None:
    return rows[0].outcome if len(rows) == 1 and not rows[0].because else None


def _actions(rows: Piece) -> Piece | None:
    outcome = _outcome(rows)
    return outcome.actions if outcome is not None and not outcome.steps else None


def _value(rows: Piece) -> Piece | None:
    return rows[0].value if len(rows) == 1 else None


def _expected(rows: Piece) -> Piece | None:
    return _only(rows[0].expected) if len(rows) == 1 and not rows[0].because else None


_ROWS = "route { table t (c) {"
CELL = Kind(_ROWS, "->", "_", _only)
OUTCOME = Kind(f"{_ROWS} _ ->", "}", "queue q", _outcome)
ACTIONS = Kind(f"{_ROWS} _ ->", "}", "queue q", _actions)
STEP = Kind("plan p {", "}", "after 1s queue q", _only)
VALUE = Kind("let l { table (c) { _ ->", "}", "1", _value)
GIVEN = Kind('example "e" table (a.b -> rule) {', "->", "_", _only)
EXPECTED = Kind('example "e" table (a.b -> rule) { _ ->', "}", "_", _expected)
COLUMN = Kind("route { table t (", ",", "c", lambda expression: expression)


def read_piece(kind: Kind, source: Source, start: int, end: int) -> Piece | None:
    """Returns the node of a piece of a text; None where it is none, or holds a comment."""
    automaton, depth = _begun(kind)
    comments: list[tuple[int, str]] = []
    piece = source.text[start:end]

    def make(terminal: str, value: str, first: int, last: int) -> Lexeme:
        return Lexeme(source, terminal, value, start + first, start + last)

    text = f"{piece} {kind.behind}"
    for lexeme in tokens(text, 0, automaton, tables().keywords, comments, make):
        if lexeme.start > end:
            break
        if not automaton.feed(lexeme):
            return None
    terminal = tables().keywords[kind.behind]
    if comments or not automaton.feed(Lexeme(_NOWHERE, terminal, kind.behind, 0, 0)):
        return None
    return kind.node(automaton.values[-2]) if len(automaton.values) == depth else None


def mistake_in(kind: Kind, source: Source, start: int, end: int) -> Diagnostic:
    """Says what is wrong with a piece that cannot be read, as the parser does where it stands in a policy."""
    piece, reporter = source.text[start:end], Reporter()
    before = f"{kind.before}\n"
    parse(Source("", f"{before}{piece}\n{kind.behind}"), reporter)
    inside = range(len(before), len(before) + len(piece) + 1)
    for found in reporter.found:
        if found.span.start in inside and found.span.end <= inside[-1]:
            first = start + found.span.start - inside.start
            last = start + min(found.span.end, inside[-1]) - inside.start
            return Diagnostic(found.code, found.message, Span(source, first, last), found.label, found.help)
    message = t("`{piece}` is more than a cell holds", piece=piece)
    help_ = t("a comment stands in a column called `#`") if "#" in piece else ""
    return Diagnostic("RK001", message, Span(source, start, end), help=help_)


@cache
def _states(kind: Kind) -> tuple[tuple[int, ...], tuple[Piece, ...], int]:
    """The parser before a piece of a kind, and how many pieces it has behind one."""

    def make(terminal: str, value: str, first: int, last: int) -> Lexeme:
        return Lexeme(_NOWHERE, terminal, value, first, last)

    automaton = Automaton(tables())
    for lexeme in tokens(kind.before, 0, automaton, tables().keywords, [], make):
        assert automaton.feed(lexeme), kind.before
    stack, values = tuple(automaton.stack), tuple(automaton.values)
    for lexeme in tokens(f"{kind.sample} {kind.behind}", 0, automaton, tables().keywords, [], make):
        assert automaton.feed(lexeme), kind.sample
    return stack, values, len(automaton.values)


def _begun(kind: Kind) -> tuple[Automaton, int]:
    stack, values, depth = _states(kind)
    automaton = Automaton(tables(), list(stack))
    automaton.values = list(values)
    return automaton, depth
