"""Instants cut into cells where hours, weekdays, dates or calendars are asked for.

Every day of the years that are looked at is taken into account. Days of which nothing that is asked differs
are tried once; days on or beside which clocks change, or that hold an instant that is written out, each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from routekit.policy.calendars import holiday_dates
from routekit.prover.domains.cells import Cell
from routekit.prover.domains.dates import TODAY, TimeCells, parts_of
from routekit.prover.domains.ordinals import unrank
from routekit.prover.domains.readings import DAY, Readings
from routekit.prover.domains.terms import NOON, Atom, Base, Evaluator
from routekit.prover.limits import Years, span_of
from routekit.schema.times import zone
from routekit.schema.types import Value

__all__ = ["cut_time"]

_SECOND = timedelta(seconds=1)
_HALF_DAY = timedelta(hours=12)


def cut_time(
    base: Base, tests: Sequence[Atom], evaluator: Evaluator, timezone: str, years: Years
) -> tuple[list[Cell], set[Atom]]:
    """The cells of an instant within these years, and the tests that they do not settle."""
    readings = Readings(base, False, evaluator.at({}).value)
    understood, daily, left = readings.read(tests)
    clock = _Clock(base, understood, daily, readings, evaluator, timezone)
    clock.run(years)
    return clock.found.cells(), left


@dataclass(slots=True)
class _Alike:
    """Days that no test tells apart: one of them, the first and the last, and their months and days."""

    day: date
    first: date
    last: date
    parts: dict[str, set[Value | None]]


class _Clock:
    """Looks at days."""

    def __init__(
        self,
        base: Base,
        tests: Sequence[Atom],
        daily: Sequence[Atom],
        readings: Readings,
        evaluator: Evaluator,
        timezone: str,
    ) -> None:
        self.base = base
        self.tests = tests
        self.daily = daily
        self.readings = readings
        self.evaluator = evaluator
        self.timezone = timezone
        self.zone = zone(timezone)
        self.found = TimeCells()
        self.calendars = {name: evaluator.calendar(name) for name in readings.calendars}
        shifts, day_shifts = readings.shifts, readings.day_shifts
        reach = {step for shift in shifts for step in range(shift // DAY, -(-shift // DAY) + 1)}
        self.reach = sorted(reach)
        """The days, counted from that of the time, of which a calendar or an hour is asked."""
        self.dated = sorted({step + days for step in reach for days in day_shifts})
        """The days of whose date something is asked."""
        self.marks = {shift: self._marks(shift) for shift in sorted(shifts)}
        self.named = self._named()
        self._truths: dict[object, tuple[bool | None, ...]] = {}
        self._holidays: dict[int, list[frozenset[date]]] = {}

    def _marks(self, shift: timedelta) -> list[int]:
        """The seconds of a day at which anything that is asked at a shift may change."""
        found = {0}
        if shift in self.readings.hours:
            found |= set(range(0, 86400, 3600))
        for name, shifts in self.readings.calendars.items():
            if shift in shifts:
                openings = self.calendars[name].openings
                found |= {minute * 60 % 86400 for item in openings for minute in (item.start, item.end)}
        return sorted(found)

    def _named(self) -> list[datetime]:
        """The instants from which on tests come out otherwise since they name one, or a date."""
        days = set(self.readings.days)
        for calendar in self.calendars.values():
            for first, last in calendar.closed_dates:
                days |= {first, last + DAY if last < date.max else last}
        found = set()
        for place in self.readings.instants:
            try:
                found.add(unrank(place, NOON))
            except OverflowError:
                continue
        for day in days:
            for moment in self.instants(day, 0):
                for shift in self.readings.shifts:
                    try:
                        found.add(moment - shift)
                    except OverflowError:
                        continue
        return sorted(found)  # type: ignore[arg-type]

    def instants(self, day: date, second: int) -> list[datetime]:
        """The instants at which the clock on the wall shows a second of a day, or jumps over it."""
        wall = datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(seconds=second)
        try:
            return sorted({wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})
        except OverflowError:
            return []

    # ── days ──────────────────────────────────────────────────────────────────

    def run(self, years: Years) -> None:
        """Looks at every day of these years."""
        first, last = span_of(years)
        named = {moment.astimezone(self.zone).date() for moment in self.named}
        cuts = sorted({day for day in named if first < day <= last})
        starts = [first, *cuts]
        ends = [*(day - DAY for day in cuts), last]
        near_named = {day - step * DAY for day in named for step in (0, *self.dated)} | named
        special: dict[date, tuple[date, date]] = {}
        seen: set[object] = set()
        for low, high in zip(starts, ends, strict=True):
            self._truths.clear()
            alike: dict[object, _Alike] = {}
            day = low
            while day <= high:
                self.evaluator.hurry()
                if day in near_named:
                    special[day] = day, day
                elif any(self.turns(day + step * DAY) for step in (0, *self.reach)):
                    turned = tuple(self._turned(day + step * DAY) for step in (0, *self.reach))
                    key = low, day.month, day.day, self._facts(day), turned
                    if key not in seen:
                        seen.add(key)
                        special[day] = low, high
                else:
                    self._group(alike, day)
                day += DAY
            for group in sorted(alike.values(), key=lambda group: (group.day < TODAY, group.day)):
                self._try(group.day, group.first, group.last, group.parts)
        for day, (low, high) in sorted(special.items(), key=lambda item: (item[0] < TODAY, item[0])):
            self._try(day, low, high, None)

    def _group(self, alike: dict[object, _Alike], day: date) -> None:
        facts = self._facts(day)
        known = alike.get(facts)
        if known is None:
            alike[facts] = _Alike(day, day, day, parts_of(day))
        else:
            known.last = day
            if known.day < TODAY <= day:
                known.day = day
            known.parts["day"].add(day.day)
            known.parts["month"].add(day.month)

    def turns(self, day: date) -> tuple[datetime, ...]:
        """The instants of a day at which its clock jumps."""
        return _turns_in(self.timezone, day.year).get(day, ())

    def _turned(self, day: date) -> object:
        """How a clock jumps on a day, by the clock on the wall."""
        return tuple(
            ((after := turn.astimezone(self.zone)).time(), after.utcoffset(), before.utcoffset())
            for turn in self.turns(day)
            for before in ((turn - _SECOND).astimezone(self.zone),)
        )

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

    def _facts(self, day: date) -> object:
        """All that tests can ask of a day; days with the same facts are alike."""
        closed = tuple(
            other in dates
            for other in (day + step * DAY for step in self.reach)
            for dates in self._closed(other.year)
        )
        dated: tuple[object, ...] = ()
        if self.readings.by_date:
            dated = tuple(((other := day + step * DAY).month, other.day) for step in self.dated)
        return day.weekday(), closed, dated, self._daily_truths(day)

    def _daily_truths(self, day: date) -> tuple[bool | None, ...]:
        """How the tests that ask for dates alone come out in the course of a day.

        Between two dates that are named that depends on its weekday, and on the days that it is moved to.
        """
        if not self.daily:
            return ()
        days = [day + step * DAY for step in self.dated]
        key = day.weekday(), *((other.month, other.day) for other in days)
        known = self._truths.get(key)
        if known is None:
            seconds = sorted({int(-shift.total_seconds()) % 86400 for shift in self.readings.midnights})
            scopes = [self.evaluator.at({self.base: self.instants(day, second)[0]}) for second in seconds]
            known = self._truths[key] = tuple(
                self.evaluator.truth(test, scope) for scope in scopes for test in self.daily
            )
        return known

    # ── instants of a day ─────────────────────────────────────────────────────

    def _try(self, day: date, first: date, last: date, parts: dict[str, set[Value | None]] | None) -> None:
        """Tries a day at each time from which on something may come out otherwise; others are like it."""
        floor, ceiling = self.instants(first, 0)[0], self.instants(last + DAY, 0)[-1]
        begin, end = self.instants(day, 0)[0], self.instants(day + DAY, 0)[-1]
        moments = {moment for moment in self._changes(begin, end) if begin <= moment < end} | {begin}
        # working hours first, so that examples are of them
        for moment in sorted(
            moments, key=lambda moment: (abs(moment.astimezone(self.zone).hour - 10), moment)
        ):
            scope = self.evaluator.at({self.base: moment})
            hand = tuple(self.evaluator.truth(test, scope) for test in self.tests)
            local = moment.astimezone(self.zone)
            own = parts_of(local)
            if parts is not None and local.date() == day:
                own |= {"day": parts["day"], "month": parts["month"]}
            if timedelta(0) in self.readings.hours:
                own["hour"] = {local.hour}
            self.found.add(hand, moment, floor, ceiling, own)

    def _changes(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """The instants from one to another at which anything may come out otherwise."""
        for shift, marks in self.marks.items():
            day = (begin + shift).astimezone(self.zone).date() - DAY
            while day <= (end + shift).astimezone(self.zone).date():
                for moment in self.turns(day):
                    yield moment - shift
                for mark in marks:
                    for moment in self.instants(day, mark):
                        yield moment - shift
                day += DAY
        for named in self.named:
            if begin <= named < end:
                yield named


@lru_cache(maxsize=512)
def _turns_in(timezone: str, year: int) -> dict[date, tuple[datetime, ...]]:
    """The instants of a year at which the clocks of a timezone jump, by their day before the jump."""
    local = zone(timezone)

    def offset(moment: datetime) -> timedelta | None:
        return moment.astimezone(local).utcoffset()

    found: dict[date, tuple[datetime, ...]] = {}
    start = datetime(year, 1, 1, tzinfo=UTC) - DAY
    for number in range(2 * 368):
        low, high = start + number * _HALF_DAY, start + (number + 1) * _HALF_DAY
        before = offset(low)
        if before == offset(high):
            continue
        while high - low > _SECOND:
            middle = low + (high - low) // _SECOND // 2 * _SECOND
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        day = (high - _SECOND).astimezone(local).date()
        if day.year == year:
            found[day] = (*found.get(day, ()), high)
    return found
