"""Channels, calendars, queues and messages: what there is."""

from datetime import date

from routekit.checker.constants import literal
from routekit.checker.context import Context
from routekit.diagnostics import Advice, Fix, Label
from routekit.policy.calendar_days import Dates, Holidays, Weekdays, is_known_region
from routekit.policy.calendars import Calendar, Clause, Hours
from routekit.policy.model import Channel, Message, Queue
from routekit.schema.types import WEEKDAYS
from routekit.syntax import tree

__all__ = ["check_calendars", "check_channels", "check_messages", "check_queues"]

_WHOLE_DAY = 24 * 60
_EVERY_DAY = frozenset(range(7))
_FULL_NAMES = dict(
    zip(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        WEEKDAYS.names,
        strict=True,
    )
)


def check_channels(context: Context) -> dict[str, Channel]:
    """Returns the channels; each is served by a person or by a machine."""
    return {name: _channel(context, node) for name, node in context.names.channels.items()}


def _channel(context: Context, node: tree.ChannelNode) -> Channel:
    words = [clause.word for clause in node.clauses]
    _report_repeated(context, node.clauses)
    if ("assisted" in words) == ("self_service" in words):
        context.reporter.report(
            "RK306",
            f"channel `{node.name.name}` is either `assisted` or `self_service`",
            node.name.span,
            help="`assisted` where a person answers, `self_service` where a machine does",
        )
    cost = None
    for clause in node.clauses:
        if clause.word == "cost" and isinstance(clause.value, tree.Literal):
            cost = float(clause.value.text)
    return Channel(node.name.name, "assisted" in words, cost)


def _report_repeated(context: Context, clauses: tuple[tree.Clause, ...]) -> None:
    first: dict[str, tree.Clause] = {}
    for clause in clauses:
        known = first.setdefault(clause.word, clause)
        if known is not clause:
            context.reporter.report(
                "RK306",
                f"`{clause.word}` stands twice",
                clause.span,
                others=[Label(known.span, "first given here")],
            )


# ── calendars ─────────────────────────────────────────────────────────────────


def check_calendars(context: Context) -> dict[str, Calendar]:
    """Returns the calendars with their hours and closed days."""
    return {name: _calendar(context, node) for name, node in context.names.calendars.items()}


def _calendar(context: Context, node: tree.CalendarNode) -> Calendar:
    openings = [opening for clause in node.openings for opening in _openings(context, clause)]
    if not node.openings:
        context.reporter.report(
            "RK306",
            f"calendar `{node.name.name}` is never open",
            node.name.span,
            help="say when it is: `open Mon-Fri 08:00-20:00`",
        )
    closings: list[Clause] = []
    for closing in node.closings:
        match closing:
            case tree.ClosedDates():
                closings += _closed_dates(context, closing)
            case tree.ClosedHolidays():
                closings += _region(context, closing)
    return Calendar(node.name.name, context.timezone, ((*openings, *closings),))


def _openings(context: Context, clause: tuple[tree.Opening, ...]) -> list[Clause]:
    """``Mon, Wed 08:00-12:00, 13:00-17:00``: days wait for their hours, hours take the days before."""
    openings: list[Clause] = []
    days: frozenset[int] = frozenset()
    waiting: tree.Opening | None = None
    for item in clause:
        if item.first_day is not None:
            found = _days(context, item)
            if found is None:
                return []
            days = days | found if waiting is not None else found
            waiting = item
        if item.hours is not None:
            hours = _hours(context, item.hours)
            if hours is not None:
                openings.append(Clause(True, Weekdays(days or _EVERY_DAY), hours))
            waiting = None
    if waiting is not None:
        context.reporter.report(
            "RK306",
            "hours are missing behind these days",
            waiting.span,
            help="`Mon-Fri 08:00-20:00`",
        )
    return openings


def _days(context: Context, item: tree.Opening) -> frozenset[int] | None:
    first = _weekday(context, item.first_day)
    last = first if item.last_day is None else _weekday(context, item.last_day)
    if first is None or last is None:
        return None
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def _weekday(context: Context, ident: tree.Ident | None) -> int | None:
    assert ident is not None
    place = WEEKDAYS.rank.get(ident.name.lower())
    if place is None:
        short = _FULL_NAMES.get(ident.name.lower())
        context.reporter.report(
            "RK206",
            f"`{ident.name}` is no day of the week",
            ident.span,
            help=Advice(f"write `{short.title()}`", Fix.replace(ident.span, short.title()))
            if short
            else "Mon, Tue, Wed, Thu, Fri, Sat or Sun",
        )
    return place


def _hours(context: Context, node: tree.Hours) -> Hours | None:
    start, end = _minute(node.start), _minute(node.end)
    if start is None or end is None or start == _WHOLE_DAY:
        context.reporter.report(
            "RK206",
            f"`{node.start}-{node.end}` are no hours of a day",
            node.span,
            help="from `00:00` to `24:00`",
        )
        return None
    if start == end:
        context.reporter.report(
            "RK208",
            "these hours hold nothing: they end where they start",
            node.span,
            help="a whole day is `00:00-24:00`",
        )
        return None
    return Hours(start, end if end > start else end + _WHOLE_DAY)


def _minute(clock: str) -> int | None:
    hour, minute = (int(part) for part in clock.split(":"))
    total = hour * 60 + minute
    return total if minute < 60 and total <= _WHOLE_DAY else None


def _closed_dates(context: Context, node: tree.ClosedDates) -> list[Clause]:
    first = literal(context, node.first)
    last = literal(context, node.last) if node.last is not None else first
    if first is None or last is None or not isinstance(first[0], date) or not isinstance(last[0], date):
        return []
    if first[0] > last[0]:
        context.reporter.report("RK208", "this range holds nothing: its end is before its start", node.span)
        return []
    return [Clause(False, Dates(first[0], last[0]))]


def _region(context: Context, node: tree.ClosedHolidays) -> list[Clause]:
    country, _, subdivision = node.region.text.partition("-")
    holidays = Holidays(country, subdivision or None)
    if is_known_region(holidays):
        return [Clause(False, holidays)]
    whole = Holidays(country)
    context.reporter.report(
        "RK210",
        f"there are no holidays known for `{node.region.text}`",
        node.region.span,
        help=f"`{country}` alone is known"
        if subdivision and is_known_region(whole)
        else "a country by ISO 3166, such as `CN`, or a part of it, such as `US-CA`",
    )
    return []


# ── queues and messages ───────────────────────────────────────────────────────


def check_queues(context: Context) -> dict[str, Queue]:
    """Returns the queues; each is served on some channel."""
    return {name: _queue(context, node) for name, node in context.names.queues.items()}


def _queue(context: Context, node: tree.QueueNode) -> Queue:
    _report_repeated(context, node.clauses)
    channels: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    calendar = None
    for clause in node.clauses:
        match clause.word:
            case "on":
                channels = tuple(
                    name.name
                    for name in clause.names
                    if context.known("channel", name, context.names.channels)
                )
            case "skills":
                skills = tuple(name.name for name in clause.names)
            case _:
                (name,) = clause.names
                if context.known("calendar", name, context.names.calendars):
                    calendar = name.name
    if not any(clause.word == "on" for clause in node.clauses):
        context.reporter.report(
            "RK306",
            f"queue `{node.name.name}` says no channel",
            node.name.span,
            help="say on which channels it is served: `on voice, chat`",
        )
    return Queue(node.name.name, channels, skills, calendar)


def check_messages(context: Context) -> dict[str, Message]:
    """Returns the messages with their wordings."""
    messages = {}
    channels = context.names.all_channels
    for name, node in context.names.messages.items():
        wordings: dict[str, str] = {}
        for wording in node.wordings:
            channel = wording.channel.name
            if channel in wordings:
                context.reporter.report(
                    "RK103",
                    f"message `{name}` has two wordings for `{channel}`",
                    wording.channel.span,
                )
            if context.known("channel", wording.channel, channels):
                wordings[channel] = wording.text
        if not node.wordings:
            context.reporter.report(
                "RK306", f"message `{name}` says nothing", node.name.span, help='`sms "…"`'
            )
        messages[name] = Message(name, wordings)
    return messages
