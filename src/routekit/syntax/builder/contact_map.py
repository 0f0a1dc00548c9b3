"""Builds the nodes of the contact map."""

from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import every_other, ident, idents, literal, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["ContactMap"]


class ContactMap:
    """Builds a node for each rule of the grammar on where we meet, and what about."""

    def journey(self, word: Lexeme, *stages: Piece) -> tree.JourneyNode:
        return tree.JourneyNode(span_of(word, stages[-1]), idents(every_other(stages)))

    def touchpoint(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.TouchpointNode:
        return tree.TouchpointNode(span_of(word, close), ident(name), text_of(title), clauses)

    def clause_of_text(self, word: Lexeme, text: Lexeme) -> tree.Clause:
        return tree.Clause(span_of(word, text), word.value, value=literal(text))

    def matter(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme | None,
        condition: tree.Expression | None,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.MatterNode:
        return tree.MatterNode(span_of(word, close), ident(name), text_of(title), condition, clauses)

    def solved(
        self,
        word: Lexeme,
        _on: Lexeme,
        channels: tuple[Lexeme, ...],
        _when: Lexeme | None,
        condition: tree.Expression | None,
    ) -> tree.Clause:
        return tree.Clause(span_of(word, channels[-1], condition), "solved", idents(channels), condition)

    def unit(self, word: Lexeme, name: Lexeme) -> tree.Clause:
        return tree.Clause(span_of(word, name), "unit", (ident(name),))
