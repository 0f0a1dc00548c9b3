"""Instants cut into cells where hours, weekdays, dates or calendars are asked for.

Every day of the years that are looked at is taken into account; of those before and behind, in which a
contact may bring times, so many as show what there is of them. Days of which nothing that is asked differs
are tried once; days on or beside which clocks change, or that hold an instant that is written out, each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from functools import lru_cache
from threading import Lock

from cachetools import LRUCache, cached

from routekit.policy import expressions as e
from routekit.policy.calendar_days import Dates, Season
from routekit.policy.ordinals import unrank
from routekit.prover.domains.cells import Cell
from routekit.prover.domains.dates import TODAY, TimeCells, parts_of, stretches
from routekit.prover.domains.readings import DAY, Readings
from routekit.prover.domains.terms import NOON, Atom, Base, Evaluator, walk
from routekit.prover.limits import Years, span_of
from routekit.schema.times import FIRST_TIME, LAST_TIME, clipped, in_bounds, zone
from routekit.schema.types import Value
from routekit.schema.zones import clock_changes

__all__ = ["cut_time"]

_MOST_KEPT = 4_096
"""Of what is worked out of a day: days beside it ask for the same."""

_SECOND = timedelta(seconds=1)
_TICK = timedelta(microseconds=1)
_MIDNIGHT = timedelta(0)
_FIRST_DAY, _LAST_DAY = FIRST_TIME.date() - DAY, LAST_TIME.date()
"""The first and the last day that any clock on a wall shows."""


def _asked(
    base: Base, tests: Sequence[Atom], evaluator: Evaluator, timezone: str, years: Years
) -> tuple[object, ...]:
    """All that cells of an instant depend on."""
    named = {part.calendar for test in tests for part in walk(test) if isinstance(part, e.CalendarOpen)}
    calendars = tuple((name, evaluator.calendar(name)) for name in sorted(named))
    return base, tuple(tests), calendars, timezone, years


@cached(LRUCache(16), key=_asked, lock=Lock())
def cut_time(
    base: Base, tests: Sequence[Atom], evaluator: Evaluator, timezone: str, years: Years
) -> tuple[tuple[Cell, ...], frozenset[Atom]]:
    """The cells of an instant, and the tests that they do not settle; now lies within these years.

    Kept, since each promise of a policy, and both versions of a difference, ask the same of a clock.
    """
    readings = Readings(base, False, evaluator.at({}).value, timezone)
    understood, daily, left = readings.read(tests)
    clock = _Clock(base, understood, daily, readings, evaluator, timezone)
    clock.run(years)
    return tuple(clock.found.cells()), frozenset(left)


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
        self.far = sorted({place for _, place, _ in readings.walls} - {"", timezone})
        """Other timezones whose clocks are asked for."""
        near = (item.timezone for item in self.calendars.values())
        self.zones = list(dict.fromkeys((timezone, *near, *self.far)))
        """Those on whose clocks something depends, that of the policy first."""
        shifts, day_shifts = readings.shifts, readings.day_shifts
        reach = {step for shift in shifts for step in range(shift // DAY, -(-shift // DAY) + 1)}
        self.reach = sorted(reach)
        """The days, counted from that of the time, of which a calendar or an hour is asked."""
        self.dated = sorted({step + days for step in reach for days in day_shifts})
        """The days of whose date something is asked."""
        wide = {step + more for step in reach for more in ((-1, 0, 1) if any(shifts) else (0,))}
        self.wide = sorted(wide), sorted({step + days for step in wide for days in day_shifts})
        """The same where a clock jumps: a day later it may be the same day, or the one after the next."""
        farthest = max(abs(step) for steps in self.wide for step in steps) + 2
        self.inner = date.min + farthest * DAY, date.max - farthest * DAY
        """The days beside which there are all those that are asked of."""
        self.marks = {
            (shift, name): marks
            for shift in sorted(shifts)
            for name in self.zones
            if (marks := self._marks(shift, name))
        }
        self._instants = lru_cache(_MOST_KEPT)(self._instants_of)
        self._turned = lru_cache(_MOST_KEPT)(self._turned_on)
        self._hours = lru_cache(_MOST_KEPT)(self._hours_on)
        self.named = self._named()
        self._truths: dict[object, tuple[bool | None, ...]] = {}

    def _marks(self, shift: timedelta, timezone: str) -> list[timedelta]:
        """How long after midnight in a timezone anything that is asked at a shift may change."""
        found = {
            tick * _TICK
            for at, place, tick in self.readings.walls
            if at == shift and (place or self.timezone) == timezone and 0 <= tick < DAY // _TICK
        }
        if timezone == self.timezone:
            found |= {timedelta(hours=hour) for hour in range(24 if shift in self.readings.hours else 1)}
        for name, shifts in self.readings.calendars.items():
            calendar = self.calendars[name]
            if shift in shifts and calendar.timezone == timezone:
                found |= {timedelta(minutes=minute) for minute in calendar.edges}
        return sorted(found)

    def _named(self) -> list[datetime]:
        """The instants from which on tests come out otherwise since they name one, or a date."""
        days = {(day, self.timezone) for day in self.readings.days}
        for calendar in self.calendars.values():
            for clause in calendar.clauses:
                span = clause.days.span if isinstance(clause.days, Season) else clause.days
                if isinstance(span, Dates):
                    after = span.last + DAY if span.last < date.max else span.last
                    days |= {(span.first, calendar.timezone), (after, calendar.timezone)}
        found = set()
        for place in self.readings.instants:
            try:
                found.add(unrank(place, NOON))
            except OverflowError:
                continue
        for day, timezone in days:
            for moment in self.instants(day, _MIDNIGHT, timezone):
                for shift in self.readings.shifts:
                    try:
                        found.add(moment - shift)
                    except OverflowError:
                        continue
        return sorted(moment for moment in found if isinstance(moment, datetime) and in_bounds(moment))

    def instants(self, day: date, since: timedelta, timezone: str | None = None) -> list[datetime]:
        """The instants at which the clock on a wall shows a time of a day, or jumps over it."""
        return self._instants(day, since, timezone)

    def _instants_of(self, day: date, since: timedelta, timezone: str | None) -> list[datetime]:
        local = self.zone if timezone is None else zone(timezone)
        wall = datetime(day.year, day.month, day.day, tzinfo=local) + since
        try:
            return sorted({wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})
        except OverflowError:
            return []

    # ── days ──────────────────────────────────────────────────────────────────

    def run(self, years: Years) -> None:
        """Looks at every day of these years, and at what there is of others where a time may be of those."""
        named = {moment.astimezone(self.zone).date() for moment in self.named}
        near = {day.toordinal() - step for day in named for step in (0, *self.wide[1])}
        ends = date.min.toordinal(), date.max.toordinal()
        near_named = {date.fromordinal(place) for place in near if ends[0] <= place <= ends[1]}
        special = set(self._ends_of_time())
        for first, last, low, high in self._looked_at(years, named):
            self._truths.clear()
            alike: dict[object, _Alike] = {}
            day = first
            while day <= last:
                self.evaluator.hurry()
                if day in near_named:
                    special.add(day)
                else:
                    self._group(alike, day)
                day += DAY
            for group in sorted(alike.values(), key=lambda group: (group.day < TODAY, group.day)):
                if (first, last) == (low, high):
                    self._try(group.day, group.first, group.last, group.parts)
                else:
                    self._try(group.day, low, high, group.parts)
        for day in sorted(special, key=lambda day: (day < TODAY, abs(day - TODAY))):
            self._try(day, day, day, None)

    def _looked_at(self, years: Years, named: set[date]) -> list[tuple[date, date, date, date]]:
        """Between dates that are named, the days that are looked at, and those that they stand for."""
        first, last = span_of(years)
        cuts = sorted({day for day in named if first < day <= last})
        starts, ends = [first, *cuts], [*(day - DAY for day in cuts), last]
        found = [(low, high, low, high) for low, high in zip(starts, ends, strict=True)]
        if not isinstance(self.base, e.Now):
            for low, high in ((self.inner[0], first - DAY), (last + DAY, self.inner[1])):
                if low <= high:
                    found += stretches([day for day in named if low < day <= high], low, high)
        return found

    def _ends_of_time(self) -> Iterator[date]:
        """The days beside which some that are asked of are none; now is never one of them."""
        if not isinstance(self.base, e.Now):
            for low, high in ((_FIRST_DAY, self.inner[0] - DAY), (self.inner[1] + DAY, _LAST_DAY)):
                for place in range(low.toordinal(), high.toordinal() + 1):
                    yield date.fromordinal(place)

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
        """The instants of a day at which a clock jumps."""
        return tuple(
            moment for name in self.zones for moment in _jumps(self.timezone, name, day.year).get(day, ())
        )

    def _turned_on(self, day: date) -> object:
        """How clocks jump on a day, by the clock on the wall."""
        return tuple(
            (
                moment.astimezone(self.zone).time(),
                name,
                moment.astimezone(zone(name)).utcoffset(),
                (moment - _SECOND).astimezone(zone(name)).utcoffset(),
            )
            for name in self.zones
            for moment in _jumps(self.timezone, name, day.year).get(day, ())
        )

    def _facts(self, day: date) -> object:
        """All that tests can ask of a day; days with the same facts are alike."""
        turned = tuple(self._turned(day + step * DAY) for step in (0, *self.wide[0]))
        reach, dated = self.wide if any(turned) else (self.reach, self.dated)
        near = [day + step * DAY for step in reach]
        shown = tuple(
            self.instants(other, _MIDNIGHT)[0].astimezone(zone(name)).time()
            for name in self.far
            for other in near
        )
        opened = tuple(self._hours(name, other) for name in self.calendars for other in near)
        facts = day.weekday(), shown, opened
        if any(turned):
            return *facts, turned, self._dates(day, dated)
        by_date = self._dates(day, dated) if self.readings.by_date else ()
        return *facts, by_date, self._daily_truths(day), self._truths_elsewhere(day)

    @staticmethod
    def _dates(day: date, steps: Sequence[int]) -> tuple[tuple[int, int], ...]:
        return tuple(((other := day + step * DAY).month, other.day) for step in steps)

    def _told_apart(self, day: date, steps: Sequence[int]) -> tuple[object, ...]:
        """What tells days apart, between two dates that are named, for tests that ask for dates alone."""
        return day.weekday(), self._dates(day, steps) if self.readings.asks_days else ()

    def _hours_on(self, name: str, day: date) -> object:
        """When a calendar is open in the course of a day, whose clock its own may be ahead of."""
        calendar = self.calendars[name]
        if calendar.timezone == self.timezone:
            return calendar.open_minutes(day)
        begin, end = self.instants(day, _MIDNIGHT)[0], self.instants(day + DAY, _MIDNIGHT)[-1] - _SECOND
        first, last = (moment.astimezone(zone(calendar.timezone)) for moment in (begin, end))
        days = range(first.toordinal(), last.toordinal() + 1)
        return first.time(), tuple(calendar.open_minutes(date.fromordinal(place)) for place in days)

    def _daily_truths(self, day: date) -> tuple[bool | None, ...]:
        """How the tests that ask for dates alone come out in the course of a day."""
        if not self.daily:
            return ()
        key = self._told_apart(day, self.dated)
        known = self._truths.get(key)
        if known is None:
            times = sorted({-shift % DAY for shift in self.readings.midnights})
            scopes = [self.evaluator.at({self.base: self.instants(day, since)[0]}) for since in times]
            known = self._truths[key] = tuple(
                self.evaluator.truth(test, scope) for scope in scopes for test in self.daily
            )
        return known

    def _truths_elsewhere(self, day: date) -> tuple[bool | None, ...]:
        """How the tests that ask for dates in other timezones come out from midnight to midnight there."""
        tests = self.readings.daily_elsewhere
        if not tests:
            return ()
        begin, end = self.instants(day, _MIDNIGHT)[0], self.instants(day + DAY, _MIDNIGHT)[0]
        beside = sorted({step + more for step in self.dated for more in (-1, 0, 1)})
        days = [day + step * DAY for step in beside]
        midnights = {
            moment - shift
            for name in self.far
            for other in days
            for moment in self.instants(other, _MIDNIGHT, name)
            for shift in self.readings.shifts
        }
        times = sorted({begin} | {moment for moment in midnights if begin <= moment < end})
        key = tuple(moment - begin for moment in times), *self._told_apart(day, beside)
        known = self._truths.get(key)
        if known is None:
            scopes = [self.evaluator.at({self.base: moment}) for moment in times]
            known = self._truths[key] = tuple(
                self.evaluator.truth(test, scope) for scope in scopes for test in tests
            )
        return known

    # ── instants of a day ─────────────────────────────────────────────────────

    def _try(self, day: date, first: date, last: date, parts: dict[str, set[Value | None]] | None) -> None:
        """Tries a day at each time from which on something may come out otherwise; others are like it."""
        floor, ceiling = self._span(first, last)
        begin, end = self._span(day, day)
        if begin >= end:
            return
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

    def _span(self, first: date, last: date) -> tuple[datetime, datetime]:
        """When a day begins, and when another one ends, as far as there is time."""
        begin, end = self.instants(first, _MIDNIGHT)[0], self.instants(last + DAY, _MIDNIGHT)[-1]
        return max(begin, FIRST_TIME), min(end, LAST_TIME + _TICK)

    def _changes(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """The instants from one to another at which anything may come out otherwise."""
        for (shift, name), marks in self.marks.items():
            first, last = (_moved(moment, shift).astimezone(zone(name)).date() for moment in (begin, end))
            day = first - DAY
            while day <= last:
                if name == self.timezone:
                    for moment in self.turns(day):
                        yield _moved(moment, -shift)
                for mark in marks:
                    for moment in self.instants(day, mark, name):
                        yield _moved(moment, -shift)
                day += DAY
        for named in self.named:
            if begin <= named < end:
                yield named


def _moved(moment: datetime, shift: timedelta) -> datetime:
    """The instant at a shift, or the nearest one that there is."""
    try:
        return clipped(moment + shift)
    except OverflowError:
        return LAST_TIME if shift > _MIDNIGHT else FIRST_TIME


@lru_cache(maxsize=1024)
def _jumps(timezone: str, other: str, year: int) -> dict[date, tuple[datetime, ...]]:
    """The instants of a year at which the clocks of another timezone jump, by the day on the wall before."""
    local = zone(timezone)
    found: dict[date, tuple[datetime, ...]] = {}
    years = (near for near in (year - 1, year, year + 1) if MINYEAR <= near <= MAXYEAR)
    for moment in (moment for near in years for moment in clock_changes(other, near)):
        day = (moment - _SECOND).astimezone(local).date()
        if day.year == year:
            found[day] = (*found.get(day, ()), moment)
    return found
