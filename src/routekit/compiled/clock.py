"""What depends on the clock on the wall, opening hours and the parts of ``now``, kept while it stays."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from routekit.compiled.masks import Blocks, Leaf
from routekit.compiled.rows import Literal
from routekit.policy import expressions as e
from routekit.policy.algebra import Function
from routekit.policy.calendars import Calendar
from routekit.policy.closures import Closures
from routekit.schema.times import zone

__all__ = ["Span", "Wall"]

Span: TypeAlias = tuple[datetime, datetime, Leaf]
"""From when, until when (outside it), and the rows that are allowed as long."""

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_DAY = 24 * 60
_MOST_KEPT = 4096
_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


class Wall:
    """Finds the rows that an instant allows, and how long it does.

    All that is asked of the wall's clock changes on a minute of the local day: where a calendar opens or
    closes, on the hour, at midnight. A span is never longer than an hour of UTC, in which the zone's offset
    must not change; where it does, it is an instant long.
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
        self._zone = zone(timezone)
        openings = [opening for calendar in calendars for opening in calendar.openings]
        edges = {edge for opening in openings for edge in (opening.start, opening.end)}
        self._edges = sorted(edges | {hour * 60 for hour in range(25)})
        self._kept: dict[datetime, Span] = {}
        self.span: Span = (_BEFORE_ALL, _BEFORE_ALL, 0)

    def allowed(self, now: datetime) -> Leaf:
        """The rows that are allowed at an instant."""
        start, end, mask = self.span
        if start <= now < end:
            return mask
        start, end = self._around(now)
        span = self._kept.get(start)
        if span is None or span[1] != end:
            span = start, end, self._blocks.leaf(self._evaluate(now))
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[start] = span
        self.span = span
        return span[2]

    def _around(self, now: datetime) -> tuple[datetime, datetime]:
        """The span around an instant in which the clock on the wall tells nothing new."""
        now = now.astimezone(UTC)
        hour = now.replace(minute=0, second=0, microsecond=0)
        local, until = hour.astimezone(self._zone), (hour + _HOUR).astimezone(self._zone)
        offset = local.utcoffset()
        if offset is None or offset != until.utcoffset() or offset % _MINUTE:
            return now, now
        first = local.hour * 60 + local.minute
        minute = first + now.minute
        start = self._edges[bisect_right(self._edges, minute % _DAY) - 1] + minute - minute % _DAY
        end = self._edges[bisect_right(self._edges, minute % _DAY)] + minute - minute % _DAY
        return (
            hour + max(start - first, 0) * _MINUTE,
            hour + min(end - first, 60) * _MINUTE,
        )

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
