"""Looking customers up: once for all who wait, within a deadline, whatever the provider does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from routekit.service import Customers, Router
from routekit.service.customers import Known, Lookup
from routekit.service.keys import Key, KeyValue
from routekit.service.loops import LoopThread
from tests.service.test_router_history import POLICY

GOLD = {"tier": "gold"}


class Provider:
    """Answers as it is told to, and counts."""

    def __init__(self, answer: object = GOLD, *, wait: float = 0.0) -> None:
        self.answer = answer
        self.wait = wait
        self.calls = 0

    async def __call__(self, key: KeyValue) -> Mapping[str, object] | None:
        self.calls += 1
        if self.wait:
            await asyncio.sleep(self.wait)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[return-value]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _find_many(customers: Customers, count: int, key: KeyValue = "c-1") -> list[Known]:
    return await asyncio.gather(*(customers.find(key) for _ in range(count)))


def test_many_who_wait_ask_once() -> None:
    provider = Provider(wait=0.02)
    customers = Customers(provider, deadline=5)
    assert asyncio.run(_find_many(customers, 50)) == [Known(GOLD)] * 50
    assert provider.calls == 1
    assert customers.at_hand("c-1") == Known(GOLD)
    assert customers.at_hand("c-2") is None
    assert customers.status()["look_ups"] == {"found": 1}


def test_who_stops_waiting_stops_nobody_else() -> None:
    provider = Provider(wait=0.05)
    customers = Customers(provider, deadline=5)

    async def main() -> Known:
        first = asyncio.create_task(customers.find("c-1"))
        second = asyncio.create_task(customers.find("c-1"))
        await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(main()) == Known(GOLD)
    assert provider.calls == 1


def test_an_answer_that_nobody_waits_for_any_more_is_kept() -> None:
    provider = Provider(wait=0.02)
    customers = Customers(provider, deadline=5)

    async def main() -> None:
        only = asyncio.create_task(customers.find("c-1"))
        await asyncio.sleep(0.005)
        only.cancel()
        await asyncio.sleep(0.05)
        assert customers.at_hand("c-1") == Known(GOLD)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_answers_are_kept_for_a_while_and_unknown_customers_briefly() -> None:
    clock = Clock()
    provider = Provider()
    customers = Customers(provider, ttl=300, unknown_ttl=10, clock=clock)
    for now, calls in ((0, 1), (299, 1), (300, 2)):
        clock.now = now
        asyncio.run(customers.find("c-1"))
        assert provider.calls == calls
    provider.answer, provider.calls = None, 0
    for now, calls in ((400, 1), (409, 1), (410, 2)):
        clock.now = now
        assert asyncio.run(customers.find("c-2")) == Known({})
        assert provider.calls == calls


def test_the_customers_seen_last_are_kept() -> None:
    customers = Customers(Provider(), size=2)
    for key in ("a", "b", "a", "c"):
        asyncio.run(customers.find(key))
    assert [customers.at_hand(key) is not None for key in "abc"] == [True, False, True]


async def _returns_cancelled(key: KeyValue) -> Mapping[str, object]:
    raise asyncio.CancelledError


def _no_coroutine(key: KeyValue) -> Awaitable[Mapping[str, object]]:
    raise LookupError(key)


class _RudeMapping(dict[str, object]):
    def items(self) -> object:  # type: ignore[override]
        raise RuntimeError("c-1 is secret")


@pytest.mark.parametrize(
    ("lookup", "kind"),
    [
        (Provider(RuntimeError("c-1 is secret")), "RuntimeError"),
        (Provider(ConnectionResetError(104, "c-1")), "ConnectionResetError"),
        (Provider(TimeoutError()), "TimeoutError"),
        (Provider(wait=1), "TimeoutError"),
        (Provider("gold"), "NoRecord"),
        (Provider([("tier", "gold")]), "NoRecord"),
        (Provider({5: "gold"}), "NoRecord"),
        (Provider({f"field_{number}": 1 for number in range(300)}), "NoRecord"),
        (Provider(_RudeMapping(tier="gold")), "RuntimeError"),
        (_returns_cancelled, "CancelledError"),
        (_no_coroutine, "LookupError"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_provider_that_fails_is_named_by_the_kind_alone(lookup: Lookup, kind: str) -> None:
    customers = Customers(lookup, deadline=0.05)
    assert asyncio.run(customers.find("c-1")) == Known({}, f"could not be looked up: {kind}")
    assert customers.at_hand("c-1") is None


def test_what_the_provider_does_with_its_answer_later_is_not_seen() -> None:
    answer: dict[str, object] = {"tier": "gold", "tags": ["a"]}
    customers = Customers(Provider(answer))
    asyncio.run(customers.find("c-1"))
    answer["tier"] = "silver"
    answer["tags"].append("b")  # type: ignore[attr-defined]
    assert customers.at_hand("c-1") == Known({"tier": "gold", "tags": ["a"]})


def test_a_value_beyond_all_measure_is_not_kept() -> None:
    customers = Customers(Provider({"note": "x" * 2_000_000, "tags": list(range(20_000)), "tier": "gold"}))
    found = asyncio.run(customers.find("c-1")).fields
    assert found["tier"] == "gold"
    assert not any(isinstance(found[name], str | list) for name in ("note", "tags"))


def test_what_was_known_before_stands_in_while_the_provider_fails() -> None:
    clock = Clock()
    provider = Provider()
    customers = Customers(provider, ttl=300, stale_for=600, clock=clock)
    asyncio.run(customers.find("c-1"))
    provider.answer = RuntimeError()
    clock.now = 899
    failure = "could not be looked up: RuntimeError"
    assert asyncio.run(customers.find("c-1")) == Known(GOLD, f"{failure}; what was known before is used")
    clock.now = 900
    assert asyncio.run(customers.find("c-1")) == Known({}, failure)


def test_forgetting_forgets_what_is_under_way_too() -> None:
    provider = Provider(wait=0.03)
    customers = Customers(provider, deadline=5)

    async def main() -> None:
        waiting = asyncio.create_task(customers.find("c-1"))
        await asyncio.sleep(0.01)
        customers.invalidate("c-1")
        assert await waiting == Known(GOLD)
        assert customers.at_hand("c-1") is None
        await customers.find("c-1")
        assert customers.at_hand("c-1") == Known(GOLD)
        customers.clear()
        assert customers.at_hand("c-1") is None

    asyncio.run(main())
    assert provider.calls == 2


def test_a_look_up_that_is_late_serves_the_next_contact() -> None:
    provider = Provider(wait=0.05)
    customers = Customers(provider, deadline=0.01)

    async def main() -> None:
        assert (await customers.find("c-1")).problem == "could not be looked up: TimeoutError"
        await asyncio.sleep(0.1)
        assert await customers.find("c-1") == Known(GOLD)

    asyncio.run(main())
    assert provider.calls == 1


def test_a_look_up_that_does_not_listen_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routekit.service.customers._PATIENCE", 0.01)
    stop = asyncio.Event()

    async def deaf(key: KeyValue) -> Mapping[str, object]:
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), 10)
            except asyncio.CancelledError:
                continue
        return GOLD

    customers = Customers(deaf, deadline=0.01)

    async def main() -> None:
        for _ in range(2):
            assert (await customers.find("c-1")).problem == "could not be looked up: TimeoutError"
            await asyncio.sleep(0.05)
        assert customers.status()["waiting"] == 2
        stop.set()
        await asyncio.sleep(0.05)
        assert customers.status()["waiting"] == 0
        assert customers.at_hand("c-1") is None, "an answer of long ago is not taken"

    asyncio.run(main())


def test_no_more_look_ups_than_allowed_run_at_a_time() -> None:
    customers = Customers(Provider(wait=0.05), deadline=5, most_waiting=3)

    async def main() -> list[Known]:
        return await asyncio.gather(*(customers.find(f"c-{number}") for number in range(5)))

    found = asyncio.run(main())
    assert [known.problem for known in found] == [None] * 3 + ["could not be looked up: TooManyLookups"] * 2


def test_an_async_callable_that_blocks_is_too_late_too() -> None:
    async def blocking(key: KeyValue) -> Mapping[str, object]:
        time.sleep(0.1)
        return GOLD

    customers = Customers(blocking, deadline=0.02)
    assert asyncio.run(customers.find("c-1")).problem == "could not be looked up: TimeoutError"


@pytest.fixture
def loop() -> "object":
    thread = LoopThread("test loop")
    yield thread
    thread.close()


def test_threads_ask_once_too_and_do_not_wait_for_a_blocked_loop(loop: LoopThread) -> None:
    provider = Provider(wait=0.05)
    customers = Customers(provider, deadline=5)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: customers.find_sync("c-1", loop), range(20)))
    assert found == [Known(GOLD)] * 20
    assert provider.calls == 1

    async def blocking(key: KeyValue) -> Mapping[str, object]:
        time.sleep(0.5)
        return GOLD

    blocked = Customers(blocking, deadline=0.02)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: blocked.find_sync(f"c-{number}", loop), range(8)))
    assert {known.problem for known in found} == {"could not be looked up: TimeoutError"}


@pytest.mark.parametrize("path", ["customer", "", "a.b.c", ".id", "customer."])
def test_a_key_is_a_record_and_its_field(path: str) -> None:
    with pytest.raises(ValueError, match="write a record and its field"):
        Customers(Provider(), key=path)


@pytest.mark.parametrize(
    "value", ["", "x" * 257, "a\0b", "\ud800", 4.5, True, None, 2**63, ["c-1"], b"c-1"], ids=repr
)
def test_what_is_no_key_of_a_customer(value: object) -> None:
    assert Key.parse("customer.id").of({"customer": {"id": value}}) is None


@pytest.mark.parametrize("options", [{"ttl": 0}, {"deadline": -1}, {"size": 0}, {"stale_for": -1}])
def test_limits_are_above_nothing(options: dict[str, float]) -> None:
    make: Callable[..., Customers] = Customers
    with pytest.raises(ValueError, match="above 0"):
        make(Provider(), **options)


# ── a provider that is away ───────────────────────────────────────────────────


@pytest.mark.parametrize("error", [None, ConnectionError("secret")])
def test_nobody_waits_for_a_provider_that_is_away(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routekit.service.customers._RETRY", 3_600.0)
    provider = Provider()
    provider.wait = 60.0 if error is None else 0.0
    provider.answer = GOLD if error is None else error
    customers = Customers(provider, deadline=0.05)
    router = Router(POLICY, customers=customers)

    async def many() -> list[Known]:
        for number in range(3):
            await customers.find(f"c-{number}")
        asked = provider.calls
        found = [await customers.find(f"d-{number}") for number in range(50)]
        assert provider.calls <= asked + 1, "one is asked to see whether the provider is back"
        return found

    found = asyncio.run(many())
    kind = "TimeoutError" if error is None else "ConnectionError"
    assert {known.problem for known in found} == {f"is not waited for, the provider is away: {kind}"}
    assert customers.at_hand("d-1") is not None
    assert customers.status()["state"] == "away"
    assert router.health().troubles == (f"customers cannot be looked up: {kind}",)
    router.close()


def test_a_provider_that_is_back_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routekit.service.customers._RETRY", 0.0)
    provider = Provider()
    provider.answer = ConnectionError()
    customers = Customers(provider, deadline=5.0)

    async def until_back() -> None:
        for number in range(4):
            await customers.find(f"c-{number}")
        assert customers.status()["state"] == "away"
        provider.answer = GOLD
        while customers.status()["state"] != "ok":
            await customers.find("c-1")
            await asyncio.sleep(0)
        assert (await customers.find("c-2")).fields["tier"] == "gold"

    asyncio.run(until_back())


def test_what_is_known_is_at_hand_while_the_provider_fails() -> None:
    provider, now = Provider(), [0.0]
    customers = Customers(provider, deadline=0.05, ttl=10, clock=lambda: now[0])

    async def go() -> None:
        assert (await customers.find("c-1")).fields == GOLD
        now[0], provider.wait = 20.0, 60.0
        late = await customers.find("c-1")
        assert late.problem == "could not be looked up: TimeoutError; what was known before is used"
        asked = provider.calls
        at_once = await customers.find("c-1")
        assert (at_once.fields, provider.calls - asked) == (GOLD, 0)
        assert at_once.problem is not None
        assert at_once.problem.startswith("is not waited for")

    asyncio.run(go())
