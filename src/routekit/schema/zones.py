"""Timezones: when their clocks change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from routekit.schema.times import clipped, in_bounds, zone

__all__ = ["clock_changes", "steady_offsets"]

_SECOND = timedelta(seconds=1)
_HALF_DAY = timedelta(hours=12)


@lru_cache(maxsize=4096)
def clock_changes(timezone: str, year: int) -> tuple[datetime, ...]:
    """Finds the instants of a year of UTC at which the clocks of a timezone jump.

    >>> [moment.isoformat() for moment in clock_changes("Europe/Berlin", 2026)]
    ['2026-03-29T01:00:00+00:00', '2026-10-25T01:00:00+00:00']
    """
    local = zone(timezone)

    def offset(moment: datetime) -> timedelta | None:
        return moment.astimezone(local).utcoffset()

    found = []
    begin = clipped(datetime(year, 1, 1, tzinfo=UTC))
    while begin.year == year and in_bounds(begin):
        low, high = begin, begin + _HALF_DAY
        before, begin = offset(low), high
        if before == offset(high):
            continue
        while high - low > _SECOND:
            middle = low + (high - low) // _SECOND // 2 * _SECOND
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        found.append(high)
    return tuple(found)


def steady_offsets(
    timezone: str, first: datetime, last: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yields the stretches from one instant to another in which a timezone's clocks do not jump.

    Each has its beginning, its end (outside it), both in UTC, and how far the wall is ahead of UTC.

    >>> day = datetime(2026, 3, 29, tzinfo=UTC)
    >>> stretches = steady_offsets("Europe/Berlin", day, day + 2 * _HALF_DAY)
    >>> [f"{start:%H:%M}-{end:%H:%M}, {offset} ahead" for start, end, offset in stretches]
    ['00:00-01:00, 1:00:00 ahead', '01:00-00:00, 2:00:00 ahead']
    """
    local = zone(timezone)
    begin, end = first.astimezone(UTC), last.astimezone(UTC)
    changes = [
        change
        for year in range(begin.year, end.year + 1)
        for change in clock_changes(timezone, year)
        if begin < change < end
    ]
    for start, stop in pairwise([begin, *changes, end]):
        yield start, stop, start.astimezone(local).utcoffset() or timedelta(0)
