"""Where enough open time passes before a callback is due, as a test of the time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.calendars import LONGEST_WAIT, Calendar
from routekit.prover.limits import Years, span_of
from routekit.schema.times import later

__all__ = ["LONGEST_WAIT", "MOST_STRETCHES", "Stretch", "between", "due_apart", "opens_enough"]

Stretch: TypeAlias = tuple[datetime, datetime]
"""Two instants, both inside."""

MOST_STRETCHES = 24
"""Of one test of the time."""
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_NONE = timedelta(0)


@lru_cache(maxsize=256)
def opens_enough(
    calendar: Calendar, moment: e.Expr, shift: timedelta, enough: timedelta, within: timedelta, years: Years
) -> e.Expr | bool | None:
    """Says where a calendar is open for ``enough`` of the time ``within`` some instant.

    That is the time of a decision, moved by ``shift``; ``moment`` stands for it. True or False where that is
    so at all times of these years; None where it is not to be said in a few comparisons.
    """
    if enough <= _NONE:
        return within >= _NONE
    if within < enough:
        return False
    begin, end = _ends(shift, years)
    if begin is None:
        return False
    if end is None:
        return None
    stretches = list(_enough(calendar, begin, end, enough, within))
    if not stretches:
        return False
    if stretches == [(begin, end)]:
        return True
    if len(stretches) > MOST_STRETCHES:
        return None
    return e.Any(tuple(between(moment, start, stop) for start, stop in stretches))


def between(moment: e.Expr, start: datetime, stop: datetime) -> e.Expr:
    """Writes the test that a moment lies in a stretch."""
    return e.InRange(moment, e.Constant(start), e.Constant(stop))


def due_apart(
    one: Calendar, other: Calendar, shift: timedelta, open_time: timedelta, years: Years
) -> list[Stretch] | None:
    """Lists when two calendars open for so long at different instants, counted from the same one.

    That is the time of a decision in these years, moved by ``shift``. None where the calendars cannot be
    looked at for so long.
    """
    if open_time <= _NONE:
        return []
    begin, end = _ends(shift, years)
    if begin is None or end is None or (last := later(end, LONGEST_WAIT)) is None:
        return None
    sides = [_Opened(list(calendar.open_intervals(begin, last))) for calendar in (one, other)]
    turns = {begin, end}
    for side in sides:
        turns |= {moment for edge in side.edges for moment in (edge, side.before(edge, open_time)) if moment}
    found: list[Stretch] = []
    for start, stop in pairwise(sorted(moment for moment in turns if begin <= moment <= end)):
        # behind a turn, up to the next one, the gap grows or shrinks by a tick a tick, or stays
        gaps = [sides[0].due(at, open_time) - sides[1].due(at, open_time) for at in (start + _TICK, stop)]
        for first, last in _not_zero(start + _TICK, stop, *gaps):
            if found and found[-1][1] >= first - _TICK:
                found[-1] = found[-1][0], last
            else:
                found.append((first, last))
    return found


def _not_zero(start: datetime, stop: datetime, gap: timedelta, later_gap: timedelta) -> Iterator[Stretch]:
    """The stretches between two instants in which a gap that changes steadily is there."""
    if start > stop or not (gap or later_gap):
        return
    if gap and later_gap and (gap > _NONE) is (later_gap > _NONE):
        yield start, stop
        return
    closed = start + abs(gap)
    if start < closed:
        yield start, closed - _TICK
    if closed < stop:
        yield closed + _TICK, stop


def _ends(shift: timedelta, years: Years) -> tuple[datetime | None, datetime | None]:
    """From when and until when a moved instant of these years may be, in any timezone."""
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in span_of(years))
    return later(first - 2 * _DAY, shift), later(last + 2 * _DAY, shift)


def _enough(
    calendar: Calendar, begin: datetime, end: datetime, enough: timedelta, within: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches, their ends inside, from which on the calendar opens enough."""
    opened = _Opened(list(calendar.open_intervals(begin, end + within)))
    turns = {begin, end}
    for edge in opened.edges:
        turns |= {moment for moment in (edge, edge - within) if begin < moment < end}
    kept: tuple[datetime, datetime] | None = None
    for start, stop in pairwise(sorted(turns)):
        one, other = (opened.between(moment, moment + within) for moment in (start, stop))
        if max(one, other) < enough:
            found = None
        elif one >= enough <= other:
            found = start, stop
        else:  # between two turns it changes by a tick a tick
            place = start + abs(enough - one)
            found = (start, place) if one >= enough else (place, stop)
        if kept is not None and found is not None and kept[1] >= found[0] - _TICK:
            kept = kept[0], found[1]
            continue
        if kept is not None:
            yield kept
        kept = found
    if kept is not None:
        yield kept


class _Opened:
    """Open time summed up, so that it is known between any two instants."""

    def __init__(self, intervals: Sequence[tuple[datetime, datetime]]) -> None:
        self._starts = [start for start, _ in intervals]
        self._ends = [end for _, end in intervals]
        self._sums = list(accumulate((end - start for start, end in intervals), initial=_NONE))

    @property
    def edges(self) -> list[datetime]:
        return [*self._starts, *self._ends]

    def between(self, first: datetime, last: datetime) -> timedelta:
        return self._until(last) - self._until(first)

    def due(self, moment: datetime, open_time: timedelta) -> datetime:
        """When so much open time is over, counted from a moment; the end of time where it never is."""
        return self._at(self._until(moment) + open_time) or datetime.max.replace(tzinfo=UTC)

    def before(self, moment: datetime, open_time: timedelta) -> datetime | None:
        """From when so much open time is over at a moment; None where that lies too far back."""
        return self._at(self._until(moment) - open_time)

    def _at(self, total: timedelta) -> datetime | None:
        """The first instant by which so much open time has passed; None where there is none."""
        place = bisect_left(self._sums, total)
        if total <= _NONE or place == len(self._sums):
            return None
        return self._starts[place - 1] + (total - self._sums[place - 1])

    def _until(self, moment: datetime) -> timedelta:
        place = bisect_right(self._starts, moment)
        if not place:
            return _NONE
        return self._sums[place - 1] + min(moment, self._ends[place - 1]) - self._starts[place - 1]
