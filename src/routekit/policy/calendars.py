"""Opening hours: what a calendar says, and whether it is open at an instant."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock

from routekit.schema.times import in_bounds, zone

__all__ = ["Calendar", "HolidayRegion", "Opening", "holiday_dates", "is_known_region", "is_open"]

DAY = 24 * 60
MOST_YEARS = 512


@dataclass(frozen=True, slots=True)
class Opening:
    """Minutes of the local day from ``start`` up to, not including, ``end``, on some weekdays (0 is Monday).

    An ``end`` not behind the start belongs to the next morning.
    """

    weekdays: frozenset[int]
    start: int
    end: int

    @property
    def runs_over_midnight(self) -> bool:
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class HolidayRegion:
    """A country by ISO 3166, and a part of it."""

    country: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open within its openings, except on closed dates and public holidays; closed wins."""

    name: str
    openings: tuple[Opening, ...]
    closed_dates: tuple[tuple[date, date], ...] = ()
    holidays: tuple[HolidayRegion, ...] = ()


def is_known_region(region: HolidayRegion) -> bool:
    """Whether the holidays of the region are known."""
    try:
        _days_of(region, 2026)
    except (NotImplementedError, KeyError, ValueError):
        return False
    return True


_QUIET = Lock()
"""One at a time, since the filters of warnings are those of the whole process."""


@lru_cache(MOST_YEARS)
def holiday_dates(region: HolidayRegion, year: int) -> frozenset[date]:
    """The public holidays of a region in one year, by the ``holidays`` package.

    >>> date(2026, 10, 1) in holiday_dates(HolidayRegion("CN"), 2026)
    True
    """
    return frozenset(day for day in _days_of(region, year) if day.year == year)


def _days_of(region: HolidayRegion, year: int) -> Iterable[date]:
    """What the package knows, without its warnings of years and names that it would rather not be asked for:
    nobody who decides a contact can do anything about them."""
    import holidays

    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return holidays.country_holidays(region.country, subdiv=region.subdivision, years=year)


def is_open(calendar: Calendar, moment: datetime, timezone: str, after: timedelta = timedelta(0)) -> bool:
    """Whether the calendar is open some time after an instant, by the clock on the wall of its timezone.

    Behind the end of time nothing is open.
    """
    try:
        moment += after
    except OverflowError:
        return False
    if not in_bounds(moment):
        return False
    local = moment.astimezone(zone(timezone))
    today = local.date()
    if _is_closed(calendar, today):
        return False
    minute = local.hour * 60 + local.minute
    weekday = today.weekday()
    for opening in calendar.openings:
        if opening.runs_over_midnight:
            if weekday in opening.weekdays and minute >= opening.start:
                return True
            if (weekday - 1) % 7 in opening.weekdays and minute < opening.end:
                return True
        elif weekday in opening.weekdays and opening.start <= minute < opening.end:
            return True
    return False


def _is_closed(calendar: Calendar, day: date) -> bool:
    return any(first <= day <= last for first, last in calendar.closed_dates) or any(
        day in holiday_dates(region, day.year) for region in calendar.holidays
    )
