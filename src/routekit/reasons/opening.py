"""When a calendar opens, and when it closes, seen from a moment."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from routekit.policy.calendars import Calendar, is_open
from routekit.schema.times import in_bounds, zone

__all__ = ["local_time", "next_opening", "turns"]

DAY = 24 * 60
MOST_DAYS = 400
"""How far ahead one looks for the next opening: over a year of closed days."""


def local_time(day: date, minute: int, timezone: str) -> datetime | None:
    """The instant at a minute of a local day, in UTC; None beyond the ends of time."""
    try:
        there = day + timedelta(days=minute // DAY)
        clock = time(minute % DAY // 60, minute % 60)
        moment = datetime.combine(there, clock, zone(timezone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if in_bounds(moment) else None


def turns(calendar: Calendar, day: date, timezone: str) -> Iterator[datetime]:
    """The instants of a local day at which a calendar may open or close."""
    minutes = {0}
    for opening in calendar.openings:
        minutes |= {opening.start % DAY, opening.end % DAY}
    for minute in sorted(minutes):
        moment = local_time(day, minute, timezone)
        if moment is not None:
            yield moment


def next_opening(calendar: Calendar, moment: datetime, timezone: str) -> datetime | None:
    """When the calendar, which is closed, opens next; None where it does not within a year.

    >>> from routekit.policy.calendars import Opening
    >>> weekend = Calendar("weekend", (Opening(frozenset({5, 6}), 600, 900),))
    >>> next_opening(weekend, datetime(2026, 11, 23, tzinfo=UTC), "UTC")
    datetime.datetime(2026, 11, 28, 10, 0, tzinfo=datetime.timezone.utc)
    """
    first = moment.astimezone(zone(timezone)).date()
    for ahead in range(MOST_DAYS):
        try:
            day = first + timedelta(days=ahead)
        except OverflowError:
            return None
        for turn in turns(calendar, day, timezone):
            if turn > moment and is_open(calendar, turn, timezone):
                return turn
    return None
