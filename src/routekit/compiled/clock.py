"""What depends on the clock on the wall, opening hours and the parts of ``now``, kept by the hour."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from routekit.compiled.masks import Blocks, Leaf
from routekit.compiled.rows import Literal
from routekit.policy import expressions as e
from routekit.policy.algebra import Function
from routekit.policy.calendars import Calendar
from routekit.policy.closures import Closures
from routekit.schema.times import zone

__all__ = ["Wall"]

Hour: TypeAlias = tuple[Sequence[int], Sequence[Leaf]]
"""The minutes on which the clock on the wall tells something new; the rows allowed before and behind each."""

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_DAY = 24 * 60
_MOST_KEPT = 1 << 14


class Wall:
    """Finds the rows that an instant allows.

    All that is asked of the wall's clock changes on a minute of the local day: where a calendar opens or
    closes by the clock of its own timezone, on the hour, at midnight. What holds is kept for each hour of UTC
    in which no timezone's offset changes; where one does, it is worked out for each instant.
    """

    def __init__(
        self,
        tests: Iterable[tuple[Sequence[Literal], int]],
        rows: int,
        closures: Closures,
        calendars: Iterable[Calendar],
        timezone: str,
        blocks: Blocks,
    ) -> None:
        self._tests = [
            ([(_of_now(closures, literal), literal.wanted) for literal in literals], asking)
            for literals, asking in tests
        ]
        self._rows = rows
        self._blocks = blocks
        edges = {timezone: {hour * 60 for hour in range(24)}}
        for calendar in calendars:
            edges.setdefault(calendar.timezone, set()).update(calendar.edges)
        self._walls = [(zone(name), minutes) for name, minutes in edges.items()]
        self._hours: dict[int, Hour | None] = {}

    def allowed(self, now: datetime) -> Leaf:
        """The rows that are allowed at an instant, given in UTC."""
        number = now.toordinal() * 24 + now.hour
        try:
            hour = self._hours[number]
        except KeyError:
            hour = self._keep(number, now)
        if hour is None:
            return self._leaf(now)
        minutes, leaves = hour
        return leaves[bisect_right(minutes, now.minute)] if minutes else leaves[0]

    def _keep(self, number: int, now: datetime) -> Hour | None:
        if len(self._hours) >= _MOST_KEPT:
            self._hours.clear()
        begin = now.replace(minute=0, second=0, microsecond=0)
        minutes = self._minutes(begin)
        hour = None
        if minutes is not None:
            leaves = [self._leaf(begin + minute * _MINUTE) for minute in (0, *minutes)]
            hour = (minutes, leaves) if len({*leaves}) > 1 else ((), leaves)
        self._hours[number] = hour
        return hour

    def _minutes(self, begin: datetime) -> list[int] | None:
        """When within an hour a clock on the wall tells something new; None where its offset changes."""
        found: set[int] = set()
        for wall, edges in self._walls:
            local, until = begin.astimezone(wall), (begin + _HOUR).astimezone(wall)
            offset = local.utcoffset()
            if offset is None or offset != until.utcoffset() or offset % _MINUTE:
                return None
            first = local.hour * 60 + local.minute
            found |= {minute for edge in edges if 0 < (minute := (edge - first) % _DAY) < 60}
        return sorted(found)

    def _leaf(self, now: datetime) -> Leaf:
        return self._blocks.leaf(self._evaluate(now))

    def _evaluate(self, now: datetime) -> int:
        mask = self._rows
        for conditions, asking in self._tests:
            if not all(wanted.by(truth(now)) for truth, wanted in conditions):
                mask &= ~asking
        return mask


def _of_now(closures: Closures, literal: Literal) -> Function:
    function = closures.of(literal.expr, e.Now())
    assert function is not None, "what is asked of the clock alone is a function of it"
    return function
