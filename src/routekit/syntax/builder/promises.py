"""Builds the nodes of what is promised, and how it is checked: guarantees and examples."""

from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import ident, idents, literal, reason, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["Promises"]


class Promises:
    """Builds a node for each rule of the grammar on what is promised, and how it is checked."""

    def guarantee(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme | None,
        condition: tree.Expression | None,
        _then: Lexeme,
        promise: tree.Expression,
        held: tree.Held | None,
    ) -> tree.GuaranteeNode:
        span = span_of(word, promise, held)
        return tree.GuaranteeNode(span, ident(name), text_of(title), condition, promise, held)

    def dash(self, dash: Lexeme) -> tree.Path:
        """A cell as other tables write one that says nothing; the checker refuses it."""
        return tree.Path(span_of(dash), (ident(dash),))

    def sameness(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme | None,
        condition: tree.Expression | None,
        _whatever: Lexeme,
        varied: tuple[tree.Varied, ...],
        _then: Lexeme,
        _same: Lexeme,
        parts: tuple[tree.Path, ...],
    ) -> tree.SamenessNode:
        span = span_of(word, parts[-1])
        return tree.SamenessNode(span, ident(name), text_of(title), condition, varied, parts)

    def varied(self, path: tree.Path, _in: Lexeme | None, values: tree.SetLiteral | None) -> tree.Varied:
        return tree.Varied(span_of(path, values), path, values)

    def throughout(self, word: Lexeme) -> tree.Held:
        return tree.Held(span_of(word), None)

    def within(self, word: Lexeme, duration: Lexeme) -> tree.Held:
        return tree.Held(span_of(word, duration), literal(duration))

    def example(
        self,
        word: Lexeme,
        title: Lexeme,
        _given: Lexeme | None,
        givens: tuple[tree.AnyGiven, ...] | None,
        _expect: Lexeme,
        expectations: tuple[tree.Expectation, ...],
    ) -> tree.ExampleNode:
        span = span_of(word, expectations[-1])
        return tree.ExampleNode(span, literal(title), givens or (), expectations)

    def example_table(
        self,
        word: Lexeme,
        title: Lexeme,
        _given: Lexeme | None,
        givens: tuple[tree.AnyGiven, ...] | None,
        _table: Lexeme,
        _left: Lexeme,
        columns: tuple[tree.Path, ...],
        _arrow: Lexeme,
        results: tuple[Lexeme, ...],
        _right: Lexeme,
        _open: Lexeme,
        rows: tuple[tree.ExampleRow, ...],
        close: Lexeme,
    ) -> tree.ExampleTableNode:
        span = span_of(word, close)
        return tree.ExampleTableNode(span, literal(title), givens or (), columns, idents(results), rows)

    def example_table_from_file(
        self,
        word: Lexeme,
        title: Lexeme,
        _given: Lexeme | None,
        givens: tuple[tree.AnyGiven, ...] | None,
        _table: Lexeme,
        file: tree.FromFile,
    ) -> tree.ExampleTableNode:
        return tree.ExampleTableNode(span_of(word, file), literal(title), givens or (), (), (), (), file)

    def example_row(
        self,
        given: tuple[tree.Expression, ...],
        _arrow: Lexeme,
        expected: tuple[Piece, ...],
        because: tree.Literal | None,
    ) -> tree.ExampleRow:
        why = reason(because)
        return tree.ExampleRow(span_of(given[0], expected[-1], because), given, expected, why)

    def given(self, path: tree.Path, value: tree.Expression) -> tree.Given:
        return tree.Given(span_of(path, value), path, value)

    def given_switch(self, word: Lexeme, name: Lexeme, value: tree.Expression) -> tree.GivenSwitch:
        return tree.GivenSwitch(span_of(word, value), ident(name), value)

    def given_shown(self, word: Lexeme, offer: Lexeme, at: Lexeme) -> tree.GivenShown:
        return tree.GivenShown(span_of(word, at), ident(offer), literal(at))

    def given_reached(self, word: Lexeme, reach: Lexeme, at: Lexeme) -> tree.GivenReached:
        return tree.GivenReached(span_of(word, at), ident(reach), literal(at))

    def expectation(self, what: Lexeme, value: Piece) -> tree.Expectation:
        return tree.Expectation(span_of(what, value), ident(what), value)

    def whole_plan(self, first: Lexeme, *rest: Piece) -> tree.PlanValue:
        *steps, close = rest
        return tree.PlanValue(span_of(first, close), tuple(steps))

    def rule_name(self, table: Lexeme, _left: Lexeme, row: Lexeme, right: Lexeme) -> tree.RuleName:
        return tree.RuleName(span_of(table, right), ident(table), literal(row))
