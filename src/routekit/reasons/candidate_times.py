"""Times and dates worth trying where a policy asks for hours, weekdays, days, months or opening hours."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from routekit.policy.calendars import Calendar
from routekit.reasons.opening import local_time, next_opening, turns
from routekit.schema.times import in_bounds, zone

__all__ = ["dates_near", "times_near", "times_of"]

_WEEK, _YEAR = 8, 366


def times_near(
    moment: datetime, functions: Collection[str], calendars: Collection[Calendar], timezone: str
) -> Iterator[datetime]:
    """Times before and after a moment at which the answers of such questions differ from now."""
    local = moment.astimezone(zone(timezone))
    minute = local.hour * 60 + local.minute
    around_noon = {minute}
    if "hour" in functions or calendars:
        around_noon |= {hour * 60 for hour in range(24)}
        around_noon |= {hour * 60 + 59 for hour in range(24)}
    reach = _WEEK if calendars or "weekday" in functions else 1
    for day in _days(local.date(), reach):
        for at in sorted(around_noon):
            yield from _some(local_time(day, at, timezone))
        for calendar in calendars:
            for turn in turns(calendar, day, timezone):
                yield from (turn - timedelta(minutes=1), turn)
    if {"day", "month"} & {*functions}:
        for day in _days(local.date(), _YEAR):
            yield from _some(local_time(day, minute, timezone))
    for calendar in calendars:
        yield from _some(next_opening(calendar, moment, timezone))


def times_of(days: Iterable[date], moment: datetime, timezone: str) -> Iterator[datetime]:
    """The same time of day on some days, and on the days before and behind each."""
    local = moment.astimezone(zone(timezone))
    for day in days:
        for near in _days(day, 1):
            yield from _some(local_time(near, local.hour * 60 + local.minute, timezone))


def _some(moment: datetime | None) -> Iterator[datetime]:
    if moment is not None and in_bounds(moment):
        yield moment.astimezone(UTC)


def dates_near(day: date) -> Iterator[date]:
    """The days of a year before and a year after."""
    return _days(day, _YEAR)


def _days(day: date, reach: int) -> Iterator[date]:
    for shift in range(-reach, reach + 1):
        try:
            yield day + timedelta(days=shift)
        except OverflowError:
            continue
