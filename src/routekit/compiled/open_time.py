"""The open time of a calendar, found in stretches that are kept for some weeks around an instant."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

from routekit.policy.calendars import Calendar

__all__ = ["OpenTime"]

_DAYS = 16
"""Of one window; the stretches of the next are kept with it, since what is due is mostly due soon."""
_MOST_KEPT = 64
_NOTHING = timedelta(0)
_LAST_DAY = datetime.max.toordinal() - 2 * _DAYS


class OpenTime:
    """Tells when a calendar has been open for some time, exactly as it does itself."""

    __slots__ = ("_calendar", "_windows")

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._windows: dict[int, tuple[list[datetime], list[datetime]]] = {}

    def after(self, moment: datetime, open_time: timedelta) -> datetime | None:
        """The instant at which it has been open for so long since another, which is in UTC."""
        if open_time <= _NOTHING:
            return moment
        window = moment.toordinal() // _DAYS
        starts, ends = self._windows.get(window) or self._window(window)
        left = open_time
        for place in range(bisect_right(ends, moment), len(ends)):
            start = max(starts[place], moment)
            end = ends[place]
            if left <= end - start:
                return start + left
            left -= end - start
        return self._calendar.after_open_time(moment, open_time)  # what is kept does not reach so far

    def _window(self, window: int) -> tuple[list[datetime], list[datetime]]:
        day = max(window * _DAYS, 1)
        if day > _LAST_DAY:
            return [], []
        first = datetime.fromordinal(day).replace(tzinfo=UTC)
        stretches = [*self._calendar.open_intervals(first, first + timedelta(days=2 * _DAYS))]
        if len(self._windows) >= _MOST_KEPT:
            self._windows.clear()
        known = self._windows[window] = [start for start, _ in stretches], [end for _, end in stretches]
        return known
