"""History in one SQLite file, which many processes of a machine share."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from routekit.engine.forks import Gate, anew_after_fork
from routekit.schema.times import utc_now
from routekit.service.contact_events import ContactEvent
from routekit.service.history.channels import SQLChannel
from routekit.service.history.codec import (
    erased_id,
    event_text,
    incident_text,
    instant_of,
    microseconds,
    outcome_text,
    touch_text,
)
from routekit.service.history.features import granted
from routekit.service.history.model import Claim, Incident, Outcome, Past, Showing, Touch
from routekit.service.history.past import narrowed
from routekit.service.history.pools import Pool
from routekit.service.history.read_cache import ReadCache, SharedVersions
from routekit.service.history.sqlite_file import Connection, connect, past_of, reason_of
from routekit.service.history.store import StoreBusyError, StoreError, StoreLostError, UnstorableError

__all__ = ["SQLiteStore"]

_GLANCE = timedelta(milliseconds=5)
"""How long a call that must not wait does wait for another writer."""

_FURTHER = 3_600_000_000
"""Microseconds that are read further back than is asked: contacts do not come quite in their order."""

_CHUNK = 10_000
_MOST_ASKED = 500

_KEEP_TOUCH = (
    "INSERT INTO touch (id, customer, at, data, outcome) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_KEEP_SHOWN = "INSERT INTO shown (customer, offer, id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_KEEP_INCIDENT = (
    "INSERT INTO incident (id, customer, opened, closed, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_KEEP_EVENT = "INSERT INTO event (id, kind, at, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ERASED = "erased"
"""The kind of event that stands for a touch which is gone for good, by a digest of its id."""
_EVENTS_OF = "SELECT DISTINCT id FROM event WHERE id IN ({marks})"
_DROP_EVENTS = "DELETE FROM event WHERE id IN (SELECT id FROM touch WHERE {which})"
_COUNTED = "SELECT accepted, claims FROM counted"


_IN_SQLITE = Gate()
"""SQLite has locks of the whole process: a child forked while one is held could never open a file."""


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
        self._epoch, self._counted = "", (0, 0)
        self._is_lost = False
        self._cache: ReadCache | None = None
        self.begin_anew()
        anew_after_fork(self)
        self._in_memory = str(path) == ":memory:"
        self._path = f"file:/routekit-{uuid4().hex}?vfs=memdb" if self._in_memory else str(path)
        self._name = ":memory:" if self._in_memory else Path(path).name
        self.channel = SQLChannel(self._run, "CAST(strftime('%s', 'now') AS INTEGER)")
        self._here = Pool(lambda: self._connect(_GLANCE.total_seconds(), checkpoints=False))
        self._behind = Pool(lambda: self._connect(self._timeout, checkpoints=True))

    def begin_anew(self) -> None:
        """As a forked child must, where the thread whose turn it was is not."""
        self._turn, self._opening = Lock(), Lock()

    # ── reading ───────────────────────────────────────────────────────────────

    def past(self, customer: str, since: datetime) -> Past:
        try:
            cache = self._cache
            past = None if cache is None else cache.get(customer, since)
            return self._read(customer, since) if past is None else past
        except UnicodeError as error:
            raise self._error(error) from None

    def _read(self, customer: str, since: datetime) -> Past:
        begin = instant_of(microseconds(since) - _FURTHER)
        with _IN_SQLITE:
            generation = self._here.generation
            connection = self._here.take()
            try:
                cache = self._open_cache()
                version = cache.version(customer)
                past = past_of(customer, begin, connection)
                cache.put(customer, version, begin, past)
            except BaseException as error:
                self._here.drop(connection)
                raise self._error(error) from None
            self._here.give_back(connection, generation)
        return narrowed(past, since)

    # ── writing ───────────────────────────────────────────────────────────────

    def record(self, touches: Sequence[Touch]) -> None:
        now = self._clock()
        rows = [
            (touch.id, touch.customer, microseconds(touch.at), touch_text(touch), None) for touch in touches
        ]
        shown = [
            (touch.customer, offer, touch.id, microseconds(min(touch.at, now)))
            for touch in touches
            for offer in touch.capped
        ]
        with self._writing(self._behind) as (connection, cache):
            cache.begin(touch.customer for touch in touches)
            are_new = connection.many(_KEEP_TOUCH, rows) == len(rows)
            are_new = are_new and not _known(connection, [touch.id for touch in touches])
            connection.many(_KEEP_SHOWN, shown)
            if are_new:
                cache.add(touches, now)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:
        with self._writing(self._behind if wait else self._here, wait=wait) as (connection, cache):
            if self._is_lost:
                self._look_at_epoch(connection)
            rows = connection.rows("SELECT offer, at, id FROM shown WHERE customer = ?", (claim.customer,))
            now = self._clock()
            offers = granted(claim, [Showing(offer, instant_of(at), id) for offer, at, id in rows], now)
            new = sorted(offers - {offer for offer, _, id in rows if id == claim.id})
            if new:
                cache.begin((claim.customer,))
                at = max(microseconds(now), max((row[1] for row in rows), default=0))
                connection.many(_KEEP_SHOWN, [(claim.customer, offer, claim.id, at) for offer in new])
                cache.show(claim.customer, [Showing(offer, instant_of(at), claim.id) for offer in new])
                connection.changed("UPDATE counted SET claims = claims + 1")
                (counted,) = connection.rows(_COUNTED)
        if new:
            self._counted = max(self._counted, counted)
        return offers

    def conclude(self, id: str, outcome: Outcome) -> bool:
        text = outcome_text(outcome)
        with self._writing(self._behind) as (connection, cache):
            cache.begin(_customers(connection, "touch", id))
            return connection.changed("UPDATE touch SET outcome = ? WHERE id = ?", (text, id)) > 0

    def happened(self, events: Sequence[ContactEvent]) -> None:
        """Keeps events, each once; one whose touch is not known waits for it, until it expires."""
        rows = [(event.of, event.kind, microseconds(event.at), event_text(event)) for event in events]
        with self._writing(self._behind) as (connection, cache):
            ids = {event.of for event in events}
            for id in ids:
                cache.begin(_customers(connection, "touch", id))
            digests = {erased_id(id): id for id in ids}
            gone = {digests[digest] for digest in _known(connection, list(digests), _ERASED)}
            connection.many(_KEEP_EVENT, [row for row in rows if row[0] not in gone])

    def open_incident(self, incident: Incident) -> None:
        closed = None if incident.closed is None else microseconds(incident.closed)
        row = (incident.id, incident.customer, microseconds(incident.opened), closed, incident_text(incident))
        with self._writing(self._behind) as (connection, cache):
            cache.begin((incident.customer,))
            connection.many(_KEEP_INCIDENT, [row])

    def close_incident(self, id: str, at: datetime) -> bool:
        closing = "UPDATE incident SET closed = ? WHERE id = ? AND closed IS NULL"
        with self._writing(self._behind) as (connection, cache):
            cache.begin(_customers(connection, "incident", id))
            return connection.changed(closing, (microseconds(at), id)) > 0

    def erase(self, customer: str) -> int:
        """Removes everything of a customer, without a trace in the file or its log.

        The file is written anew for that: nobody else can write meanwhile, about a second for 100 MB.
        """
        with self._writing(self._behind) as (connection, cache):
            cache.begin((customer,))
            theirs = connection.rows("SELECT id FROM touch WHERE customer = ?", (customer,))
            erased = connection.changed(_DROP_EVENTS.format(which="customer = ?"), (customer,))
            now = microseconds(self._clock())
            connection.many(_KEEP_EVENT, [(erased_id(id), _ERASED, now, "") for (id,) in theirs])
            erased += sum(
                connection.changed(f"DELETE FROM {table} WHERE customer = ?", (customer,))  # noqa: S608
                for table in ("touch", "shown", "incident")
            )
        self._leave_no_trace()
        return erased

    def expire(self, before: datetime) -> int:
        instant, expired, done = microseconds(before), 0, 0
        while True:
            with self._writing(self._behind) as (connection, cache):
                ((last,),) = connection.rows("SELECT coalesce(max(seq), 0) FROM touch")
                which, bounds = "seq > ? AND seq <= ? AND at < ?", (done, done + _CHUNK, instant)
                expired += connection.changed(_DROP_EVENTS.format(which=which), bounds)
                expired += connection.changed(f"DELETE FROM touch WHERE {which}", bounds)  # noqa: S608
                done += _CHUNK
                if done < last:
                    continue
                cache.begin_all()
                expired += connection.changed("DELETE FROM shown WHERE at < ?", (instant,))
                expired += connection.changed("DELETE FROM event WHERE at < ?", (instant,))
                expired += connection.changed("DELETE FROM incident WHERE closed < ?", (instant,))
            break
        self._leave_no_trace()
        return expired

    def close(self) -> None:
        with _IN_SQLITE:
            self._here.close()
            self._behind.close()
            self._cache = None
            if self._anchor is not None:
                self._anchor.close()
                self._anchor = None

    # ── what the file may have lost ───────────────────────────────────────────

    def troubles(self) -> tuple[str, ...]:
        """Checks whether the file was lost, and with it what it held."""
        try:
            with self._writing(self._behind) as (connection, _):
                self._look_at_epoch(connection)
        except StoreLostError as error:
            return (error.reason,)
        return ()

    def accept_loss(self) -> None:
        """Grants claims again after a loss; customers may be shown again what they were shown before it."""
        with self._writing(self._behind) as (connection, _):
            connection.run("UPDATE epoch SET lost = NULL")
            connection.run("UPDATE counted SET accepted = accepted + 1")

    def _look_at_epoch(self, connection: Connection) -> None:
        ((_, lost),) = connection.rows("SELECT id, lost FROM epoch")
        self._is_lost = lost is not None
        if lost is not None:
            raise StoreLostError(
                f"{self._name}: the file was lost or set back to an earlier state, noticed at "
                f"{instant_of(lost).isoformat()}; caps cannot be kept by it until "
                "`routekit history accept-loss`"
            )

    def _compare_epoch(self, connection: Connection) -> None:
        """Finds out whether a file that is opened anew is the one that was open before, and no older copy."""
        known = self._counted
        ((id, lost),) = connection.rows("SELECT id, lost FROM epoch")
        (counted,) = connection.rows(_COUNTED)
        is_older = self._epoch == id and counted < known
        if (is_older or self._epoch not in ("", id)) and lost is None:
            lost = microseconds(utc_now())
            connection.changed("UPDATE epoch SET lost = ? WHERE lost IS NULL", (lost,))
        self._epoch, self._is_lost = id, lost is not None
        self._counted = counted if self._is_lost else max(self._counted, counted)

    def _run(self, *statements: tuple[object, ...]) -> list[list[Any]]:
        """Executes statements of the control channel: those that only read write nothing."""
        if all(str(text).startswith("SELECT") for text, *_ in statements):
            with _IN_SQLITE, self._here.connection() as connection:
                return self._rows(connection, statements)
        with self._writing(self._behind) as (connection, _):
            return self._rows(connection, statements)

    def _rows(self, connection: Connection, statements: Sequence[tuple[object, ...]]) -> list[list[Any]]:
        try:
            return [connection.rows(str(text), values) for text, *values in statements]
        except sqlite3.Error as error:
            raise self._error(error) from None

    # ── the file ──────────────────────────────────────────────────────────────

    def _connect(self, timeout: float, *, checkpoints: bool) -> Connection:
        if self._in_memory:
            timeout = self._timeout  # there is no log beside it: readers wait for writers
            if self._anchor is None:
                self._anchor = connect(self._path, self._name, timeout, checkpoints=True)
        connection = connect(self._path, self._name, timeout, checkpoints=checkpoints)
        if not self._in_memory:  # which is gone on purpose once it is closed
            try:
                self._compare_epoch(connection)
            except sqlite3.Error as error:
                connection.close()
                raise self._error(error) from None
        return connection

    def _open_cache(self) -> ReadCache:
        """The cache of what was read of the file: to be asked for once there is a connection to it."""
        cache = self._cache
        if cache is None:
            with self._opening:
                cache = self._cache
                if cache is None:
                    cache = self._cache = ReadCache(self._shared_versions())
        return cache

    def _shared_versions(self) -> SharedVersions:
        if self._in_memory:
            return SharedVersions()
        try:
            return SharedVersions.beside(self._path)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise StoreError(f"{self._name}-marks: {reason}") from None

    @contextmanager
    def _writing(
        self, pool: Pool[Connection], *, wait: bool = True
    ) -> Iterator[tuple[Connection, ReadCache]]:
        """A transaction that nobody else writes in; who must not wait is told soon that others write."""
        with _IN_SQLITE, self._my_turn(wait):
            generation = pool.generation
            connection = pool.take()
            cache = None
            try:
                cache = self._open_cache()
                if connection.is_gone() or cache.versions.are_gone():
                    self._here.close()
                    self._behind.close()
                    self._cache = None
                    raise StoreError(f"{self._name}: the file was removed or replaced while in use")
                connection.run("BEGIN IMMEDIATE")
                yield connection, cache
                connection.run("COMMIT")
                cache.end(is_written=True)
            except BaseException as error:
                if connection.rolls_back():
                    pool.give_back(connection, generation)
                else:
                    pool.drop(connection)
                if cache is not None:
                    cache.end(is_written=False)
                raise self._error(error) from None
            pool.give_back(connection, generation)

    @contextmanager
    def _my_turn(self, wait: bool) -> Iterator[None]:
        """One writer of this process at a time, as SQLite has it anyhow, which would wait by sleeping."""
        if not self._turn.acquire(timeout=self._timeout if wait else _GLANCE.total_seconds()):
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
            with _IN_SQLITE, self._behind.connection() as connection:
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


def _known(connection: Connection, ids: Sequence[str], kind: str | None = None) -> list[str]:
    """Of which of these there are events, of one kind or of any."""
    found: list[str] = []
    for start in range(0, len(ids), _MOST_ASKED):
        some = ids[start : start + _MOST_ASKED]
        marks = ", ".join("?" * len(some))
        statement = _EVENTS_OF.format(marks=marks)
        rows = (
            connection.rows(statement, some)
            if kind is None
            else connection.rows(f"{statement} AND kind = ?", (*some, kind))
        )
        found += [row[0] for row in rows]
    return found


def _customers(connection: Connection, table: str, id: str) -> list[str]:
    """Whose that is."""
    return [row[0] for row in connection.rows(f"SELECT customer FROM {table} WHERE id = ?", (id,))]  # noqa: S608
