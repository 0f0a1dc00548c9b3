"""Calendars: what each says and takes over from another, and what is surely not meant."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache

from routekit.checker.calendar_clauses import Said, closings, openings
from routekit.checker.context import Context
from routekit.checker.timezones import named_zone
from routekit.diagnostics import Span
from routekit.policy.calendar_days import Dates, Season, Weekdays, YearlyDates
from routekit.policy.calendar_days import Span as DaySpan
from routekit.policy.calendars import Calendar
from routekit.schema.times import utc_now, zone
from routekit.syntax import tree
from routekit.syntax.limits import MOST_CLAUSES, MOST_NESTING
from routekit.translation import plural, t

__all__ = ["check_calendars"]

_MOST_SHOWN = 8
_YEAR = [date(2028, 1, 1) + timedelta(days=ahead) for ahead in range(366)]
"""The days of a leap year."""


def check_calendars(context: Context) -> dict[str, Calendar]:
    """Reads the calendars, each with what it begins with."""
    bases = {name: _base(context, node) for name, node in context.names.calendars.items()}
    built: dict[str, Calendar] = {}
    said = 0
    for name in context.names.calendars:
        for each in reversed(_chain(context, name, bases, built)):
            base, node = bases[each], context.names.calendars[each]
            is_too_much = said > MOST_CLAUSES
            known = None if base is None or is_too_much else built.get(base.name)
            built[each] = _calendar(context, node, known)
            said += len(built[each].clauses)
            if said > MOST_CLAUSES and not is_too_much:
                message = t(
                    "calendars say more than {most_clauses:,} things, with what they take over by `as`",
                    most_clauses=MOST_CLAUSES,
                )
                context.reporter.report("RK008", message, node.name.span)
    return {name: built[name] for name in context.names.calendars}


def _base(context: Context, node: tree.CalendarNode) -> tree.Ident | None:
    clause = _only(context, node, "as")
    if clause is None or clause.base is None:
        return None
    return clause.base if context.known("calendar", clause.base, context.names.calendars) else None


def _only(context: Context, node: tree.CalendarNode, word: str) -> tree.CalendarClause | None:
    """The clause of a word that may stand once."""
    found = [clause for clause in node.clauses if clause.word == word]
    for clause in found[1:]:
        context.report_twice(word, clause.span, found[0].span)
    return found[0] if found else None


def _chain(
    context: Context, name: str, bases: dict[str, tree.Ident | None], built: dict[str, Calendar]
) -> list[str]:
    """A calendar, the one that it begins with, and so on up to one that is built; a circle is cut open."""
    chain: dict[str, None] = {}
    while name not in built:
        chain[name] = None
        base = bases[name]
        if base is None:
            break
        if base.name in chain:
            circle = [*chain][[*chain].index(base.name) :]
            shown = circle if len(circle) <= _MOST_SHOWN else [*circle[: _MOST_SHOWN - 1], "…"]
            path = " → ".join(f"`{each}`" for each in (*shown, circle[0]))
            context.reporter.report(
                "RK106",
                (
                    t("calendar `{name}` begins with itself: {path}", name=circle[0], path=path)
                    if len(circle) > 1
                    else t("calendar `{name}` begins with itself", name=circle[0])
                ),
                base.span,
                help=t("write the hours of one of them out"),
            )
            bases[name] = None
            break
        name = base.name
    return [*chain]


def _calendar(context: Context, node: tree.CalendarNode, base: Calendar | None) -> Calendar:
    clause = _only(context, node, "timezone")
    timezone = None if clause is None or clause.zone is None else named_zone(context, clause.zone)
    said: list[Said] = []
    for clause in node.clauses:
        match clause.word:
            case "open":
                said += openings(context, clause)
            case "closed":
                said += closings(context, clause)
    own = tuple(clause for clause, _ in said)
    if base is not None and len(base.layers) >= MOST_NESTING:
        message = t("more than {most_nesting} calendars begin with each other", most_nesting=MOST_NESTING)
        context.reporter.report("RK006", message, node.name.span, help=t("write the hours out"))
        base = None
    layers = () if base is None else base.layers
    if any(isinstance(clause.days, Weekdays) for clause in own):
        layers = tuple(tuple(c for c in layer if not isinstance(c.days, Weekdays)) for layer in layers)
    inherited = context.timezone if base is None else base.timezone
    calendar = Calendar(node.name.name, timezone or inherited, (own, *layers))
    if not any(clause.word in ("open", "as") for clause in node.clauses):
        context.reporter.report(
            "RK306",
            t("calendar `{name}` is never open", name=node.name.name),
            node.name.span,
            help=t("say when it is: `open Mon-Fri 08:00-20:00`"),
        )
    _warn_of_the_past(context, calendar, said)
    _warn_of_seasons(context, calendar, said, node.name.span)
    return calendar


# ── surely not meant ──────────────────────────────────────────────────────────


def _warn_of_the_past(context: Context, calendar: Calendar, said: Iterable[Said]) -> None:
    today = utc_now().astimezone(zone(calendar.timezone)).date()
    for clause, span in said:
        days = clause.days.span if isinstance(clause.days, Season) else clause.days
        if isinstance(days, Dates) and days.last < today:
            context.reporter.report(
                "RK423",
                t("`{days}` is over", days=days)
                if days.first == days.last
                else t("the days `{days}` are over", days=days),
                span,
                help=t("write the next one, or the date of every year: `Dec 24`"),
            )


def _warn_of_seasons(context: Context, calendar: Calendar, said: Iterable[Said], name: Span) -> None:
    """Warns of weekdays on which the calendar opens, and in a season does not since it does not name them.

    A season that comes from another calendar is looked at where this one has weekdays of its own.
    """
    week: set[int] = set()
    for clause in calendar.clauses:
        if isinstance(clause.days, Weekdays):
            week |= clause.days.days
    places = {clause.days.span: span for clause, span in said if isinstance(clause.days, Season)}
    has_own_week = any(isinstance(clause.days, Weekdays) for clause, _ in said)
    for number, layer in enumerate(calendar.layers):
        if number and not has_own_week:
            break
        seasons = [clause.days for clause in layer if isinstance(clause.days, Season)]
        for span, days in _left_out(seasons, week):
            context.reporter.report(
                "RK422",
                plural(
                    "`{name}` is closed on {days} in the season `{span}`, which does not name it",
                    "`{name}` is closed on {days} in the season `{span}`, which does not name them",
                    len(days.days),
                    name=calendar.name,
                    days=days,
                    span=span,
                ),
                name if number else places[span],
                help=t("name the days with their hours: `open {span} {days} …`", span=span, days=days),
            )


def _left_out(seasons: Iterable[Season], week: set[int]) -> Iterator[tuple[DaySpan, Weekdays]]:
    """The weekdays that some day of a season opens nowhere, though they have hours in other weeks."""
    same: dict[DaySpan, set[int]] = {}
    through_the_year = [0] * 7
    for season in seasons:
        same.setdefault(season.span, set()).update(season.weekdays.days)
        if isinstance(season.span, YearlyDates):
            for weekday in season.weekdays.days:
                through_the_year[weekday] |= _days_of_year(season.span)
    for span, named in same.items():
        closed = {weekday for weekday in week - named if _days_of_year(span) & ~through_the_year[weekday]}
        if closed:
            yield span, Weekdays(frozenset(closed))


@lru_cache(maxsize=1024)
def _days_of_year(span: DaySpan) -> int:
    """The days of a leap year that a span holds in some year, a bit for each."""
    if isinstance(span, Dates):
        ahead = range(min((span.last - span.first).days + 1, len(_YEAR)))
        held = {(day.month, day.day) for day in (span.first + timedelta(days=step) for step in ahead)}
        return sum(1 << place for place, day in enumerate(_YEAR) if (day.month, day.day) in held)
    return sum(1 << place for place, day in enumerate(_YEAR) if day in span)
