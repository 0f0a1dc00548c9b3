"""Builds the nodes of expressions."""

from dataclasses import replace

from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import (
    every_other,
    ident,
    idents,
    literal,
    operator_of,
    range_of,
    span_of,
    words_of,
)
from routekit.syntax.lexer import Lexeme

__all__ = ["Expressions"]


class Expressions:
    """Builds a node for each rule of the grammar on expressions."""

    def any_of(self, *operands: Piece) -> tree.Logic:
        return self._logic("or", operands)

    def all_of(self, *operands: Piece) -> tree.Logic:
        return self._logic("and", operands)

    def _logic(self, operator: str, operands: tuple[Piece, ...]) -> tree.Logic:
        conditions = every_other(operands)
        return tree.Logic(span_of(conditions[0], conditions[-1]), operator, conditions)

    def negated(self, word: Lexeme, operand: tree.Expression) -> tree.Negated:
        return tree.Negated(span_of(word, operand), operand)

    def compare(self, left: Piece, operator: Lexeme, right: Piece) -> tree.Test:
        return tree.Test(span_of(left, right), operator_of(operator.value), left, right)

    def is_test(
        self,
        left: Piece,
        _is: Lexeme,
        negation: Lexeme | None,
        right: Piece,
        _at: Lexeme | None,
        at: Piece,
    ) -> tree.Test:
        operator = "is not" if negation else "is"
        return tree.Test(span_of(left, right, at), operator, left, right, at)

    def in_test(self, left: Piece, negation: Lexeme | None, _in: Lexeme, right: Piece) -> tree.Test:
        return tree.Test(span_of(left, right), "not in" if negation else "in", left, right)

    def in_range_test(
        self,
        left: Piece,
        negation: Lexeme | None,
        _in: Lexeme,
        low: Piece,
        to: Lexeme,
        high: Piece,
    ) -> tree.Test:
        operator = "not in" if negation else "in"
        return tree.Test(span_of(left, high), operator, left, range_of(low, to, high))

    def text_test(self, left: Piece, *test: Piece) -> tree.Test:
        """A test that is spelled in words, the value behind them."""
        operator, right = words_of(test)
        return tree.Test(span_of(left, right), operator, left, right)

    def fallback(self, first: Piece, _else: Lexeme, second: Piece) -> tree.Fallback:
        return tree.Fallback(span_of(first, second), first, second)

    def arithmetic(self, left: Piece, operator: Lexeme, right: Piece) -> tree.Arithmetic:
        return tree.Arithmetic(span_of(left, right), operator.value, left, right)

    def negative(self, minus: Lexeme, operand: Piece) -> tree.Negative:
        return tree.Negative(span_of(minus, operand), operand)

    def signed_number(self, minus: Lexeme, number: Lexeme) -> tree.Negative:
        return tree.Negative(span_of(minus, number), literal(number))

    def parenthesised(self, left: Lexeme, inner: tree.Expression, right: Lexeme) -> tree.Expression:
        return replace(inner, span=span_of(left, right))

    def path(self, *parts: Lexeme) -> tree.Path:
        names = every_other(parts)
        return tree.Path(span_of(names[0], names[-1]), idents(names))

    def call(
        self, name: Lexeme, _left: Lexeme, arguments: tuple[tree.Expression, ...], right: Lexeme
    ) -> tree.Call:
        return tree.Call(span_of(name, right), ident(name), arguments)

    def set(self, left: Lexeme, members: tuple[Piece, ...] | None, right: Lexeme) -> tree.SetLiteral:
        return tree.SetLiteral(span_of(left, right), members or ())

    def literal(self, token: Lexeme) -> tree.Literal:
        return literal(token)
