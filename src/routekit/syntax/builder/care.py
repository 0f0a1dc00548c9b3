"""Builds the nodes of whom a company turns to by itself."""

from routekit.syntax import tree
from routekit.syntax.builder.pieces import ident, literal, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["Care"]


class Care:
    """Builds a node for each rule of the grammar on care."""

    def care(
        self, word: Lexeme, _open: Lexeme, items: tuple[tree.CareItem, ...], close: Lexeme
    ) -> tree.CareNode:
        return tree.CareNode(span_of(word, close), items)

    def quiet(self, word: Lexeme, hours: tree.Hours) -> tree.Quiet:
        return tree.Quiet(span_of(word, hours), hours)

    def care_setting(self, word: Lexeme, value: tree.Expression) -> tree.CareSetting:
        return tree.CareSetting(span_of(word, value), word.value, value)

    def reach(
        self, word: Lexeme, name: Lexeme, title: Lexeme | None, clauses: tuple[tree.ReachClause, ...]
    ) -> tree.ReachNode:
        span = span_of(word, name, title, *clauses)
        return tree.ReachNode(span, word.value, ident(name), text_of(title), clauses)

    def due(
        self, word: Lexeme, value: tree.Expression, _by: Lexeme, by: Lexeme, _for: Lexeme, lasts: Lexeme
    ) -> tree.Due:
        return tree.Due(span_of(word, lasts), value, literal(by), literal(lasts))

    def reach_then(self, word: Lexeme, actions: tuple[tree.Action, ...]) -> tree.ReachThen:
        return tree.ReachThen(span_of(word, *actions), actions)
