"""Where enough open time passes before a callback is due, as a test of the time."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from routekit.policy import expressions as e
from routekit.policy.calendars import LONGEST_WAIT, Calendar
from routekit.prover.limits import Years, span_of
from routekit.schema.times import later

__all__ = ["LONGEST_WAIT", "opens_enough"]

_MOST_STRETCHES = 24
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_NONE = timedelta(0)


def opens_enough(
    calendar: Calendar, moment: e.Expr, shift: timedelta, enough: timedelta, within: timedelta, years: Years
) -> e.Expr | bool | None:
    """Says where a calendar is open for ``enough`` of the time ``within`` some instant.

    That is the time of a decision, moved by ``shift``; ``moment`` stands for it. True or False where that is
    so at all times of these years; None where it is not to be said in a few comparisons.
    """
    if enough <= _NONE:
        return True
    if within < enough:
        return False
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in span_of(years))
    begin, end = later(first - 2 * _DAY, shift), later(last + 2 * _DAY, shift)
    if begin is None:
        return False
    if end is None:
        return None
    stretches = list(_enough(calendar, begin, end, enough, within))
    if not stretches:
        return False
    if stretches == [(begin, end)]:
        return True
    if len(stretches) > _MOST_STRETCHES:
        return None
    return e.Any(tuple(_between(moment, start, stop) for start, stop in stretches))


def _between(moment: e.Expr, start: datetime, stop: datetime) -> e.Expr:
    return e.InRange(moment, e.Constant(start), e.Constant(stop))


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

    def _until(self, moment: datetime) -> timedelta:
        place = bisect_right(self._starts, moment)
        if not place:
            return _NONE
        return self._sums[place - 1] + min(moment, self._ends[place - 1]) - self._starts[place - 1]
