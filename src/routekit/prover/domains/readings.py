"""What tests read of one time or date, and where they come out otherwise for that.

A test is understood where it does no more with a time than move it by spans that are written out, ask the
clock on the wall for a part of it, ask a calendar, and compare it with what is written out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.ordinals import rank
from routekit.prover.domains.terms import ArmOf, Atom, Base, bases_of
from routekit.schema.times import FIRST_TIME, LAST_TIME, zone_of
from routekit.schema.types import Value

__all__ = ["DAY", "Readings"]

DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_HOUR = timedelta(hours=1) // _TICK
_FARTHEST = timedelta(days=366)
_MOST_FORMS = 16
_SOME_DAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class _Instant:
    """``factor`` times the time, and so many ticks; what is written out has factor 0."""

    factor: int
    ticks: int


@dataclass(frozen=True, slots=True)
class _Day:
    """``factor`` times a date, and so many days; what is written out has factor 0."""

    factor: int
    days: int


@dataclass(frozen=True, slots=True)
class _Clock:
    """What the clock on a timezone's wall shows at a shift from the time, and so many ticks."""

    shift: timedelta
    timezone: str
    ticks: int


@dataclass(frozen=True, slots=True)
class _FarDay:
    """The date that the clock on a timezone's wall shows at a shift from the time."""

    shift: timedelta
    timezone: str


class _Step:
    """What stays as it is as long as the parts and calendars that were asked for do."""


_STEP = _Step()
_Form: TypeAlias = _Instant | _Day | _Clock | _FarDay | _Step
_Forms: TypeAlias = tuple[_Form, ...]


class _UnreadError(Exception):
    """A test that does more with a time than is understood."""


@dataclass(slots=True)
class Readings:
    """What tests read of a time, or of a date where ``of_date``.

    ``shifts`` and ``day_shifts``: how far from the time, and from its date, they look. ``hours`` and
    ``calendars``: at which shifts they ask for the hour, and for which calendars. ``instants`` (by rank) and
    ``days``: where comparisons begin to come out otherwise.
    """

    base: Base
    of_date: bool
    value_of: Callable[[e.Expr], Value | None]
    timezone: str = ""
    """The policy's own: to name it asks for no other clock."""
    shifts: set[timedelta] = field(default_factory=lambda: {timedelta(0)})
    day_shifts: set[int] = field(default_factory=lambda: {0})
    hours: set[timedelta] = field(default_factory=set)
    walls: set[tuple[timedelta, str, int]] = field(default_factory=set)
    """Since which tick of a day on a timezone's wall (the policy's where none is named), at which shift."""
    calendars: dict[str, set[timedelta]] = field(default_factory=dict)
    instants: set[int] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    asks_days: bool = False
    """Whether a test asks for the month or its day."""
    by_date: bool = False
    """Whether a test asks for the month or its day, and for more than dates."""
    midnights: set[timedelta] = field(default_factory=lambda: {timedelta(0)})
    """The shifts of tests that ask for dates alone."""
    daily_elsewhere: list[Atom] = field(default_factory=list)
    """The tests that ask for dates alone, but in other timezones too."""

    def read(self, tests: Iterable[Atom]) -> tuple[list[Atom], list[Atom], set[Atom]]:
        """The tests that are understood, those of them that ask for dates alone, and all others."""
        understood: list[Atom] = []
        daily: list[Atom] = []
        left: set[Atom] = set()
        for test in tests:
            reading = _Reading(self)
            try:
                if isinstance(test, ArmOf):
                    raise _UnreadError
                reading.forms(test)
            except _UnreadError:
                left.add(test)
                continue
            understood.append(test)
            self._add(reading)
            asks_days = bool(reading.parts & {"day", "month"})
            self.asks_days |= asks_days
            if reading.is_daily:
                daily.append(test)
                self.midnights |= reading.shifts
            elif reading.is_daily_elsewhere:
                self.daily_elsewhere.append(test)
            else:
                self.by_date |= asks_days
        return understood, daily, left

    def _add(self, reading: "_Reading") -> None:
        self.shifts |= reading.shifts
        self.day_shifts |= reading.day_shifts
        self.hours |= reading.hours
        self.walls |= reading.walls
        self.instants |= reading.instants | reading.ends
        self.days |= reading.days
        for name, shift in sorted(reading.calendars):
            self.calendars.setdefault(name, set()).add(shift)


class _Reading:
    """What one test reads."""

    def __init__(self, whole: Readings) -> None:
        self.whole = whole
        self.parts: set[str] = set()
        self.shifts: set[timedelta] = set()
        self.day_shifts: set[int] = set()
        self.hours: set[timedelta] = set()
        self.walls: set[tuple[timedelta, str, int]] = set()
        self.calendars: set[tuple[str, timedelta]] = set()
        self.instants: set[int] = set()
        self.ends: set[int] = set()
        self.days: set[date] = set()

    @property
    def is_daily(self) -> bool:
        """Whether it asks for dates alone, of the time or of moved ones."""
        return bool(self.parts) and not (self.hours or self.walls or self.calendars or self.instants)

    @property
    def is_daily_elsewhere(self) -> bool:
        """Whether it asks for dates alone, in other timezones too."""
        is_dated = self.parts <= {"date", "day", "month", "weekday"} and not (self.hours or self.calendars)
        return is_dated and bool(self.walls) and not any(tick for _, _, tick in self.walls)

    def forms(self, expr: e.Expr) -> _Forms:
        """The forms that an expression can have; raises ``_UnreadError``."""
        if expr == self.whole.base:
            return (_Day(1, 0) if self.whole.of_date else _Instant(1, 0),)
        if not bases_of(expr):
            return (_written(self.whole.value_of(expr)),)
        match expr:
            case e.Not() | e.All() | e.Any() | e.IsKnown():
                for operand in e.children(expr):
                    self.forms(operand)
                return (_STEP,)
            case e.Else(first, second):
                return tuple(dict.fromkeys((*self.forms(first), *self.forms(second))))
            case e.Call(function, (argument,)) if FUNCTIONS[function].known is Known.WALL:
                return self._each(self._called, [function], self.forms(argument))
            case e.Call(function, (argument, e.Constant(str(place)))) if (
                FUNCTIONS[function].known is Known.WALL
            ):
                return self._each(self._shown, [function], [place], self.forms(argument))
            case e.CalendarOpen(calendar, at):
                return self._each(self._asked, [calendar], self.forms(at))
            case e.Arithmetic(operator, left, right):
                return self._each(self._worked_out, [operator], self.forms(left), self.forms(right))
            case e.Compare(_, left, right):
                return self._each(self._compared, self.forms(left), self.forms(right))
            case e.InRange(operand, low, high):
                for end in (low, high):
                    self._each(self._compared, self.forms(operand), self.forms(end))
                return (_STEP,)
            case e.InSet(operand, values):
                listed = [_written(value) for value in values]
                self._each(self._compared, self.forms(operand), listed, most=len(listed) * _MOST_FORMS)
                return (_STEP,)
            case _:
                raise _UnreadError

    @staticmethod
    def _each(work: Callable[..., _Form], *operands: Iterable[object], most: int = _MOST_FORMS) -> _Forms:
        found: dict[_Form, None] = {}
        for number, forms in enumerate(product(*operands)):
            if number >= most:
                raise _UnreadError
            found[work(*forms)] = None
        return tuple(found)

    def _called(self, part: str, form: _Form) -> _Form:
        if part not in ("hour", "weekday", "day", "month", "date", "clock"):
            raise _UnreadError
        match form:
            case _Instant(1) if part == "clock":
                return self._shown(part, "", form)
            case _Instant(1, ticks):
                shift = self._moved(ticks)
                self.parts.add(part)
                if part == "hour":
                    self.hours.add(shift)
                return _Day(1, 0) if part == "date" else _STEP
            case _Day(1, days) if abs(days) <= _FARTHEST.days:
                self.day_shifts.add(days)
                self.parts.add(part)
                return _STEP
            case _FarDay(shift, place):
                return self._far(part, shift, place)
            case _Instant(0) | _Day(0) | _Step():
                return _STEP
            case _:
                raise _UnreadError

    def _shown(self, part: str, place: str, form: _Form) -> _Form:
        """What is read of the clock on the wall of another timezone."""
        if place and zone_of(place) is None:
            raise _UnreadError
        match form:
            case _Instant(1) if place == self.whole.timezone:
                return self._called(part, form)
            case _Instant(1, ticks):
                return self._far(part, self._moved(ticks), place)
            case _Instant(0):
                return _STEP
            case _:
                raise _UnreadError

    def _far(self, part: str, shift: timedelta, place: str) -> _Form:
        self.parts.add(part)
        if part == "clock":
            return _Clock(shift, place, 0)
        hours = range(24) if part == "hour" else range(1)
        self.walls |= {(shift, place, hour * _HOUR) for hour in hours}
        if part in ("day", "month"):
            self.day_shifts |= {-1, 0, 1}  # a date there may be that of a day beside the one here
        return _FarDay(shift, place) if part == "date" else _STEP

    def _asked(self, calendar: str, form: _Form) -> _Form:
        match form:
            case _Instant(1, ticks):
                self.calendars.add((calendar, self._moved(ticks)))
            case _Instant(0) | _Step():
                pass
            case _:
                raise _UnreadError
        return _STEP

    def _moved(self, ticks: int) -> timedelta:
        if abs(ticks) > _FARTHEST // _TICK:
            raise _UnreadError
        shift = ticks * _TICK
        self.shifts.add(shift)
        return shift

    def _worked_out(self, operator: str, left: _Form, right: _Form) -> _Form:
        sign = {"+": 1, "-": -1}.get(operator, 0)
        match left, right:
            case _Instant(a, b), _Instant(c, d) if sign:
                return self._ending(_Instant(a + sign * c, b + sign * d))
            case _Day(a, b), _Day(c, d) if operator == "-":
                return _Day(a - c, b - d)
            case (_Day(a, b), _Instant(0, ticks)) if sign:
                return self._ending(_Day(a, b + self._whole_days(operator, ticks)))
            case (_Instant(0, ticks), _Day(a, b)) if operator == "+":
                return self._ending(_Day(a, b + self._whole_days(operator, ticks)))
            case (_Clock(shift, place, ticks), _Instant(0, more)) if sign:
                return _Clock(shift, place, ticks + sign * more)
            case (_Step() | _Instant(0), _Step() | _Instant(0)):
                return _STEP
            case _:
                raise _UnreadError

    def _ending(self, form: _Form) -> _Form:
        """Takes note of where a sum stops having a value: at the ends of the calendar."""
        match form:
            case _Day(1, days):
                first, last = date.min.toordinal(), date.max.toordinal()
                for ordinal in (first - days - 1, first - days, last - days, last - days + 1):
                    if first <= ordinal <= last:
                        self.days.add(date.fromordinal(ordinal))
            case _Instant(1, ticks):
                begin, end = rank(FIRST_TIME), rank(LAST_TIME)
                turns = begin - ticks - 1, begin - ticks, end - ticks, end - ticks + 1
                self.ends |= {place for place in turns if begin <= place <= end}
        return form

    def _whole_days(self, operator: str, ticks: int) -> int:
        """By how many days a span moves a date, as the reference has it."""
        moved = self.whole.value_of(
            e.Arithmetic("-" if operator == "-" else "+", e.Constant(_SOME_DAY), e.Constant(ticks * _TICK))
        )
        if not isinstance(moved, date):
            raise _UnreadError
        return (moved - _SOME_DAY).days

    def _compared(self, left: _Form, right: _Form) -> _Form:
        """Takes note of where a comparison may come out otherwise: from a place on, or behind it."""
        match left, right:
            case (_Step() | _Instant(0) | _Day(0), _Step() | _Instant(0) | _Day(0)):
                pass
            case (_Instant(a, b), _Instant(c, d)):
                if a != c:
                    place = (d - b) // (a - c)
                    self.instants |= {place, place + 1}
            case (_Day(a, b), _Day(c, d)):
                self._cut_days(a - c, d - b, 1)
            case (_Clock(shift, place, more), _Instant(0, ticks)) | (
                _Instant(0, ticks),
                _Clock(shift, place, more),
            ):
                self.walls |= {(shift, place, tick) for tick in (0, ticks - more, ticks - more + 1)}
            case (_FarDay(shift, place), _Day(0, days)) | (_Day(0, days), _FarDay(shift, place)):
                self._cut_far_days(shift, place, days)
            case (_Day(a, b), _Instant(0, ticks)):
                self._cut_days(a, ticks - b * (DAY // _TICK), DAY // _TICK)
            case (_Instant(0, ticks), _Day(a, b)):
                self._cut_days(a, ticks - b * (DAY // _TICK), DAY // _TICK)
            case _:
                raise _UnreadError
        return _STEP

    def _cut_far_days(self, shift: timedelta, place: str, ordinal: int) -> None:
        """Takes note of the instants at which a day, and the one behind it, begin on a timezone's wall."""
        local = zone_of(place)
        if local is None or not date.min.toordinal() < ordinal < date.max.toordinal() - 1:
            raise _UnreadError
        for day in (ordinal, ordinal + 1):
            midnight = datetime.combine(date.fromordinal(day), time(), local)
            self.instants |= {rank(midnight.replace(fold=fold)) - shift // _TICK for fold in (0, 1)}

    def _cut_days(self, factor: int, value: int, unit: int) -> None:
        if factor:
            place = value // (factor * unit)
            for ordinal in (place, place + 1, place + 2):
                if date.min.toordinal() <= ordinal <= date.max.toordinal():
                    self.days.add(date.fromordinal(ordinal))


def _written(value: Value | None) -> _Form:
    match value:
        case datetime():
            return _Instant(0, rank(value))
        case date():
            return _Day(0, value.toordinal())
        case timedelta():
            return _Instant(0, value // _TICK)
        case _:
            return _STEP
