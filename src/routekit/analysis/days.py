"""Times and dates cut into cells where hours, weekdays, dates or calendars are asked for.

The line of time is cut at every instant that the policy names. Between two of them days repeat: a stretch
of ``YEARS`` years stands for all of it, since by then each weekday has met each day of the year, and public
holidays are looked up day by day. Days that look alike are tried once; days on which clocks change, or that
hold a named instant, each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from routekit.analysis.cells import Cell
from routekit.analysis.enclose import Range
from routekit.analysis.terms import ArmOf, Atom, Base, Evaluator, walk
from routekit.policy import expressions as e
from routekit.policy.calendars import Calendar, HolidayRegion, holiday_dates
from routekit.schema.times import in_bounds, zone
from routekit.schema.types import WEEKDAYS, Date, Type, Value

__all__ = ["YEARS", "cut_time", "needs_days"]

YEARS = 28
_FROM = date(2026, 1, 1)
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_FIRST, _LAST = date(1, 1, 4), date(9999, 12, 27)
_SAMPLES = 3
_QUARTER = timedelta(minutes=15)
_FARTHEST = timedelta(days=40)


def needs_days(tests: Iterable[Atom]) -> bool:
    """Whether tests ask for more than whether a time is before or behind another."""
    return any(isinstance(part, e.Call | e.CalendarOpen) for test in tests for part in walk(test))


@dataclass(slots=True)
class _Found:
    """What is known of a cell: values of it, within which bounds, and its days, months and so on."""

    samples: list[Value] = field(default_factory=list)
    parts: dict[str, set[Value | None]] = field(default_factory=dict)
    low: Value | None = None
    high: Value | None = None

    def add(self, value: Value, low: Value, high: Value, parts: dict[str, set[Value | None]]) -> None:
        if len(self.samples) < _SAMPLES:
            self.samples.append(value)
        for name, values in parts.items():
            self.parts.setdefault(name, set()).update(values)
        self.low = low if self.low is None or low < self.low else self.low  # type: ignore[operator]
        self.high = high if self.high is None or high > self.high else self.high  # type: ignore[operator]


def cut_time(
    base: Base, type_: Type, tests: Sequence[Atom], evaluator: Evaluator, timezone: str
) -> list[Cell]:
    """The cells of a time or a date."""
    found: dict[tuple[bool | None, ...], _Found] = {}
    if isinstance(type_, Date):
        _date_cells(base, tests, evaluator, found)
    else:
        _Clock(base, tests, evaluator, timezone, found).run()
    cells = []
    for item in found.values():
        parts = {name: frozenset(values) for name, values in item.parts.items() if values}
        domain = Range(item.low, item.high, False, parts)  # type: ignore[arg-type]
        cells.append(Cell(tuple(item.samples), domain))
    return cells


def _stretches(cuts: Sequence[date], years: int) -> list[tuple[date, date, date, date]]:
    """Between cuts, the days that stand for all: first and last day of each, then of what they stand for."""
    ends = [_FIRST, *sorted({cut for cut in cuts if _FIRST < cut <= _LAST}), _LAST + _DAY]
    most = timedelta(days=366 * years)
    found = []
    for low, behind in pairwise(ends):
        high = behind - _DAY
        if high - low <= most:
            first, last = low, high
        else:
            first = min(max(_FROM, low), high - most)
            last = first + most
        found.append((first, last, low, high))
    # what lies ahead comes first, so that examples are of today
    return sorted(found, key=lambda item: (item[1] < _FROM, abs(item[0] - _FROM)))


def _date_cells(
    base: Base, tests: Sequence[Atom], evaluator: Evaluator, found: dict[tuple[bool | None, ...], _Found]
) -> None:
    cuts: set[date] = set()
    shifts = {timedelta(0)}
    for test in tests:
        for value in _constants(test):
            if isinstance(value, timedelta):
                shifts |= {value, -value}
    for test in tests:
        for value in _constants(test):
            if isinstance(value, date) and not isinstance(value, datetime):
                cuts |= {
                    day
                    for shift in shifts
                    for day in (_moved(value, shift), _moved(value, shift + _DAY))
                    if day
                }
    for first, last, low, high in _stretches(sorted(cuts), YEARS):
        day = first
        while day <= last:
            scope = evaluator.at({base: day})
            hand = tuple(evaluator.truth(test, scope) for test in tests)
            found.setdefault(hand, _Found()).add(day, low, high, _parts(day))
            day += _DAY


def _parts(day: date) -> dict[str, set[Value | None]]:
    return {"day": {day.day}, "month": {day.month}, "weekday": {WEEKDAYS.names[day.weekday()]}}


def _moved(day: date, by: timedelta) -> date | None:
    try:
        return day + by
    except OverflowError:
        return None


def _constants(test: Atom) -> list[Value]:
    values: list[Value] = []
    for part in walk(test):
        if isinstance(part, e.Constant):
            values.append(part.value)
        elif isinstance(part, e.InSet):
            values += part.values
    return values


class _Clock:
    """The cells of an instant."""

    def __init__(
        self,
        base: Base,
        tests: Sequence[Atom],
        evaluator: Evaluator,
        timezone: str,
        found: dict[tuple[bool | None, ...], _Found],
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
            self.shifts |= {value for value in _constants(test) if isinstance(value, timedelta)}
            self.calendars.update(
                {
                    part.calendar: evaluator.calendar(part.calendar)
                    for part in walk(test)
                    if isinstance(part, e.CalendarOpen)
                }
            )
            for value in _constants(test):
                if isinstance(value, datetime):
                    self.named.add(value)
                elif isinstance(value, date):
                    days |= {value, _next(value)}
        self.shifts |= {-shift for shift in self.shifts}
        for calendar in self.calendars.values():
            days |= {day for first, last in calendar.closed_dates for day in (first, _next(last))}
        self.named |= {self.instants(day, 0)[0] for day in days if _FIRST < day < _LAST}
        self.named = {
            moment
            for named in self.named
            for shift in self.shifts
            if (moment := _shifted(named, shift)) is not None
        }
        signed = {shift for test in tests for shift in _shifts(test)}
        self.reach = range(min(signed) // _DAY, -(-max(signed) // _DAY) + 1)
        self.asks_hour = any(
            isinstance(part, e.Call) and part.function == "hour" for test in tests for part in walk(test)
        )
        self.daily = [test for test in tests if _is_daily(test)]
        self.by_date = any(
            isinstance(part, e.Call) and part.function in ("day", "month")
            for test in tests
            if test not in self.daily
            for part in walk(test)
        )
        self._holidays: dict[tuple[HolidayRegion, int], frozenset[date]] = {}
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
            found |= {
                (mark - int(shift.total_seconds())) % 86400 for mark in marks for shift in _shifts(test)
            }
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
        cuts = {day + step * _DAY for day in local_days for step in (0, 1) if _FIRST < day < _LAST}
        special: dict[date, tuple[date, date]] = {}
        changes: set[object] = set()
        for first, last, low, high in _stretches(sorted(cuts), YEARS if has_dates else 2):
            alike: dict[object, _Alike] = {}
            day, offset = first, self._offset(first)
            while day <= last:
                following = self._offset(day + _DAY)
                facts = self._facts(day)
                change = (low, offset, following, facts)
                if following != offset and change not in changes:
                    changes.add(change)
                    special.update((near, (low, high)) for near in self._near(day) if low <= near <= high)
                offset = following
                known = alike.setdefault(facts, _Alike(day))
                known.months.add(day.month)
                known.days.add(day.day)
                day += _DAY
            for group in alike.values():
                self._try(group, low, high)
        for named in local_days:
            special.update((day, (day, day)) for day in self._near(named) if _FIRST <= day <= _LAST)
        for day, (low, high) in sorted(special.items(), key=lambda item: (item[0] < _FROM, item[0])):
            self._try(_Alike(day, {day.month}, {day.day}), low, high, exact=True)

    def _near(self, day: date) -> list[date]:
        """The days from which tests look at one."""
        return [day - step * _DAY for step in {0, *self.reach}]

    def _offset(self, day: date) -> timedelta | None:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).utcoffset()

    def _is_holiday(self, region: HolidayRegion, day: date) -> bool:
        key = region, day.year
        if key not in self._holidays:
            self._holidays[key] = holiday_dates(region, day.year)
        return day in self._holidays[key]

    def _facts(self, day: date) -> tuple[object, ...]:
        """All that tests can ask of a day; days with the same facts are alike."""
        closed = tuple(
            any(self._is_holiday(region, day + step * _DAY) for region in calendar.holidays)
            for calendar in self.calendars.values()
            if calendar.holidays
            for step in self.reach
        )
        dated: tuple[object, ...] = (day.month, day.day) if self.by_date else ()
        if self.daily:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone).astimezone(UTC)
            scope = self.evaluator.at({self.base: noon})
            dated += tuple(self.evaluator.truth(test, scope) for test in self.daily)
        return (day.weekday(), closed, *dated)

    def _try(self, alike: "_Alike", low: date, high: date, *, exact: bool = False) -> None:
        day = alike.day
        moments = [moment for second in self.minutes for moment in self.instants(day, second)]
        # working hours first, so that examples are of them
        moments.sort(key=lambda moment: (abs(moment.astimezone(self.zone).hour - 10), moment))
        if exact:
            begin, end = self.instants(day, 0)[0], self.instants(day + _DAY, 0)[0]
            for named in self.named:
                moments += [m for m in (named - _TICK, named, named + _TICK) if begin <= m < end]
            if end - begin != _DAY:
                moments += [begin + _QUARTER * step for step in range((end - begin) // _QUARTER)]
        floor, ceiling = self.instants(low, 0)[0], self.instants(high + _DAY, 0)[-1]
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
            self.found.setdefault(hand, _Found()).add(moment, floor, ceiling, parts)


@dataclass(slots=True)
class _Alike:
    """Days that no test tells apart, the first of them, and their months and days of the month."""

    day: date
    months: set[int] = field(default_factory=set)
    days: set[int] = field(default_factory=set)


def _is_daily(test: Atom) -> bool:
    """Whether a test asks only for the day of a time, and so comes out the same from midnight to midnight."""
    if isinstance(test, ArmOf) or not any(isinstance(part, e.Call) for part in walk(test)):
        return False
    waiting: list[e.Expr] = [test]
    while waiting:
        part = waiting.pop()
        match part:
            case e.Call("day" | "month" | "weekday" | "date", e.Now() | e.FieldRef() | e.SignalRef()):
                continue
            case e.Now() | e.FieldRef() | e.SignalRef() | e.Call() | e.CalendarOpen() | e.Arithmetic():
                return False
        waiting += e.children(part)
    return True


def _shifts(test: Atom) -> set[timedelta]:
    """How far from the time itself a test looks, in either direction."""
    found = {timedelta(0)}
    for part in walk(test):
        match part:
            case e.Arithmetic("+", _, e.Constant(timedelta() as shift)):
                found.add(shift)
            case e.Arithmetic("-", _, e.Constant(timedelta() as shift)):
                found.add(-shift)
            case e.Constant(timedelta() as shift) if abs(shift) <= _FARTHEST:
                found |= {shift, -shift} if not _is_simple(test) else set()
    return {min(max(shift, -_FARTHEST), _FARTHEST) for shift in found}


def _is_simple(test: Atom) -> bool:
    return all(
        not isinstance(part, e.Arithmetic)
        or (part.operator in ("+", "-") and isinstance(part.right, e.Constant))
        for part in walk(test)
    )


def _next(day: date) -> date:
    return day + _DAY if day < date.max else day


def _shifted(moment: datetime, by: timedelta) -> datetime | None:
    try:
        return moment + by
    except OverflowError:
        return None
