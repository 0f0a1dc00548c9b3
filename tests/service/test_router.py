"""A router: customer, live signals, decision, and the account of it."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routekit import Decision, Engine, Policy, Problem
from routekit.service import Customers, DecisionLog, LiveSignals, Meters, PolicySource, Routed, Router
from routekit.service.keys import Ids, KeyValue
from routekit.service.policies import Acceptance, PolicyRefused
from tests.properties.hostile import HOSTILE, MARKER
from tests.service.versions import version

POLICY = Policy.from_text(
    """
policy care "Care"
record contact {
  channel  one of voice, web
  intent   one of billing, cancel, other = other
  phone    text ? private
}
record customer {
  id     text ? private
  tier   ordered bronze < silver < gold ?
  value  integer 0..100 = 0
}
channel voice { assisted }
channel web { self_service }
queue best { on voice }
queue general { on voice }
queue portal { on web }
live queue { waiting integer 0.. = 0 }
route {
  rule our_best when customer.tier is gold or customer.value >= 80 then queue best, priority 1
  rule full when general.waiting > 10 then queue portal
  otherwise queue general
}
"""
)
ENGINE = Engine(POLICY)
VOICE = {"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}


async def gold(key: KeyValue) -> Mapping[str, object]:
    return {"tier": "gold", "value": 10}


async def failing(key: KeyValue) -> Mapping[str, object]:
    raise ConnectionError(f"no answer for {key}")


def plain(decision: Decision) -> dict[str, object]:
    """A decision without what differs from one to the next."""
    return {
        name: value for name, value in decision.to_dict().items() if name not in ("id", "latency", "context")
    }


@pytest.fixture(params=["async", "sync"])
def route(request: pytest.FixtureRequest) -> Callable[..., Routed]:
    """Both ways to route; they share all but how they wait."""

    def route_in_loop(router: Router, contact: object, **options: object) -> Routed:
        return asyncio.run(router.route(contact, **options))  # type: ignore[arg-type]

    return route_in_loop if request.param == "async" else Router.route_sync


def test_a_decision_is_that_of_the_engine_with_an_id_and_its_latency(route: Callable[..., Routed]) -> None:
    with Router(POLICY) as router:
        decision = route(router, VOICE)
    assert isinstance(decision, Decision)
    assert plain(decision) == ENGINE.decide(VOICE).to_dict()
    assert decision.because == ENGINE.decide(VOICE).because
    assert 0 < decision.latency < 5
    told = decision.to_dict()
    assert (told["id"], told["latency"]) == (decision.id, decision.latency)
    json.dumps(told)


def test_the_customer_is_looked_up_and_the_contact_knows_better(route: Callable[..., Routed]) -> None:
    with Router(POLICY, customers=Customers(gold)) as router:
        assert route(router, VOICE).rule == "our_best"
        assert route(router, {**VOICE, "customer": {"id": "c-1", "tier": "bronze"}}).rule == "otherwise"
        assert route(router, {**VOICE, "customer": {"id": "c-1", "tier": None}}).rule == "our_best"
        assert route(router, {"contact": {"channel": "voice"}}).rule == "otherwise"
    assert VOICE == {"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}


def test_a_customer_may_be_known_by_another_field(route: Callable[..., Routed]) -> None:
    asked: list[KeyValue] = []

    async def by_phone(key: KeyValue) -> Mapping[str, object]:
        asked.append(key)
        return {"id": "c-1", "tier": "gold"}

    with Router(POLICY, customers=Customers(by_phone, key="contact.phone")) as router:
        assert route(router, {"contact": {"channel": "voice", "phone": "+4930123"}}).rule == "our_best"
    assert asked == ["+4930123"]


def test_a_provider_that_fails_leaves_the_contact_as_it_is(route: Callable[..., Routed]) -> None:
    with Router(POLICY, customers=Customers(failing)) as router:
        decision = route(router, VOICE)
    assert plain(decision) == {
        **ENGINE.decide(VOICE).to_dict(),
        "problems": [{"path": "customer", "message": "could not be looked up: ConnectionError"}],
    }


def test_the_router_hears_of_queues(route: Callable[..., Routed]) -> None:
    board = LiveSignals()
    with Router(POLICY, live=board) as router:
        router.live.update("general", waiting=12)
        assert board is router.live
        assert route(router, VOICE).rule == "full"
        assert route(router, {**VOICE, "live": {"general": {"waiting": 0}}}).rule == "otherwise"
        assert router.status()["live"]["signals"] == 1  # type: ignore[index]


def test_a_board_belongs_to_whoever_makes_the_engines() -> None:
    with pytest.raises(ValueError, match="give the board to the one who makes the engines"):
        Router(PolicySource.fixed(POLICY), live=LiveSignals())


def test_the_clock_of_a_caller(route: Callable[..., Routed]) -> None:
    policy = Policy.from_text(
        "policy p timezone Asia/Shanghai record contact { channel one of voice } channel voice { assisted }"
        " queue day { on voice } queue night { on voice }"
        " route { rule late when hour(now) >= 22 then queue night otherwise queue day }"
    )
    with Router(policy) as router:
        assert route(router, VOICE, now=datetime(2026, 11, 23, 15, tzinfo=UTC)).rule == "late"
        assert route(router, VOICE, now=datetime(2026, 11, 23, 22)).rule == "late"
        with pytest.raises(ValueError, match="no usable time"):
            route(router, VOICE, now=datetime.max)


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_any_value_at_all_is_decided_as_the_engine_does(make: Callable[[], object]) -> None:
    records: list[Mapping[str, object]] = []
    log = DecisionLog(records.append)
    with Router(POLICY, customers=Customers(gold), log=log, live=LiveSignals()) as router:
        for contact in (
            make(),
            {"contact": make()},
            {**VOICE, "customer": {"id": make()}},
            {**VOICE, "live": make()},
            {**VOICE, "history": make(), "offers_shown": make()},
        ):
            expected = ENGINE.decide(contact)
            decision = router.route_sync(contact)
            if decision.rule != "our_best":
                assert (decision.rule, decision.problems) == (expected.rule, expected.problems)
            assert MARKER not in json.dumps(decision.to_dict())
        status = router.status()
    assert MARKER not in json.dumps(status)
    assert MARKER not in json.dumps(records)
    assert len(records) == 5


def test_something_broken_within_still_gets_a_decision(
    route: Callable[..., Routed], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    meters = Meters()
    with Router(POLICY, customers=Customers(gold), meters=meters) as router:

        def broken(*_: object) -> None:
            raise KeyError("c-1")

        monkeypatch.setattr(Customers, "at_hand", broken)
        decision = route(router, VOICE)
    assert decision.rule == "otherwise"
    assert decision.problems == (Problem("service", "failed: KeyError; decided by the contact alone"),)
    assert "c-1" not in caplog.text
    assert any(family.name == "routekit_router_failures_total" for family in meters.read())


def test_a_closed_router_says_so(route: Callable[..., Routed]) -> None:
    router = Router(POLICY)
    assert router.health().to_dict() == {"status": "ok", "troubles": []}
    router.close()
    router.close()
    with pytest.raises(RuntimeError, match="the router is closed"):
        route(router, VOICE)
    assert router.health().to_dict() == {"status": "closed", "troubles": []}


def test_what_needs_a_history_says_so() -> None:
    with Router(POLICY) as router, pytest.raises(RuntimeError, match="has no history: give it one"):
        router.conclude("d-1", result="resolved")


def test_what_happened_goes_to_the_log_and_needs_no_history() -> None:
    records: list[Mapping[str, object]] = []
    with Router(POLICY, log=DecisionLog(records.append)) as router:
        decision = router.route_sync(VOICE)
        router.happened(decision.id, "rated", score=5, note="secret words")
        router.conclude(decision.id, result="forwarded to the bank")
    assert [(record.get("of"), record.get("event")) for record in records] == [
        (None, None),
        (decision.id, "rated"),
        (decision.id, "ended"),
    ]
    assert "secret" not in json.dumps(records)


def test_status_is_json_and_names_no_customer() -> None:
    records: list[Mapping[str, object]] = []
    with Router(POLICY, customers=Customers(gold), log=DecisionLog(records.append)) as router:
        router.route_sync({"contact": {"channel": "voice"}, "customer": {"id": "secret-customer"}})
        told = json.dumps(router.status())
    assert "secret-customer" not in told
    assert "secret-customer" not in json.dumps(records)


def test_a_log_tells_the_contact_as_it_was_decided() -> None:
    records: list[Mapping[str, object]] = []
    with Router(POLICY, customers=Customers(gold), log=DecisionLog(records.append)) as router:
        router.live.update("general", waiting=3)
        contact = {"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}
        decision = router.route_sync(contact)
        contact["contact"]["channel"] = "web"  # what the caller does later is not what was decided
    (record,) = records
    assert (record["id"], record["rule"]) == (decision.id, "our_best")
    assert record["contact"] == {
        "contact": {"channel": "voice", "intent": "other"},
        "customer": {"tier": "gold", "value": 10},
        "live": {"best": {"waiting": 0}, "general": {"waiting": 3}, "portal": {"waiting": 0}},
    } or record["contact"] == {
        "contact": {"channel": "voice"},
        "customer": {"tier": "gold", "value": 10},
        "live": {"general": {"waiting": 3}},
    }


def test_decisions_are_counted() -> None:
    with Router(POLICY, customers=Customers(failing)) as router:
        for _ in range(3):
            router.route_sync(VOICE)
        families = {family.name: family.samples for family in router.meters.read()}
    (decided,) = families["routekit_decisions_total"]
    assert (dict(decided.labels), decided.value) == (
        {"rule": "otherwise", "queue": "general", "channel": "voice"},
        3,
    )
    (problem,) = families["routekit_problems_total"]
    assert (dict(problem.labels), problem.value) == ({"path": "customer"}, 3)


def test_fields_that_the_policy_does_not_have_are_counted_by_what_was_meant() -> None:
    with Router(POLICY) as router:
        router.route_sync({"contact": {"channel": "voice", "chanel": "voice"}, "weather": {"sky": "grey"}})
        router.route_sync(VOICE)
        families = {family.name: family.samples for family in router.meters.read()}
    counted = {
        dict(sample.labels)["likely"]: sample.value for sample in families["routekit_unknown_fields_total"]
    }
    assert counted == {"contact.channel": 1, "none": 1}


# ── started in a coroutine ────────────────────────────────────────────────────


def test_a_router_made_in_a_coroutine_does_not_hold_up_its_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "care.route"
    path.write_text(version(1))
    start = PolicySource.start
    threads: list[str] = []

    def started(source: PolicySource) -> PolicySource:
        threads.append(threading.current_thread().name)
        return start(source)

    monkeypatch.setattr(PolicySource, "start", started)
    off = Acceptance(guarantees="off")

    async def first(how: str) -> str:
        router = Router(PolicySource(path, acceptance=off))
        assert threads == []
        match how:
            case "with":
                async with router:
                    return (await router.route(VOICE)).queue
            case "start":
                assert await router.start() is router
        queue = (await router.route(VOICE)).queue
        await asyncio.to_thread(router.close)
        return queue

    for how in ("with", "start", "route"):
        threads.clear()
        assert asyncio.run(first(how)) == "q1"
        assert len(threads) == 1
        assert threads != [threading.main_thread().name]

    async def refused() -> None:
        async with Router(PolicySource(path, acceptance=off)):
            pass

    path.write_text("policy")
    with pytest.raises(PolicyRefused):
        asyncio.run(refused())


# ── ids ───────────────────────────────────────────────────────────────────────


def test_ids_sort_by_time_and_none_comes_twice() -> None:
    ids = Ids()
    made: list[list[str]] = []

    def make() -> None:
        made.append([ids.new() for _ in range(5_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(run == sorted(run) for run in made)
    assert len({id for run in made for id in run}) == 20_000


def test_a_clock_that_is_set_back_leaves_ids_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000_000_000_000]
    monkeypatch.setattr("routekit.service.keys.time_ns", lambda: now[0])
    ids = Ids()
    first = ids.new()
    now[0] -= 3_600_000_000_000
    second = ids.new()
    assert first < second
    assert first[:13] == second[:13]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_process_makes_ids_of_its_own() -> None:
    ids = Ids()
    ids.new()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, ids.new().encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(reader, 100).decode()
    os.close(reader)
    os.close(writer)
    assert len(told) == 36
    assert told[14:] != ids.new()[14:]
