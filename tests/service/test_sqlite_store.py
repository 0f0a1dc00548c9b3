"""Bad days of a history in a file, and what is left of a customer who is erased."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit.service.history import (
    Keeper,
    Outcome,
    Past,
    SQLiteStore,
    StoreError,
    UnstorableError,
    read_cache,
    sqlite,
    sqlite_file,
)
from routekit.service.history.read_cache import SharedVersions
from routekit.service.history.sqlite_file import Connection, past_of
from tests.service.stores import EVER, MONTH, NOON, claim, incident, touch

SOON = 10.0
WAIT = timedelta(milliseconds=200)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def keeper(path: Path) -> Iterator[Keeper]:
    one = Keeper(SQLiteStore(path, timeout=WAIT), deadline=timedelta(milliseconds=100))
    yield one
    one.close(timedelta(seconds=1))


def refusals(store: SQLiteStore) -> set[str]:
    """Why each of the calls is refused."""
    calls: list[Callable[[], object]] = [
        lambda: store.past("c-1", EVER),
        lambda: store.record([touch("d-1")]),
        lambda: store.claim(claim("d-1")),
        lambda: store.claim(claim("d-1"), wait=False),
        lambda: store.conclude("d-1", Outcome("resolved")),
        lambda: store.open_incident(incident("i-1")),
        lambda: store.close_incident("i-1", NOON),
        lambda: store.erase("c-1"),
        lambda: store.expire(NOON),
    ]
    reasons: set[str] = set()
    for call in calls:
        with pytest.raises(StoreError) as refused:
            call()
        assert "c-1" not in refused.value.reason
        reasons.add(refused.value.reason)
    return reasons


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until, "it did not come so"
        time.sleep(0.01)


# ── files that cannot be used ─────────────────────────────────────────────────


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"name;tier\nann;gold\n" * 500)
    assert refusals(SQLiteStore(path)) == {"history.db: the file is no SQLite database"}
    assert path.read_bytes().startswith(b"name;tier")


def test_a_database_of_something_else(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE touch (a)")
    other.close()
    assert refusals(SQLiteStore(path)) == {"history.db: the file is a database of something else"}


def test_a_file_of_a_newer_version(path: Path) -> None:
    store = SQLiteStore(path)
    store.record([touch("d-1")])
    store.close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 7")
    newer.close()
    assert refusals(SQLiteStore(path)) == {
        "history.db: the file has version 7, this routekit knows version 1; use a newer one"
    }


def test_a_folder_that_is_not_there_or_is_the_file(tmp_path: Path) -> None:
    for bad in (tmp_path / "missing" / "history.db", tmp_path):
        (reason,) = refusals(SQLiteStore(bad))
        assert reason.endswith("the file cannot be opened; is there such a folder, and may it be written?")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("exists", [True, False], ids=["with a file", "without"])
def test_a_folder_that_may_not_be_written(exists: bool) -> None:
    folder = Path(tempfile.mkdtemp(prefix="routekit-readonly-"))
    try:
        if exists:
            store = SQLiteStore(folder / "history.db")
            store.record([touch("d-1")])
            store.close()
        folder.chmod(0o555)
        child = os.fork()
        if child == 0:
            try:
                if os.geteuid() == 0:
                    os.setuid(65534)  # root may write anywhere
                refusals(SQLiteStore(folder / "history.db"))
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_damaged_file(path: Path) -> None:
    store = SQLiteStore(path)
    store.record([touch(f"d-{n}", customer=f"c-{n % 50}") for n in range(2_000)])
    store.close()
    data = bytearray(path.read_bytes())
    dice = random.Random(1)
    for place in range(4096, len(data), 4096):
        data[place : place + 64] = dice.randbytes(64)
    path.write_bytes(data)
    assert refusals(SQLiteStore(path)) == {"history.db: the file is damaged"}


def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SQLiteStore(path)
    assert store.claim(claim("d-0"))
    store.close()
    pages = [40]

    def connect(*arguments: object, **options: object) -> Connection:
        connection = original(*arguments, **options)  # type: ignore[arg-type]
        connection.run(f"PRAGMA max_page_count = {pages[0]}")
        return connection

    original = sqlite_file.connect
    monkeypatch.setattr(sqlite, "connect", connect)

    def fill() -> None:
        for number in range(10_000):
            store.record([touch(f"d-{number}", facts={"contact.intent": "x" * 500})])

    with pytest.raises(StoreError, match=r"^history.db: the disk is full$"):
        fill()
    assert store.claim(claim("d-0")) == {"gift"}
    held = len(store.past("c-1", EVER).touches)
    assert held > 0
    store.close()
    pages[0] = 10_000
    store.record([touch("again")])
    assert len(store.past("c-1", EVER).touches) == held + 1
    store.close()


def test_a_file_that_is_deleted_while_it_is_in_use(path: Path) -> None:
    store = SQLiteStore(path)
    store.record([touch("d-1")])
    assert len(store.past("c-1", EVER).touches) == 1
    for part in path.parent.glob("history.db*"):
        part.unlink()
    with pytest.raises(StoreError, match="removed or replaced"):
        store.record([touch("d-2")])
    store.record([touch("d-2")])
    assert [found.id for found in store.past("c-1", EVER).touches] == ["d-2"]
    store.close()
    assert path.exists()


def test_a_customer_whose_key_is_no_text(path: Path) -> None:
    store = SQLiteStore(path)
    with pytest.raises(UnstorableError):
        store.past("\ud800", EVER)
    store.close()


# ── a file that somebody else keeps ───────────────────────────────────────────


@pytest.mark.parametrize("mode", ["NORMAL", "EXCLUSIVE"])
def test_a_file_that_another_process_locks_for_long(path: Path, keeper: Keeper, mode: str) -> None:
    keeper.record(touch("before"))
    assert keeper.flush()
    if mode == "EXCLUSIVE":  # which is only granted where nobody else has the file open
        keeper._store.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(f"PRAGMA locking_mode = {mode}")
    other.execute("BEGIN EXCLUSIVE")
    begun = time.monotonic()
    for number in range(30):
        past = keeper.past_sync("c-1", EVER)
        assert past.is_away is (mode == "EXCLUSIVE")
        assert keeper.claim_sync(claim(f"d-{number}")).offers == frozenset()
        keeper.record(touch(f"d-{number}"))
    assert time.monotonic() - begun < SOON / 2
    status = keeper.status()
    assert status["state"] == ("away" if mode == "EXCLUSIVE" else "not writable")
    assert status["pending"] == 30
    other.execute("COMMIT")
    other.close()
    assert keeper.flush(timedelta(seconds=SOON))
    eventually(lambda: keeper.status()["state"] == "ok")
    assert len(keeper.past_sync("c-1", EVER).touches) == 31
    # a claim that was given up may have been counted all the same: never too many are granted
    assert [found.offer for found in keeper.past_sync("c-1", EVER).shown] in ([], ["gift"])
    eventually(lambda: keeper.claim_sync(claim("after", "new")).offers == {"new"})
    assert keeper.status()["lost"] == 0


def test_who_comes_while_another_makes_the_file_waits_for_it(path: Path, keeper: Keeper) -> None:
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")  # as who makes the tables has it
    made = threading.Timer(0.05, lambda: other.execute("COMMIT"))
    made.start()
    past = keeper.past_sync("c-1", EVER)
    made.join()
    other.close()
    assert past == Past.EMPTY


def test_all_who_open_a_new_file_at_once_read_it(tmp_path: Path) -> None:
    for number in range(10):
        stores = [SQLiteStore(tmp_path / f"{number}.db") for _ in range(6)]
        begun = threading.Barrier(len(stores))
        troubles: list[StoreError] = []

        def read(
            store: SQLiteStore, begun: threading.Barrier = begun, troubles: list[StoreError] = troubles
        ) -> None:
            begun.wait()
            try:
                assert store.past("c-1", EVER) == Past.EMPTY
            except StoreError as error:
                troubles.append(error)

        readers = [threading.Thread(target=read, args=(store,)) for store in stores]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert troubles == []
        for store in stores:
            store.close()


WRITING = """
import sys
from datetime import UTC, datetime, timedelta
from routekit.policy.model import Cap
from routekit.service.history import Claim, Keeper, SQLiteStore, Touch
keeper = Keeper(SQLiteStore(sys.argv[1]))
caps = (Cap(10**6, timedelta(days=30)),)
number = 0
while True:
    id = f"{sys.argv[2]}-{number}"
    if keeper.claim_sync(Claim(id, "c-1", (("gift", caps),))).offers:
        print(id, flush=True)
    facts = {"contact.intent": id}
    keeper.record(Touch(id, "c-1", datetime.now(UTC), "voice", "general", "care", facts=facts))
    number += 1
"""


def test_a_worker_killed_in_the_middle_of_a_batch_leaves_a_whole_file(path: Path) -> None:
    dice = random.Random(7)
    granted: set[str] = set()
    for life in range(5):
        command = [sys.executable, "-c", WRITING, str(path), str(life)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            granted.add(worker.stdout.readline().strip())
            threading.Timer(dice.uniform(0.05, 0.3), worker.send_signal, (signal.SIGKILL,)).start()
            granted.update(line.strip() for line in worker.stdout if line.endswith("\n"))
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        counted = {id for (id,) in database.execute("SELECT id FROM shown WHERE customer = 'c-1'")}
        written = {id for (id,) in database.execute("SELECT id FROM touch")}
    database.close()
    assert granted <= counted
    assert written
    store = SQLiteStore(path)
    for found in store.past("c-1", EVER).touches:
        assert found.facts == {"contact.intent": found.id}
    store.close()


# ── a clock that is set back ──────────────────────────────────────────────────


def test_a_clock_that_steps_back_loosens_no_cap(path: Path) -> None:
    now = [NOON]
    store = SQLiteStore(path, clock=lambda: now[0])
    twice = {"most": 2, "per": MONTH}
    assert store.claim(claim("d-1", **twice))  # type: ignore[arg-type]
    now[0] = NOON - timedelta(hours=1)
    assert store.claim(claim("d-2", **twice))  # type: ignore[arg-type]
    assert store.claim(claim("d-3", **twice)) == frozenset()  # type: ignore[arg-type]
    now[0] = NOON + MONTH - timedelta(minutes=1)
    assert store.claim(claim("d-4", **twice)) == frozenset()  # type: ignore[arg-type]
    now[0] = NOON + MONTH
    assert store.claim(claim("d-5", **twice))  # type: ignore[arg-type]
    store.close()


def test_a_clock_that_was_far_ahead_loosens_no_cap(path: Path) -> None:
    now = [NOON]
    store = SQLiteStore(path, clock=lambda: now[0])
    assert store.claim(claim("d-1", "fibre"))
    now[0] = NOON + timedelta(days=365)
    assert store.claim(claim("d-2", "gift"))
    now[0] = NOON + timedelta(days=1)
    assert store.claim(claim("d-3", "fibre")) == frozenset()
    assert store.claim(claim("d-4", "gift")) == frozenset()
    store.close()


# ── erasing ───────────────────────────────────────────────────────────────────


def traces(path: Path, secret: bytes) -> list[str]:
    return [part.name for part in path.parent.glob("history.db*") if secret in part.read_bytes()]


def test_no_byte_of_an_erased_customer_is_left_in_the_files(path: Path) -> None:
    dice = random.Random(3)
    stores = [SQLiteStore(path) for _ in range(3)]
    customers = [f"customer-{n:03}-{dice.randbytes(4).hex()}" for n in range(80)]
    secret = "Planted-Secret"

    def write(customer: str, number: int) -> None:
        store = dice.choice(stores)
        id, text = f"{number}-{customer}", f"{secret} of {customer} " * dice.randrange(1, 20)
        store.record(
            [touch(id, customer=customer, facts={"contact.intent": text}, capped=(f"gift-{customer}",))]
        )
        store.claim(claim(id, f"fibre-{customer}", customer=customer, most=5))
        if dice.random() < 0.3:
            store.conclude(id, Outcome("resolved", text))
        if dice.random() < 0.1:
            store.open_incident(incident(f"i-{id}", customer=customer, title=text))

    for number in range(10):
        for customer in dice.sample(customers, len(customers)):
            write(customer, number)
            if dice.random() < 0.1:
                dice.choice(stores).past(customer, EVER)
    erased, kept = customers[::2], customers[1::2]
    for customer in erased:
        assert stores[0].erase(customer) > 0
        assert traces(path, customer.encode()) == []
    assert all(traces(path, customer.encode()) for customer in kept)
    for customer in kept:
        assert stores[1].erase(customer) > 0
    assert traces(path, secret.encode()) == []
    assert all(store.past(customer, EVER) == Past.EMPTY for store in stores for customer in customers)
    for store in stores:
        store.close()


def test_erasing_while_others_read_for_long_says_so(path: Path) -> None:
    store = SQLiteStore(path, timeout=WAIT)
    store.record([touch("d-1")])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM touch").fetchall()
    with pytest.raises(StoreError, match="cannot be emptied; try again"):
        store.erase("c-1")
    reader.execute("COMMIT")
    reader.close()
    store.erase("c-1")
    assert traces(path, b"c-1") == []
    store.close()


def test_expiring_goes_through_a_long_history(path: Path) -> None:
    store = SQLiteStore(path)
    old: datetime = NOON - timedelta(days=100)
    rows = [touch(f"d-{n}", customer=f"c-{n % 7}", ago=timedelta(days=n % 200)) for n in range(25_000)]
    store.record(rows)
    assert store.expire(old) == sum(row.at < old for row in rows)
    assert store.expire(old) == 0
    store.close()


# ── what is kept in memory ────────────────────────────────────────────────────

CUSTOMERS = st.sampled_from(["c-1", "c-2", "c-3"])
IDS = st.sampled_from([f"d-{n}" for n in range(6)])
HOURS = st.integers(-30, 60).map(lambda hours: timedelta(hours=hours))
STORES = st.sampled_from([0, 1])
STEPS = st.one_of(
    st.tuples(st.just("record"), STORES, CUSTOMERS, IDS, HOURS, st.booleans()),
    st.tuples(st.just("claim"), STORES, CUSTOMERS, IDS, HOURS, st.booleans()),
    st.tuples(st.just("conclude"), STORES, CUSTOMERS, IDS, HOURS, st.booleans()),
    st.tuples(st.just("incident"), STORES, CUSTOMERS, IDS, HOURS, st.booleans()),
    st.tuples(st.just("erase"), STORES, CUSTOMERS, IDS, HOURS, st.booleans()),
    st.tuples(st.just("expire"), STORES, CUSTOMERS, IDS, HOURS, st.booleans()),
)


@given(steps=st.lists(STEPS, min_size=1, max_size=25))
def test_what_is_kept_is_what_the_file_says(steps: list[tuple[str, int, str, str, timedelta, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.db"
        stores = [SQLiteStore(path, clock=lambda: NOON) for _ in range(2)]
        for kind, which, customer, id, ago, flag in steps:
            store = stores[which]
            match kind:
                case "record":
                    capped = ("gift",) if flag else ()
                    seen = touch(id, customer, ago, offers=capped, capped=capped)
                    store.record([seen, touch(f"{id}+", customer, ago)] if ago.days else [seen])
                case "claim":
                    store.claim(claim(id, customer=customer, most=3), wait=flag)
                case "conclude":
                    store.conclude(id, Outcome("resolved" if flag else "abandoned"))
                case "incident":
                    store.open_incident(incident(id, customer))
                    if flag:
                        store.close_incident(id, NOON - ago)
                case "erase":
                    store.erase(customer)
                case _:
                    store.expire(NOON - ago)
            fresh = SQLiteStore(path)
            for since in (EVER, NOON - ago, NOON - timedelta(hours=5)):
                for asked in ("c-1", "c-2", "c-3"):
                    held = fresh.past(asked, since)
                    assert [one.past(asked, since) for one in stores] == [held, held]
            fresh.close()
        for store in stores:
            store.close()


def test_a_past_is_read_from_the_file_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = SQLiteStore(path), SQLiteStore(path)
    reads: list[str] = []

    def counted(customer: str, since: datetime, connection: Connection) -> Past:
        reads.append(customer)
        return original(customer, since, connection)

    original = past_of
    monkeypatch.setattr(sqlite, "past_of", counted)
    for number in range(5):
        assert len(store.past("c-1", EVER).touches) == number
        store.record([touch(f"d-{number}"), touch(f"e-{number}", customer="c-2")])
    assert reads == ["c-1"]
    other.record([touch("d-5")])
    assert len(store.past("c-1", EVER).touches) == 6
    assert len(store.past("c-1", NOON - timedelta(minutes=1)).touches) == 0
    assert reads == ["c-1", "c-1"]
    store.close()
    other.close()


def test_a_process_that_was_killed_while_it_wrote_keeps_nothing_stale(path: Path) -> None:
    store = SQLiteStore(path)
    store.record([touch("d-1")])
    assert len(store.past("c-1", EVER).touches) == 1
    killed = SharedVersions.beside(str(path))
    place = killed.slot("c-1")
    killed.begin(place)
    with sqlite3.connect(path) as written:
        written.execute("DELETE FROM touch")
    written.close()
    assert store.past("c-1", EVER) == Past.EMPTY
    assert killed.number(place) % 2 == 1
    store.record([touch("d-2")])
    assert [found.id for found in store.past("c-1", EVER).touches] == ["d-2"]
    assert killed.number(place) % 2 == 0
    store.close()


def test_a_claim_needs_no_reading_either(path: Path) -> None:
    store = SQLiteStore(path, clock=lambda: NOON)
    assert store.past("c-1", EVER) == Past.EMPTY
    assert store.claim(claim("d-1", "gift", "fibre")) == {"gift", "fibre"}
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM shown")
    database.close()
    assert [(found.offer, found.id) for found in store.past("c-1", EVER).shown] == [
        ("gift", "d-1"),
        ("fibre", "d-1"),
    ]
    store.close()


def test_what_is_kept_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_cache, "_MOST", 100)
    store = SQLiteStore(path)
    for number in range(300):
        customer = f"c-{number % 60}"
        store.past(customer, EVER)
        store.record([touch(f"d-{number}", customer=customer)])
    held = store._cache
    assert held is not None
    things = sum(place.size for place in held._slots.values())
    assert things == held._size
    assert 80 <= things <= 100
    assert [len(store.past(f"c-{number}", EVER).touches) for number in range(60)] == [5] * 60
    store.close()


def test_marks_that_cannot_be_made_are_named(path: Path) -> None:
    Path(f"{path}-marks").mkdir()
    assert refusals(SQLiteStore(path)) == {"history.db-marks: is a directory"}


def test_marks_that_were_deleted_are_made_anew(path: Path) -> None:
    store = SQLiteStore(path)
    store.record([touch("d-1")])
    assert len(store.past("c-1", EVER).touches) == 1
    Path(f"{path}-marks").unlink()
    other = SQLiteStore(path)
    other.record([touch("d-2")])
    with pytest.raises(StoreError, match="removed or replaced"):
        store.record([touch("d-3")])
    store.record([touch("d-3")])
    assert len(store.past("c-1", EVER).touches) == 3
    other.record([touch("d-4")])
    assert len(store.past("c-1", EVER).touches) == 4
    store.close()
    other.close()
