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


class Walls:
    """Tells the time on a policy's wall, and whether its calendars are open, for the years that it meets."""

    def __init__(self, timezone: str, calendars: "dict[str, Calendar]") -> None:
        self._timezone = timezone
        self._calendars = calendars
        self._first, self._last = 0, -1
        self._changes: dict[str, tuple[Times, Times]] = {}
        self._open: dict[str, tuple[Times, Times]] = {}
        self._stretches: dict[str, tuple[Times, Times, Times]] = {}

    def covers(self, times: "Times") -> bool:
        """Learns the years of some instants; not so where they are too far apart."""
        first, last = _year(times.min(initial=0)), _year(times.max(initial=0))
        if self._first <= first and last <= self._last:
            return True
        if first < _FIRST_YEAR or last > _LAST_YEAR:
            return False
        if self._last >= self._first:
            first, last = min(first, self._first), max(last, self._last)
        if last - first >= _MOST_YEARS:
            return False
        self._first, self._last = first, last
        self._changes, self._open, self._stretches = {}, {}, {}
        return True

    def _ends(self) -> tuple[datetime, datetime]:
        return datetime(self._first, 1, 1, tzinfo=UTC), datetime(self._last + 1, 1, 1, tzinfo=UTC)

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
            stretches = [*steady_offsets(timezone, *self._ends())]
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
        known = self._stretches.get(calendar)
        if known is None:
            known = self._stretches[calendar] = self._stretches_of(calendar)
        starts, ends, before = known
        place = np.searchsorted(ends, times, "right")  # the first stretch that has not ended
        wanted = before.take(place) + np.maximum(times - starts.take(place), 0) + open_time
        last = np.searchsorted(before[1:], wanted, "left")
        due = starts.take(last) + wanted - before.take(last)
        return due, (last < len(ends)) & (due - times <= _LONGEST_WAIT)

    def _stretches_of(self, calendar: str) -> "tuple[Times, Times, Times]":
        """Where open stretches start and end, and how long it was open before each, and before never."""
        first, last = self._ends()
        stretches = [*self._calendars[calendar].open_intervals(first, last + 2 * LONGEST_WAIT)]
        starts = np.array([number_of(start) for start, _ in stretches], np.int64)
        ends = np.array([number_of(end) for _, end in stretches], np.int64)
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - starts)])
        return np.append(starts, _NEVER), ends, before

    def is_open(self, calendar: str, times: "Times") -> "Marks":
        """Whether a calendar is open at instants which are covered."""
        known = self._open.get(calendar)
        if known is None:
            edges = [
                (number_of(start), number_of(end))
                for start, end in self._calendars[calendar].open_intervals(*self._ends())
            ]
            known = self._open[calendar] = (
                np.array([start for start, _ in edges], np.int64),
                np.array([end for _, end in edges], np.int64),
            )
        starts, ends = known
        # open from each start up to its end: as many have begun as have not ended
        begun = np.searchsorted(starts, times, "right")
        ended = np.searchsorted(ends, times, "right")
        found: Marks = begun > ended
        return found


def _year(time: Any) -> int:
    return int(np.int64(time).astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)) + 1970
