"""Builds the nodes of what a company says and announces: facts, files of facts, events."""

from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import every_other, ident, idents, literal, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["Facts"]


class Facts:
    """Builds a node for each rule of the grammar on facts and events."""

    def fact(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _is: Lexeme,
        value: tree.Expression,
        clauses: tuple[tree.FactClause, ...],
    ) -> tree.FactNode:
        return tree.FactNode(span_of(word, value, *clauses), ident(name), value, clauses, text_of(title))

    def since(self, word: Lexeme, day: Lexeme) -> tree.FactClause:
        return tree.FactClause(span_of(word, day), "from", day=literal(day))

    def until(self, word: Lexeme, day: Lexeme) -> tree.FactClause:
        return tree.FactClause(span_of(word, day), "until", day=literal(day))

    def kept_by(self, word: Lexeme, _by: Lexeme, unit: Lexeme) -> tree.FactClause:
        return tree.FactClause(span_of(word, unit), "kept by", unit=ident(unit))

    def facts_from_file(self, word: Lexeme, _from: Lexeme, path: Lexeme) -> tree.FactsFile:
        return tree.FactsFile(span_of(word, path), literal(path))

    def event(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _open: Lexeme,
        clauses: tuple[tree.EventClause, ...],
        close: Lexeme,
    ) -> tree.EventNode:
        return tree.EventNode(span_of(word, close), ident(name), clauses, text_of(title))

    def event_on(self, word: Lexeme, *days: Piece) -> tree.EventClause:
        return tree.EventClause(span_of(word, days[-1]), "on", days=every_other(days))

    def event_about(self, word: Lexeme, names: tuple[Lexeme, ...]) -> tree.EventClause:
        return tree.EventClause(span_of(word, names[-1]), "about", names=idents(names))

    def event_expect(self, word: Lexeme, sign: Lexeme, share: Lexeme, percent: Lexeme) -> tree.EventClause:
        number = tree.Literal(span_of(sign, share), "number", sign.value.replace("+", "") + share.value)
        return tree.EventClause(span_of(word, percent), "expect", share=number)

    def event_days(self, first: Lexeme, _to: Lexeme | None, last: Lexeme | None) -> tree.DaysNode:
        end = None if last is None else literal(last)
        return tree.DaysNode(span_of(first, last), literal(first), end)
