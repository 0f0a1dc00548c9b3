"""Opening hours: what a calendar says of a day, and when it is open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias, TypeVar

from routekit.policy.calendar_days import (
    Dates,
    Days,
    Exactness,
    MakeupDays,
    Season,
    Weekdays,
    YearlyDates,
)
from routekit.schema.times import clipped, in_bounds, zone
from routekit.schema.zones import steady_offsets

__all__ = ["LONGEST_WAIT", "Calendar", "Clause", "Hours", "Minutes", "Ruling"]

Key = TypeVar("Key")
T = TypeVar("T")

Minutes: TypeAlias = tuple[tuple[int, int], ...]
"""Stretches of a day on the wall, in minutes, each up to, not including, its end; in order."""

_Said: TypeAlias = tuple[int, ...]
_Place: TypeAlias = date | tuple[int, int]
"""A day, or the month and day of every year."""

_DAY = 24 * 60
_ONE_DAY = timedelta(days=1)
_YEAR = timedelta(days=366)
_LEAP_YEAR = [date(2028, 1, 1) + timedelta(days=ahead) for ahead in range(366)]
_MONDAY = 0
_MOST_KEPT = 16_384
LONGEST_WAIT = timedelta(days=60)
_NEVER_OPENS = timedelta(days=800)
"""How long one waits for a calendar to open at most: two years of closed days, and more."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From one minute of a day up to, not including, another; behind 24:00 it is one of the next day.

    >>> str(Hours(22 * 60, 30 * 60))
    '22:00-06:00'
    """

    start: int
    end: int

    def __str__(self) -> str:
        end = self.end if self.end <= _DAY else self.end - _DAY
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start, end))


@dataclass(frozen=True, slots=True)
class Clause:
    """What one item of ``open`` or ``closed`` says of some days.

    Without ``hours`` it closes whole days; or, of makeup days, opens them as if they were Mondays.
    """

    opens: bool
    days: Days
    hours: Hours | None = None

    @property
    def is_cut(self) -> bool:
        """Whether it takes hours away from what the other clauses say."""
        return not self.opens and self.hours is not None

    @property
    def is_special(self) -> bool:
        """Whether it speaks of other days than those of every week."""
        return self.days.exactness < Exactness.WEEKDAY

    def __str__(self) -> str:
        hours = "" if self.hours is None else f" {self.hours}"
        return f"{'open' if self.opens else 'closed'} {self.days}{hours}"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What decides over a day: its clauses, the hours of all that open it, and what takes hours away."""

    clauses: tuple[Clause, ...]
    hours: tuple[Hours, ...]
    cuts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When something is open, by the clock on the wall of a timezone.

    Each layer is what one calendar says, its own before those of the calendars that it begins with. What is
    said most exactly of a day counts: a date before a date of every year, then holidays; what the nearest
    layer says by these wins over the others. Then come makeup days, seasons, and the week, of which only one
    layer speaks.

    >>> weekly = Clause(True, Weekdays(frozenset(range(5))), Hours(480, 1200))
    >>> office = Calendar("office", "UTC", ((weekly,),))
    >>> office.is_open(datetime(2026, 11, 27, 19, 59, tzinfo=UTC))
    True
    """

    name: str
    timezone: str
    layers: tuple[tuple[Clause, ...], ...]
    _special: tuple[tuple[int, Clause], ...] = field(init=False, repr=False, compare=False)
    _asked: tuple[tuple[int, Clause], ...] = field(init=False, repr=False, compare=False)
    _named: dict[_Place, list[int]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _rulings: dict[_Said, Ruling] = field(default_factory=dict, init=False, repr=False, compare=False)
    _alike: dict[tuple[_Said, _Said], Minutes] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _open: dict[date, Minutes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        special = ((depth, clause) for depth, layer in enumerate(self.layers) for clause in layer)
        object.__setattr__(self, "_special", tuple(item for item in special if item[1].is_special))
        asked: list[tuple[int, Clause]] = []
        for number, (_, clause) in enumerate(self._special):
            places = _places(clause.days)
            if places is None:
                asked.append((number, clause))
            for place in places or ():
                self._named.setdefault(place, []).append(number)
        object.__setattr__(self, "_asked", tuple(asked))

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All that is said, its own before what it begins with."""
        return tuple(clause for layer in self.layers for clause in layer)

    @property
    def edges(self) -> frozenset[int]:
        """The minutes of a day on the wall at which it may open or close."""
        hours = [clause.hours for clause in self.clauses if clause.hours is not None]
        return frozenset({0, *(minute % _DAY for item in hours for minute in (item.start, item.end))})

    # ── days ──────────────────────────────────────────────────────────────────

    def ruling(self, day: date) -> Ruling:
        """Finds what decides over a day: the hours that begin on it, whole, and what is taken away on it."""
        return self._ruling(self._said(day))

    def _said(self, day: date) -> _Said:
        """A day's weekday and the clauses that name it, by number; days that have the same are alike."""
        found = [number for number, clause in self._asked if day in clause.days]
        for place in (day, (day.month, day.day)):
            found += self._named.get(place, ())
        return day.weekday(), *sorted(found)

    def _ruling(self, speaking: _Said) -> Ruling:
        return self._rulings.get(speaking) or _keep(self._rulings, speaking, self._rule(*speaking))

    def _rule(self, weekday: int, *numbers: int) -> Ruling:
        said: list[list[Clause]] = [[] for _ in self.layers]
        for depth, clause in (self._special[number] for number in numbers):
            said[depth].append(clause)
        cuts: tuple[Clause, ...] = ()
        for clauses in said:
            cuts += tuple(clause for clause in clauses if clause.is_cut)
            named = [
                clause
                for clause in clauses
                if clause.days.exactness <= Exactness.HOLIDAY and not clause.is_cut
            ]
            if named:
                exactness = min(clause.days.exactness for clause in named)
                exact = tuple(clause for clause in named if clause.days.exactness == exactness)
                opening = tuple(clause for clause in exact if clause.opens)
                return Ruling(opening or exact, _hours(opening), cuts)
        makeup = [clause for clauses in said for clause in clauses if isinstance(clause.days, MakeupDays)]
        usual, hours = self._usual(said, _MONDAY if makeup else weekday)
        return Ruling((*makeup, *usual), hours, cuts)

    def _usual(
        self, said: Iterable[Iterable[Clause]], weekday: int
    ) -> tuple[tuple[Clause, ...], tuple[Hours, ...]]:
        """What a season says of a weekday, else what the week does."""
        for clauses in said:
            season = tuple(clause for clause in clauses if isinstance(clause.days, Season))
            if season:
                opening = tuple(
                    clause
                    for clause in season
                    if isinstance(clause.days, Season) and weekday in clause.days.weekdays.days
                )
                return opening or season, _hours(opening)
        weekly = tuple(
            clause
            for clause in self.clauses
            if isinstance(clause.days, Weekdays) and weekday in clause.days.days
        )
        return weekly, _hours(weekly)

    def open_minutes(self, day: date) -> Minutes:
        """Finds when it is open between the two midnights of a day on the wall.

        >>> night = Calendar("night", "UTC", ((Clause(True, Weekdays(frozenset({4})), Hours(1320, 1800)),),))
        >>> night.open_minutes(date(2026, 11, 27)), night.open_minutes(date(2026, 11, 28))
        (((1320, 1440),), ((0, 360),))
        """
        known = self._open.get(day)
        if known is None:
            said = self._said(day), self._said(day - _ONE_DAY)
            minutes = self._alike.get(said)
            if minutes is None:
                minutes = _keep(self._alike, said, _open_minutes(*map(self._ruling, said)))
            known = _keep(self._open, day, minutes)
        return known

    def says(self, moment: datetime) -> tuple[Clause, ...]:
        """Finds the clauses by which it is open or closed at an instant; none where none names the day."""
        local = moment.astimezone(zone(self.timezone))
        minute, day = local.hour * 60 + local.minute, local.date()
        rulings = [(self.ruling(day), minute), (self.ruling(day - _ONE_DAY), minute + _DAY)]
        cutting = [cut for ruling, at in rulings for cut in ruling.cuts if _holds(cut, at)]
        opening = [clause for ruling, at in rulings for clause in _opening(ruling, at)]
        if opening:
            return tuple(cutting or opening)
        return rulings[0][0].clauses

    # ── instants ──────────────────────────────────────────────────────────────

    def is_open(self, moment: datetime, after: timedelta = timedelta(0)) -> bool:
        """Tells whether it is open some time after an instant; behind the end of time nothing is."""
        try:
            moment += after
        except OverflowError:
            return False
        if not in_bounds(moment):
            return False
        local = moment.astimezone(zone(self.timezone))
        return _within(local.hour * 60 + local.minute, self.open_minutes(local.date()))

    def open_intervals(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yields the stretches within two instants in which it is open: in UTC, in order, and apart.

        >>> monday = Clause(True, Weekdays(frozenset({0})), Hours(480, 1200))
        >>> first, last = datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
        >>> november = Calendar("office", "UTC", ((monday,),)).open_intervals(first, last)
        >>> [f"{start:%d %H:%M} to {end:%d %H:%M}" for start, end in november]
        ['02 09:00 to 02 20:00', '09 08:00 to 09 20:00', '16 08:00 to 16 20:00']
        """
        kept: tuple[datetime, datetime] | None = None
        for start, end in self._stretches(clipped(first), clipped(last)):
            if kept is not None and kept[1] == start:
                kept = kept[0], end
                continue
            if kept is not None:
                yield kept
            kept = start, end
        if kept is not None:
            yield kept

    def _stretches(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        for begin, end, offset in steady_offsets(self.timezone, first, last):
            midnight = (begin + offset).replace(hour=0, minute=0, second=0, microsecond=0) - offset
            while midnight < end:
                for opens, closes in self.open_minutes((midnight + offset).date()):
                    start = max(midnight + timedelta(minutes=opens), begin)
                    stop = min(midnight + timedelta(minutes=closes), end)
                    if start < stop:
                        yield start, stop
                midnight += _ONE_DAY

    def next_opening(self, moment: datetime) -> datetime | None:
        """Finds when the calendar, which is closed, opens next; None where it does not within two years.

        >>> weekend = Clause(True, Weekdays(frozenset({5, 6})), Hours(600, 900))
        >>> Calendar("weekend", "UTC", ((weekend,),)).next_opening(datetime(2026, 11, 23, tzinfo=UTC))
        datetime.datetime(2026, 11, 28, 10, 0, tzinfo=datetime.timezone.utc)
        """
        return next((start for start, _ in self.open_intervals(moment, _later(moment, _NEVER_OPENS))), None)

    def after_open_time(self, moment: datetime, open_time: timedelta) -> datetime | None:
        """Finds the instant at which it has been open for so long since another; None if not within 60 days.

        Time that runs out as the calendar closes does so then, not when it opens again.

        >>> weekly = Clause(True, Weekdays(frozenset(range(5))), Hours(480, 1200))
        >>> office, friday = Calendar("office", "UTC", ((weekly,),)), datetime(2026, 11, 27, 18, tzinfo=UTC)
        >>> f"{office.after_open_time(friday, timedelta(hours=2)):%a %H:%M}"
        'Fri 20:00'
        >>> f"{office.after_open_time(friday, timedelta(hours=4)):%a %H:%M}"
        'Mon 10:00'
        """
        left = open_time
        if left <= timedelta(0):
            return moment
        for start, end in self.open_intervals(moment, _later(moment, LONGEST_WAIT)):
            if left <= end - start:
                return start + left
            left -= end - start
        return None


def _places(days: Days) -> list[_Place] | None:
    """The days that are named, where they can be listed; a day is asked for in all others."""
    match days:
        case Season(span):
            return _places(span)
        case Dates(first, last) if last - first <= _YEAR:
            return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        case YearlyDates():
            return [(day.month, day.day) for day in _LEAP_YEAR if day in days]
        case _:
            return None


def _open_minutes(today: Ruling, yesterday: Ruling) -> Minutes:
    """What the hours of a day, and those of the night before, leave open of it."""
    opened = [(item.start, min(item.end, _DAY)) for item in today.hours]
    opened += [(0, item.end - _DAY) for item in yesterday.hours if item.end > _DAY]
    cut = [(item.start, item.end) for item in _hours(today.cuts)]
    cut += [(0, item.end - _DAY) for item in _hours(yesterday.cuts) if item.end > _DAY]
    edges = sorted({minute for stretch in (*opened, *cut) for minute in stretch})
    found: list[tuple[int, int]] = []
    for start, end in pairwise(edges):
        if _within(start, opened) and not _within(start, cut):
            if found and found[-1][1] == start:
                start = found.pop()[0]
            found.append((start, end))
    return tuple(found)


def _later(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment.astimezone(UTC) + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _hours(clauses: Iterable[Clause]) -> tuple[Hours, ...]:
    return tuple(clause.hours for clause in clauses if clause.hours is not None)


def _within(minute: int, stretches: Iterable[tuple[int, int]]) -> bool:
    return any(start <= minute < end for start, end in stretches)


def _holds(clause: Clause, minute: int) -> bool:
    return clause.hours is not None and clause.hours.start <= minute < clause.hours.end


def _opening(ruling: Ruling, minute: int) -> list[Clause]:
    """The clauses of a day by which it is open at a minute of it; makeup days stand before them."""
    opening = [clause for clause in ruling.clauses if clause.opens and _holds(clause, minute)]
    if not opening:
        return []
    return [clause for clause in ruling.clauses if isinstance(clause.days, MakeupDays)] or opening


def _keep(kept: dict[Key, T], key: Key, value: T) -> T:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value
