"""A customer's past out of the file: what was read before is remembered, and only what came since is read."""

from datetime import datetime
from operator import itemgetter
from threading import Lock
from typing import Any

from routekit.engine.forks import anew_after_fork
from routekit.service.history.codec import incident_of, instant_of, microseconds, touch_of
from routekit.service.history.model import MOST_SHOWN, MOST_TOUCHES, Past, Showing, Touch
from routekit.service.history.past import newest_first, open_first, since_then
from routekit.service.history.sqlite_file import Connection

__all__ = ["Own", "Reader"]

_MOST_KEPT = 20_000
"""How many touches are remembered, of the customers asked for last."""

_MOST_ROWS = 2 * MOST_TOUCHES

_NEWER = "SELECT 't', seq, id, at, data, outcome FROM touch WHERE customer = ?1 AND seq > ?2"
_FIRST = f"SELECT * FROM ({_NEWER} ORDER BY seq DESC LIMIT {_MOST_ROWS})"  # noqa: S608
_REST = """
  UNION ALL SELECT 's', offer, id, at, NULL, NULL FROM shown WHERE customer = ?1 AND at > ?3
  UNION ALL SELECT 'i', NULL, id, closed, data, NULL FROM incident
    WHERE customer = ?1 AND (closed IS NULL OR closed > ?3)
  UNION ALL SELECT 'e', number, NULL, NULL, NULL, NULL FROM epoch
"""
"""The parts of a compound come in their order: the epoch is the last row."""


class Own:
    """Touches that this process has written, so that it need not read them; shared by all readers."""

    def __init__(self) -> None:
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        self._lock = Lock()
        self._touches: dict[str, tuple[str, Touch]] = {}

    def put(self, touch: Touch, text: str) -> None:
        """Keeps a touch and the text by which it is written."""
        with self._lock:
            self._touches[touch.id] = text, touch
            if len(self._touches) > _MOST_KEPT:
                del self._touches[next(iter(self._touches))]

    def get(self, id: str, text: str) -> Touch | None:
        """The touch, if that is what was written."""
        known = self._touches.get(id)
        return None if known is None or known[0] != text else known[1]

    def clear(self) -> None:
        with self._lock:
            self._touches.clear()


class Reader:
    """Reads pasts through one connection. A change of a touch gives it a new number, the greatest of all."""

    def __init__(self, connection: Connection, own: Own) -> None:
        self.connection = connection
        self.close = connection.close
        self._own = own
        self._known: dict[str, tuple[int, tuple[Touch, ...]]] = {}
        self._kept = 0
        self._epoch = 0

    def past(self, customer: str, since: datetime) -> Past:
        last, touches = self._known.pop(customer, (0, ()))
        self._kept -= len(touches)
        asked = (customer, last, microseconds(since))
        rows = self.connection.rows((_NEWER if last else _FIRST) + _REST, asked)
        epoch = rows.pop()[1]
        if epoch != self._epoch:  # something was removed: what is remembered may be that
            self._own.clear()
            self._known.clear()
            self._kept, self._epoch = 0, epoch
            if last:
                return self.past(customer, since)
        fresh = [row for row in rows if row[0] == "t"]
        if fresh:
            last = max(row[1] for row in fresh)
            touches = _joined(touches, [self._touch(customer, *row[2:]) for row in fresh])
        if touches:
            self._remember(customer, last, touches)
            touches = since_then(touches, since)
        if len(rows) == len(fresh):
            return Past(touches) if touches else Past.EMPTY
        return _with_rest(customer, touches, rows[len(fresh) :])

    def _touch(self, customer: str, id: str, at: int, text: str, outcome: str | None) -> Touch:
        own = None if outcome is not None else self._own.get(id, text)
        return touch_of(id, customer, at, text, outcome) if own is None else own

    def _remember(self, customer: str, last: int, touches: tuple[Touch, ...]) -> None:
        self._known[customer] = last, touches
        self._kept += len(touches)
        while self._kept > _MOST_KEPT:
            _, forgotten = self._known.pop(next(iter(self._known)))
            self._kept -= len(forgotten)


def _with_rest(customer: str, touches: tuple[Touch, ...], rows: list[Any]) -> Past:
    """A past of touches, and of rows that are offers shown and incidents."""
    shown = sorted([row for row in rows if row[0] == "s"], key=itemgetter(3), reverse=True)[:MOST_SHOWN]
    incidents = [
        incident_of(id, customer, data, closed) for kind, _, id, closed, data, _ in rows if kind == "i"
    ]
    showings = tuple([Showing(offer, instant_of(at), id) for _, offer, id, at, *_ in shown])
    return Past(touches, open_first(incidents) if incidents else (), showings)


def _joined(known: tuple[Touch, ...], fresh: list[Touch]) -> tuple[Touch, ...]:
    """The newest of both; a fresh one stands for the known one with its id."""
    if len(fresh) == 1 and known and fresh[0].outcome is None and fresh[0].at >= known[0].at:
        return (fresh[0], *known[: MOST_TOUCHES - 1])
    changed = {touch.id for touch in fresh}
    return newest_first([*fresh, *(touch for touch in known if touch.id not in changed)])
