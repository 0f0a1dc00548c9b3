"""Builds the nodes of what is known: the policy's head, types, records, features of the history."""

from routekit.diagnostics import Span
from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import every_other, ident, idents, listed, literal, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["Data"]


class Data:
    """Builds a node for each rule of the grammar on what is known."""

    def policy(self, word: Lexeme, name: Lexeme, title: Lexeme | None) -> tree.PolicyNode:
        return tree.PolicyNode(span_of(word, name, title), ident(name), text_of(title))

    def timezone(self, word: Lexeme, zone: Lexeme) -> tree.TimezoneNode:
        return tree.TimezoneNode(span_of(word, zone), literal(zone))

    def use(self, word: Lexeme, path: Lexeme) -> tree.Use:
        return tree.Use(span_of(word, path), literal(path))

    def type_declaration(
        self, word: Lexeme, name: Lexeme, title: Lexeme | None, _is: Lexeme, type_: tree.TypeNode
    ) -> tree.TypeDeclaration:
        return tree.TypeDeclaration(span_of(word, type_), ident(name), type_, text_of(title))

    def list_of_values(
        self, word: Lexeme, name: Lexeme, title: Lexeme | None, _is: Lexeme, values: tree.SetLiteral
    ) -> tree.ListNode:
        return tree.ListNode(span_of(word, values), ident(name), values, None, text_of(title))

    def list_from_file(
        self, word: Lexeme, name: Lexeme, title: Lexeme | None, _from: Lexeme, path: Lexeme
    ) -> tree.ListNode:
        return tree.ListNode(span_of(word, path), ident(name), None, literal(path), text_of(title))

    def record(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        private: Lexeme | None,
        _open: Lexeme,
        fields: tuple[tree.FieldNode, ...],
        close: Lexeme,
    ) -> tree.RecordNode:
        span = span_of(word, close)
        return tree.RecordNode(span, ident(name), fields, private is not None, text_of(title))

    def live(
        self,
        word: Lexeme,
        _queue: Lexeme,
        _open: Lexeme,
        fields: tuple[tree.FieldNode, ...],
        close: Lexeme,
    ) -> tree.LiveNode:
        return tree.LiveNode(span_of(word, close), fields)

    def field(
        self, name: Lexeme, title: Lexeme | None, type_: tree.TypeNode, *marks: Piece
    ) -> tree.FieldNode:
        words = {mark.value for mark in marks if isinstance(mark, Lexeme)}
        defaults = [mark for mark in marks if not isinstance(mark, Lexeme)]
        default = defaults[-1] if defaults else None
        span = span_of(name, type_, *marks)
        is_private = "private" in words
        return tree.FieldNode(span, ident(name), type_, "?" in words, default, is_private, text_of(title))

    def data(
        self, word: Lexeme, _open: Lexeme, fields: tuple[tree.FieldNode, ...], close: Lexeme
    ) -> tree.DataNode:
        return tree.DataNode(span_of(word, close), fields)

    def default_mark(self, _equals: Lexeme, value: tree.Expression) -> tree.Expression:
        return value

    def history(
        self, word: Lexeme, _open: Lexeme, features: tuple[tree.FeatureNode, ...], close: Lexeme
    ) -> tree.HistoryNode:
        return tree.HistoryNode(span_of(word, close), features)

    def switch(self, word: Lexeme, name: Lexeme, title: Lexeme | None) -> tree.SwitchNode:
        return tree.SwitchNode(span_of(word, name, title), ident(name), text_of(title))

    def count_feature(
        self,
        name: Lexeme,
        title: Lexeme | None,
        _count: Lexeme,
        _on: Lexeme | None,
        channels: tuple[Lexeme, ...] | None,
        _about: Lexeme | None,
        about: tree.Path | None,
        _within: Lexeme,
        within: Lexeme,
    ) -> tree.FeatureNode:
        return tree.FeatureNode(
            span_of(name, within),
            ident(name),
            "count",
            channels=idents(channels),
            about=about,
            within=literal(within),
            title=text_of(title),
        )

    def last_feature(
        self,
        name: Lexeme,
        title: Lexeme | None,
        _last: Lexeme,
        what: tree.Path,
        _on: Lexeme | None,
        channels: tuple[Lexeme, ...] | None,
        _about: Lexeme | None,
        about: tree.Path | None,
        _within: Lexeme,
        within: Lexeme,
    ) -> tree.FeatureNode:
        return tree.FeatureNode(
            span_of(name, within),
            ident(name),
            "last",
            what,
            idents(channels),
            about,
            literal(within),
            text_of(title),
        )

    def open_feature(
        self,
        name: Lexeme,
        title: Lexeme | None,
        word: Lexeme,
        incident: Lexeme,
        _about: Lexeme | None,
        about: tree.Path | None,
    ) -> tree.FeatureNode:
        span = span_of(name, incident, about)
        return tree.FeatureNode(span, ident(name), word.value, about=about, title=text_of(title))

    def simple_type(self, word: Lexeme) -> tree.SimpleType:
        return tree.SimpleType(word.span, word.value)

    def bounded_type(
        self, word: Lexeme, bounds: tuple[tree.Literal | None, tree.Literal | None, Span] | None
    ) -> tree.BoundedType:
        low, high, end = bounds or (None, None, word.span)
        return tree.BoundedType(word.span.to(end), word.value, low, high)

    def bounds(
        self, low: tree.Literal | None, dots: Lexeme, high: tree.Literal | None
    ) -> tuple[tree.Literal | None, tree.Literal | None, Span]:
        return low, high, span_of(dots, high)

    def bound(self, token: Lexeme) -> tree.Literal:
        return literal(token)

    def signed(self, minus: Lexeme | None, number: Lexeme) -> tree.Literal:
        sign = "-" if minus is not None else ""
        return tree.Literal(span_of(minus or number, number), "number", sign + number.value)

    def choice_type(self, word: Lexeme, _of: Lexeme, *values: Lexeme) -> tree.ChoiceType:
        names = every_other(values)
        return tree.ChoiceType(span_of(word, names[-1]), listed(names), ordered=False)

    def ordered_type(self, word: Lexeme, *values: Lexeme) -> tree.ChoiceType:
        names = every_other(values)
        return tree.ChoiceType(span_of(word, names[-1]), listed(names), ordered=True)

    def set_type(self, word: Lexeme, _of: Lexeme, element: tree.TypeNode) -> tree.SetTypeNode:
        return tree.SetTypeNode(span_of(word, element), element)

    def named_type(self, name: Lexeme) -> tree.NamedType:
        return tree.NamedType(name.span, ident(name))
