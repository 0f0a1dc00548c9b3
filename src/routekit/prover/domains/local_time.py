"""Instants cut into cells where hours, weekdays, dates or calendars are asked for.

Days that look alike are tried once, public holidays among what makes a day look so. Days on which clocks
change, or that hold a named instant, are tried each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from routekit.policy import expressions as e
from routekit.policy.calendars import Calendar, holiday_dates
from routekit.prover.domains.date_periods import DAY, FIRST, LAST, TODAY, YEARS, TimeCells, stretches
from routekit.prover.domains.offsets import constants, is_daily, shifts
from routekit.prover.domains.terms import Atom, Base, Evaluator, walk
from routekit.schema.times import in_bounds, zone
from routekit.schema.types import WEEKDAYS, Value

__all__ = ["Clock"]

_TICK = timedelta(microseconds=1)
_QUARTER = timedelta(minutes=15)


class Clock:
    """The cells of an instant."""

    def __init__(
        self,
        base: Base,
        tests: Sequence[Atom],
        evaluator: Evaluator,
        timezone: str,
        found: TimeCells,
    ) -> None:
        self.base = base
        self.tests = tests
        self.evaluator = evaluator
        self.zone = zone(timezone)
        self.found = found
        self.calendars: dict[str, Calendar] = {}
        self.shifts = {timedelta(0)}
        self.named: set[datetime] = set()
        days: set[date] = set()
        for test in tests:
            self.shifts |= {value for value in constants(test) if isinstance(value, timedelta)}
            self.calendars.update(
                {
                    part.calendar: evaluator.calendar(part.calendar)
                    for part in walk(test)
                    if isinstance(part, e.CalendarOpen)
                }
            )
            for value in constants(test):
                if isinstance(value, datetime):
                    self.named.add(value)
                elif isinstance(value, date):
                    days |= {value, _next(value)}
        self.shifts |= {-shift for shift in self.shifts}
        for calendar in self.calendars.values():
            days |= {day for first, last in calendar.closed_dates for day in (first, _next(last))}
        self.named |= {self.instants(day, 0)[0] for day in days if FIRST < day < LAST}
        self.named = {
            moment
            for named in self.named
            for shift in self.shifts
            if (moment := _shifted(named, shift)) is not None
        }
        signed = {shift for test in tests for shift in shifts(test)}
        self.reach = range(min(signed) // DAY, -(-max(signed) // DAY) + 1)
        self.asks_hour = any(
            isinstance(part, e.Call) and part.function == "hour" for test in tests for part in walk(test)
        )
        self.daily = [test for test in tests if is_daily(test)]
        self.by_date = any(
            isinstance(part, e.Call) and part.function in ("day", "month")
            for test in tests
            if test not in self.daily
            for part in walk(test)
        )
        self._truths: dict[tuple[int, int, int], tuple[bool | None, ...]] = {}
        self._holidays: dict[int, list[frozenset[date]]] = {}
        self.minutes = self._minutes()

    def _minutes(self) -> list[int]:
        """The seconds of a day at which anything may change."""
        found = {0}
        for test in self.tests:
            marks = {0}
            for part in walk(test):
                if isinstance(part, e.CalendarOpen):
                    openings = self.calendars[part.calendar].openings
                    marks |= {
                        minute * 60 % 86400 for opening in openings for minute in (opening.start, opening.end)
                    }
                elif isinstance(part, e.Call) and part.function == "hour":
                    marks |= {hour * 3600 for hour in range(24)}
            found |= {(mark - int(shift.total_seconds())) % 86400 for mark in marks for shift in shifts(test)}
        return sorted(found)

    def instants(self, day: date, second: int) -> list[datetime]:
        """The instants at which the clock on the wall shows a second of a day: one, two or none."""
        wall = datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(seconds=second)
        found = []
        for fold in (0, 1):
            moment = wall.replace(fold=fold).astimezone(UTC)
            if moment not in found:
                found.append(moment)
        return found

    def run(self) -> None:
        local_days = sorted({moment.astimezone(self.zone).date() for moment in self.named})
        has_dates = self.daily or self.by_date or any(item.holidays for item in self.calendars.values())
        cuts = {day + step * DAY for day in local_days for step in (0, 1) if FIRST < day < LAST}
        special: dict[date, tuple[date, date]] = {}
        changes: set[object] = set()
        for first, last, low, high in stretches(sorted(cuts), YEARS if has_dates else 2):
            alike: dict[object, _Alike] = {}
            self._truths.clear()
            day, offset = first, self._offset(first)
            while day <= last:
                self.evaluator.hurry()
                following = self._offset(day + DAY)
                facts = self._facts(day)
                change = (low, offset, following, facts)
                if following != offset and change not in changes:
                    changes.add(change)
                    special.update((near, (low, high)) for near in self._near(day) if low <= near <= high)
                offset = following
                known = alike.setdefault(facts, _Alike(day))
                known.months.add(day.month)
                known.days.add(day.day)
                day += DAY
            for group in alike.values():
                self._try(group, low, high)
        for named in local_days:
            special.update((day, (day, day)) for day in self._near(named) if FIRST <= day <= LAST)
        for day, (low, high) in sorted(special.items(), key=lambda item: (item[0] < TODAY, item[0])):
            self._try(_Alike(day, {day.month}, {day.day}), low, high, exact=True)

    def _near(self, day: date) -> list[date]:
        """The days from which tests look at one."""
        return [day - step * DAY for step in {0, *self.reach}]

    def _offset(self, day: date) -> timedelta | None:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).utcoffset()

    def _closed(self, year: int) -> list[frozenset[date]]:
        """For each calendar that knows holidays, those of a year."""
        known = self._holidays.get(year)
        if known is None:
            known = self._holidays[year] = [
                frozenset().union(*(holiday_dates(region, year) for region in calendar.holidays))
                for calendar in self.calendars.values()
                if calendar.holidays
            ]
        return known

    def _facts(self, day: date) -> tuple[object, ...]:
        """All that tests can ask of a day; days with the same facts are alike."""
        near = [day + step * DAY for step in self.reach]
        closed = tuple(other in dates for other in near for dates in self._closed(other.year))
        dated: tuple[object, ...] = (day.month, day.day) if self.by_date else ()
        return (day.weekday(), closed, *dated, *self._daily_truths(day))

    def _daily_truths(self, day: date) -> tuple[bool | None, ...]:
        """How the tests that ask only for the day come out.

        Between two days that are named that depends on its month, its number and its weekday.
        """
        key = day.month, day.day, day.weekday()
        known = self._truths.get(key)
        if known is None:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone).astimezone(UTC)
            scope = self.evaluator.at({self.base: noon})
            known = self._truths[key] = tuple(self.evaluator.truth(test, scope) for test in self.daily)
        return known

    def _try(self, alike: "_Alike", low: date, high: date, *, exact: bool = False) -> None:
        day = alike.day
        moments = [moment for second in self.minutes for moment in self.instants(day, second)]
        # working hours first, so that examples are of them
        moments.sort(key=lambda moment: (abs(moment.astimezone(self.zone).hour - 10), moment))
        if exact:
            begin, end = self.instants(day, 0)[0], self.instants(day + DAY, 0)[0]
            for named in self.named:
                moments += [m for m in (named - _TICK, named, named + _TICK) if begin <= m < end]
            if end - begin != DAY:
                moments += [begin + _QUARTER * step for step in range((end - begin) // _QUARTER)]
        floor, ceiling = self.instants(low, 0)[0], self.instants(high + DAY, 0)[-1]
        for moment in moments:
            if not in_bounds(moment):
                continue
            scope = self.evaluator.at({self.base: moment})
            hand = tuple(self.evaluator.truth(test, scope) for test in self.tests)
            local = moment.astimezone(self.zone)
            parts: dict[str, set[Value | None]] = {
                "day": set(alike.days),
                "month": set(alike.months),
                "weekday": {WEEKDAYS.names[local.weekday()]},
            }
            if local.date() != day:  # a time of the day that its clock skips
                parts["day"], parts["month"] = {local.day}, {local.month}
            if self.asks_hour:
                parts["hour"] = {local.hour}
            self.found.add(hand, moment, floor, ceiling, parts)


@dataclass(slots=True)
class _Alike:
    """Days that no test tells apart, the first of them, and their months and days of the month."""

    day: date
    months: set[int] = field(default_factory=set)
    days: set[int] = field(default_factory=set)


def _next(day: date) -> date:
    return day + DAY if day < date.max else day


def _shifted(moment: datetime, by: timedelta) -> datetime | None:
    try:
        return moment + by
    except OverflowError:
        return None
