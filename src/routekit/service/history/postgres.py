"""History in PostgreSQL, which the nodes of a service share."""

import re
import selectors
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar

try:
    import psycopg
    from psycopg.abc import PQGen
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.rows import TupleRow
    from psycopg.waiting import Ready
except ImportError as error:
    raise ImportError("PostgresStore needs psycopg: pip install routekit[postgres]") from error

from routekit.service.contact_events import ContactEvent
from routekit.service.history.channels import SQLChannel
from routekit.service.history.codec import (
    erased_id,
    event_of,
    event_text,
    incident_of,
    incident_text,
    microseconds,
    outcome_text,
    touch_of,
    touch_text,
)
from routekit.service.history.features import granted
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
from routekit.service.history.past import (
    Change,
    Closed,
    Concluded,
    latest_first,
    newest_first,
    open_first,
    with_events,
)
from routekit.service.history.pools import Pool
from routekit.service.history.store import ContentionError, StoreError, StoreLostError, UnstorableError

__all__ = ["PostgresStore"]

VERSION = 1
_MAKING = 0x726B6869
"""The advisory lock under which the tables are made."""

_MAKING_TAKES = 10.0
"""Seconds that making the tables, once, may take."""

_PARTS = 64
"""In how many rows claims are counted: those of one row wait for each other."""

_JOB = timedelta(minutes=10)
"""How long a removal of old things may take."""

_TABLES = f"""
BEGIN;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SELECT pg_advisory_xact_lock({_MAKING});
CREATE TABLE IF NOT EXISTS routekit_touch (
  id text PRIMARY KEY, customer text NOT NULL, at timestamptz NOT NULL, data json NOT NULL, outcome json
);
CREATE INDEX IF NOT EXISTS routekit_touch_of ON routekit_touch (customer, at);
CREATE TABLE IF NOT EXISTS routekit_shown (
  customer text NOT NULL, offer text NOT NULL, id text NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (customer, offer, id)
);
CREATE TABLE IF NOT EXISTS routekit_incident (
  id text PRIMARY KEY, customer text NOT NULL,
  opened timestamptz NOT NULL, closed timestamptz, data json NOT NULL
);
CREATE INDEX IF NOT EXISTS routekit_incident_of ON routekit_incident (customer);
CREATE TABLE IF NOT EXISTS routekit_event (
  id text NOT NULL, kind text NOT NULL, at timestamptz NOT NULL, data json NOT NULL,
  PRIMARY KEY (id, kind, at)
);
CREATE TABLE IF NOT EXISTS routekit_epoch (id text NOT NULL, lost timestamptz);
ALTER TABLE routekit_epoch ADD COLUMN IF NOT EXISTS accepted integer NOT NULL DEFAULT 0;
INSERT INTO routekit_epoch SELECT md5(random()::text || clock_timestamp()::text), NULL
  WHERE NOT EXISTS (SELECT FROM routekit_epoch);
CREATE TABLE IF NOT EXISTS routekit_count (part integer PRIMARY KEY, n bigint NOT NULL);
INSERT INTO routekit_count SELECT part, 0 FROM generate_series(0, {_PARTS - 1}) AS part
  ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS routekit_control (
  id bigserial PRIMARY KEY, at bigint NOT NULL, text text NOT NULL
);
CREATE TABLE IF NOT EXISTS routekit_worker (name text PRIMARY KEY, heard bigint NOT NULL, at bigint NOT NULL);
CREATE TABLE IF NOT EXISTS routekit_history (version integer PRIMARY KEY);
INSERT INTO routekit_history SELECT {VERSION} WHERE NOT EXISTS (SELECT FROM routekit_history);
COMMIT;
"""  # noqa: S608

_PAST = f"""
SELECT id, at, data::text, outcome::text FROM routekit_touch WHERE customer = %(customer)s AND at > %(since)s
  ORDER BY at DESC LIMIT {MOST_TOUCHES};
SELECT offer, at, id FROM routekit_shown WHERE customer = %(customer)s AND at > %(since)s
  ORDER BY at DESC LIMIT {MOST_SHOWN};
SELECT id, data::text, closed FROM routekit_incident
  WHERE customer = %(customer)s AND (closed IS NULL OR closed > %(since)s)
  ORDER BY closed IS NOT NULL, opened DESC LIMIT {MOST_INCIDENTS};
SELECT id, data::text FROM routekit_event WHERE id IN (
  SELECT id FROM routekit_touch WHERE customer = %(customer)s AND at > %(since)s
  ORDER BY at DESC LIMIT {MOST_TOUCHES}
);
"""  # noqa: S608

_RECORD = """
INSERT INTO routekit_touch (id, customer, at, data)
  SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::json[]) ON CONFLICT DO NOTHING;
INSERT INTO routekit_shown (customer, offer, id, at)
  SELECT customer, offer, id, least(at, clock_timestamp())
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS new (customer, offer, id, at)
  ON CONFLICT DO NOTHING;
"""

_HAPPENED = """
INSERT INTO routekit_event (id, kind, at, data)
  SELECT id, kind, at, data
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::json[])
    AS new (id, digest, kind, at, data)
  WHERE NOT EXISTS (SELECT FROM routekit_event AS gone WHERE gone.id = digest AND gone.kind = 'erased')
  ON CONFLICT DO NOTHING
"""
"""Of a touch that was erased nothing is kept; that it was is an event too, by a digest of its id."""

_EPOCH = "SELECT id, lost, accepted, (SELECT sum(n) FROM routekit_count)::bigint FROM routekit_epoch"

_LOOK = f"""
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended(%(customer)s, 0));
SELECT clock_timestamp();
{_EPOCH};
SELECT offer, at, id FROM routekit_shown WHERE customer = %(customer)s;
"""  # noqa: S608
"""The clock is read once the lock is held, or the later of two claims might be dated before the other."""

_COUNT = f"""
INSERT INTO routekit_shown (customer, offer, id, at)
  SELECT %(customer)s, unnest(%(offers)s::text[]), %(id)s, %(at)s ON CONFLICT DO NOTHING;
UPDATE routekit_count SET n = n + 1
  WHERE part = hashtextextended(%(customer)s, 1) & {_PARTS - 1} AND cardinality(%(offers)s::text[]) > 0;
COMMIT;
"""  # noqa: S608

_ERASE = """
WITH touches AS (DELETE FROM routekit_touch WHERE customer = %(customer)s RETURNING id),
  events AS (DELETE FROM routekit_event USING touches WHERE routekit_event.id = touches.id RETURNING 1),
  marks AS (
    INSERT INTO routekit_event
    SELECT left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 32), 'erased', clock_timestamp(), '""'
    FROM touches ON CONFLICT DO NOTHING
  ),
  showings AS (DELETE FROM routekit_shown WHERE customer = %(customer)s RETURNING 1),
  incidents AS (DELETE FROM routekit_incident WHERE customer = %(customer)s RETURNING 1)
SELECT (SELECT count(*) FROM touches) + (SELECT count(*) FROM events)
  + (SELECT count(*) FROM showings) + (SELECT count(*) FROM incidents);
"""

_EXPIRE = """
WITH touches AS (DELETE FROM routekit_touch WHERE at < %(before)s RETURNING id),
  events AS (
    DELETE FROM routekit_event WHERE at < %(before)s OR id IN (SELECT id FROM touches) RETURNING 1
  ),
  showings AS (DELETE FROM routekit_shown WHERE at < %(before)s RETURNING 1),
  incidents AS (DELETE FROM routekit_incident WHERE closed < %(before)s RETURNING 1)
SELECT (SELECT count(*) FROM touches) + (SELECT count(*) FROM events)
  + (SELECT count(*) FROM showings) + (SELECT count(*) FROM incidents);
"""

_ARE_THERE = """
SELECT to_regclass('routekit_count') IS NOT NULL AND to_regclass('routekit_event') IS NOT NULL
"""
"""Whether all tables are: those that came last, and those that may be lost by themselves."""

Result = TypeVar("Result")


class _Connection(psycopg.Connection[TupleRow]):
    """Gives up on a server that hangs, which no setting of the server can do."""

    until: float

    def wait(self, gen: PQGen[Result], interval: float = 0.0, timeout: float | None = None) -> Result:  # noqa: ARG002
        try:
            awaited = next(gen)
            with selectors.DefaultSelector() as selector:
                while True:
                    key = selector.register(self.fileno(), awaited)
                    found = selector.select(max(self.until - time.monotonic(), 0))
                    selector.unregister(key.fileobj)
                    if not found:
                        raise TimeoutError
                    awaited = gen.send(Ready(found[0][1]))
        except StopIteration as stop:
            result: Result = stop.value
            return result


class PostgresStore:
    """Remembers in tables called ``routekit_…``, made where there are none, of the database at ``dsn``.

    ``timeout`` is how long the server may take over a call, ``lock_timeout`` how long one waits for a lock
    that somebody else holds, by default a tenth of that; at most ``connections`` are open at a time. Caps
    are counted by the server's clock. Needs ``pip install routekit[postgres]``.
    """

    is_local = False

    def __init__(
        self,
        dsn: str,
        *,
        timeout: timedelta = timedelta(seconds=1),
        lock_timeout: timedelta | None = None,
        connections: int | None = None,
    ) -> None:
        _check(dsn)
        self._dsn = dsn
        self._timeout = timeout
        self._lock_timeout = timeout / 10 if lock_timeout is None else lock_timeout
        self._epoch, self._counted = "", (0, 0)
        self._pool = Pool(self._connect, connections)
        self.channel = SQLChannel(self._run, "extract(epoch FROM clock_timestamp())::bigint")

    def past(self, customer: str, since: datetime) -> Past:
        with self._cursor() as cursor:
            cursor.execute(_PAST, {"customer": customer, "since": since})
            touches = [
                touch_of(id, customer, microseconds(at), data, outcome)
                for id, at, data, outcome in cursor.fetchall()
            ]
            cursor.nextset()
            shown = [Showing(offer, at, id) for offer, at, id in cursor.fetchall()]
            cursor.nextset()
            incidents = [
                incident_of(id, customer, data, None if closed is None else microseconds(closed))
                for id, data, closed in cursor.fetchall()
            ]
            cursor.nextset()
            events: dict[str, list[ContactEvent]] = {}
            for id, data in cursor.fetchall():
                events.setdefault(id, []).append(event_of(id, data))
        if events:
            touches = [with_events(touch, events.get(touch.id, ())) for touch in touches]
        return Past(newest_first(touches), open_first(incidents), latest_first(shown))

    def record(self, touches: Sequence[Touch]) -> None:
        with self._cursor() as cursor:
            cursor.execute(_RECORD, _columns(touches))

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:  # noqa: ARG002 - a network waits
        counted = self._counted  # before the server is asked: another thread may learn of more meanwhile
        with self._cursor() as cursor:
            cursor.execute(_LOOK, {"customer": claim.customer})
            cursor.nextset()
            cursor.nextset()
            ((now,),) = cursor.fetchall()
            cursor.nextset()
            lost = self._lost_since(cursor, counted)
            if lost is not None:
                cursor.execute("COMMIT")
                raise _lost(lost)
            cursor.nextset()
            shown = [Showing(offer, at, id) for offer, at, id in cursor.fetchall()]
            offers = granted(claim, shown, now)
            at = max([now, *(showing.at for showing in shown)])
            values = {"customer": claim.customer, "offers": sorted(offers), "id": claim.id, "at": at}
            cursor.execute(_COUNT, values)
        return offers

    def _lost_since(self, cursor: psycopg.ClientCursor[TupleRow], known: tuple[int, int]) -> datetime | None:
        """When it was noticed that the tables are others than those that this process knows, or older.

        ``known`` is how often a loss was accepted, and how many claims were counted, before this was read.
        """
        ((id, lost, accepted, counted),) = cursor.fetchall()
        lost_since: datetime | None = lost
        is_older = self._epoch == id and (accepted, counted) < known
        if (is_older or self._epoch not in ("", id)) and lost is None:
            cursor.execute("UPDATE routekit_epoch SET lost = now() RETURNING lost")
            ((lost_since,),) = cursor.fetchall()
        self._epoch = id
        self._counted = (accepted, counted) if lost_since else max(self._counted, (accepted, counted))
        return lost_since

    def troubles(self) -> tuple[str, ...]:
        """Whether the tables were lost or set back, and with them what they held."""
        known = self._counted
        with self._cursor() as cursor:
            cursor.execute(_EPOCH)
            lost = self._lost_since(cursor, known)
        return () if lost is None else (_lost(lost).reason,)

    def accept_loss(self) -> None:
        """Grants claims again after a loss; customers may be shown again what they were shown before it."""
        self._changes("UPDATE routekit_epoch SET lost = NULL, accepted = accepted + 1")

    def _run(self, *statements: tuple[object, ...]) -> list[list[Any]]:
        """Executes statements of the control channel, in one round trip."""
        with self._cursor() as cursor:
            texts = [
                cursor.mogrify(str(text).replace("?", "%s").encode(), values) for text, *values in statements
            ]
            cursor.execute("; ".join(texts).encode())
            found = []
            for _ in statements:
                found.append(cursor.fetchall() if cursor.description else [])
                cursor.nextset()
        return found

    def write(self, changes: Sequence[Change]) -> None:
        """Takes all changes to the server in one round trip, however many customers they are of."""
        with self._cursor() as cursor:
            texts: list[str] = []
            for kind, run in groupby(changes, key=type):
                if kind is Touch:
                    touches = [change for change in run if isinstance(change, Touch)]
                    texts.append(cursor.mogrify(_RECORD, _columns(touches)))
                    continue
                if kind is ContactEvent:
                    events = [change for change in run if isinstance(change, ContactEvent)]
                    texts.append(cursor.mogrify(_HAPPENED, _columns_of_events(events)))
                    continue
                for change in run:
                    if not isinstance(change, Touch | ContactEvent):
                        statement, values = _statement(change)
                        texts.append(cursor.mogrify(statement.encode(), values))
            cursor.execute("; ".join(texts).encode())

    def conclude(self, id: str, outcome: Outcome) -> bool:
        return self._changes(*_statement(Concluded(id, outcome)))

    def happened(self, events: Sequence[ContactEvent]) -> None:
        """Keeps events, each once; one whose touch is not known waits for it, until it expires."""
        with self._cursor() as cursor:
            cursor.execute(_HAPPENED, _columns_of_events(events))

    def open_incident(self, incident: Incident) -> None:
        self._changes(*_statement(incident))

    def close_incident(self, id: str, at: datetime) -> bool:
        return self._changes(*_statement(Closed(id, at)))

    def erase(self, customer: str) -> int:
        return self._removed(_ERASE, {"customer": customer})

    def expire(self, before: datetime) -> int:
        return self._removed(_EXPIRE, {"before": before})

    def close(self) -> None:
        self._pool.close()

    def _changes(self, statement: str, values: Sequence[object] = ()) -> bool:
        """Whether a statement changes anything."""
        with self._cursor() as cursor:
            return cursor.execute(statement.encode(), values).rowcount > 0

    def _removed(self, statement: str, values: dict[str, object]) -> int:
        """How many rows a statement removes that may take its time."""
        with self._cursor(_JOB) as cursor:
            cursor.execute("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            ((removed,),) = cursor.execute(statement.encode(), values).fetchall()
            cursor.execute("COMMIT")
        return int(removed)

    @contextmanager
    def _cursor(self, timeout: timedelta | None = None) -> Iterator[psycopg.ClientCursor[TupleRow]]:
        """Takes several statements in one round trip; what fails is undone, mostly with its connection."""
        generation = self._pool.generation
        try:
            connection = self._pool.take()
            try:
                connection.until = time.monotonic() + (timeout or self._timeout).total_seconds()
                yield psycopg.ClientCursor(connection)
            except psycopg.errors.LockNotAvailable:
                connection.rollback()
                self._pool.give_back(connection, generation)
                raise
            except StoreLostError:
                self._pool.give_back(connection, generation)
                raise
            except BaseException:
                self._pool.drop(connection)
                raise
            self._pool.give_back(connection, generation)
        except psycopg.errors.LockNotAvailable:
            raise ContentionError("somebody else holds a lock on what is known of this customer") from None
        except (psycopg.Error, OSError, UnicodeError) as error:
            if getattr(error, "sqlstate", None) is None and isinstance(error, psycopg.OperationalError):
                self._pool.close()  # the server has gone, and with it all other connections
            raise _store_error(error) from None

    def _connect(self) -> _Connection:
        connection = _Connection.connect(self._dsn, autocommit=True, connect_timeout=2)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: _Connection) -> None:
        milliseconds, lock, idle = (
            str(max(1, int(span / timedelta(milliseconds=1))))
            for span in (self._timeout, self._lock_timeout, 2 * self._timeout)
        )
        connection.until = time.monotonic() + self._timeout.total_seconds()
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(
            "SELECT set_config('TimeZone', 'UTC', false), set_config('statement_timeout', %s, false),"
            " set_config('lock_timeout', %s, false),"
            # a worker that is stopped in the middle of a claim must not keep its customer for ever
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('client_min_messages', 'warning', false)",
            (milliseconds, lock, idle),
        )
        ((exists,),) = cursor.execute(_ARE_THERE).fetchall()
        if not exists:
            connection.until = time.monotonic() + _MAKING_TAKES
            cursor.execute(_TABLES.encode())
            connection.until = time.monotonic() + self._timeout.total_seconds()
        ((version,),) = cursor.execute("SELECT max(version) FROM routekit_history").fetchall()
        if version > VERSION:
            raise StoreError(
                f"the tables have version {version}, this routekit knows version {VERSION}; use a newer one"
            )


def _columns(touches: Sequence[Touch]) -> tuple[list[object], ...]:
    """Touches as the columns that they are recorded by."""
    shown = [(touch, offer) for touch in touches for offer in touch.capped]
    return (
        [touch.id for touch in touches],
        [touch.customer for touch in touches],
        [touch.at for touch in touches],
        [touch_text(touch) for touch in touches],
        [touch.customer for touch, _ in shown],
        [offer for _, offer in shown],
        [touch.id for touch, _ in shown],
        [touch.at for touch, _ in shown],
    )


def _columns_of_events(events: Sequence[ContactEvent]) -> tuple[list[object], ...]:
    """Events as the columns that they are kept by."""
    return (
        [event.of for event in events],
        [erased_id(event.of) for event in events],
        [event.kind for event in events],
        [event.at for event in events],
        [event_text(event) for event in events],
    )


def _statement(change: Concluded | Incident | Closed) -> tuple[str, tuple[object, ...]]:
    """What writes an outcome or an incident, with its values."""
    match change:
        case Concluded(id, outcome):
            return "UPDATE routekit_touch SET outcome = %s WHERE id = %s", (outcome_text(outcome), id)
        case Closed(id, at):
            return "UPDATE routekit_incident SET closed = %s WHERE id = %s AND closed IS NULL", (at, id)
    return (
        "INSERT INTO routekit_incident (id, customer, opened, closed, data) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (change.id, change.customer, change.opened, change.closed, incident_text(change)),
    )


def _lost(since: datetime) -> StoreLostError:
    return StoreLostError(
        f"the tables were lost or set back to an earlier state, noticed at {since.isoformat()}; caps cannot "
        "be kept by them until `routekit history accept-loss`"
    )


def _check(dsn: str) -> None:
    """Raises ``ValueError`` for what is no address, or has an option that there is not."""
    try:
        conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        option = re.search(r'invalid (?:URI query parameter|connection option)[: ]*"(\w+)"', str(error))
        if option:
            raise ValueError(f"the address of PostgreSQL: there is no option `{option[1]}`") from None
        raise ValueError("the address of PostgreSQL is none: write postgresql://user@host/database") from None


_REASONS = {
    "25006": "the server is read-only",
    "28": "the server refused the user or the password",
    "3D000": "there is no such database",
    "42501": "the user may not do that in this database",
    "42P01": "the tables are gone; they are made anew at the next call",
    "53100": "the server's disk is full",
    "53300": "the server takes no more connections",
    "53": "the server is short of means",
    "57014": "the server took too long",
    "57P": "the server is shutting down or starting up",
    "55P03": "the server took too long",
}

_UNREACHABLE = "the server cannot be reached"
_REFUSALS = {
    "authentication failed": _REASONS["28"],
    "no pg_hba.conf entry": _REASONS["28"],
    "does not exist": _REASONS["3D000"],
    "too many clients": _REASONS["53300"],
}
"""What a server says in English where it takes no connection, for which psycopg has no code."""


def _store_error(error: Exception) -> StoreError:
    """What an error means, without its own text, which may hold values or the address."""
    if isinstance(error, psycopg.DataError | UnicodeError):
        return UnstorableError("a value cannot be stored by PostgreSQL")
    if isinstance(error, TimeoutError):
        return StoreError("the server did not answer in time")
    state: Any = getattr(error, "sqlstate", None)
    if state is None:  # there was no connection yet
        said = str(error)
        return StoreError(next((told for words, told in _REFUSALS.items() if words in said), _UNREACHABLE))
    for known in (state, state[:3], state[:2]):
        if known in _REASONS:
            return StoreError(_REASONS[known])
    return StoreError(f"the server answered with error {state}")
