"""When a reach is due, and when it may be made: days by the clock of a customer, quiet hours, open queues."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from routekit.policy.calendars import Calendar, Hours
from routekit.policy.operators.functions import anniversary_in
from routekit.policy.reaches import Due
from routekit.schema.times import in_bounds, later

__all__ = ["Window", "first_time", "window_of", "windows_between"]

_DAY = 24 * 60
_MOST_TURNS = 1_000
"""Turns of quiet hours and closed queues that are waited for: more than two years of nights."""

Window = tuple[datetime, datetime]
"""From an instant up to, not including, another; in UTC."""


def window_of(due: Due, value: datetime | date, now: datetime, clock: tzinfo) -> Window | None:
    """Returns when a reach is due; None where that is behind the end of time, or no anniversary has come.

    Days after a date are those of the calendar, from midnight to midnight by the clock, whatever hours they
    have; what is no whole day is added as it is. A time is an instant, and what comes after it is counted on.

    >>> from zoneinfo import ZoneInfo
    >>> from routekit.policy.expressions import Constant
    >>> week = Due(Constant(None), timedelta(days=7), timedelta(days=1))
    >>> berlin, now = ZoneInfo("Europe/Berlin"), datetime(2026, 3, 29, tzinfo=UTC)
    >>> start, end = window_of(week, date(2026, 3, 22), now, berlin)
    >>> start.isoformat(), end - start
    ('2026-03-28T23:00:00+00:00', datetime.timedelta(seconds=82800))
    """
    if isinstance(value, datetime):
        start = later(value, due.by)
        end = None if start is None else later(start, due.lasts)
    else:
        day = _last_anniversary(value, now.astimezone(clock).date()) if due.recurs else value
        if day is None:
            return None
        start, end = _days_on(day, due.by, clock), _days_on(day, due.by + due.lasts, clock)
    return None if start is None or end is None else (start, end)


def windows_between(
    due: Due, value: datetime | date, first: datetime, until: datetime, clock: tzinfo
) -> Iterator[Window]:
    """Yields when a reach is due between two instants, or at one of them: each anniversary, else once."""
    days: list[datetime | date] = [value]
    if due.recurs and not isinstance(value, datetime):
        years = range((first - due.by - due.lasts).year - 1, until.year + 2)
        days = [anniversary_in(value, year) for year in years if value.year <= year <= date.max.year]
    for day in days:
        found = window_of(replace(due, recurs=False), day, first, clock)
        if found is not None and found[0] < until and found[1] > first:
            yield found


def _last_anniversary(day: date, today: date) -> date | None:
    """The last one that has come, the day itself among them; None for a date to come."""
    if day > today:
        return None
    this_year = anniversary_in(day, today.year)
    return this_year if this_year <= today else anniversary_in(day, today.year - 1)


def _days_on(day: date, by: timedelta, clock: tzinfo) -> datetime | None:
    """The midnight so many days on, and what is more than whole days behind it."""
    try:
        midnight = datetime.combine(day + timedelta(days=by.days), time(), clock)
    except OverflowError:
        return None
    if not in_bounds(midnight.replace(tzinfo=UTC)):
        return None
    return later(midnight.astimezone(UTC), by - timedelta(days=by.days))


def first_time(
    window: Window, now: datetime, quiet: Hours | None, clock: tzinfo, calendar: Calendar | None
) -> datetime | None:
    """Returns the first instant from now on at which a reach may be made; None where there is none in time.

    It lies in the window, in no quiet hours by the clock, and the calendar is open.
    """
    moment, end = max(window[0], now), window[1]
    for _ in range(_MOST_TURNS):
        if moment >= end or not in_bounds(moment):
            return None
        if quiet is not None and (loud := _quiet_until(moment, quiet, clock)) is not None:
            moment = loud
        elif calendar is not None and not calendar.is_open(moment):
            opens = calendar.next_opening(moment)
            if opens is None:
                return None
            moment = opens
        else:
            return moment
    return None


def _quiet_until(moment: datetime, quiet: Hours, clock: tzinfo) -> datetime | None:
    """When the quiet hours end in which an instant lies; None where it lies in none."""
    there = moment.astimezone(clock)
    minute = there.hour * 60 + there.minute
    started = 0 if quiet.start <= minute < quiet.end else 1 if minute + _DAY < quiet.end else None
    if started is None:
        return None
    ends = quiet.end - started * _DAY
    day = there.date() + timedelta(days=ends // _DAY)
    at = time(ends % _DAY // 60, ends % 60)
    wall = datetime.combine(day, at, clock)
    found = wall.astimezone(UTC)
    if found.astimezone(clock).replace(tzinfo=None) != wall.replace(tzinfo=None):
        return _behind_jump(wall)
    return found if found > moment else wall.replace(fold=1).astimezone(UTC)


def _behind_jump(wall: datetime) -> datetime:
    """The first instant at which a clock shows a time, or more, that it jumps over."""
    moment = wall.replace(fold=1).astimezone(UTC)
    while moment.astimezone(wall.tzinfo).replace(tzinfo=None) < wall.replace(tzinfo=None):
        moment += timedelta(minutes=1)
    return moment
