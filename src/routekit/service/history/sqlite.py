"""History in one SQLite file, which many processes of a machine share."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from routekit.service.history.claims import granted
from routekit.service.history.codec import (
    incident_of,
    incident_text,
    instant_of,
    microseconds,
    outcome_text,
    touch_of,
    touch_text,
)
from routekit.service.history.model import (
    MOST_INCIDENTS,
    MOST_SHOWN,
    MOST_TOUCHES,
    Claim,
    Incident,
    Outcome,
    Past,
    Showing,
    Touch,
)
from routekit.service.history.past import newest_first, open_first, since_then
from routekit.service.history.pool import Pool
from routekit.service.history.sqlite_file import Connection, connect, reason_of
from routekit.service.history.store import StoreBusyError, StoreError, UnstorableError

__all__ = ["SQLiteStore"]

_GLANCE = timedelta(milliseconds=5)
"""How long a call that must not wait does wait for another writer."""

_KEPT_TOUCHES = 20_000
"""How many touches a connection remembers, of the customers asked for last."""

_MOST_ROWS = 400
_CHUNK = 10_000

_TOUCH, _EPOCH, _SHOWN, _INCIDENT = range(4)
"""What a row of a past is, by its first column."""

_NUMBER = "SELECT 1, number, NULL, NULL, NULL, NULL FROM epoch"
_NEWER = "SELECT 0, seq, id, at, data, outcome FROM touch WHERE customer = ?1 AND seq > ?2"
_OFFERS = "SELECT 2, offer, at, id, NULL, NULL FROM shown WHERE customer = ?1 AND at > ?3"
_MATTERS = (
    "SELECT 3, id, data, closed, opened, NULL FROM incident"
    " WHERE customer = ?1 AND (closed IS NULL OR closed > ?3)"
)
_FEW = f"{_NUMBER} UNION ALL {_NEWER} UNION ALL {_OFFERS} UNION ALL {_MATTERS} LIMIT {_MOST_ROWS}"
_MANY = f"""
    {_NUMBER} UNION ALL
    SELECT * FROM ({_NEWER} ORDER BY seq DESC LIMIT {_MOST_ROWS}) UNION ALL
    SELECT * FROM ({_OFFERS} ORDER BY at DESC LIMIT {MOST_SHOWN}) UNION ALL
    SELECT * FROM ({_MATTERS} ORDER BY closed IS NOT NULL, opened DESC LIMIT {MOST_INCIDENTS})
"""  # noqa: S608
"""A past in one statement: as the rows come, and, where they are too many, the newest of them."""

_KEEP_TOUCH = "INSERT INTO touch (id, customer, at, data, outcome) VALUES (?, ?, ?, ?, ?)"
_KEEP_SHOWN = "INSERT INTO shown (customer, offer, id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_KEEP_INCIDENT = (
    "INSERT INTO incident (id, customer, opened, closed, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class SQLiteStore:
    """Remembers in a file, made where there is none; ``:memory:`` remembers until it is closed.

    ``timeout`` is how long a write waits for other writers. Caps are counted by ``clock``; a clock that is
    set back loosens none: what lies in the future still counts, and a claim is never dated before the
    customer's newest. A claim outlives its process; a machine that loses its power may forget the last.

    >>> from routekit.policy.model import Cap
    >>> store = SQLiteStore(":memory:")
    >>> once_a_month = (Cap(1, timedelta(days=30)),)
    >>> store.claim(Claim("d-1", "c-1", (("gift", once_a_month),)))
    frozenset({'gift'})
    >>> store.claim(Claim("d-2", "c-1", (("gift", once_a_month),)))
    frozenset()
    >>> store.erase("c-1")
    1
    >>> store.close()
    """

    is_local = True

    def __init__(
        self,
        path: str | Path,
        *,
        timeout: timedelta = timedelta(seconds=5),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._timeout = timeout.total_seconds()
        self._clock = clock
        self._anchor: Connection | None = None
        self._in_memory = str(path) == ":memory:"
        self._path = f"file:/routekit-{uuid4().hex}?vfs=memdb" if self._in_memory else str(path)
        self._name = ":memory:" if self._in_memory else Path(path).name
        self._here = Pool(lambda: self._connect(_GLANCE.total_seconds(), checkpoints=False))
        self._behind = Pool(lambda: self._connect(self._timeout, checkpoints=True))

    # ── reading ───────────────────────────────────────────────────────────────

    def past(self, customer: str, since: datetime) -> Past:
        pool = self._here
        generation = pool.generation
        connection = pool.take()
        try:
            touches, rest = self._read(connection, customer, microseconds(since))
        except BaseException as error:
            connection.close()
            raise self._error(error) from None
        pool.give_back(connection, generation)
        touches = since_then(touches, since)
        return _with_rest(customer, touches, rest) if rest else Past(touches) if touches else Past.EMPTY

    def _read(self, connection: Connection, customer: str, since: int) -> tuple[tuple[Touch, ...], list[Any]]:
        """The newest touches, those remembered and from the file what came since; and the other rows."""
        known = connection.known
        last, touches = known.pop(customer, (0, ()))
        values = (customer, last, since)
        rows = connection.rows(_FEW, values)
        if len(rows) == _MOST_ROWS:
            rows = connection.rows(_MANY, values)
        fresh, rest, epoch = [], [], 0
        for row in rows:
            if row[0] == _TOUCH:
                fresh.append(row)
            elif row[0] == _EPOCH:
                epoch = row[1]
            else:
                rest.append(row)
        if epoch != connection.epoch:
            known.clear()
            connection.kept, connection.epoch = 0, epoch
            if last:
                return self._read(connection, customer, since)
        connection.kept -= len(touches)
        if fresh:
            last = max(row[1] for row in fresh)
            touches = _joined(touches, [touch_of(row[2], customer, *row[3:]) for row in fresh])
        if touches:
            known[customer] = last, touches
            connection.kept += len(touches)
            while connection.kept > _KEPT_TOUCHES:
                _, forgotten = known.pop(next(iter(known)))
                connection.kept -= len(forgotten)
        return touches, rest

    # ── writing ───────────────────────────────────────────────────────────────

    def record(self, touches: Sequence[Touch]) -> None:
        now = self._clock()
        rows = [(touch.id, touch.customer, microseconds(touch.at), touch_text(touch)) for touch in touches]
        shown = [
            (touch.customer, offer, touch.id, microseconds(min(touch.at, now)))
            for touch in touches
            for offer in touch.capped
        ]
        with self._writing(self._behind) as connection:
            connection.many(f"{_KEEP_TOUCH} ON CONFLICT DO NOTHING", [(*row, None) for row in rows])
            connection.many(_KEEP_SHOWN, shown)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:
        with self._writing(self._behind if wait else self._here) as connection:
            rows = connection.rows("SELECT offer, at, id FROM shown WHERE customer = ?", (claim.customer,))
            now = self._clock()
            offers = granted(claim, [Showing(offer, instant_of(at), id) for offer, at, id in rows], now)
            if offers:
                at = max(microseconds(now), max((row[1] for row in rows), default=0))
                connection.many(
                    _KEEP_SHOWN,
                    [(claim.customer, offer, claim.id, at) for offer in sorted(offers)],
                )
        return offers

    def conclude(self, id: str, outcome: Outcome) -> bool:
        text = outcome_text(outcome)
        with self._writing(self._behind) as connection:
            # written anew, so that its number tells those who remember the touch that it has changed
            rows = connection.rows("DELETE FROM touch WHERE id = ? RETURNING id, customer, at, data", (id,))
            connection.many(_KEEP_TOUCH, [(*row, text) for row in rows])
        return bool(rows)

    def open_incident(self, incident: Incident) -> None:
        closed = None if incident.closed is None else microseconds(incident.closed)
        row = (incident.id, incident.customer, microseconds(incident.opened), closed, incident_text(incident))
        with self._writing(self._behind) as connection:
            connection.many(_KEEP_INCIDENT, [row])

    def close_incident(self, id: str, at: datetime) -> bool:
        with self._writing(self._behind) as connection:
            return bool(
                connection.rows(
                    "UPDATE incident SET closed = ? WHERE id = ? AND closed IS NULL RETURNING id",
                    (microseconds(at), id),
                )
            )

    def erase(self, customer: str) -> int:
        """Removes everything of a customer, without a trace in the file or its log.

        The file is written anew for that: nobody else can write meanwhile, about a second for 100 MB.
        """
        erased = 0
        with self._writing(self._behind) as connection:
            for table in ("touch", "shown", "incident"):
                erased += connection.changed(f"DELETE FROM {table} WHERE customer = ?", (customer,))  # noqa: S608
            connection.changed("UPDATE epoch SET number = number + 1")
        self._leave_no_trace()
        return erased

    def expire(self, before: datetime) -> int:
        instant, expired, done = microseconds(before), 0, 0
        while True:
            with self._writing(self._behind) as connection:
                ((last,),) = connection.rows("SELECT coalesce(max(seq), 0) FROM touch")
                expired += connection.changed(
                    "DELETE FROM touch WHERE seq > ? AND seq <= ? AND at < ?", (done, done + _CHUNK, instant)
                )
                done += _CHUNK
                if done < last:
                    continue
                expired += connection.changed("DELETE FROM shown WHERE at < ?", (instant,))
                expired += connection.changed("DELETE FROM incident WHERE closed < ?", (instant,))
                connection.changed("UPDATE epoch SET number = number + 1")
            break
        self._leave_no_trace()
        return expired

    def close(self) -> None:
        self._here.close()
        self._behind.close()
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None

    # ── the file ──────────────────────────────────────────────────────────────

    def _connect(self, timeout: float, *, checkpoints: bool) -> Connection:
        if self._in_memory and self._anchor is None:
            self._anchor = connect(self._path, self._name, self._timeout, checkpoints=True)
        return connect(self._path, self._name, timeout, checkpoints=checkpoints)

    @contextmanager
    def _writing(self, pool: Pool[Connection]) -> Iterator[Connection]:
        """A transaction that nobody else writes in."""
        generation = pool.generation
        connection = pool.take()
        try:
            if connection.is_gone():
                self._here.close()
                self._behind.close()
                raise StoreError(f"{self._name}: the file was removed or replaced while in use")
            connection.run("BEGIN IMMEDIATE")
            yield connection
            connection.run("COMMIT")
        except BaseException as error:
            if connection.rolls_back():
                pool.give_back(connection, generation)
            else:
                connection.close()
            raise self._error(error) from None
        pool.give_back(connection, generation)

    def _leave_no_trace(self) -> None:
        """Writes the file anew and empties its log: pages may still hold copies of what was removed.

        SQLite overwrites what it deletes, but not what it had moved to another page before.
        """
        if self._in_memory:
            return
        until = time.monotonic() + self._timeout
        try:
            with self._behind.connection() as connection:
                connection.run("VACUUM")
                while connection.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
                    if time.monotonic() > until:
                        raise StoreError(
                            f"{self._name}: others read, and the log cannot be emptied; try again"
                        )
                    time.sleep(0.01)
        except sqlite3.Error as error:
            raise self._error(error) from None

    def _error(self, error: BaseException) -> BaseException:
        """What is raised for an error: those of SQLite without its text, which may hold a value."""
        if isinstance(error, UnicodeError | OverflowError | sqlite3.DataError):
            return UnstorableError(f"{self._name}: a value is no text that can be stored")
        if not isinstance(error, sqlite3.Error):
            return error
        kind = StoreBusyError if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY else StoreError
        return kind(f"{self._name}: {reason_of(error)}")


def _joined(known: tuple[Touch, ...], fresh: list[Touch]) -> tuple[Touch, ...]:
    """The newest of both; a fresh one stands for the known one with its id."""
    if len(fresh) == 1 and known and fresh[0].outcome is None and fresh[0].at >= known[0].at:
        return (fresh[0], *known[: MOST_TOUCHES - 1])
    changed = {touch.id for touch in fresh}
    return newest_first([*fresh, *(touch for touch in known if touch.id not in changed)])


def _with_rest(customer: str, touches: tuple[Touch, ...], rest: list[Any]) -> Past:
    """A past of touches, and of rows that are offers shown and incidents."""
    shown = [Showing(row[1], instant_of(row[2]), row[3]) for row in rest if row[0] == _SHOWN]
    incidents = [incident_of(row[1], customer, row[2], row[3]) for row in rest if row[0] == _INCIDENT]
    shown.sort(key=lambda showing: showing.at, reverse=True)
    return Past(touches, open_first(incidents), tuple(shown))
