"""The SQLite file of a history: its tables, how it is opened and read, what its errors mean."""

import os
import re
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from routekit.service.contact_events import ContactEvent
from routekit.service.history.codec import event_of, incident_of, instant_of, microseconds, touch_of
from routekit.service.history.model import MOST_SHOWN, MOST_TOUCHES, Past, Showing
from routekit.service.history.past import latest_first, newest_first, open_first, with_events
from routekit.service.history.store import StoreError

__all__ = ["Connection", "connect", "past_of", "reason_of"]

VERSION = 1
_OURS = 0x726B6869  # "rkhi", in the header of the file

_SWITCHING, _MAKING = 0.1, 1.0
"""How many seconds a file is waited for at least while others switch it to the log, and make its tables."""

_TABLES = """
CREATE TABLE IF NOT EXISTS touch (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE, customer TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL, outcome TEXT
);
CREATE INDEX IF NOT EXISTS touch_of ON touch (customer, at);
CREATE TABLE IF NOT EXISTS shown (
  customer TEXT NOT NULL, offer TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (customer, offer, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incident (
  id TEXT PRIMARY KEY, customer TEXT NOT NULL, opened INTEGER NOT NULL, closed INTEGER, data TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS incident_of ON incident (customer);
CREATE TABLE IF NOT EXISTS event (
  id TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (id, kind, at)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epoch (id TEXT NOT NULL, lost INTEGER);
CREATE TABLE IF NOT EXISTS counted (accepted INTEGER NOT NULL, claims INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS routekit_control (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS routekit_worker (
  name TEXT PRIMARY KEY, heard INTEGER NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
"""

_ARE_THERE = "SELECT count(*) = 2 FROM sqlite_master WHERE name IN ('counted', 'event')"
"""Whether all tables are: a file of an earlier routekit lacks one."""

_REASONS = {
    sqlite3.SQLITE_BUSY: "another process keeps the file locked",
    sqlite3.SQLITE_LOCKED: "another connection keeps the file locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database",
    sqlite3.SQLITE_READONLY: "the file or its folder cannot be written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; is there such a folder, and may it be written?",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_PERM: "the file may not be read",
}


def reason_of(error: sqlite3.Error) -> str:
    """Tells what an error of SQLite means, without the values that its own text may hold."""
    code = getattr(error, "sqlite_errorcode", 0)
    return _REASONS.get(code & 0xFF, getattr(error, "sqlite_errorname", type(error).__name__))


_ROW = re.compile(r"\((\?, )*\?\)")
_AT_ONCE = 100


class Connection:
    """A connection, for one thread at a time."""

    def __init__(self, database: sqlite3.Connection, path: str) -> None:
        self._path = path
        self._identity = _identity(path)
        self._execute = database.execute
        self._database = database
        self.close = database.close

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        return self._execute(statement, values).fetchall()

    def run(self, statement: str) -> None:
        self._execute(statement)

    def changed(self, statement: str, values: Sequence[object] = ()) -> int:
        """Tells how many rows a statement changes."""
        return self._execute(statement, values).rowcount

    def many(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Writes rows by a statement for one; how many were not there yet.

        Many are written in a step, since a thread waits for its turn behind each.
        """
        one, written = _ROW.search(statement), 0
        assert one is not None
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            values = ", ".join([one.group()] * len(some))
            written += self._execute(
                f"{statement[: one.start()]}{values}{statement[one.end() :]}",
                [value for row in some for value in row],
            ).rowcount
        return written

    def rolls_back(self) -> bool:
        """Undoes what is not committed; whether the connection is as before."""
        try:
            if self._database.in_transaction:
                self._database.rollback()
        except sqlite3.Error:
            return False
        return True

    def is_gone(self) -> bool:
        """Checks whether the file at the path is not the one that is open: what is written would be lost."""
        return _identity(self._path) != self._identity


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path would cost more than the look
    except OSError:
        return None
    return found.st_dev, found.st_ino


def connect(path: str, name: str, timeout: float, *, checkpoints: bool) -> Connection:
    """Opens the file, and makes it where there is none; raises StoreError."""
    database = None
    try:
        database = sqlite3.connect(
            path,
            timeout=max(timeout, _SWITCHING),
            isolation_level=None,
            check_same_thread=False,
            uri=path.startswith("file:"),
        )
        _prepare(database, name, timeout, checkpoints)
        _wait(database, timeout)
        return Connection(database, path)
    except (sqlite3.Error, StoreError) as error:
        if database is not None:
            database.close()
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{name}: {reason_of(error)}") from None


def _prepare(database: sqlite3.Connection, name: str, timeout: float, checkpoints: bool) -> None:
    # the tables first: another process may be making them, and they come with their owner and version
    ((tables,),) = database.execute("SELECT count(*) FROM sqlite_master").fetchall()
    ((version,),) = database.execute("PRAGMA user_version").fetchall()
    ((owner,),) = database.execute("PRAGMA application_id").fetchall()
    if tables and owner != _OURS:
        raise StoreError(f"{name}: the file is a database of something else")
    if version > VERSION:
        raise StoreError(
            f"{name}: the file has version {version}, this routekit knows version {VERSION}; use a newer one"
        )
    _use_log(database, timeout)
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA secure_delete = ON")
    if not checkpoints:
        database.execute("PRAGMA wal_autocheckpoint = 0")
    ((are_there,),) = database.execute(_ARE_THERE).fetchall()
    if not are_there:
        _wait(database, max(timeout, _MAKING))
        _make_tables(database)


def _wait(database: sqlite3.Connection, seconds: float) -> None:
    database.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


def _use_log(database: sqlite3.Connection, timeout: float) -> None:
    """Switches to the write-ahead log; SQLite does not wait by itself where two do so at once."""
    until = time.monotonic() + max(timeout, _MAKING)
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)


def _make_tables(database: sqlite3.Connection) -> None:
    """Makes the tables of a new file, or those that a file of an earlier routekit lacks."""
    database.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.strip().split(";\n"):
        database.execute(statement)
    database.execute(
        "INSERT INTO epoch SELECT lower(hex(randomblob(16))), NULL WHERE NOT EXISTS (SELECT 1 FROM epoch)"
    )
    database.execute("INSERT INTO counted SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM counted)")
    database.execute(f"PRAGMA application_id = {_OURS}")
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


_PAST = f"""
  SELECT * FROM (
    SELECT 't', id, at, data, outcome FROM touch
    WHERE customer = ?1 AND at > ?2 ORDER BY at DESC LIMIT {MOST_TOUCHES}
  )
  UNION ALL SELECT * FROM (
    SELECT 's', id, at, offer, NULL FROM shown
    WHERE customer = ?1 AND at > ?2 ORDER BY at DESC LIMIT {MOST_SHOWN}
  )
  UNION ALL SELECT 'i', id, closed, data, NULL FROM incident
    WHERE customer = ?1 AND (closed IS NULL OR closed > ?2)
  UNION ALL SELECT 'e', id, NULL, data, NULL FROM event WHERE id IN (
    SELECT id FROM touch WHERE customer = ?1 AND at > ?2 ORDER BY at DESC LIMIT {MOST_TOUCHES}
  )
"""  # noqa: S608 - the numbers are our own


def past_of(customer: str, since: datetime, connection: Connection) -> Past:
    """Tells what the file holds of a customer since an instant."""
    rows = connection.rows(_PAST, (customer, microseconds(since)))
    if not rows:
        return Past.EMPTY
    events: dict[str, list[ContactEvent]] = {}
    for kind, id, _, data, _ in rows:
        if kind == "e":
            events.setdefault(id, []).append(event_of(id, data))
    touches = [touch_of(id, customer, *found) for kind, id, *found in rows if kind == "t"]
    if events:
        touches = [with_events(touch, events.get(touch.id, ())) for touch in touches]
    shown = [Showing(offer, instant_of(at), id) for kind, id, at, offer, _ in rows if kind == "s"]
    incidents = [incident_of(id, customer, data, closed) for kind, id, closed, data, _ in rows if kind == "i"]
    return Past(newest_first(touches), open_first(incidents), latest_first(shown))
