"""Stores that lose what they held, hold one customer's row, fall behind, or are set up to forget."""

import asyncio
import logging
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from routekit.cli.history import command
from routekit.service import Router
from routekit.service.history import Keeper, Outcome, PostgresStore, RedisStore, SQLiteStore
from routekit.service.history.store import ContentionError, StoreLostError
from tests.service.memory import MemoryStore
from tests.service.servers import (
    PostgresServer,
    RedisServer,
    eventually_free,
    postgres_cluster,
    postgres_server,
    redis_server,
)
from tests.service.stores import EVER, claim, incident, touch
from tests.service.test_router_history import POLICY
from tests.service.versions import eventually

__all__ = ["postgres_cluster", "postgres_server", "redis_server"]

LONG = timedelta(seconds=10)


@pytest.fixture
def closing() -> Iterator[Callable[..., Any]]:
    """Closes what a test has opened."""
    opened: list[Any] = []

    def keep(one: Any) -> Any:
        opened.append(one)
        return one

    yield keep
    for one in opened:
        one.close()


# ── what was lost ─────────────────────────────────────────────────────────────


@pytest.fixture(params=["redis", "postgres", "sqlite"])
def forgetful(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Callable[[], None]]:
    """The address of a store, and what makes it lose all it holds while its servers go on."""
    match request.param:
        case "redis":
            server: RedisServer = request.getfixturevalue("redis_server")
            return server.url, lambda: (server.ask("FLUSHALL"), None)[1]
        case "postgres":
            base: PostgresServer = request.getfixturevalue("postgres_server")
            tables = ("touch", "shown", "incident", "history", "epoch", "count", "control", "worker")
            dropped = ", ".join(f"routekit_{name}" for name in tables)
            return base.url, lambda: (base.run(f"DROP TABLE {dropped}"), None)[1]
        case _:
            path = tmp_path / "history.db"

            def lose() -> None:
                for file in tmp_path.glob("history.db*"):
                    file.unlink()

            return str(path), lose


def opened(address: str) -> Any:
    if address.startswith("redis"):
        return RedisStore(address, timeout=LONG)
    if address.startswith("postgres"):
        return PostgresStore(address, timeout=LONG, lock_timeout=LONG)
    return SQLiteStore(address)


def claimed(store: Any, id: str) -> frozenset[str]:
    """What is granted; a store whose file or tables are gone may say so once before."""
    for _ in range(3):
        try:
            return frozenset(store.claim(claim(id)))
        except StoreLostError:
            raise
        except Exception as error:
            last = error
    raise last


def test_a_store_that_has_lost_all_grants_nothing_until_that_is_accepted(
    forgetful: tuple[str, Callable[[], None]], closing: Callable[..., Any]
) -> None:
    address, lose = forgetful
    store, other = closing(opened(address)), closing(opened(address))
    assert claimed(store, "d-1") == {"gift"}
    assert claimed(other, "d-2") == frozenset()
    assert [trouble for trouble in store.troubles() if "lost" in trouble] == []
    lose()
    for one, id in ((store, "d-3"), (other, "d-4")):
        with pytest.raises(StoreLostError, match="caps cannot be kept"):
            claimed(one, id)
        assert any("noticed at" in trouble for trouble in one.troubles())
    late = closing(opened(address))
    with pytest.raises(StoreLostError):
        claimed(late, "d-5")
    ran = CliRunner().invoke(command, ["accept-loss", address])
    assert (ran.exit_code, ran.output) == (0, "the loss is accepted: capped offers are shown again\n")
    assert [claimed(one, "d-6") for one in (store, other, late)] == [{"gift"}] * 3
    assert claimed(late, "d-7") == frozenset()


def test_a_loss_is_told_everywhere(
    forgetful: tuple[str, Callable[[], None]], closing: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    address, lose = forgetful
    keeper = Keeper(opened(address), deadline=LONG)
    router = closing(Router(POLICY, history=keeper))

    def route() -> Any:
        return router.route_sync(
            {"contact": {"channel": "voice", "intent": "cancel"}, "customer": {"id": "c-1"}}
        )

    eventually(lambda: route().offers)
    keeper.flush()
    lose()
    eventually(
        lambda: (
            "has lost" in str(route().problems)
            or "was lost" in str(route().problems)
            or "were lost" in str(route().problems)
        )
    )
    assert route().offers == ("points",)
    eventually(lambda: "caps cannot be kept" in str(router.health().troubles))
    assert router.health().to_dict()["status"] == "degraded"
    assert any(
        family.name == "routekit_store_troubles" and family.samples[0].value >= 1
        for family in router.meters.read()
    )
    assert "caps cannot be kept" in caplog.text


def test_a_redis_that_goes_back_to_an_earlier_state_says_so(
    redis_server: RedisServer, tmp_path: Path, closing: Callable[..., Any]
) -> None:
    store = closing(opened(redis_server.url))
    assert claimed(store, "d-1") == {"gift"}
    redis_server.stop()
    saved = tmp_path / "saved"
    shutil.copytree(tmp_path / "appendonlydir", saved)
    redis_server.start()
    assert store.claim(claim("d-2", customer="c-2")) == {"gift"}
    redis_server.kill()
    shutil.rmtree(tmp_path / "appendonlydir")
    shutil.copytree(saved, tmp_path / "appendonlydir")
    redis_server.start()
    assert any("went back to an earlier state" in trouble for trouble in store.troubles())
    assert store.claim(claim("d-3", customer="c-3")) == {"gift"}, "most of it is there"
    store.accept_loss()
    assert store.troubles() == ()


@pytest.fixture
def cluster(tmp_path: Path, redis_server: RedisServer) -> Iterator[list[RedisServer]]:
    """Three nodes, each with a third of the slots."""
    nodes: list[RedisServer] = []
    for number in range(3):
        folder = tmp_path / f"node-{number}"
        folder.mkdir()
        node = eventually_free(
            lambda port, folder=folder: RedisServer(folder, port, "--cluster-enabled", "yes")  # type: ignore[misc]
        )
        assert isinstance(node, RedisServer)
        nodes.append(node)
    try:
        for number, node in enumerate(nodes):
            node.ask(f"CLUSTER ADDSLOTSRANGE {5462 * number} {min(5462 * (number + 1), 16384) - 1}")
            node.ask(f"CLUSTER MEET 127.0.0.1 {nodes[0].url.rsplit(':', 1)[1].split('/')[0]}")
        for node in nodes:
            eventually(lambda node=node: b"cluster_state:ok" in node.ask("CLUSTER INFO"))  # type: ignore[misc]
        yield nodes
    finally:
        for node in nodes:
            node.kill()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_node_of_a_cluster_that_forgot_everything_is_noticed(
    place: int, cluster: list[RedisServer], closing: Callable[..., Any]
) -> None:
    store, other = (closing(RedisStore(cluster[1].url, cluster=True, timeout=LONG)) for _ in range(2))
    customers = [f"c-{number}" for number in range(30)]
    for customer in customers:
        assert store.claim(claim("d-1", customer=customer)) == {"gift"}
    assert other.claim(claim("d-2", customer="c-0")) == frozenset()
    assert not [trouble for trouble in store.troubles() if "lost" in trouble]
    cluster[place].ask("FLUSHALL")
    late = closing(RedisStore(cluster[1].url, cluster=True, timeout=LONG))
    granted = []
    for one in (late, store, other):
        for customer in customers:
            try:
                granted += one.claim(claim("d-3", customer=customer))
            except StoreLostError:
                continue
    assert granted == [], "nobody is shown it twice"
    for one in (store, other, late):
        with pytest.raises(StoreLostError):
            one.claim(claim("d-4", customer="c-0"))
        assert any("noticed at" in trouble for trouble in one.troubles())
    late.accept_loss()
    for one in (store, other, late):
        assert not [trouble for trouble in one.troubles() if "lost" in trouble]
    shown = [store.claim(claim("d-5", customer=customer)) for customer in customers]
    assert {"gift"} in shown
    assert frozenset() in shown
    assert [other.claim(claim("d-6", customer=customer)) for customer in customers] == [frozenset()] * 30


def test_a_postgres_that_goes_back_to_an_earlier_state_grants_nothing(
    postgres_server: PostgresServer, closing: Callable[..., Any]
) -> None:
    store, other = closing(opened(postgres_server.url)), closing(opened(postgres_server.url))
    for number in range(5):
        assert claimed(store, f"d-{number}") == ({"gift"} if number == 0 else set())
    tables = ("touch", "shown", "incident", "epoch", "count")
    for table in tables:
        postgres_server.run(f"CREATE TABLE saved_{table} AS TABLE routekit_{table}")
    assert store.claim(claim("d-9", customer="c-9")) == {"gift"}
    assert other.claim(claim("d-10", customer="c-10")) == {"gift"}
    assert store.troubles() == other.troubles() == ()
    for table in tables:
        postgres_server.run(f"DELETE FROM routekit_{table}; INSERT INTO routekit_{table} TABLE saved_{table}")
    for one in (store, other):
        with pytest.raises(StoreLostError, match="set back to an earlier state"):
            one.claim(claim("d-11", customer="c-9"))
        assert any("caps cannot be kept" in trouble for trouble in one.troubles())
    store.accept_loss()
    for one in (store, other):
        assert one.troubles() == ()
    assert other.claim(claim("d-12", customer="c-9")) == {"gift"}


def test_a_file_that_is_replaced_by_an_older_copy_grants_nothing(
    tmp_path: Path, closing: Callable[..., Any]
) -> None:
    path, saved = tmp_path / "history.db", tmp_path / "saved.db"
    first = SQLiteStore(path)
    assert first.claim(claim("d-1")) == {"gift"}
    first.close()
    shutil.copy(path, saved)
    store = closing(SQLiteStore(path))
    assert store.claim(claim("d-2", customer="c-2")) == {"gift"}
    for file in tmp_path.glob("history.db*"):
        file.unlink()
    saved.rename(path)
    with pytest.raises(StoreLostError, match="set back to an earlier state"):
        claimed(store, "d-3")
    store.accept_loss()
    assert store.troubles() == ()
    assert store.claim(claim("d-4", customer="c-2")) == {"gift"}


def test_the_settings_of_a_redis_are_looked_at(tmp_path: Path, closing: Callable[..., Any]) -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    options = ("--appendonly", "no", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    server = eventually_free(lambda port: RedisServer(tmp_path, port, *options))
    try:
        keeper = closing(Keeper(RedisStore(server.url, timeout=LONG), deadline=LONG))
        troubles: Any = keeper.status()["troubles"]
        assert [trouble.split(":")[0] for trouble in troubles] == [
            "the server's `appendonly` is off",
            "the server's `maxmemory-policy` is allkeys-lru",
        ]
    finally:
        server.kill()


# ── many customers in few round trips ─────────────────────────────────────────


class Calls:
    """Counts what a client sends, by the writes to its sockets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from redis.connection import Connection

        self.number = 0
        send: Any = Connection.send_packed_command

        def counted(connection: Any, *arguments: Any, **options: Any) -> Any:
            self.number += 1
            return send(connection, *arguments, **options)

        monkeypatch.setattr(Connection, "send_packed_command", counted)


def test_redis_is_written_many_customers_at_once(
    redis_server: RedisServer, closing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = closing(opened(redis_server.url))
    store.record([touch("warm", customer="c-0")])
    calls = Calls(monkeypatch)
    changes: list[Any] = [touch(f"d-{number}", customer=f"c-{number}") for number in range(250)]
    keeper = Keeper(store, deadline=LONG)
    for change in changes:
        keeper.record(change)
        keeper.conclude(change.id, Outcome("resolved"))
    keeper.open_incident(incident("i-1"))
    keeper.close_incident("i-1", incident("i-1").opened)
    assert keeper.flush(LONG)
    assert calls.number < 40, "a few for each batch of 256"
    found = store.past("c-249", EVER).touches[0]
    assert (found.id, found.outcome) == ("d-249", Outcome("resolved"))
    assert not store.past("c-1", EVER).incidents[0].is_open


@pytest.mark.parametrize("kind", ["redis", "postgres"])
def test_outcomes_come_behind_their_touches_whatever_stands_between(
    kind: str, request: pytest.FixtureRequest, closing: Callable[..., Any]
) -> None:
    store = closing(opened(request.getfixturevalue(f"{kind}_server").url))
    keeper = closing(Keeper(store, deadline=LONG))
    keeper.conclude("nobody knows it", Outcome("lost"))
    for number in range(30):
        keeper.record(touch(f"d-{number}", customer=f"c-{number % 3}"))
        keeper.open_incident(incident(f"i-{number}", customer=f"c-{number % 3}"))
        keeper.conclude(f"d-{number}", Outcome("resolved", "\x00" if number == 7 else "ä"))
        keeper.close_incident(f"i-{number}", incident("i").opened)
    assert keeper.flush(LONG)
    pasts = [store.past(f"c-{number}", EVER) for number in range(3)]
    results = Counter(found.outcome and found.outcome.result for past in pasts for found in past.touches)
    assert results == {"resolved": 30} or results == {"resolved": 29, None: 1}
    assert not any(found.is_open for past in pasts for found in past.incidents)


def test_a_backlog_is_a_state_and_a_stop_says_what_it_could_not_write(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routekit.service.history.resilient_store._BEHIND", 0.05)
    store = MemoryStore(is_local=False)
    free = threading.Event()
    store.before = lambda call: free.wait(20) if call == "record" else None
    keeper = Keeper(store, deadline=LONG)
    router = Router(POLICY, history=keeper)
    for number in range(3):
        keeper.record(touch(f"d-{number}"))
    keeper.conclude("d-1", Outcome("resolved"))
    eventually(lambda: keeper.status()["state"] == "behind")
    assert router.health().troubles[0].startswith("history is behind: 4 changes wait")
    with caplog.at_level(logging.ERROR, "routekit"):
        assert keeper.close(timedelta(milliseconds=50)) == 4
    assert "history not written at the end" in caplog.text
    assert keeper.status()["lost"] == 4
    free.set()
    router.close()


# ── one customer, and all others ──────────────────────────────────────────────


@pytest.mark.parametrize("lock_timeout", [timedelta(milliseconds=200), timedelta(seconds=4)])
def test_a_lock_on_one_customer_holds_up_nobody_else(
    lock_timeout: timedelta, postgres_server: PostgresServer, closing: Callable[..., Any]
) -> None:
    psycopg = pytest.importorskip("psycopg")
    store = PostgresStore(postgres_server.url, timeout=LONG, lock_timeout=lock_timeout)
    keeper = closing(Keeper(store, deadline=timedelta(seconds=2), calls_at_once=4))
    eventually(lambda: keeper.past_sync("warm", EVER).problem is None)
    keeper.record(touch("d-locked", customer="locked"))
    assert keeper.flush(LONG)
    eventually(lambda: keeper.claim_sync(claim("warm", customer="warm")).problem is None)
    with psycopg.connect(postgres_server.url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(hashtextextended('locked', 0))")
        holder.execute("SELECT * FROM routekit_touch WHERE customer = 'locked' FOR UPDATE")
        stop = threading.Event()
        held: list[Any] = []

        def call_again() -> None:
            while not stop.is_set():
                held.append(keeper.claim_sync(claim(f"h-{len(held)}", customer="locked")))
                time.sleep(0.01)

        callers = [threading.Thread(target=call_again) for _ in range(4)]
        for caller in callers:
            caller.start()
        try:
            keeper.conclude("d-locked", Outcome("resolved"))
            for number in range(100):
                customer = f"c-{number}"
                assert keeper.past_sync(customer, EVER).problem is None
                assert keeper.claim_sync(claim(f"d-{number}", customer=customer)).offers == {"gift"}
                keeper.record(touch(f"t-{number}", customer=customer))
            eventually(lambda: len(keeper._queue) == 1)
            assert store.past("c-99", EVER).touches
        finally:
            stop.set()
            for caller in callers:
                caller.join()
    assert held
    assert not any(granted.offers for granted in held)
    assert keeper.flush(LONG)
    assert store.past("locked", EVER).touches[0].outcome == Outcome("resolved")


@pytest.mark.parametrize("is_async", [True, False])
def test_the_queue_of_this_process_is_no_fault_of_the_store(
    is_async: bool, closing: Callable[..., Any]
) -> None:
    store = MemoryStore(is_local=False)
    store.before = lambda _: time.sleep(0.002)
    keeper = closing(Keeper(store, deadline=timedelta(milliseconds=100)))
    claims = [claim(f"d-{number}", customer=f"c-{number}") for number in range(500)]
    if is_async:

        async def all_at_once() -> list[Any]:
            return await asyncio.gather(*map(keeper.claim, claims))

        granted = asyncio.run(all_at_once())
    else:
        granted = []
        threads = [
            threading.Thread(target=lambda one=one: granted.append(keeper.claim_sync(one))) for one in claims
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(one.problem for one in granted) == {None: 500}
    assert all(one.offers == {"gift"} for one in granted)


def test_calls_that_hang_keep_nobody_elses_place(closing: Callable[..., Any]) -> None:
    store = MemoryStore(is_local=False)
    free = threading.Event()
    inner = store.claim

    def hangs(one: Any, *, wait: bool = True) -> frozenset[str]:
        if one.customer == "hanging":
            free.wait(20)
        return inner(one, wait=wait)

    store.claim = hangs  # type: ignore[method-assign, assignment]
    keeper = closing(Keeper(store, deadline=timedelta(milliseconds=100), calls_at_once=2))

    async def many() -> list[Any]:
        return await asyncio.gather(
            *(keeper.claim(claim(f"h-{number}", customer="hanging")) for number in range(6)),
            *(keeper.claim(claim(f"d-{number}", customer=f"c-{number}")) for number in range(20)),
        )

    granted = asyncio.run(many())
    assert [bool(one.offers) for one in granted] == [False] * 6 + [True] * 20
    again = keeper.claim_sync(claim("h-9", customer="hanging"))
    assert "an earlier claim of this customer" in str(again.problem)
    assert keeper.status()["state"] == "ok"
    free.set()
    eventually(lambda: "earlier" not in str(keeper.claim_sync(claim("h-10", customer="hanging")).problem))


def test_connections_are_bounded(postgres_server: PostgresServer, closing: Callable[..., Any]) -> None:
    store = closing(PostgresStore(postgres_server.url, connections=1, timeout=LONG))
    store.past("c-1", EVER)
    with store._cursor(), pytest.raises(ContentionError, match="all 1 connections are in use"):
        store.past("c-1", EVER)
    assert store.past("c-1", EVER).touches == ()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PostgresStore("postgresql://u:secret@h/d?sslmod=x"), "there is no option `sslmod`"),
        (lambda: PostgresStore("postgres//u:secret@h"), "write postgresql://user@host/database"),
        (
            lambda: RedisStore("redis://:secret@h/0?socket_timout=1"),
            "an option that there is not: `socket_timout`",
        ),
        (lambda: RedisStore("redis//h"), "write redis://host:6379/0"),
        (lambda: RedisStore("redis://h:secret/0"), "write redis://host:6379/0"),
    ],
)
def test_a_mistyped_address_is_told_at_once(make: Callable[[], object], said: str) -> None:
    pytest.importorskip("psycopg")
    pytest.importorskip("redis")
    with pytest.raises(ValueError, match=said) as caught:
        make()
    assert "secret" not in str(caught.value)
