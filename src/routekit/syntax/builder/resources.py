"""Builds the nodes of what there is: channels, calendars, queues, messages."""

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
        title: Lexeme | None,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.ChannelNode:
        return tree.ChannelNode(span_of(word, close), ident(name), clauses, text_of(title))

    def bare_clause(self, word: Lexeme) -> tree.Clause:
        return tree.Clause(word.span, word.value)

    def clause_of_names(self, word: Lexeme, names: tuple[Lexeme, ...]) -> tree.Clause:
        return tree.Clause(span_of(word, names[-1]), word.value, idents(names))

    def clause_of_fields(self, word: Lexeme, behind: Piece, *rest: Piece) -> tree.Clause:
        words, paths = (f"{word.value} {behind.value}", rest[0]) if rest else (word.value, behind)
        return tree.Clause(span_of(word, paths[-1]), words, paths=paths)

    def cost(self, word: Lexeme, amount: Lexeme) -> tree.Clause:
        return tree.Clause(span_of(word, amount), "cost", value=literal(amount))

    def carries(self, word: Lexeme, most: Lexeme, letters: Lexeme) -> tree.Clause:
        return tree.Clause(span_of(word, letters), "carries", value=literal(most))

    def calendar(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _open: Lexeme,
        clauses: tuple[tree.CalendarClause, ...],
        close: Lexeme,
    ) -> tree.CalendarNode:
        return tree.CalendarNode(span_of(word, close), ident(name), clauses, text_of(title))

    def calendar_hours(self, word: Lexeme, *items: Piece) -> tree.CalendarClause:
        return tree.CalendarClause(span_of(word, items[-1]), word.value, every_other(items))

    def calendar_timezone(self, word: Lexeme, zone: Lexeme) -> tree.CalendarClause:
        return tree.CalendarClause(span_of(word, zone), word.value, zone=literal(zone))

    def calendar_base(self, word: Lexeme, name: Lexeme) -> tree.CalendarClause:
        return tree.CalendarClause(span_of(word, name), word.value, base=ident(name))

    def dated_hours(
        self, dates: tree.DateSpan, weekdays: tree.WeekdaySpan | None, hours: tree.Hours | None
    ) -> tree.CalendarItem:
        return tree.CalendarItem(span_of(dates, weekdays, hours), dates, weekdays, hours=hours)

    def weekday_hours(self, weekdays: tree.WeekdaySpan, hours: tree.Hours | None) -> tree.CalendarItem:
        return tree.CalendarItem(span_of(weekdays, hours), weekdays=weekdays, hours=hours)

    def regional_hours(self, region: tree.Region, hours: tree.Hours | None) -> tree.CalendarItem:
        return tree.CalendarItem(span_of(region, hours), region=region, hours=hours)

    def bare_hours(self, hours: tree.Hours) -> tree.CalendarItem:
        return tree.CalendarItem(hours.span, hours=hours)

    def date_span(
        self, first: tree.CalendarDate, _to: Lexeme | None, last: tree.CalendarDate | None
    ) -> tree.DateSpan:
        return tree.DateSpan(span_of(first, last), first, last)

    def full_date(self, day: Lexeme) -> tree.CalendarDate:
        return tree.CalendarDate(day.span, None, literal(day))

    def yearly_date(self, month: Lexeme, day: Lexeme) -> tree.CalendarDate:
        return tree.CalendarDate(span_of(month, day), ident(month), literal(day))

    def weekday_span(self, first: Lexeme, _to: Lexeme | None, last: Lexeme | None) -> tree.WeekdaySpan:
        return tree.WeekdaySpan(span_of(first, last), ident(first), ident(last) if last else None)

    def holidays(self, word: Lexeme, region: Lexeme) -> tree.Region:
        return tree.Region(span_of(word, region), literal(region), False)

    def makeup_days(self, word: Lexeme, _days: Lexeme, region: Lexeme) -> tree.Region:
        return tree.Region(span_of(word, region), literal(region), True)

    def hours(self, start: Lexeme, _to: Lexeme, end: Lexeme) -> tree.Hours:
        return tree.Hours(span_of(start, end), start.value, end.value)

    def queue(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _open: Lexeme,
        clauses: tuple[tree.Clause, ...],
        close: Lexeme,
    ) -> tree.QueueNode:
        return tree.QueueNode(span_of(word, close), ident(name), clauses, text_of(title))

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
        title: Lexeme | None,
        _about: Lexeme | None,
        about: tuple[Lexeme, ...] | None,
        _open: Lexeme,
        wordings: tuple[tree.Wording, ...],
        close: Lexeme,
    ) -> tree.MessageNode:
        span = span_of(word, close)
        return tree.MessageNode(span, ident(name), wordings, text_of(title), idents(about))

    def wording(self, channel: Lexeme, text: Lexeme) -> tree.Wording:
        return tree.Wording(span_of(channel, text), ident(channel), text_of(text))
