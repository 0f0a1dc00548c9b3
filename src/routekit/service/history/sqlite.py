"""History in one SQLite file, which many processes of a machine share."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from uuid import uuid4

from routekit.engine.forks import Gate, anew_after_fork
from routekit.service.history.claims import granted
from routekit.service.history.codec import (
    incident_text,
    instant_of,
    microseconds,
    outcome_text,
    touch_text,
)
from routekit.service.history.model import (
    Claim,
    Incident,
    Outcome,
    Past,
    Showing,
    Touch,
)
from routekit.service.history.pool import Pool
from routekit.service.history.sqlite_file import Connection, connect, reason_of
from routekit.service.history.sqlite_reading import Own, Reader
from routekit.service.history.store import StoreBusyError, StoreError, UnstorableError

__all__ = ["SQLiteStore"]

_GLANCE = timedelta(milliseconds=5)
"""How long a call that must not wait does wait for another writer."""

_CHUNK = 10_000

_KEEP_TOUCH = "INSERT INTO touch (id, customer, at, data, outcome) VALUES (?, ?, ?, ?, ?)"
_KEEP_SHOWN = "INSERT INTO shown (customer, offer, id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_KEEP_INCIDENT = (
    "INSERT INTO incident (id, customer, opened, closed, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


_IN_SQLITE = Gate()
"""SQLite has locks of the whole process: a child forked while one is held could never open a file."""


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
        self._own = Own()
        self.begin_anew()
        anew_after_fork(self)
        self._in_memory = str(path) == ":memory:"
        self._path = f"file:/routekit-{uuid4().hex}?vfs=memdb" if self._in_memory else str(path)
        self._name = ":memory:" if self._in_memory else Path(path).name
        self._here = Pool(lambda: self._connect(_GLANCE.total_seconds(), checkpoints=False))
        self._behind = Pool(lambda: self._connect(self._timeout, checkpoints=True))

    def begin_anew(self) -> None:
        """As a forked child must, where the thread whose turn it was is not."""
        self._turn = Lock()

    # ── reading ───────────────────────────────────────────────────────────────

    def past(self, customer: str, since: datetime) -> Past:
        with _IN_SQLITE:
            pool = self._here
            generation = pool.generation
            reader = pool.take()
            try:
                past = reader.past(customer, since)
            except BaseException as error:
                reader.close()
                raise self._error(error) from None
            pool.give_back(reader, generation)
            return past

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
        for touch, (_, _, _, text) in zip(touches, rows, strict=True):
            self._own.put(touch, text)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:
        with self._writing(self._behind if wait else self._here, wait=wait) as connection:
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
            rows = connection.rows("SELECT id, customer, at, data FROM touch WHERE id = ?", (id,))
            connection.changed("DELETE FROM touch WHERE id = ?", (id,))
            connection.many(_KEEP_TOUCH, [(*row, text) for row in rows])
        return bool(rows)

    def open_incident(self, incident: Incident) -> None:
        closed = None if incident.closed is None else microseconds(incident.closed)
        row = (incident.id, incident.customer, microseconds(incident.opened), closed, incident_text(incident))
        with self._writing(self._behind) as connection:
            connection.many(_KEEP_INCIDENT, [row])

    def close_incident(self, id: str, at: datetime) -> bool:
        with self._writing(self._behind) as connection:
            closed = connection.changed(
                "UPDATE incident SET closed = ? WHERE id = ? AND closed IS NULL", (microseconds(at), id)
            )
        return closed > 0

    def erase(self, customer: str) -> int:
        """Removes everything of a customer, without a trace in the file or its log.

        The file is written anew for that: nobody else can write meanwhile, about a second for 100 MB.
        """
        erased = 0
        with self._writing(self._behind) as connection:
            for table in ("touch", "shown", "incident"):
                erased += connection.changed(f"DELETE FROM {table} WHERE customer = ?", (customer,))  # noqa: S608
            connection.changed("UPDATE epoch SET number = number + 1")
        self._own.clear()
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
        with _IN_SQLITE:
            self._here.close()
            self._behind.close()
            if self._anchor is not None:
                self._anchor.close()
                self._anchor = None

    # ── the file ──────────────────────────────────────────────────────────────

    def _connect(self, timeout: float, *, checkpoints: bool) -> Reader:
        if self._in_memory:
            timeout = self._timeout  # there is no log beside it: readers wait for writers
            if self._anchor is None:
                self._anchor = connect(self._path, self._name, timeout, checkpoints=True)
        return Reader(connect(self._path, self._name, timeout, checkpoints=checkpoints), self._own)

    @contextmanager
    def _writing(self, pool: Pool[Reader], *, wait: bool = True) -> Iterator[Connection]:
        """A transaction that nobody else writes in; who must not wait is told at once that others write."""
        with _IN_SQLITE, self._my_turn(wait):
            generation = pool.generation
            reader = pool.take()
            connection = reader.connection
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
                    pool.give_back(reader, generation)
                else:
                    reader.close()
                raise self._error(error) from None
            pool.give_back(reader, generation)

    @contextmanager
    def _my_turn(self, wait: bool) -> Iterator[None]:
        """One writer of this process at a time, as SQLite has it anyhow, which would wait by sleeping."""
        if not self._turn.acquire(timeout=self._timeout if wait else 0):
            raise StoreBusyError(f"{self._name}: this process is writing to the file")
        try:
            yield
        finally:
            self._turn.release()

    def _leave_no_trace(self) -> None:
        """Writes the file anew and empties its log: pages may still hold copies of what was removed.

        SQLite overwrites what it deletes, but not what it had moved to another page before.
        """
        if self._in_memory:
            return
        until = time.monotonic() + self._timeout
        try:
            with _IN_SQLITE, self._behind.connection() as reader:
                reader.connection.run("VACUUM")
                while reader.connection.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
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
