"""The days of which a calendar speaks: dates, yearly dates, holidays, makeup days, seasons, weekdays."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from holidays import HolidayBase

__all__ = [
    "MONTHS",
    "WEEKDAYS",
    "Dates",
    "Days",
    "Exactness",
    "Holidays",
    "MakeupDays",
    "MonthDay",
    "Season",
    "Span",
    "Weekdays",
    "YearlyDates",
    "has_makeup_days",
    "is_known_region",
]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_YEARS = 512


class Exactness(IntEnum):
    """How exactly days are named; the most exact comes first."""

    DATE = 0
    YEARLY = 1
    HOLIDAY = 2
    MAKEUP = 3
    SEASON = 4
    WEEKDAY = 5


@dataclass(frozen=True, slots=True)
class Dates:
    """The days from one date to another, both inside."""

    first: date
    last: date
    exactness: ClassVar = Exactness.DATE

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return _span(self.first, self.last)


class MonthDay(NamedTuple):
    """A date of every year."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{MONTHS[self.month - 1]} {self.day}"


@dataclass(frozen=True, slots=True)
class YearlyDates:
    """The days of every year from one date to another, both inside, over the year's end where the last is the
    earlier one.

    >>> turn_of_the_year = YearlyDates(MonthDay(12, 24), MonthDay(1, 1))
    >>> date(2026, 12, 31) in turn_of_the_year, date(2026, 1, 2) in turn_of_the_year
    (True, False)
    """

    first: MonthDay
    last: MonthDay
    exactness: ClassVar = Exactness.YEARLY

    def __contains__(self, day: date) -> bool:
        place = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= place <= self.last
        return place >= self.first or place <= self.last

    def __str__(self) -> str:
        return _span(self.first, self.last)


def _span(first: object, last: object) -> str:
    return f"{first}" if first == last else f"{first}..{last}"


Span: TypeAlias = Dates | YearlyDates


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of a country by ISO 3166, or of a part of it, days in lieu included."""

    country: str
    subdivision: str | None = None
    exactness: ClassVar = Exactness.HOLIDAY

    def __contains__(self, day: date) -> bool:
        return day in _known(self.country, self.subdivision, day.year)[0]

    def __str__(self) -> str:
        return f"holidays {_region(self.country, self.subdivision)}"


@dataclass(frozen=True, slots=True)
class MakeupDays:
    """The days of weekends on which a country works in place of other days.

    >>> date(2026, 10, 10) in MakeupDays("CN")
    True
    """

    country: str
    subdivision: str | None = None
    exactness: ClassVar = Exactness.MAKEUP

    def __contains__(self, day: date) -> bool:
        return day in _known(self.country, self.subdivision, day.year)[1]

    def __str__(self) -> str:
        return f"makeup days {_region(self.country, self.subdivision)}"


def _region(country: str, subdivision: str | None) -> str:
    return country if subdivision is None else f"{country}-{subdivision}"


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Days of the week; 0 is Monday.

    >>> str(Weekdays(frozenset({0, 1, 2, 5})))
    'Mon-Wed, Sat'
    """

    days: frozenset[int]
    exactness: ClassVar = Exactness.WEEKDAY

    def __contains__(self, day: date) -> bool:
        return day.weekday() in self.days

    def __str__(self) -> str:
        runs: list[list[int]] = []
        for day in sorted(self.days):
            if runs and day == runs[-1][-1] + 1:
                runs[-1].append(day)
            else:
                runs.append([day])
        return ", ".join(
            f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"
            if len(run) > 2
            else ", ".join(WEEKDAYS[day] for day in run)
            for run in runs
        )


@dataclass(frozen=True, slots=True)
class Season:
    """A stretch of days in which weekdays have hours of their own; those that are not named are closed."""

    span: Span
    weekdays: Weekdays
    exactness: ClassVar = Exactness.SEASON

    def __contains__(self, day: date) -> bool:
        return day in self.span

    def __str__(self) -> str:
        return f"{self.span} {self.weekdays}"


Days: TypeAlias = Dates | YearlyDates | Holidays | MakeupDays | Season | Weekdays


# ── what the package knows ────────────────────────────────────────────────────


@lru_cache(_MOST_YEARS)
def is_known_region(days: Holidays | MakeupDays) -> bool:
    """Tells whether the holidays of the region are known.

    >>> is_known_region(Holidays("US", "CA")), is_known_region(Holidays("XX"))
    (True, False)
    """
    try:
        _ask(days.country, days.subdivision, 2026)
    except (NotImplementedError, KeyError, ValueError):
        return False
    return True


def has_makeup_days(days: MakeupDays) -> bool:
    """Tells whether any makeup days of the region are known.

    >>> has_makeup_days(MakeupDays("CN")), has_makeup_days(MakeupDays("US"))
    (True, False)
    """
    return any(_known(days.country, days.subdivision, year)[1] for year in range(2006, 2046))


@lru_cache(_MOST_YEARS)
def _known(country: str, subdivision: str | None, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The public holidays of a region in one year, and its makeup days, by the ``holidays`` package."""
    found = _ask(country, subdivision, year)
    return _of_year(found, year), _of_year(found.weekend_workdays, year)


def _of_year(days: Iterable[date], year: int) -> frozenset[date]:
    return frozenset(day for day in days if day.year == year)


_QUIET = Lock()
"""One at a time, since the filters of warnings are those of the whole process."""


def _ask(country: str, subdivision: str | None, year: int) -> "HolidayBase":
    """What the package knows, without its warnings of years and names that it would rather not be asked for:
    nobody who decides a contact can do anything about them."""
    import holidays

    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return holidays.country_holidays(country, subdiv=subdivision, years=year)
