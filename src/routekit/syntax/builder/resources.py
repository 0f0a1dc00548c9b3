"""Builds the nodes of what there is: channels, calendars, queues, messages, segments."""

from routekit.syntax import tree
from routekit.syntax.automaton import Piece
from routekit.syntax.builder.pieces import every_other, ident, idents, literal, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["Resources"]


class Resources:
    """Builds a node for each rule of the grammar on what there is."""

    def channel(
        self,
        word: Lexeme,
        name: Lexeme,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.ChannelNode:
        return tree.ChannelNode(span_of(word, close), ident(name), clauses)

    def assisted(self, word: Lexeme) -> tree.Clause:
        return tree.Clause(word.span, "assisted")

    def self_service(self, word: Lexeme) -> tree.Clause:
        return tree.Clause(word.span, "self_service")

    def cost(self, word: Lexeme, amount: Lexeme) -> tree.Clause:
        return tree.Clause(span_of(word, amount), "cost", value=literal(amount))

    def calendar(
        self, word: Lexeme, name: Lexeme, _open: Lexeme, clauses: tuple[Piece, ...], close: Lexeme
    ) -> tree.CalendarNode:
        openings = tuple(items for kind, items in clauses if kind == "open")
        closings = tuple(item for kind, items in clauses if kind == "closed" for item in items)
        return tree.CalendarNode(span_of(word, close), ident(name), openings, closings)

    def open_clause(self, _open: Lexeme, *items: Piece) -> tuple[str, tuple[Piece, ...]]:
        return "open", every_other(items)

    def closed_clause(self, _closed: Lexeme, *items: Piece) -> tuple[str, tuple[Piece, ...]]:
        return "closed", every_other(items)

    def opening_days(
        self, first: Lexeme, _to: Lexeme | None, last: Lexeme | None, hours: tree.Hours | None
    ) -> tree.Opening:
        span = span_of(first, last, hours)
        return tree.Opening(span, ident(first), ident(last) if last else None, hours)

    def opening_hours(self, hours: tree.Hours) -> tree.Opening:
        return tree.Opening(hours.span, None, None, hours)

    def hours(self, start: Lexeme, _to: Lexeme, end: Lexeme) -> tree.Hours:
        return tree.Hours(span_of(start, end), start.value, end.value)

    def closed_holidays(self, word: Lexeme, region: Lexeme) -> tree.ClosedHolidays:
        return tree.ClosedHolidays(span_of(word, region), literal(region))

    def closed_dates(self, first: Lexeme, _to: Lexeme | None, last: Lexeme | None) -> tree.ClosedDates:
        return tree.ClosedDates(span_of(first, last), literal(first), literal(last) if last else None)

    def queue(
        self,
        word: Lexeme,
        name: Lexeme,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.QueueNode:
        return tree.QueueNode(span_of(word, close), ident(name), clauses)

    def on_channels(self, word: Lexeme, names: tuple[Lexeme, ...]) -> tree.Clause:
        return tree.Clause(span_of(word, names[-1]), "on", idents(names))

    def needs_skills(self, word: Lexeme, skills: tuple[tuple[Lexeme, ...], Lexeme]) -> tree.Clause:
        names, end = skills
        return tree.Clause(span_of(word, end), "skills", idents(names))

    def skills(self, *pieces: Piece) -> tuple[tuple[Lexeme, ...], Lexeme]:
        if len(pieces) == 1:
            return pieces[0], pieces[0][-1]
        return pieces[1] or (), pieces[2]

    def open_calendar(self, word: Lexeme, name: Lexeme) -> tree.Clause:
        return tree.Clause(span_of(word, name), "open", (ident(name),))

    def message(
        self,
        word: Lexeme,
        name: Lexeme,
        _open: Lexeme,
        wordings: tuple[tree.Wording, ...],
        close: Lexeme,
    ) -> tree.MessageNode:
        return tree.MessageNode(span_of(word, close), ident(name), wordings)

    def wording(self, channel: Lexeme, text: Lexeme) -> tree.Wording:
        return tree.Wording(span_of(channel, text), ident(channel), text_of(text))

    def segment(
        self, word: Lexeme, name: Lexeme, _when: Lexeme, condition: tree.Expression
    ) -> tree.SegmentNode:
        return tree.SegmentNode(span_of(word, condition), ident(name), condition)
