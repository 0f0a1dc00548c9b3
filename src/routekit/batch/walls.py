"""Clocks on walls and opening hours for many instants at once, as sorted instants to be searched."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from routekit.batch.vectors import Kind, number_of
from routekit.policy import expressions as e
from routekit.policy.calendars import LONGEST_WAIT, Calendar
from routekit.schema.times import zone_of
from routekit.schema.types import WEEKDAYS
from routekit.schema.zones import steady_offsets

if TYPE_CHECKING:
    import numpy.typing as npt

    Times = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["READINGS", "Reading", "Walls"]

_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_MOST_YEARS = 100
"""Of the instants of a policy's tables: more years than these are worked out one by one."""
_FIRST_YEAR, _LAST_YEAR = 2, 9997
_SOME_YEAR = 2026
_THURSDAY = 3
_LONGEST_WAIT = number_of(LONGEST_WAIT)
_NEVER = 1 << 61


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock on the wall shows: of the days since 1970 and the microseconds of the day."""

    kind: Kind
    read: "Callable[[Times, Times], Any]"
    samples: tuple[str, ...] = ()


def _months(days: "Times") -> Any:
    return days.astype("datetime64[D]").astype("datetime64[M]")


READINGS: dict[str, Reading] = {
    "hour": Reading(Kind.NUMBER, lambda _, time: (time // _HOUR).astype(np.float64)),
    "weekday": Reading(Kind.CODE, lambda days, _: (days + _THURSDAY) % 7, WEEKDAYS.names),
    "day": Reading(
        Kind.NUMBER,
        lambda days, _: (days - _months(days).astype("datetime64[D]").astype(np.int64) + 1).astype(
            np.float64
        ),
    ),
    "month": Reading(
        Kind.NUMBER, lambda days, _: (_months(days).astype(np.int64) % 12 + 1).astype(np.float64)
    ),
    "date": Reading(Kind.DATE, lambda days, _: days),
    "clock": Reading(Kind.SPAN, lambda _, time: time),
}
"""By the names of functions."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """Where the open stretches of some years start and end, and how long it was open before each.

    Behind the last one there is a start that never comes.
    """

    first: int
    last: int
    starts: "Times"
    ends: "Times"
    before: "Times"

    @classmethod
    def of(cls, calendar: Calendar, first: int, last: int) -> "_Opened":
        begin, end = _years(first, last)
        stretches = [*calendar.open_intervals(begin, end + 2 * LONGEST_WAIT)]
        starts = np.array([number_of(start) for start, _ in stretches], np.int64)
        ends = np.array([number_of(end) for _, end in stretches], np.int64)
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - starts)])
        return cls(first, last, np.append(starts, _NEVER), ends, before)


class Walls:
    """Tells the time on a policy's wall, and whether its calendars are open, for the years that it meets."""

    def __init__(self, timezone: str, calendars: "dict[str, Calendar]") -> None:
        self._timezone = timezone
        self._calendars = calendars
        self._first, self._last = 0, -1
        self._changes: dict[str, tuple[Times, Times]] = {}
        self._opened: dict[str, _Opened] = {}

    def covers(self, times: "Times") -> bool:
        """Learns the years of some instants; not so where they are too far apart."""
        first, last = _years_of(times)
        if self._first <= first and last <= self._last:
            return True
        if first < _FIRST_YEAR or last > _LAST_YEAR:
            return False
        if self._last >= self._first:
            first, last = min(first, self._first), max(last, self._last)
        if last - first >= _MOST_YEARS:
            return False
        self._first, self._last = first, last
        self._changes = {}
        return True

    def zone(self, place: e.Expr | None = None) -> str | None:
        """The timezone that is written out, the policy's where none is; None for one that is not known."""
        match place:
            case None:
                return self._timezone
            case e.Constant(str(name)) if zone_of(name) is not None:
                return name
            case _:
                return None

    def _changes_of(self, timezone: str) -> "tuple[Times, Times]":
        """From when on, and how far, a clock is ahead of UTC, in the years that are known."""
        known = self._changes.get(timezone)
        if known is None:
            stretches = [*steady_offsets(timezone, *_years(self._first, self._last))]
            known = self._changes[timezone] = (
                np.array([number_of(start) for start, _, _ in stretches], np.int64),
                np.array([number_of(offset) for _, _, offset in stretches], np.int64),
            )
        return known

    def local(self, times: "Times", timezone: str) -> "tuple[Times, Times]":
        """The days since 1970 and the microseconds of the day that instants which are covered show."""
        starts, offsets = self._changes_of(timezone)
        if len(starts) > 1:
            wall = times + offsets.take(np.searchsorted(starts, times, "right") - 1, mode="clip")
        else:
            wall = times + offsets[0]
        days = wall // _DAY
        return days, wall - days * _DAY

    def instants(self, walls: "Times") -> "Times":
        """The instants at which the policy's clock shows some times, the first where there are two."""
        starts, offsets = self._changes_of(self._timezone)
        # until the clock shows a time for the first time after a change, it shows times as before
        shown = starts[1:] + np.maximum(offsets[1:], offsets[:-1])
        found: Times = walls - offsets.take(np.searchsorted(shown, walls, "right"))
        return found

    def after_open_time(self, calendar: str, times: "Times", open_time: int) -> "tuple[Times, Marks]":
        """The instants at which a calendar has been open for so long since others, and where there is one."""
        if open_time <= 0:
            return times, np.ones(len(times), np.bool_)
        opened = self._opened_in(calendar, times)
        starts, ends, before = opened.starts, opened.ends, opened.before
        place = np.searchsorted(ends, times, "right")  # the first stretch that has not ended
        wanted = before.take(place) + np.maximum(times - starts.take(place), 0) + open_time
        last = np.searchsorted(before[1:], wanted, "left")
        due = starts.take(last) + wanted - before.take(last)
        return due, (last < len(ends)) & (due - times <= _LONGEST_WAIT)

    def is_open(self, calendar: str, times: "Times", known: "Marks | np.bool_") -> "Marks":
        """Whether a calendar is open at instants, of which those that are known are covered."""
        opened = self._opened_in(calendar, times[np.broadcast_to(known, times.shape)])
        # open from each start up to its end: as many have begun as have not ended
        begun = np.searchsorted(opened.starts, times, "right")
        ended = np.searchsorted(opened.ends, times, "right")
        found: Marks = begun > ended
        return found

    def _opened_in(self, calendar: str, times: "Times") -> _Opened:
        first, last = _years_of(times)
        known = self._opened.get(calendar)
        if known is not None:
            if known.first <= first and last <= known.last:
                return known
            first, last = min(first, known.first), max(last, known.last)
        opened = self._opened[calendar] = _Opened.of(self._calendars[calendar], first, last)
        return opened


def _years(first: int, last: int) -> tuple[datetime, datetime]:
    return datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)


def _years_of(times: "Times") -> tuple[int, int]:
    """The years of the first and the last of some instants; any, where there are none."""
    return (_year(times.min()), _year(times.max())) if len(times) else (_SOME_YEAR, _SOME_YEAR)


def _year(time: Any) -> int:
    return int(np.int64(time).astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)) + 1970
