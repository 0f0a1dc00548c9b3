"""Turns what the parser has recognised into nodes; one method for each rule of the grammar.

Every token is kept by the parser, so a node's place runs from its first child to its last, and each
method names its children in the order of the grammar.
"""

import re
from dataclasses import replace

from routekit.diagnostics import Span
from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.lexer import Lexeme

__all__ = ["Builder", "unquote"]

_LITERALS = {"STR": "text", "NUM": "number", "SPAN": "duration", "DAY": "date", "INSTANT": "time"}
_ESCAPE = re.compile(r'\\(["\\])')


def unquote(quoted: str) -> str:
    r"""The text between the quotes; ``\"`` is a quote, ``\\`` a backslash, any other backslash itself.

    >>> unquote(r'"a \"b\" \\d \d"')
    'a "b" \\d \\d'
    """
    inner = quoted[1:-1]
    return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner


def _every_other(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return pieces[::2]


def _span(first: Piece, *rest: Piece) -> Span:
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


def _ident(token: Lexeme) -> tree.Ident:
    return tree.Ident(token.span, token.value)


def _literal(token: Lexeme) -> tree.Literal:
    return tree.Literal(token.span, _LITERALS.get(token.type, token.type.lower()), token.value)


def _text(token: Lexeme | None) -> str:
    return "" if token is None else unquote(token.value)


def _idents(names: tuple[Lexeme, ...] | None) -> tuple[tree.Ident, ...]:
    return tuple(_ident(name) for name in names or ())


class Builder:
    """Builds the nodes; stateless, since every token knows its source."""

    def only_one(self, piece: Piece) -> Piece:
        """A rule that stands for the one piece it has."""
        return piece

    def repeated(self, *pieces: Piece) -> list[Piece]:
        """What a `*` or `+` of the grammar stands for, so far."""
        return list(pieces)

    def start(self, *declarations: tree.Declaration) -> tuple[tree.Declaration, ...]:
        return declarations

    # declarations

    def policy(self, word: Lexeme, name: Lexeme, title: Lexeme | None) -> tree.PolicyNode:
        return tree.PolicyNode(_span(word, name, title), _ident(name), _text(title))

    def timezone(self, word: Lexeme, zone: Lexeme) -> tree.TimezoneNode:
        return tree.TimezoneNode(_span(word, zone), _literal(zone))

    def use(self, word: Lexeme, path: Lexeme) -> tree.Use:
        return tree.Use(_span(word, path), _literal(path))

    def type_declaration(
        self, word: Lexeme, name: Lexeme, _is: Lexeme, type_: tree.TypeNode
    ) -> tree.TypeDeclaration:
        return tree.TypeDeclaration(_span(word, type_), _ident(name), type_)

    def list_of_values(
        self, word: Lexeme, name: Lexeme, _is: Lexeme, values: tree.SetLiteral
    ) -> tree.ListNode:
        return tree.ListNode(_span(word, values), _ident(name), values, None)

    def list_from_file(self, word: Lexeme, name: Lexeme, _from: Lexeme, path: Lexeme) -> tree.ListNode:
        return tree.ListNode(_span(word, path), _ident(name), None, _literal(path))

    def let(self, word: Lexeme, name: Lexeme, _is: Lexeme, value: tree.Expression) -> tree.LetNode:
        return tree.LetNode(_span(word, value), _ident(name), value)

    def record(
        self,
        word: Lexeme,
        name: Lexeme,
        private: Lexeme | None,
        _open: Lexeme,
        fields: tuple[tree.FieldNode, ...],
        close: Lexeme,
    ) -> tree.RecordNode:
        return tree.RecordNode(_span(word, close), _ident(name), fields, private is not None)

    def live(
        self,
        word: Lexeme,
        _queue: Lexeme,
        _open: Lexeme,
        fields: tuple[tree.FieldNode, ...],
        close: Lexeme,
    ) -> tree.LiveNode:
        return tree.LiveNode(_span(word, close), fields)

    def fields(self, *fields: tree.FieldNode) -> tuple[tree.FieldNode, ...]:
        return fields

    def field(self, name: Lexeme, type_: tree.TypeNode, *marks: Piece) -> tree.FieldNode:
        words = {mark.value for mark in marks if isinstance(mark, Lexeme)}
        defaults = [mark for mark in marks if not isinstance(mark, Lexeme)]
        default = defaults[-1] if defaults else None
        span = _span(name, type_, *marks)
        return tree.FieldNode(span, _ident(name), type_, "?" in words, default, "private" in words)

    def optional_mark(self, mark: Lexeme) -> Lexeme:
        return mark

    def default_mark(self, _equals: Lexeme, value: tree.Expression) -> tree.Expression:
        return value

    def private_mark(self, mark: Lexeme) -> Lexeme:
        return mark

    # what happened before

    def history(
        self, word: Lexeme, _open: Lexeme, features: tuple[tree.FeatureNode, ...], close: Lexeme
    ) -> tree.HistoryNode:
        return tree.HistoryNode(_span(word, close), features)

    def features(self, *features: tree.FeatureNode) -> tuple[tree.FeatureNode, ...]:
        return features

    def count_feature(
        self,
        name: Lexeme,
        _count: Lexeme,
        _on: Lexeme | None,
        channels: tuple[Lexeme, ...] | None,
        _about: Lexeme | None,
        about: tree.Path | None,
        _within: Lexeme,
        within: Lexeme,
    ) -> tree.FeatureNode:
        span = _span(name, within)
        return tree.FeatureNode(span, _ident(name), "count", None, _idents(channels), about, _literal(within))

    def last_feature(
        self,
        name: Lexeme,
        _last: Lexeme,
        what: tree.Path,
        _on: Lexeme | None,
        channels: tuple[Lexeme, ...] | None,
        _about: Lexeme | None,
        about: tree.Path | None,
        _within: Lexeme,
        within: Lexeme,
    ) -> tree.FeatureNode:
        span = _span(name, within)
        return tree.FeatureNode(span, _ident(name), "last", what, _idents(channels), about, _literal(within))

    def open_feature(
        self, name: Lexeme, word: Lexeme, incident: Lexeme, _about: Lexeme | None, about: tree.Path | None
    ) -> tree.FeatureNode:
        return tree.FeatureNode(_span(name, incident, about), _ident(name), word.value, about=about)

    # types

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
        return low, high, _span(dots, high)

    def signed(self, minus: Lexeme | None, number: Lexeme) -> tree.Literal:
        sign = "-" if minus is not None else ""
        return tree.Literal(_span(minus or number, number), "number", sign + number.value)

    def choice_type(self, word: Lexeme, _of: Lexeme, values: tuple[Lexeme, ...]) -> tree.ChoiceType:
        return tree.ChoiceType(_span(word, values[-1]), _idents(values), ordered=False)

    def ordered_type(self, word: Lexeme, *values: Lexeme) -> tree.ChoiceType:
        names = _every_other(values)
        return tree.ChoiceType(_span(word, names[-1]), _idents(names), ordered=True)

    def set_type(self, word: Lexeme, _of: Lexeme, element: tree.TypeNode) -> tree.SetTypeNode:
        return tree.SetTypeNode(_span(word, element), element)

    def named_type(self, name: Lexeme) -> tree.NamedType:
        return tree.NamedType(name.span, _ident(name))

    # what we have

    def channel(
        self,
        word: Lexeme,
        name: Lexeme,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.ChannelNode:
        return tree.ChannelNode(_span(word, close), _ident(name), clauses)

    def channel_clauses(self, *clauses: tree.Clause) -> tuple[tree.Clause, ...]:
        return clauses

    def assisted(self, word: Lexeme) -> tree.Clause:
        return tree.Clause(word.span, "assisted")

    def self_service(self, word: Lexeme) -> tree.Clause:
        return tree.Clause(word.span, "self_service")

    def cost(self, word: Lexeme, amount: Lexeme) -> tree.Clause:
        return tree.Clause(_span(word, amount), "cost", value=_literal(amount))

    def calendar(
        self, word: Lexeme, name: Lexeme, _open: Lexeme, clauses: tuple[Piece, ...], close: Lexeme
    ) -> tree.CalendarNode:
        openings = tuple(items for kind, items in clauses if kind == "open")
        closings = tuple(item for kind, items in clauses if kind == "closed" for item in items)
        return tree.CalendarNode(_span(word, close), _ident(name), openings, closings)

    def calendar_clauses(self, *clauses: Piece) -> tuple[Piece, ...]:
        return clauses

    def open_clause(self, _open: Lexeme, *items: Piece) -> tuple[str, tuple[Piece, ...]]:
        return "open", _every_other(items)

    def closed_clause(self, _closed: Lexeme, *items: Piece) -> tuple[str, tuple[Piece, ...]]:
        return "closed", _every_other(items)

    def opening_days(
        self, first: Lexeme, _to: Lexeme | None, last: Lexeme | None, hours: tree.Hours | None
    ) -> tree.Opening:
        span = _span(first, last, hours)
        return tree.Opening(span, _ident(first), _ident(last) if last else None, hours)

    def opening_hours(self, hours: tree.Hours) -> tree.Opening:
        return tree.Opening(hours.span, None, None, hours)

    def hours(self, start: Lexeme, _to: Lexeme, end: Lexeme) -> tree.Hours:
        return tree.Hours(_span(start, end), start.value, end.value)

    def closed_holidays(self, word: Lexeme, region: Lexeme) -> tree.ClosedHolidays:
        return tree.ClosedHolidays(_span(word, region), _literal(region))

    def closed_dates(self, first: Lexeme, _to: Lexeme | None, last: Lexeme | None) -> tree.ClosedDates:
        return tree.ClosedDates(_span(first, last), _literal(first), _literal(last) if last else None)

    def queue(
        self,
        word: Lexeme,
        name: Lexeme,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.QueueNode:
        return tree.QueueNode(_span(word, close), _ident(name), clauses)

    def queue_clauses(self, *clauses: tree.Clause) -> tuple[tree.Clause, ...]:
        return clauses

    def on_channels(self, word: Lexeme, names: tuple[Lexeme, ...]) -> tree.Clause:
        return tree.Clause(_span(word, names[-1]), "on", _idents(names))

    def needs_skills(self, word: Lexeme, skills: tuple[tuple[Lexeme, ...], Lexeme]) -> tree.Clause:
        names, end = skills
        return tree.Clause(_span(word, end), "skills", _idents(names))

    def skills(self, *pieces: Piece) -> tuple[tuple[Lexeme, ...], Lexeme]:
        if len(pieces) == 1:
            return pieces[0], pieces[0][-1]
        return pieces[1] or (), pieces[2]

    def open_calendar(self, word: Lexeme, name: Lexeme) -> tree.Clause:
        return tree.Clause(_span(word, name), "open", (_ident(name),))

    def message(
        self,
        word: Lexeme,
        name: Lexeme,
        _open: Lexeme,
        wordings: tuple[tree.Wording, ...],
        close: Lexeme,
    ) -> tree.MessageNode:
        return tree.MessageNode(_span(word, close), _ident(name), wordings)

    def wordings(self, *wordings: tree.Wording) -> tuple[tree.Wording, ...]:
        return wordings

    def wording(self, channel: Lexeme, text: Lexeme) -> tree.Wording:
        return tree.Wording(_span(channel, text), _ident(channel), _text(text))

    def segment(
        self, word: Lexeme, name: Lexeme, _when: Lexeme, condition: tree.Expression
    ) -> tree.SegmentNode:
        return tree.SegmentNode(_span(word, condition), _ident(name), condition)

    # who gets what

    def route(
        self, word: Lexeme, _open: Lexeme, items: tuple[tree.RouteItem, ...], close: Lexeme
    ) -> tree.Route:
        return tree.Route(_span(word, close), items)

    def route_items(self, *items: tree.RouteItem) -> tuple[tree.RouteItem, ...]:
        return items

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
        span = _span(word, body, because)
        why = unquote(because.text) if because else ""
        return tree.RuleNode(span, _ident(name), _text(title), condition, body, why)

    def because(self, word: Lexeme, text: Lexeme) -> tree.Literal:
        return tree.Literal(_span(word, text), "text", text.value)

    def then(self, _then: Lexeme, outcome: tree.Outcome) -> tree.Outcome:
        return outcome

    def outcome(self, actions: tuple[tree.Action, ...], *steps: tree.Step) -> tree.Outcome:
        return tree.Outcome(_span(actions[0], actions[-1], *steps), actions, steps)

    def actions(self, *actions: Piece) -> tuple[tree.Action, ...]:
        return _every_other(actions)

    def step(self, word: Lexeme, after: Lexeme, actions: tuple[tree.Action, ...]) -> tree.Step:
        return tree.Step(_span(word, actions[-1]), _literal(after), actions)

    def to_queue(
        self, word: Lexeme, queue: tree.Path, _on: Lexeme | None, channel: Lexeme | None
    ) -> tree.Action:
        on = _ident(channel) if channel else None
        span = _span(word, queue, channel)
        if len(queue.parts) == 1:
            return tree.Action(span, "queue", queue.parts[0], on)
        return tree.Action(span, "queue", None, on, queue)

    def to_agent(self, word: Lexeme, value: tree.Expression) -> tree.Action:
        return tree.Action(_span(word, value), "agent", value=value)

    def set_priority(self, word: Lexeme, number: Lexeme) -> tree.Action:
        return tree.Action(_span(word, number), "priority", value=_literal(number))

    def shift_priority(self, word: Lexeme, sign: Lexeme, number: Lexeme) -> tree.Action:
        value = _literal(number)
        return tree.Action(_span(word, number), "priority", value=value, sign=sign.value)

    def set_skills(self, word: Lexeme, skills: tuple[tuple[Lexeme, ...], Lexeme]) -> tree.Action:
        names, end = skills
        return tree.Action(_span(word, end), "skills", names=_idents(names))

    def shift_skills(
        self, word: Lexeme, sign: Lexeme, skills: tuple[tuple[Lexeme, ...], Lexeme]
    ) -> tree.Action:
        names, end = skills
        return tree.Action(_span(word, end), "skills", names=_idents(names), sign=sign.value)

    def skill_set(
        self, _open: Lexeme, names: tuple[Lexeme, ...] | None, close: Lexeme
    ) -> tuple[tuple[Lexeme, ...], Lexeme]:
        return names or (), close

    def say_message(self, word: Lexeme, name: Lexeme) -> tree.Action:
        return tree.Action(_span(word, name), "message", _ident(name))

    def any_agent(self, word: Lexeme, agent: Lexeme) -> tree.Action:
        return tree.Action(_span(word, agent), "any agent")

    def callback(self, word: Lexeme, _within: Lexeme, duration: Lexeme) -> tree.Action:
        return tree.Action(_span(word, duration), "callback", value=_literal(duration))

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
        return tree.SplitNode(_span(word, close), key, _literal(seed), arms)

    def arms(self, *arms: tree.Arm) -> tuple[tree.Arm, ...]:
        return arms

    def arm(self, share: Lexeme, _percent: Lexeme, outcome: tree.Outcome) -> tree.Arm:
        return tree.Arm(_span(share, outcome), _literal(share), outcome)

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
        return tree.GroupNode(_span(word, close), _ident(name), _text(title), condition, items)

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
        return tree.TableNode(_span(word, close), _ident(name), _text(title), columns, rows)

    def columns(self, *columns: Piece) -> tuple[tree.Expression, ...]:
        return _every_other(columns)

    def rows(self, *rows: tree.Row) -> tuple[tree.Row, ...]:
        return rows

    def row(
        self,
        cells: tuple[tree.Cell, ...],
        _arrow: Lexeme,
        outcome: tree.Outcome,
        because: tree.Literal | None,
    ) -> tree.Row:
        why = unquote(because.text) if because else ""
        return tree.Row(_span(cells[0], outcome, because), cells, outcome, why)

    def cells(self, *cells: Piece) -> tuple[tree.Cell, ...]:
        return _every_other(cells)

    def cell(self, *tests: Piece) -> tree.Cell:
        items: tuple[tree.CellTest, ...] = _every_other(tests)
        span = _span(items[0], items[-1])
        anything = len(items) == 1 and isinstance(items[0].value, tree.Path) and span.text == "_"
        return tree.Cell(span, () if anything else items)

    def cell_value(self, value: tree.Expression) -> tree.CellTest:
        return tree.CellTest(value.span, "is", value)

    def cell_range(self, low: tree.Expression, _to: Lexeme, high: tree.Expression) -> tree.CellTest:
        span = _span(low, high)
        return tree.CellTest(span, "in", tree.Range(span, low, high))

    def cell_comparison(self, operator: Lexeme, value: tree.Expression) -> tree.CellTest:
        return tree.CellTest(_span(operator, value), _operator(operator.value), value)

    def otherwise(
        self, word: Lexeme, outcome: tree.Outcome, because: tree.Literal | None
    ) -> tree.OtherwiseNode:
        why = unquote(because.text) if because else ""
        return tree.OtherwiseNode(_span(word, outcome, because), outcome, why)

    def adjust(
        self, word: Lexeme, _open: Lexeme, rules: tuple[tree.RuleNode, ...], close: Lexeme
    ) -> tree.Adjust:
        return tree.Adjust(_span(word, close), rules)

    def rules(self, *rules: tree.RuleNode) -> tuple[tree.RuleNode, ...]:
        return rules

    # offers

    def offers(self, word: Lexeme, _open: Lexeme, items: tuple[Piece, ...], close: Lexeme) -> tree.Offers:
        return tree.Offers(_span(word, close), items)

    def offer_items(self, *items: Piece) -> tuple[Piece, ...]:
        return items

    def show(self, word: Lexeme, count: Lexeme, _by: Lexeme | None, worth: Lexeme | None) -> tree.Show:
        return tree.Show(_span(word, count, worth), _literal(count))

    def offer(
        self, word: Lexeme, name: Lexeme, title: Lexeme | None, clauses: tuple[Piece, ...]
    ) -> tree.OfferNode:
        span = _span(word, name, title, *clauses)
        return tree.OfferNode(span, _ident(name), _text(title), clauses)

    def offer_clauses(self, *clauses: Piece) -> tuple[Piece, ...]:
        return clauses

    def offered_when(self, word: Lexeme, condition: tree.Expression) -> tree.Clause:
        return tree.Clause(_span(word, condition), "when", value=condition)

    def worth(self, word: Lexeme, value: tree.Expression) -> tree.Clause:
        return tree.Clause(_span(word, value), "worth", value=value)

    def cap(self, word: Lexeme, most: Lexeme, _per: Lexeme, per: Lexeme) -> tree.Cap:
        return tree.Cap(_span(word, per), _literal(most), _literal(per))

    def never(self, word: Lexeme, _when: Lexeme, condition: tree.Expression) -> tree.NeverNode:
        return tree.NeverNode(_span(word, condition), condition)

    # guarantees and examples

    def guarantee(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _when: Lexeme | None,
        condition: tree.Expression | None,
        _then: Lexeme,
        promise: tree.Expression,
    ) -> tree.GuaranteeNode:
        span = _span(word, promise)
        return tree.GuaranteeNode(span, _ident(name), _text(title), condition, promise)

    def example(
        self,
        word: Lexeme,
        title: Lexeme,
        _given: Lexeme | None,
        givens: tuple[tree.Given, ...] | None,
        _expect: Lexeme,
        expectations: tuple[tree.Expectation, ...],
    ) -> tree.ExampleNode:
        span = _span(word, expectations[-1])
        return tree.ExampleNode(span, _literal(title), givens or (), expectations)

    def example_table(
        self,
        word: Lexeme,
        title: Lexeme,
        _given: Lexeme | None,
        givens: tuple[tree.Given, ...] | None,
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
        span = _span(word, close)
        return tree.ExampleTableNode(span, _literal(title), givens or (), columns, _idents(results), rows)

    def paths(self, *paths: Piece) -> tuple[tree.Path, ...]:
        return _every_other(paths)

    def example_rows(self, *rows: tree.ExampleRow) -> tuple[tree.ExampleRow, ...]:
        return rows

    def example_row(
        self,
        given: tuple[tree.Expression, ...],
        _arrow: Lexeme,
        expected: tuple[Piece, ...],
        because: tree.Literal | None,
    ) -> tree.ExampleRow:
        why = unquote(because.text) if because else ""
        return tree.ExampleRow(_span(given[0], expected[-1], because), given, expected, why)

    def given_cells(self, *cells: Piece) -> tuple[tree.Expression, ...]:
        return _every_other(cells)

    def expected_cells(self, *cells: Piece) -> tuple[Piece, ...]:
        return _every_other(cells)

    def givens(self, *givens: Piece) -> tuple[tree.Given, ...]:
        return _every_other(givens)

    def given(self, path: tree.Path, value: tree.Expression) -> tree.Given:
        return tree.Given(_span(path, value), path, value)

    def expectations(self, *expectations: Piece) -> tuple[tree.Expectation, ...]:
        return _every_other(expectations)

    def expectation(self, what: Lexeme, value: Piece) -> tree.Expectation:
        return tree.Expectation(_span(what, value), _ident(what), value)

    def expected(self, value: Piece) -> Piece:
        return value

    def rule_name(self, table: Lexeme, _left: Lexeme, row: Lexeme, right: Lexeme) -> tree.RuleName:
        return tree.RuleName(_span(table, right), _ident(table), _literal(row))

    # expressions

    def any_of(self, *operands: Piece) -> tree.Logic:
        return self._logic("or", operands)

    def all_of(self, *operands: Piece) -> tree.Logic:
        return self._logic("and", operands)

    def _logic(self, operator: str, operands: tuple[Piece, ...]) -> tree.Logic:
        conditions = _every_other(operands)
        return tree.Logic(_span(conditions[0], conditions[-1]), operator, conditions)

    def negated(self, word: Lexeme, operand: tree.Expression) -> tree.Negated:
        return tree.Negated(_span(word, operand), operand)

    def compare(self, left: Piece, operator: Lexeme, right: Piece) -> tree.Test:
        return tree.Test(_span(left, right), _operator(operator.value), left, right)

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
        return tree.Test(_span(left, right, at), operator, left, right, at)

    def in_test(self, left: Piece, negation: Lexeme | None, _in: Lexeme, right: Piece) -> tree.Test:
        return tree.Test(_span(left, right), "not in" if negation else "in", left, right)

    def in_range_test(
        self,
        left: Piece,
        negation: Lexeme | None,
        _in: Lexeme,
        low: Piece,
        _to: Lexeme,
        high: Piece,
    ) -> tree.Test:
        range_ = tree.Range(_span(low, high), low, high)
        return tree.Test(_span(left, high), "not in" if negation else "in", left, range_)

    def text_test(self, left: Piece, operator: Lexeme, right: Piece) -> tree.Test:
        return tree.Test(_span(left, right), operator.value, left, right)

    def edge_test(self, left: Piece, first: Lexeme, second: Lexeme, right: Piece) -> tree.Test:
        return tree.Test(_span(left, right), f"{first.value} {second.value}", left, right)

    def has_test(self, left: Piece, _has: Lexeme, how: Lexeme | None, right: Piece) -> tree.Test:
        operator = f"has {how.value}" if how else "has"
        return tree.Test(_span(left, right), operator, left, right)

    def fallback(self, first: Piece, _else: Lexeme, second: Piece) -> tree.Fallback:
        return tree.Fallback(_span(first, second), first, second)

    def arithmetic(self, left: Piece, operator: Lexeme, right: Piece) -> tree.Arithmetic:
        return tree.Arithmetic(_span(left, right), operator.value, left, right)

    def negative(self, minus: Lexeme, operand: Piece) -> tree.Negative:
        return tree.Negative(_span(minus, operand), operand)

    def signed_number(self, minus: Lexeme, number: Lexeme) -> tree.Negative:
        return tree.Negative(_span(minus, number), _literal(number))

    def parenthesised(self, left: Lexeme, inner: tree.Expression, right: Lexeme) -> tree.Expression:
        return replace(inner, span=_span(left, right))

    def path(self, *parts: Lexeme) -> tree.Path:
        names = _every_other(parts)
        return tree.Path(_span(names[0], names[-1]), _idents(names))

    def call(self, name: Lexeme, _left: Lexeme, argument: Piece, right: Lexeme) -> tree.Call:
        return tree.Call(_span(name, right), _ident(name), argument)

    def set(self, left: Lexeme, members: tuple[Piece, ...] | None, right: Lexeme) -> tree.SetLiteral:
        return tree.SetLiteral(_span(left, right), members or ())

    def members(self, *members: Piece) -> tuple[tree.Expression, ...]:
        return _every_other(members)

    def literal(self, token: Lexeme) -> tree.Literal:
        return _literal(token)

    def names(self, *names: Lexeme) -> tuple[Lexeme, ...]:
        return _every_other(names)


def _operator(written: str) -> str:
    return {"==": "is", "!=": "is not"}.get(written, written)
