"""Bad days of the servers that keep a history: down, hung, restarted, full, of another version."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from routekit.service.history import (
    HistoryStore,
    Keeper,
    Outcome,
    PostgresStore,
    RedisStore,
    StoreError,
)
from routekit.service.history.codec import erased_id
from tests.service.servers import (
    PostgresServer,
    RedisServer,
    Server,
    eventually_free,
    postgres_cluster,
    postgres_server,
    redis_server,
)
from tests.service.stores import EVER, claim, incident, touch

__all__ = ["postgres_cluster", "postgres_server", "redis_server"]

DEADLINE = timedelta(milliseconds=200)
SOON = 30.0
"""Seconds that it may take until all is well again, on a machine that does much else."""
RESOLVED = Outcome("resolved", "planted")

_FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON routekit_touch EXECUTE FUNCTION full_disk();
CREATE TRIGGER full_disk BEFORE INSERT ON routekit_shown EXECUTE FUNCTION full_disk();
"""


def store_of(server: Server) -> HistoryStore:
    timeout = timedelta(milliseconds=500)
    if isinstance(server, RedisServer):
        return RedisStore(server.url, timeout=timeout)
    return PostgresStore(server.url, timeout=timeout)


@pytest.fixture(params=["postgres", "redis"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def keeper(server: Server) -> Iterator[Keeper]:
    one = Keeper(store_of(server), deadline=DEADLINE, capacity=1_000)
    yield one
    one.close(timedelta(seconds=2))


def warmed_up(keeper: Keeper) -> None:
    """Connecting for the first time takes longer than a deadline allows."""
    eventually(lambda: not keeper.past_sync("c-1", EVER).is_away)
    keeper.record(touch("before"))
    assert keeper.flush(timedelta(seconds=SOON))
    eventually(lambda: keeper.claim_sync(claim("warm", "other")).offers == {"other"})


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until, "it did not come so"
        time.sleep(0.02)


def work_meanwhile(keeper: Keeper, *, readable: bool = False) -> None:
    """Contacts go on, quickly and without a capped offer."""
    begun, read = time.monotonic(), 0
    for number in range(50):
        past = asyncio.run(keeper.past("c-1", EVER))
        read += not past.is_away
        if readable and past.is_away:  # a busy machine may be too slow for some
            assert "no answer within" in str(past.problem)
        assert number == 0 or f"d-{number - 1}" in {found.id for found in past.touches}
        granted = keeper.claim_sync(claim(f"d-{number}"))
        assert granted.offers == frozenset()
        for told in (past.problem, granted.problem):
            assert "secret-word" not in str(told)
            assert "127.0.0.1" not in str(told)
        keeper.record(touch(f"d-{number}", ago=timedelta(minutes=-number)))
    assert read > 0 if readable else read == 0
    assert time.monotonic() - begun < 15
    begun = time.monotonic()
    for number in range(1_000):
        assert keeper.claim_at_hand(claim(f"d-{number}")) is not None
    assert time.monotonic() - begun < 5


def all_is_well(keeper: Keeper, server: Server) -> None:
    """All that was recorded has arrived, and offers are granted again."""
    assert keeper.flush(timedelta(seconds=SOON))
    eventually(lambda: keeper.status()["state"] == "ok")
    assert keeper.status()["lost"] == 0
    eventually(lambda: not keeper.past_sync("c-1", EVER).is_away)
    store = store_of(server)
    found = {touch.id for touch in store.past("c-1", EVER).touches}
    assert found >= {f"d-{number}" for number in range(50)}
    store.close()
    # a claim that was given up may have been counted all the same: never too many are granted
    granted = [keeper.claim_sync(claim(f"after-{n}", "new")).offers for n in range(5)]
    assert sum(map(len, granted)) == 1


def test_a_server_that_is_down_from_the_start(server: Server, keeper: Keeper) -> None:
    server.stop()
    work_meanwhile(keeper)
    server.start()
    all_is_well(keeper, server)


def test_a_server_that_is_stopped_and_comes_back(server: Server, keeper: Keeper) -> None:
    warmed_up(keeper)
    server.stop()
    work_meanwhile(keeper)
    assert keeper.status()["problem"] is not None
    server.start()
    all_is_well(keeper, server)


def test_a_server_that_hangs(server: Server, keeper: Keeper) -> None:
    warmed_up(keeper)
    server.pause()
    try:
        work_meanwhile(keeper)
        eventually(lambda: keeper.status()["state"] == "away")
    finally:
        server.resume()
    all_is_well(keeper, server)


def test_a_server_that_is_restarted_between_two_calls(server: Server, keeper: Keeper) -> None:
    warmed_up(keeper)
    server.restart()
    eventually(lambda: not keeper.past_sync("c-1", EVER).is_away)
    for number in range(50):
        keeper.record(touch(f"d-{number}", ago=timedelta(minutes=-number)))
    all_is_well(keeper, server)


def test_a_server_that_is_full(server: Server, keeper: Keeper) -> None:
    warmed_up(keeper)
    if isinstance(server, RedisServer):
        server.fill()
    else:
        assert isinstance(server, PostgresServer)
        server.run(_FULL)
    work_meanwhile(keeper, readable=True)
    assert str(keeper.status()["problem"]).endswith("is full")
    assert keeper.status()["state"] == "not writable"
    if isinstance(server, RedisServer):
        server.drain()
    else:
        assert isinstance(server, PostgresServer)
        server.run("DROP FUNCTION full_disk CASCADE")
    all_is_well(keeper, server)


def test_a_keeper_closes_in_time_while_its_server_hangs(server: Server) -> None:
    keeper = Keeper(store_of(server), deadline=DEADLINE)
    warmed_up(keeper)
    server.pause()
    try:
        for number in range(10):
            keeper.record(touch(f"d-{number}"))
        begun = time.monotonic()
        keeper.close(timedelta(seconds=1))
        assert time.monotonic() - begun < 10
        assert keeper.status()["lost"] == 10
    finally:
        server.resume()


def test_no_error_tells_the_password_or_what_was_to_be_kept(server: Server) -> None:
    server.stop()
    store = store_of(server)
    for call in (lambda: store.past("c-1", EVER), lambda: store.record([touch("d-1")])):
        with pytest.raises(StoreError) as refused:
            call()
        assert str(refused.value) == "the server cannot be reached"
        assert refused.value.__cause__ is None


# ── PostgreSQL ────────────────────────────────────────────────────────────────


def test_a_wrong_password_and_a_missing_database_are_named(postgres_server: PostgresServer) -> None:
    right = postgres_server.url
    for address, reason in (
        (right.replace("secret-word", "wrong"), "the server refused the user or the password"),
        (postgres_server.address("missing"), "there is no such database"),
        ("postgresql://127.0.0.1:port", "the server cannot be reached"),
    ):
        with pytest.raises(StoreError) as refused:
            PostgresStore(address).past("c-1", EVER)
        assert refused.value.reason == reason


def test_tables_of_a_newer_version_are_left_alone(postgres_server: PostgresServer) -> None:
    store = PostgresStore(postgres_server.url)
    store.record([touch("d-1")])
    store.close()
    postgres_server.run("UPDATE routekit_history SET version = 7")
    with pytest.raises(StoreError, match="the tables have version 7, this routekit knows version 1"):
        store.past("c-1", EVER)


def test_nothing_of_an_erased_customer_is_left_in_the_tables(postgres_server: PostgresServer) -> None:
    store = PostgresStore(postgres_server.url)
    store.record([touch("d-1", customer="planted", facts={"contact.intent": "planted"})])
    store.claim(claim("d-1", customer="planted"))
    store.open_incident(incident("i-1", customer="planted", title="planted"))
    assert store.erase("planted") == 3
    store.close()
    for table in ("touch", "shown", "incident"):
        assert postgres_server.run(f"SELECT count(*) FROM routekit_{table}") == "0"


# ── Redis ─────────────────────────────────────────────────────────────────────


def test_nothing_of_an_erased_customer_is_left_in_redis(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url)
    store.record([touch("d-1", customer="planted", facts={"contact.intent": "planted"})])
    store.claim(claim("d-1", customer="planted"))
    store.open_incident(incident("i-1", customer="planted", title="planted"))
    assert store.conclude("d-1", RESOLVED)
    assert store.erase("planted") == 3
    keys = set(redis_server.ask("KEYS *").decode().split("\r\n")[2::2])
    gone = f"routekit:erased:{erased_id('d-1')}"
    assert keys == {"routekit:epoch", gone}, "the one is nobody's, the other keeps later events out"
    assert redis_server.ask(f"GET {gone}") == b"$1\r\n1\r\n"
    store.close()


def test_every_key_in_redis_comes_to_an_end(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, retention=timedelta(days=10))
    store.record([])
    store.record([touch("d-1", capped=("gift",))])
    store.claim(claim("d-2", per=timedelta(days=30)))
    store.open_incident(incident("i-1"))
    store.conclude("d-1", RESOLVED)
    store.close_incident("i-1", EVER)
    store.close()
    day = 24 * 3600
    keys = set(redis_server.ask("KEYS *").decode().split("\r\n")[2::2]) - {"routekit:epoch"}
    assert len(keys) == 9
    for key in keys:
        left = int(redis_server.ask(f"TTL {key}").decode().strip(":\r\n"))
        longest = 30 if key.endswith(":shown") else 10
        assert (longest - 1) * day < left <= longest * day


def test_a_cluster_of_redis_servers(redis_server: RedisServer, tmp_path: Path) -> None:
    folder = tmp_path / "cluster"
    folder.mkdir()
    node = eventually_free(lambda port: RedisServer(folder, port, "--cluster-enabled", "yes"))
    assert isinstance(node, RedisServer)
    try:
        assert node.ask("CLUSTER ADDSLOTSRANGE 0 16383") == b"+OK\r\n"
        eventually(lambda: b"cluster_state:ok" in node.ask("CLUSTER INFO"))
        store = RedisStore(node.url, cluster=True, timeout=timedelta(seconds=5))
        store.record([touch(f"d-{n}", customer=f"c-{n % 3}", capped=("gift",)) for n in range(9)])
        assert len(store.past("c-1", EVER).touches) == 3
        assert store.claim(claim("d-20")) == frozenset()
        assert store.conclude("d-1", RESOLVED)
        store.open_incident(incident("i-1"))
        assert store.close_incident("i-1", EVER)
        assert store.erase("c-1") == 7
        assert store.expire(touch("now", ago=-timedelta(days=1)).at) > 0
        assert store.past("c-0", EVER).touches == ()
        store.close()
    finally:
        node.kill()
