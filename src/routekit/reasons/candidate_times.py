"""Times and dates worth trying where a policy asks for hours, weekdays, days, months or opening hours."""

from calendar import isleap
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from routekit.policy.calendars import Calendar
from routekit.schema.times import in_bounds, zone

__all__ = ["dates_near", "days_of", "local_time", "times_near", "times_of", "turns"]

_WEEK, _YEAR = 8, 366


def times_near(
    moment: datetime,
    functions: Collection[str],
    calendars: Collection[Calendar],
    timezone: str,
    clocks: Collection[timedelta] = (),
) -> Iterator[datetime]:
    """Yields times before and after a moment at which the answers of such questions differ from now."""
    local = moment.astimezone(zone(timezone))
    minute = local.hour * 60 + local.minute
    around_noon = {minute}
    if "hour" in functions or calendars:
        around_noon |= {hour * 60 for hour in range(24)}
        around_noon |= {hour * 60 + 59 for hour in range(24)}
    marks = {span // timedelta(minutes=1) for span in clocks}
    around_noon |= {mark + step for mark in marks for step in (-1, 0, 1) if 0 <= mark + step < DAY}
    reach = _WEEK if calendars or "weekday" in functions else 1
    for day in _days(local.date(), reach):
        for at in sorted(around_noon):
            yield from _some(local_time(day, at, timezone))
        for calendar in calendars:
            for turn in turns(calendar, day):
                yield from (turn - timedelta(minutes=1), turn)
    if {"day", "month", "years", "anniversary"} & {*functions}:
        for day in dates_near(local.date()):
            yield from _some(local_time(day, minute, timezone))
    for calendar in calendars:
        yield from _some(calendar.next_opening(moment))


def times_of(days: Iterable[date], moment: datetime, timezone: str) -> Iterator[datetime]:
    """Yields the same time of day on some days, and on those of a week before and behind each."""
    local = moment.astimezone(zone(timezone))
    for near in days_of(days):
        yield from _some(local_time(near, local.hour * 60 + local.minute, timezone))


def _some(moment: datetime | None) -> Iterator[datetime]:
    if moment is not None and in_bounds(moment):
        yield moment.astimezone(UTC)


def dates_near(day: date) -> Iterator[date]:
    """Yields the days of a year before and a year after, and the nearest leap days."""
    yield from _days(day, _YEAR)
    for year in range(max(day.year - 8, 1), min(day.year + 9, 10_000)):
        if isleap(year):
            yield date(year, 2, 29)


def days_of(days: Iterable[date]) -> Iterator[date]:
    """Yields some days, and those of a week before and behind each."""
    for day in days:
        yield from _days(day, _WEEK)


def _days(day: date, reach: int) -> Iterator[date]:
    for shift in range(-reach, reach + 1):
        try:
            yield day + timedelta(days=shift)
        except OverflowError:
            continue


# ── when a calendar opens ──────────────────────────────────────────────────────


DAY = 24 * 60


def local_time(day: date, minute: int, timezone: str) -> datetime | None:
    """Returns the instant at a minute of a local day, in UTC; None beyond the ends of time."""
    try:
        there = day + timedelta(days=minute // DAY)
        clock = time(minute % DAY // 60, minute % 60)
        moment = datetime.combine(there, clock, zone(timezone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if in_bounds(moment) else None


def turns(calendar: Calendar, day: date) -> Iterator[datetime]:
    """Yields the instants of a day on the calendar's wall at which it may open or close."""
    for minute in sorted(calendar.edges):
        moment = local_time(day, minute, calendar.timezone)
        if moment is not None:
            yield moment
