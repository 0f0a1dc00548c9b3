"""Builds the nodes of who gets what: rules, groups, tables, splits, adjustments, offers."""

from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import (
    every_other,
    ident,
    literal,
    operator_of,
    range_of,
    reason,
    span_of,
    text_of,
    words_of,
)
from routekit.syntax.lexer import Lexeme

__all__ = ["Routing"]


class Routing:
    """Builds a node for each rule of the grammar on who gets what."""

    def route(
        self, word: Lexeme, _open: Lexeme, items: tuple[tree.RouteItem, ...], close: Lexeme
    ) -> tree.Route:
        return tree.Route(span_of(word, close), items)

    def rule(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme | None,
        condition: tree.Expression | None,
        body: tree.Outcome | tree.SplitNode,
        because: tree.Literal | None,
    ) -> tree.RuleNode:
        span = span_of(word, body, because)
        why = reason(because)
        return tree.RuleNode(span, ident(name), text_of(title), condition, body, why)

    def split(
        self,
        word: Lexeme,
        _by: Lexeme,
        key: tree.Expression,
        _seed: Lexeme,
        seed: Lexeme,
        _open: Lexeme,
        arms: tuple[tree.Arm, ...],
        close: Lexeme,
    ) -> tree.SplitNode:
        return tree.SplitNode(span_of(word, close), key, literal(seed), arms)

    def arm(self, share: Lexeme, _percent: Lexeme, outcome: tree.Outcome) -> tree.Arm:
        return tree.Arm(span_of(share, outcome), literal(share), outcome)

    def group(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme,
        condition: tree.Expression,
        _open: Lexeme,
        items: tuple[tree.RouteItem, ...],
        close: Lexeme,
    ) -> tree.GroupNode:
        return tree.GroupNode(span_of(word, close), ident(name), text_of(title), condition, items)

    def table(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _left: Lexeme,
        columns: tuple[tree.Expression, ...],
        _right: Lexeme,
        _open: Lexeme,
        rows: tuple[tree.Row, ...],
        close: Lexeme,
    ) -> tree.TableNode:
        return tree.TableNode(span_of(word, close), ident(name), text_of(title), columns, rows)

    def table_from_file(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _left: Lexeme | None,
        columns: tuple[tree.Expression, ...] | None,
        _right: Lexeme | None,
        file: tree.FromFile,
    ) -> tree.TableNode:
        return tree.TableNode(span_of(word, file), ident(name), text_of(title), columns or (), (), file)

    def from_file(
        self, word: Lexeme, path: Lexeme, _sheet: Lexeme | None, sheet: Lexeme | None
    ) -> tree.FromFile:
        return tree.FromFile(
            span_of(word, path, sheet), literal(path), None if sheet is None else literal(sheet)
        )

    def row(
        self,
        cells: tuple[tree.Cell, ...],
        _arrow: Lexeme,
        outcome: tree.Outcome,
        because: tree.Literal | None,
    ) -> tree.Row:
        why = reason(because)
        return tree.Row(span_of(cells[0], outcome, because), cells, outcome, why)

    def cell(self, *cell: Piece) -> tree.Cell:
        alternatives: tuple[tuple[tree.CellTest, ...], ...] = every_other(cell)
        span = span_of(alternatives[0][0], alternatives[-1][-1])
        return tree.Cell(span, () if span.text == "_" else alternatives)

    def cell_value(self, value: tree.Expression) -> tree.CellTest:
        return tree.CellTest(value.span, "is", value)

    def cell_range(self, low: tree.Expression, to: Lexeme, high: tree.Expression) -> tree.CellTest:
        range_ = range_of(low, to, high)
        return tree.CellTest(range_.span, "in", range_)

    def cell_comparison(self, operator: Lexeme, value: tree.Expression) -> tree.CellTest:
        return tree.CellTest(span_of(operator, value), operator_of(operator.value), value)

    def cell_is(self, word: Lexeme, negation: Lexeme | None, value: tree.Expression) -> tree.CellTest:
        return tree.CellTest(span_of(word, value), "is not" if negation else "is", value)

    def cell_in(self, negation: Lexeme | None, word: Lexeme, values: tree.Expression) -> tree.CellTest:
        operator = "not in" if negation else "in"
        return tree.CellTest(span_of(negation or word, values), operator, values)

    def cell_in_range(
        self,
        negation: Lexeme | None,
        word: Lexeme,
        low: tree.Expression,
        to: Lexeme,
        high: tree.Expression,
    ) -> tree.CellTest:
        return self.cell_in(negation, word, range_of(low, to, high))

    def cell_text(self, word: Lexeme, *more: Piece) -> tree.CellTest:
        operator, value = words_of((word, *more))
        return tree.CellTest(span_of(word, value), operator, value)

    def cell_dash(self, dash: Lexeme) -> tree.CellTest:
        return tree.CellTest(span_of(dash), "-", tree.Path(span_of(dash), ()))

    def otherwise(
        self, word: Lexeme, outcome: tree.Outcome, because: tree.Literal | None
    ) -> tree.OtherwiseNode:
        why = reason(because)
        return tree.OtherwiseNode(span_of(word, outcome, because), outcome, why)

    def adjust(
        self, word: Lexeme, _open: Lexeme, items: tuple[tree.RouteItem, ...], close: Lexeme
    ) -> tree.Adjust:
        return tree.Adjust(span_of(word, close), items)

    def offers(self, word: Lexeme, _open: Lexeme, items: tuple[Piece, ...], close: Lexeme) -> tree.Offers:
        return tree.Offers(span_of(word, close), items)

    def show(self, word: Lexeme, count: Lexeme, _by: Lexeme | None, worth: Lexeme | None) -> tree.Show:
        return tree.Show(span_of(word, count, worth), literal(count))

    def offer(
        self, word: Lexeme, name: Lexeme, title: Lexeme | None, clauses: tuple[Piece, ...]
    ) -> tree.OfferNode:
        span = span_of(word, name, title, *clauses)
        return tree.OfferNode(span, ident(name), text_of(title), clauses)

    def offered_when(self, word: Lexeme, condition: tree.Expression) -> tree.Clause:
        return tree.Clause(span_of(word, condition), "when", value=condition)

    def worth(self, word: Lexeme, value: tree.Expression) -> tree.Clause:
        return tree.Clause(span_of(word, value), "worth", value=value)

    def cap(self, word: Lexeme, most: Lexeme, _per: Lexeme, per: Lexeme) -> tree.Cap:
        return tree.Cap(span_of(word, per), literal(most), literal(per))

    def altogether(self, word: Lexeme, _at_most: Lexeme, most: Lexeme, _per: Lexeme, per: Lexeme) -> tree.Cap:
        return tree.Cap(span_of(word, per), literal(most), literal(per))

    def offer_group(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme | None,
        condition: tree.Expression | None,
        _open: Lexeme,
        items: tuple[Piece, ...],
        close: Lexeme,
    ) -> tree.OfferGroupNode:
        return tree.OfferGroupNode(span_of(word, close), ident(name), text_of(title), condition, items)

    def never(self, word: Lexeme, _when: Lexeme, condition: tree.Expression) -> tree.NeverNode:
        return tree.NeverNode(span_of(word, condition), condition)
