"""Between a router and a store: nothing waits long, nothing raises, what is recorded is seen at once."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from routekit.service.history import (
    Claim,
    HistoryStore,
    Incident,
    Keeper,
    Outcome,
    Past,
    SQLiteStore,
    StoreBusyError,
    StoreError,
    Touch,
    WhenAway,
)
from tests.service.stores import EVER, NOON, claim, incident, touch

DEADLINE = timedelta(milliseconds=100)
SOON = 10.0
"""Seconds that a background thread may need on a machine that does much else."""


class FaultyStore:
    """Remembers in memory; ``fault`` is called before each call, and may wait or raise."""

    def __init__(self, *, is_local: bool) -> None:
        self.is_local = is_local
        self.inner = SQLiteStore(":memory:")
        self.fault: Callable[[str], object] = lambda call: None
        self.calls: list[str] = []

    def _before(self, call: str) -> None:
        self.calls.append(call)
        self.fault(call)

    def past(self, customer: str, since: datetime) -> Past:
        self._before("past")
        return self.inner.past(customer, since)

    def record(self, touches: Sequence[Touch]) -> None:
        self._before("record")
        self.inner.record(touches)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:
        self._before("claim" if wait else "claim at once")
        return self.inner.claim(claim, wait=wait)

    def conclude(self, id: str, outcome: Outcome) -> bool:
        self._before("conclude")
        return self.inner.conclude(id, outcome)

    def open_incident(self, incident: Incident) -> None:
        self._before("open_incident")
        self.inner.open_incident(incident)

    def close_incident(self, id: str, at: datetime) -> bool:
        self._before("close_incident")
        return self.inner.close_incident(id, at)

    def erase(self, customer: str) -> int:
        self._before("erase")
        return self.inner.erase(customer)

    def expire(self, before: datetime) -> int:
        self._before("expire")
        return self.inner.expire(before)

    def close(self) -> None:
        self.inner.close()


@pytest.fixture(params=[True, False], ids=["local", "remote"])
def faulty(request: pytest.FixtureRequest) -> FaultyStore:
    return FaultyStore(is_local=request.param)


@pytest.fixture
def keep() -> Iterator[Callable[..., Keeper]]:
    made: list[Keeper] = []

    def keeper(store: HistoryStore, capacity: int = 10_000, when_away: WhenAway = "withhold") -> Keeper:
        made.append(Keeper(store, deadline=DEADLINE, capacity=capacity, when_away=when_away))
        return made[-1]

    yield keeper
    for one in made:
        one.close(timedelta(seconds=1))


Keep = Callable[..., Keeper]


def is_away(call: str) -> None:
    raise StoreError("the disk is full")


def raises_whatever(call: str) -> None:
    raise ZeroDivisionError("with secret values")


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until, "it did not come so"
        time.sleep(0.01)


def ids(past: Past) -> list[str]:
    return [found.id for found in past.touches]


# ── a store that is well ──────────────────────────────────────────────────────


def test_a_local_store_is_asked_in_place_a_remote_one_is_waited_for(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty)
    assert (keeper.past_at_hand("c-1", EVER) == Past.EMPTY) is faulty.is_local
    assert (keeper.claim_at_hand(claim("d-1")) is not None) is faulty.is_local
    assert asyncio.run(keeper.past("c-1", EVER)).problem is None
    assert asyncio.run(keeper.claim(claim("d-1"))).offers == {"gift"}
    assert keeper.claim_sync(claim("d-2")).offers == frozenset()
    assert keeper.claim_sync(claim("d-2")).problem is None


def test_what_is_recorded_is_seen_at_once_and_written_in_its_order(keep: Keep, faulty: FaultyStore) -> None:
    may_write = threading.Event()
    faulty.fault = lambda call: call in ("past", "claim") or may_write.wait(SOON)
    keeper = keep(faulty)
    keeper.record(touch("d-1"))
    keeper.record(touch("d-2", ago=timedelta(0), offers=("gift",), capped=("gift",)))
    keeper.conclude("d-1", Outcome("resolved"))
    keeper.open_incident(incident("i-1"))
    keeper.open_incident(incident("i-2"))
    keeper.close_incident("i-2", NOON)

    def check() -> None:
        past = keeper.past_sync("c-1", EVER)
        assert ids(past) == ["d-2", "d-1"]
        assert [found.outcome for found in past.touches] == [None, Outcome("resolved")]
        assert [(found.id, found.is_open) for found in past.incidents] == [("i-1", True), ("i-2", False)]
        assert [found.offer for found in past.shown] == ["gift"]
        assert keeper.past_sync("c-2", EVER) == Past.EMPTY

    check()
    may_write.set()
    assert keeper.flush()
    assert keeper.status()["written"] == 6
    check()
    assert ids(faulty.inner.past("c-1", EVER)) == ["d-2", "d-1"]


def test_reading_while_it_is_written_never_loses_a_touch_from_sight(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty)
    for number in range(150):
        keeper.record(touch(f"d-{number}", ago=timedelta(seconds=-number)))
        assert len(keeper.past_sync("c-1", EVER).touches) == number + 1
        time.sleep(0.001)
    assert keeper.flush()


def test_closing_writes_what_waits(faulty: FaultyStore) -> None:
    kept: list[str] = []
    faulty.inner.close = lambda: kept.extend(ids(SQLiteStore.past(faulty.inner, "c-1", EVER)))  # type: ignore[method-assign]
    keeper = Keeper(faulty)
    for number in range(1_000):
        keeper.record(touch(f"d-{number}", ago=timedelta(seconds=number)))
    keeper.close()
    keeper.close()
    assert len(kept) == 200
    status = keeper.status()
    assert (status["state"], status["written"], status["lost"]) == ("closed", 1_000, 0)
    keeper.record(touch("late"))
    assert keeper.status()["lost"] == 1
    assert keeper.past_sync("c-1", EVER).is_away
    assert keeper.claim_sync(claim("d-1")).offers == frozenset()


# ── a store that is not ───────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", [is_away, raises_whatever])
def test_a_store_that_fails_is_left_alone_until_it_is_back(
    keep: Keep, faulty: FaultyStore, fault: Callable[[str], None]
) -> None:
    keeper = keep(faulty)
    keeper.record(touch("before"))
    assert keeper.flush()
    faulty.fault = fault
    for _ in range(3):
        past = asyncio.run(keeper.past("c-1", EVER))
        assert past.is_away
        assert "secret" not in str(past.problem)
        granted = asyncio.run(keeper.claim(claim("d-1")))
        assert granted.offers == frozenset()
        assert "secret" not in str(granted.problem)
    assert keeper.status()["state"] == "away"
    asked = faulty.calls.count("claim") + faulty.calls.count("claim at once")
    for _ in range(50):
        assert keeper.past_at_hand("c-1", EVER) is not None
        assert keeper.claim_at_hand(claim("d-1")) is not None
    assert faulty.calls.count("claim") + faulty.calls.count("claim at once") == asked
    faulty.fault = lambda call: None
    eventually(lambda: keeper.status()["state"] == "ok")
    assert ids(keeper.past_sync("c-1", EVER)) == ["before"]
    assert keeper.claim_sync(claim("d-1")).offers == {"gift"}


def test_what_is_recorded_meanwhile_arrives_once_the_store_is_back(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty)
    faulty.fault = is_away
    for number in range(600):
        keeper.record(touch(f"d-{number}", ago=timedelta(seconds=number)))
    keeper.conclude("d-0", Outcome("resolved"))
    assert len(asyncio.run(keeper.past("c-1", EVER)).touches) == 200
    assert keeper.status()["written"] == 0
    faulty.fault = lambda call: None
    assert keeper.flush(timedelta(seconds=SOON))
    assert keeper.status()["lost"] == 0
    first = faulty.inner.past("c-1", EVER).touches[0]
    assert (first.id, first.outcome) == ("d-0", Outcome("resolved"))


def test_memory_is_bounded_and_what_finds_no_room_is_counted(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty, capacity=100)
    faulty.fault = is_away
    for number in range(1_000):
        keeper.record(touch(f"d-{number}"))
    status = keeper.status()
    assert (status["pending"], status["lost"]) == (100, 900)
    faulty.fault = lambda call: None
    assert keeper.flush(timedelta(seconds=SOON))
    assert (keeper.status()["written"], keeper.status()["lost"]) == (100, 900)


def test_long_texts_take_more_room(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty, capacity=1_000)
    faulty.fault = is_away
    for number in range(100):
        keeper.record(touch(f"d-{number}", facts={"contact.note": "x" * 100_000}))
        keeper.conclude(f"d-{number}", Outcome("resolved", "x" * 100_000))
    assert 5 < int(str(keeper.status()["pending"])) < 11
    faulty.fault = lambda call: None
    assert keeper.flush(timedelta(seconds=SOON))
    for number in range(900):
        keeper.record(touch(f"short-{number}"))
    assert keeper.flush(timedelta(seconds=SOON))
    assert int(str(keeper.status()["written"])) > 900


def test_what_a_store_cannot_hold_is_dropped_and_the_rest_is_written(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty)
    for number in range(10):
        keeper.record(touch(f"d-{number}"))
        keeper.record(touch(f"bad-{number}", facts={"contact.intent": {1, 2}}))
    assert keeper.flush()
    assert (keeper.status()["written"], keeper.status()["lost"]) == (10, 10)
    assert keeper.status()["state"] == "ok"


def test_a_customer_that_no_store_can_hold_does_not_open_the_breaker(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty)
    for number in range(10):
        assert asyncio.run(keeper.past("\ud800", EVER)).problem is not None
        assert asyncio.run(keeper.claim(claim(f"d-{number}", customer="\ud800"))).offers == frozenset()
    assert keeper.status()["state"] == "ok"


def test_a_store_that_hangs_is_waited_for_only_up_to_the_deadline(keep: Keep) -> None:
    store, resumed = FaultyStore(is_local=False), threading.Event()
    store.fault = lambda call: resumed.wait(SOON)
    keeper = keep(store)
    begun = time.monotonic()
    try:
        for number in range(20):
            assert asyncio.run(keeper.past("c-1", EVER)).is_away
            assert keeper.past_sync("c-1", EVER).is_away
            assert asyncio.run(keeper.claim(claim(f"d-{number}"))).offers == frozenset()
            assert keeper.claim_sync(claim(f"d-{number}")).offers == frozenset()
            keeper.record(touch(f"d-{number}"))
        assert time.monotonic() - begun < SOON / 2
        assert "no answer within 100 ms" in str(keeper.status()["problem"])
    finally:
        resumed.set()
    eventually(lambda: keeper.status()["state"] == "ok" and keeper.status()["pending"] == 0)


def test_many_waiting_at_once_all_come_back_in_time(keep: Keep) -> None:
    store, resumed = FaultyStore(is_local=False), threading.Event()
    store.fault = lambda call: resumed.wait(SOON)
    keeper = keep(store)

    async def ask() -> list[Past]:
        return await asyncio.gather(*(keeper.past(f"c-{number}", EVER) for number in range(200)))

    begun = time.monotonic()
    try:
        assert all(past.is_away for past in asyncio.run(ask()))
        assert time.monotonic() - begun < SOON / 2
    finally:
        resumed.set()


def test_a_caller_that_is_cancelled_is_no_failure_of_the_store(keep: Keep) -> None:
    store, resumed = FaultyStore(is_local=False), threading.Event()
    store.fault = lambda call: resumed.wait(SOON)
    keeper = keep(store)

    async def give_up() -> None:
        for _ in range(5):
            asked = asyncio.create_task(keeper.past("c-1", EVER))
            await asyncio.sleep(0.001)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked

    asyncio.run(give_up())
    resumed.set()
    assert keeper.status()["state"] == "ok"


def test_a_local_store_that_is_busy_is_waited_for_elsewhere(keep: Keep) -> None:
    store = FaultyStore(is_local=True)

    def busy(call: str) -> None:
        if call == "claim at once":
            raise StoreBusyError("another process keeps the file locked")

    store.fault = busy
    keeper = keep(store)
    assert keeper.claim_at_hand(claim("d-1")) is None
    assert asyncio.run(keeper.claim(claim("d-1"))).offers == {"gift"}


# ── caps while the store is away ──────────────────────────────────────────────


def test_capped_offers_are_withheld_while_the_store_is_away(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty)
    faulty.fault = is_away
    for number in range(10):
        granted = keeper.claim_sync(claim(f"d-{number}", customer=f"c-{number}"))
        assert granted.offers == frozenset()
        assert str(granted.problem).startswith("are withheld")
    assert keeper.status()["unanswered"] == 10


def test_or_counted_by_each_process_alone_within_the_stated_bound(keep: Keep, faulty: FaultyStore) -> None:
    store = faulty.inner
    processes = [keep(faulty, when_away="count_here") for _ in range(4)]
    assert processes[0].claim_sync(claim("first", most=2)).offers == {"gift"}
    faulty.fault = is_away
    granted = 0
    for number in range(40):
        keeper = processes[number % 4]
        answer = keeper.claim_sync(claim(f"d-{number}", most=2))
        assert "counted by this process alone" in str(answer.problem)
        if answer.offers:
            granted += 1
            keeper.record(touch(f"d-{number}", offers=("gift",), capped=("gift",)))
    assert granted == 2 * len(processes)
    faulty.fault = lambda call: None
    for keeper in processes:
        assert keeper.flush(timedelta(seconds=SOON))
    eventually(lambda: all(keeper.status()["state"] == "ok" for keeper in processes))
    assert len(store.past("c-1", EVER).shown) == 1 + granted
    assert processes[0].claim_sync(claim("after", most=2)).offers == frozenset()


def test_a_claim_made_twice_counts_once_here_too(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty, when_away="count_here")
    faulty.fault = is_away
    assert keeper.claim_sync(claim("d-1")).offers == {"gift"}
    assert keeper.claim_sync(claim("d-1")).offers == {"gift"}
    assert keeper.claim_sync(claim("d-2")).offers == frozenset()


# ── erasing ───────────────────────────────────────────────────────────────────


def test_erasing_takes_what_waits_as_well(keep: Keep, faulty: FaultyStore) -> None:
    keeper = keep(faulty)
    keeper.record(touch("d-1"))
    assert keeper.flush()
    faulty.fault = is_away
    keeper.record(touch("d-2"))
    keeper.conclude("d-2", Outcome("resolved", "a note"))
    keeper.record(touch("d-3", customer="c-2"))
    with pytest.raises(StoreError):
        keeper.erase_sync("c-1")
    keeper.record(touch("d-4"))
    faulty.fault = lambda call: None
    asyncio.run(keeper.erase("c-1"))
    assert keeper.past_sync("c-1", EVER) == Past.EMPTY
    assert keeper.flush(timedelta(seconds=SOON))
    assert faulty.inner.past("c-1", EVER) == Past.EMPTY
    assert ids(faulty.inner.past("c-2", EVER)) == ["d-3"]


# ── processes ─────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_keeps_history_of_its_own(tmp_path: object, keep: Keep) -> None:
    keeper = keep(SQLiteStore(f"{tmp_path}/history.db"))
    for number in range(100):
        keeper.record(touch(f"parent-{number}"))
    child = os.fork()
    if child == 0:
        try:
            for number in range(50):
                keeper.record(touch(f"child-{number}"))
            keeper.close()
            os._exit(0 if keeper.status()["written"] == 50 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert keeper.flush()
    assert keeper.status()["lost"] == 0
    found = ids(keeper.past_sync("c-1", EVER))
    assert sum(id.startswith("child") for id in found) == 50
    assert sum(id.startswith("parent") for id in found) == 100
