"""What the items of a calendar say: days and hours as they are written, read as clauses."""

from collections.abc import Iterable, Iterator
from datetime import date

from routekit.checker.constants import literal
from routekit.checker.context import Context
from routekit.diagnostics import Advice, Fix, Span
from routekit.policy.calendar_days import (
    MONTHS,
    WEEKDAYS,
    Dates,
    Days,
    Holidays,
    MakeupDays,
    MonthDay,
    Season,
    Weekdays,
    YearlyDates,
    has_makeup_days,
    is_known_region,
)
from routekit.policy.calendar_days import Span as DaySpan
from routekit.policy.calendars import Clause, Hours
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["Said", "closings", "hours_of", "openings"]

Said = tuple[Clause, Span]
"""A clause, and where it is said."""

_WHOLE_DAY = 24 * 60
_EVERY_DAY = Weekdays(frozenset(range(7)))
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONG_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONG_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


def openings(context: Context, clause: tree.CalendarClause) -> Iterator[Said]:
    """Reads what stands behind ``open``.

    Days wait for their hours, hours take the days before: ``Mon, Wed 08:00-12:00, 13:00-17:00``. Weekdays
    behind the dates of a season are of it.
    """
    days: list[Days] = []
    season: list[DaySpan] = []
    waiting: tree.CalendarItem | None = None
    for item in clause.items:
        if item.names_days:
            found = _days(context, item)
            if found is None:
                return
            days, season = _together(days if waiting is not None else [], season, found)
            waiting = item
        if item.region is not None and item.region.is_makeup:
            if item.hours is not None:
                _report_makeup_hours(context, item.hours)
            yield from ((Clause(True, each), item.span) for each in days if isinstance(each, MakeupDays))
            days, waiting = [], None
        elif item.hours is not None:
            hours = hours_of(context, item.hours)
            if hours is not None:
                yield from ((Clause(True, each, hours), item.span) for each in _merged(days or [_EVERY_DAY]))
            waiting = None
    if waiting is not None:
        _report(
            context, "RK306", t("hours are missing behind these days"), waiting.span, "`Mon-Fri 08:00-20:00`"
        )


def _together(days: list[Days], season: list[DaySpan], found: Days) -> tuple[list[Days], list[DaySpan]]:
    """The days that share their hours, and the season that weekdays behind them would be of."""
    if isinstance(found, Season):
        waiting = [each for each in days if isinstance(each, Dates | YearlyDates)]
        others = [each for each in days if each not in waiting]
        season = [*waiting, found.span]
        return [*others, *(Season(span, found.weekdays) for span in season)], season
    if isinstance(found, Weekdays) and season:
        return [*days, *(Season(span, found) for span in season)], season
    return [*days, found], []


def _merged(days: Iterable[Days]) -> Iterator[Days]:
    """The same days; weekdays that stand apart are one set of them."""
    weekly: dict[DaySpan | None, frozenset[int]] = {}
    for each in days:
        match each:
            case Weekdays(some):
                weekly[None] = weekly.get(None, frozenset()) | some
            case Season(span, weekdays):
                weekly[span] = weekly.get(span, frozenset()) | weekdays.days
            case _:
                yield each
    for place, some in weekly.items():
        yield Weekdays(some) if place is None else Season(place, Weekdays(some))


def closings(context: Context, clause: tree.CalendarClause) -> Iterator[Said]:
    """Reads what stands behind ``closed``: whole days, or hours of days."""
    days: Dates | YearlyDates | Holidays | None = None
    for item in clause.items:
        found = _closed_days(context, item) if item.names_days else days
        if found is None:
            if not item.names_days:
                help_ = t("write the date before them, without a comma: `2027-03-10 13:00-16:00`")
                _report(context, "RK306", t("hours that are closed need a date"), item.span, help_)
            days = None
            continue
        hours = None if item.hours is None else hours_of(context, item.hours)
        if item.hours is None or hours is not None:
            yield Clause(False, found, hours), item.span
        days = None if item.hours is None else found


def _closed_days(context: Context, item: tree.CalendarItem) -> Dates | YearlyDates | Holidays | None:
    found = _days(context, item)
    match found:
        case MakeupDays():
            message, help_ = t("makeup days are days on which people work"), f"`open {found}`"
        case Weekdays() | Season():
            message = t("`closed` takes dates and holidays, not days of the week")
            help_ = t("a calendar is closed on days, and at hours, that `open` does not name")
        case _:
            return found
    _report(context, "RK306", message, item.span, help_)
    return None


def _report_makeup_hours(context: Context, hours: tree.Hours) -> None:
    help_ = t("leave these out; other hours stand behind dates: `open 2026-10-10 09:00-12:00`")
    _report(context, "RK306", t("makeup days have the hours of Monday"), hours.span, help_)


def _report(context: Context, code: str, message: str, span: Span, help_: str | Advice) -> None:
    context.reporter.report(code, message, span, help=help_)


# ── days ──────────────────────────────────────────────────────────────────────


def _days(context: Context, item: tree.CalendarItem) -> Days | None:
    if item.region is not None:
        return _region(context, item.region)
    weekdays = None if item.weekdays is None else _weekdays(context, item.weekdays)
    span = None if item.dates is None else _span(context, item.dates)
    if (item.weekdays is None) != (weekdays is None) or (item.dates is None) != (span is None):
        return None
    if span is None or weekdays is None:
        return span or weekdays
    return Season(span, weekdays)


def _weekdays(context: Context, node: tree.WeekdaySpan) -> Weekdays | None:
    first = _named(context, node.first, WEEKDAYS, _LONG_WEEKDAYS, "day of the week")
    last = (
        first
        if node.last is None
        else _named(context, node.last, WEEKDAYS, _LONG_WEEKDAYS, "day of the week")
    )
    if first is None or last is None:
        return None
    return Weekdays(frozenset((first + step) % 7 for step in range((last - first) % 7 + 1)))


def _named(
    context: Context, ident: tree.Ident, names: tuple[str, ...], long: Iterable[str], kind: str
) -> int | None:
    """The place of a day or month among its names; None where it is reported to be none."""
    word = ident.name.title()
    if word in names:
        return names.index(word)
    help_: str | Advice = t("{listed} or {names}", listed=t(", ").join(names[:-1]), names=names[-1])
    if ident.name.lower() in long or word == "Sept":
        help_ = Advice(t("write `{word}`", word=word[:3]), Fix.replace(ident.span, word[:3]))
    elif kind != "month" and word[:3] in MONTHS:
        help_ = t(
            "a date of every year is written `{word} 24`, all of a month `{word} 1..{word} 30`", word=word[:3]
        )
    _report(context, "RK206", t("`{name}` is no {kind}", name=ident.name, kind=t(kind)), ident.span, help_)
    return None


def _span(context: Context, node: tree.DateSpan) -> DaySpan | None:
    first = _date(context, node.first)
    last = first if node.last is None else _date(context, node.last)
    match first, last:
        case date(), date():
            if first <= last:
                return Dates(first, last)
            message = t("this range holds nothing: its end is before its start")
            context.reporter.report("RK208", message, node.span)
        case MonthDay(), MonthDay():
            if first == last == (2, 29):
                _report(
                    context,
                    "RK424",
                    t("three years of four have no 29 February"),
                    node.span,
                    t("write `Feb 28..Feb 29` for the end of the month in every year"),
                )
            return YearlyDates(first, last)
        case (date(), MonthDay()) | (MonthDay(), date()):
            help_ = t("both its ends have a year, or neither has")
            _report(
                context, "RK201", t("a span goes from one kind of date to the same kind"), node.span, help_
            )
    return None


def _date(context: Context, node: tree.CalendarDate) -> date | MonthDay | None:
    if node.month is None:
        found = literal(context, node.day)
        return found[0] if found is not None and isinstance(found[0], date) else None
    month = _named(context, node.month, MONTHS, _LONG_MONTHS, "month")
    if month is None:
        return None
    day = node.day.text
    if not day.isdigit() or not 1 <= int(day) <= _DAYS_OF_MONTHS[month]:
        help_ = t(
            "{months} has the days 1 to {days_of_months}",
            months=MONTHS[month],
            days_of_months=_DAYS_OF_MONTHS[month],
        )
        _report(context, "RK206", t("`{text}` is no date", text=node.span.text), node.span, help_)
        return None
    return MonthDay(month + 1, int(day))


def _region(context: Context, node: tree.Region) -> Holidays | MakeupDays | None:
    country, _, subdivision = node.region.text.partition("-")
    days = (MakeupDays if node.is_makeup else Holidays)(country, subdivision or None)
    if not is_known_region(days):
        message = t("there are no holidays known for `{text}`", text=node.region.text)
        _report(context, "RK210", message, node.region.span, _advice_on_region(node.region))
        return None
    if isinstance(days, MakeupDays) and not has_makeup_days(days):
        message = t(
            "`{text}` works on no day of a weekend in place of another, as far as is known",
            text=node.region.text,
        )
        _report(context, "RK426", message, node.region.span, t("remove it, or name the dates behind `open`"))
    return days


def _advice_on_region(node: tree.Literal) -> str | Advice:
    code = node.text.upper()
    country, _, subdivision = code.partition("-")
    if code != node.text and is_known_region(Holidays(country, subdivision or None)):
        return Advice(t("write `{code}`", code=code), Fix.replace(node.span, code))
    if subdivision and is_known_region(Holidays(country)):
        return t("`{country}` alone is known", country=country)
    return t("a country by ISO 3166, such as `CN`, or a part of it, such as `US-CA`")


# ── hours ─────────────────────────────────────────────────────────────────────


def hours_of(context: Context, node: tree.Hours) -> Hours | None:
    """Returns hours of a day; None where it is reported that they are none."""
    start, end = _minute(node.start), _minute(node.end)
    if start is None or end is None or start == _WHOLE_DAY:
        message = t("`{start}-{end}` are no hours of a day", start=node.start, end=node.end)
        _report(context, "RK206", message, node.span, t("from `00:00` to `24:00`"))
        return None
    if start == end:
        message = t("these hours hold nothing: they end where they start")
        _report(context, "RK208", message, node.span, t("a whole day is `00:00-24:00`"))
        return None
    if end == _WHOLE_DAY - 1:
        place = Span(node.span.source, node.span.end - len(node.end), node.span.end)
        advice = Advice(t("the end is outside: write `24:00`"), Fix.replace(place, "24:00"))
        _report(
            context, "RK421", t("these hours leave out the last minute before midnight"), node.span, advice
        )
    return Hours(start, end if end > start else end + _WHOLE_DAY)


def _minute(clock: str) -> int | None:
    hour, minute = (int(part) for part in clock.split(":"))
    total = hour * 60 + minute
    return total if minute < 60 and total <= _WHOLE_DAY else None
