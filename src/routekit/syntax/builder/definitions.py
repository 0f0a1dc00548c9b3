"""Builds the nodes of what is worked out: lets, values by cases, segments."""

from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import ident, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["Definitions"]


class Definitions:
    """Builds a node for each rule of the grammar on what is worked out."""

    def let(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        type_: tree.TypeNode | None,
        _is: Lexeme,
        value: tree.Expression,
    ) -> tree.LetNode:
        return tree.LetNode(span_of(word, value), ident(name), value, text_of(title), type_)

    def let_by_cases(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        type_: Piece,
        open_: Lexeme,
        items: tuple[tree.CaseItem, ...],
        close: Lexeme,
    ) -> tree.LetNode:
        gather = type_.value if isinstance(type_, Lexeme) else "first"
        given = None if isinstance(type_, Lexeme) else type_
        cases = tree.CasesNode(span_of(open_, close), gather, items)
        return tree.LetNode(span_of(word, close), ident(name), cases, text_of(title), given)

    def gather(self, word: Lexeme) -> Lexeme:
        return word

    def case(
        self, word: Lexeme, condition: tree.Expression, _then: Lexeme, value: tree.Expression
    ) -> tree.CaseNode:
        return tree.CaseNode(span_of(word, value), condition, value)

    def last_case(self, word: Lexeme, value: tree.Expression) -> tree.CaseNode:
        return tree.CaseNode(span_of(word, value), None, value)

    def case_table(
        self,
        word: Lexeme,
        _left: Lexeme,
        columns: tuple[tree.Expression, ...],
        _right: Lexeme,
        _open: Lexeme,
        rows: tuple[tree.CaseRow, ...],
        close: Lexeme,
    ) -> tree.CaseTable:
        return tree.CaseTable(span_of(word, close), columns, rows)

    def case_table_from_file(
        self,
        word: Lexeme,
        _left: Lexeme | None,
        columns: tuple[tree.Expression, ...] | None,
        _right: Lexeme | None,
        file: tree.FromFile,
    ) -> tree.CaseTable:
        return tree.CaseTable(span_of(word, file), columns or (), (), file)

    def case_row(self, cells: tuple[tree.Cell, ...], _arrow: Lexeme, value: tree.Expression) -> tree.CaseRow:
        return tree.CaseRow(span_of(cells[0], value), cells, value)

    def segment(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme,
        condition: tree.Expression,
    ) -> tree.SegmentNode:
        return tree.SegmentNode(span_of(word, condition), ident(name), condition, text_of(title))
