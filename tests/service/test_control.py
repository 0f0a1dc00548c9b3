"""What one worker tells the others that share its store, and who has heard it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from routekit.service import Customers, Keeper, PolicySource, Rollout, Router
from routekit.service.control import Control, digest_of
from routekit.service.history import PostgresStore, RedisStore, SQLiteStore, StoreError
from routekit.service.history.channels import Heard, Message
from routekit.service.policies import Acceptance
from tests.service.servers import (
    PostgresServer,
    RedisServer,
    postgres_cluster,
    postgres_server,
    redis_server,
)
from tests.service.versions import VOICE, eventually, queue, replace, version

__all__ = ["PostgresServer", "RedisServer", "postgres_cluster", "postgres_server", "redis_server"]

LONG = timedelta(seconds=10)
LIVE = "live { waiting number }"

Worker = Callable[..., Router]


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Any]:
    match request.param:
        case "redis":
            url = request.getfixturevalue("redis_server").url
            return lambda: RedisStore(url, timeout=LONG)
        case "postgres":
            dsn = request.getfixturevalue("postgres_server").url
            return lambda: PostgresStore(dsn, timeout=LONG)
    return lambda: SQLiteStore(tmp_path / "history.db")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "care.route"
    path.write_text(version(1))
    return path


@pytest.fixture
def worker(make_store: Callable[[], Any], path: Path) -> Iterator[Worker]:
    """Starts a worker: a router with caches and a policy of its own, beside a store that all share."""
    opened: list[Router] = []

    def start(rollout: Rollout = Rollout(), path: Path = path) -> Router:  # noqa: B008 - frozen
        asked: list[object] = []

        async def look_up(key: object) -> dict[str, object]:
            asked.append(key)
            return {}

        source = PolicySource(
            path, acceptance=Acceptance(guarantees="off"), rollout=rollout, settle=0, poll=60
        )
        router = Router(
            source,
            customers=Customers(look_up, unknown_ttl=600, deadline=10),
            history=Keeper(make_store(), deadline=LONG),
            hears_every=0.02,
        )
        opened.append(router)
        eventually(lambda: control(router)["problem"] is None and router._control._after is not None)  # type: ignore[union-attr]
        return router

    yield start
    for router in opened:
        router.close()


def control(router: Router) -> Any:
    return router.status()["control"]


def knows(router: Router, customer: str) -> bool:
    customers = router._customers
    return customers is not None and customers.at_hand(customer) is not None


def contact(customer: str) -> dict[str, object]:
    return {**VOICE, "customer": {"id": customer}}


def test_an_erasure_reaches_the_caches_of_all(worker: Worker) -> None:
    one, other = worker(), worker()
    for router in (one, other):
        for customer in ("c-1", "c-2"):
            router.route_sync(contact(customer))
        assert router.history is not None
        router.history.flush(LONG)
        assert knows(router, "c-1")
    one.erase_sync("c-1")
    eventually(lambda: not knows(other, "c-1"))
    assert not knows(one, "c-1")
    assert knows(other, "c-2")
    eventually(lambda: control(one)["told_last"]["heard_by"] == [control(other)["worker"]])
    assert control(one)["told_last"]["not_heard_by"] == []
    other.invalidate("c-2")
    eventually(lambda: not knows(one, "c-2"))


def test_signals_and_all_customers(worker: Worker) -> None:
    one, other = worker(), worker()
    other.route_sync(contact("c-1"))
    one.signal("q1", waiting=12, longest_wait=timedelta(minutes=3))
    one.invalidate()
    eventually(lambda: not knows(other, "c-1"))
    assert other.live._queues["q1"].values == {"waiting": 12, "longest_wait": "180.000000s"}


def test_a_rollback_is_taken_by_all(worker: Worker, path: Path) -> None:
    one, other = worker(), worker()
    replace(path, version(2))
    for router in (one, other):
        router.policy.refresh()
        assert queue(router.policy) == "q2"
    one.rollback()
    assert queue(one.policy) == "q1"
    eventually(lambda: queue(other.policy) == "q1")
    other.policy.refresh()
    assert queue(other.policy) == "q1", "what was rolled back from is left behind there too"
    late = worker()
    one.rollback(2)
    eventually(lambda: queue(other.policy) == "q2")
    assert queue(late.policy) == "q2"


def test_a_candidate_is_promoted_or_withdrawn_by_all(worker: Worker, path: Path) -> None:
    rollout = Rollout(canary="10%")
    copy = path.parent / "copy" / path.name
    copy.parent.mkdir()
    copy.write_text(version(1))
    one, other = worker(rollout), worker(rollout, copy)
    for router, file in ((one, path), (other, copy)):
        replace(file, version(2))
        router.policy.refresh()
    one.promote()
    eventually(lambda: queue(other.policy) == "q2")
    for router, file in ((one, path), (other, copy)):
        replace(file, version(3))
        router.policy.refresh()
    other.withdraw()
    eventually(lambda: one.policy.status()["candidate"] is None)
    replace(path, version(4))
    one.policy.refresh()
    one.promote()
    eventually(lambda: control(other)["unfollowed"] == 1)
    assert queue(other.policy) == "q2", "it has not seen that version yet"


class Scripted:
    """A channel that says what a test has it say."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.newest = "5"
        self.fails = False

    def send(self, text: str) -> str:
        raise StoreError("the store is down")

    def receive(self, after: str | None) -> tuple[list[Message], str]:
        if self.fails:
            raise StoreError("the store is down")
        messages, self.messages = self.messages, []
        return messages, self.newest

    def note(self, worker: str, last: str) -> None:
        pass

    def leave(self, worker: str) -> None:
        raise StoreError("the store is down")

    def workers(self) -> list[Heard]:
        return []


def test_what_was_missed_and_what_is_nonsense() -> None:
    channel, told = Scripted(), list[tuple[str, dict[str, Any]]]()

    def follow(kind: str, facts: Any) -> None:
        told.append((kind, dict(facts)))
        if kind == "bad":
            raise ZeroDivisionError

    control = Control(channel, follow, 0.01)
    try:
        eventually(lambda: control._after == "5")
        channel.newest = "2"  # the store has lost what was told
        eventually(lambda: told == [("missed", {})])
        texts = [
            "{",
            "[]",
            '{"from": 1}',
            '{"from": "x", "kind": "bad", "facts": {}}',
            '{"from": "x", "kind": "good", "facts": {"a": 1}}',
        ]
        channel.newest = "7"
        channel.messages = [Message(str(number), text) for number, text in enumerate(texts, 3)]
        eventually(lambda: told[1:] == [("bad", {}), ("good", {"a": 1})])
        assert control.status()["unfollowed"] == 1
        control.tell("erase", customer=digest_of("c-1"))
        eventually(lambda: control.status()["problem"] == "the store is down")
        assert control.status()["waiting"] == 1
    finally:
        control.close()
