"""Bad days of a whole router: provider, log, clock, callers who leave, data that must not get out."""

import asyncio
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routekit import Engine, Policy
from routekit.service import Customers, DecisionLog, FileSink, Keeper, Router, SQLiteStore
from routekit.service.customers import Lookup
from routekit.service.keys import KeyValue
from tests.service.memory import MemoryStore
from tests.service.test_router_history import POLICY, contact

ENGINE = Engine(POLICY)


# ── the provider ──────────────────────────────────────────────────────────────


async def _hangs(key: KeyValue) -> Mapping[str, object]:
    await asyncio.sleep(3_600)
    return {}


async def _raises(key: KeyValue) -> Mapping[str, object]:
    raise RuntimeError(f"no customer {key}")


async def _gives_nonsense(key: KeyValue) -> Mapping[str, object]:
    return {1: key}  # type: ignore[dict-item]


async def _gives_wrong_values(key: KeyValue) -> Mapping[str, object]:
    return {"id": object(), "tier": key}


@pytest.mark.parametrize(
    ("lookup", "problem"),
    [
        (_hangs, "could not be looked up: TimeoutError"),
        (_raises, "could not be looked up: RuntimeError"),
        (_gives_nonsense, "could not be looked up: NoRecord"),
        (_gives_wrong_values, None),
    ],
)
def test_a_day_without_the_provider(lookup: Lookup, problem: str | None, tmp_path: Path) -> None:
    customers = Customers(lookup, deadline=0.5)

    async def day() -> list[tuple[str, tuple[str, ...]]]:
        async with Router(POLICY, customers=customers, history=SQLiteStore(tmp_path / "h.db")) as router:
            decisions = await asyncio.gather(*(router.route(contact(f"c-{n % 5}")) for n in range(40)))
            assert len({decision.id for decision in decisions}) == 40
            return [
                (found.rule, tuple(each.message for each in found.problems if each.path == "customer"))
                for found in decisions
            ]

    told = asyncio.run(day())
    assert {problems for _, problems in told} == {() if problem is None else (problem,)}
    assert {rule for rule, _ in told} <= {"otherwise", "again"}


# ── the log ───────────────────────────────────────────────────────────────────


def test_a_day_with_a_log_that_hangs(tmp_path: Path) -> None:
    over = threading.Event()
    log = DecisionLog(lambda _: over.wait(), FileSink(tmp_path / "log.jsonl"), capacity=50)
    with Router(POLICY, history=SQLiteStore(tmp_path / "h.db"), log=log) as router:
        routed = []
        for number in range(200):
            routed.append(router.route_sync(contact(f"c-{number}")))
            if number % 40 == 39:
                log.flush(0.2)  # the file has room again; the one that hangs does not
        assert {decision.rule for decision in routed} == {"otherwise"}
        assert {decision.problems for decision in routed} == {()}
        status = log.status()
        assert status["dropped"] in (150, 151), "50 wait, and one of them may be the mark of a flush"
        over.set()
    written = [json.loads(line)["id"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert written == [decision.id for decision in routed]


# ── the clock ─────────────────────────────────────────────────────────────────


def test_a_clock_that_is_set_back_an_hour_loosens_no_cap_and_forgets_nothing(tmp_path: Path) -> None:
    now = [datetime.now(UTC)]
    store = SQLiteStore(tmp_path / "h.db", clock=lambda: now[0])
    with Router(POLICY, history=store, clock=lambda: now[0]) as router:
        first = router.route_sync(contact(intent="cancel"))
        router.live.update("general", waiting=3)
        now[0] -= timedelta(hours=1)
        second = router.route_sync(contact(intent="cancel"))
        third = router.route_sync(contact(intent="cancel"))
        assert [item.offers for item in (first, second, third)] == [("gift",), ("points",), ("points",)]
        assert [item.rule for item in (first, second, third)] == ["otherwise", "otherwise", "again"]
        assert first.id < second.id < third.id
        assert len(third.past.touches) == 2


# ── callers who leave ─────────────────────────────────────────────────────────


def test_a_caller_who_leaves_takes_nothing_with_him_and_leaves_nothing() -> None:
    started = asyncio.Event()
    go_on = asyncio.Event()

    async def slow(key: KeyValue) -> Mapping[str, object]:
        started.set()
        await go_on.wait()
        return {"id": key}

    store = MemoryStore()

    async def day() -> None:
        router = Router(POLICY, customers=Customers(slow, deadline=60), history=store)
        leaving = asyncio.create_task(router.route(contact()))
        staying = asyncio.create_task(router.route(contact()))
        await started.wait()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        go_on.set()
        assert (await staying).problems == ()
        assert (await router.route(contact())).rule == "otherwise"
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        router.close()

    asyncio.run(day())
    assert len(store.touches) == 2, "the contact that was given up is not in the history"


@pytest.mark.parametrize("call", ["past", "claim"])
def test_a_caller_may_leave_while_the_store_is_asked(call: str) -> None:
    store = MemoryStore(is_local=False)
    asked, go_on = threading.Event(), threading.Event()

    def wait(name: str) -> None:
        if name == call:
            asked.set()
            go_on.wait(10)

    async def day() -> None:
        keeper = Keeper(store, deadline=timedelta(seconds=10))
        router = Router(POLICY, history=keeper)
        store.before = wait
        leaving = asyncio.create_task(router.route(contact(intent="cancel")))
        await asyncio.to_thread(asked.wait, 10)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        go_on.set()
        store.recover()
        while keeper._claim_calls.hanging("c-1"):
            await asyncio.sleep(0.001)
        decision = await router.route(contact(intent="cancel"))
        assert decision.problems == ()
        assert decision.past.touches == ()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await asyncio.to_thread(router.close)

    asyncio.run(day())
    assert len(store.touches) == 1


# ── personal data ─────────────────────────────────────────────────────────────

PRIVATE = Policy.from_text(
    """
policy p
record contact {
  channel  one of voice, web
  intent   one of billing, other = other
  phone    text ? private
  note     text ?
  at       time ?
}
record customer private {
  id       text ?
  name     text ?
  born     date ?
  tags     set of text = {}
  value    integer 0..100 = 0
  agent    text ?
}
history { before count within 7d  last_phone last contact.phone within 7d }
live queue { waiting integer 0.. = 0 }
channel voice { assisted }
queue general { on voice }
route {
  rule mine when customer.agent is known then queue general, agent customer.agent
  otherwise queue general
}
offers { offer gift worth 1 at most 1 per 30d }
"""
)
SECRET = "planted-4711"


def _planted() -> Iterator[Mapping[str, object]]:
    """Contacts with personal data where it belongs, and where it does not."""
    texts: dict[str, dict[str, object]] = {
        "contact": {"channel": "voice", "phone": SECRET, "note": SECRET},
        "customer": {"id": SECRET, "name": SECRET, "tags": [SECRET], "agent": SECRET},
    }
    yield texts
    for record, field in (
        *(("contact", name) for name in ("channel", "intent", "at", "phone")),
        *(("customer", name) for name in ("id", "name", "born", "tags", "value", "agent")),
    ):
        for value in (SECRET, [SECRET], {SECRET: SECRET}, SECRET.encode()):
            yield {**texts, record: {**texts[record], field: value}}
    for member in ("contact", "customer", "live", "history", "offers_shown", SECRET):
        yield {**texts, member: SECRET}
        yield {**texts, member: {SECRET: SECRET}}
    yield {**texts, "offers_shown": [{"offer": SECRET, "at": SECRET}]}
    yield {**texts, "live": {"general": {"waiting": SECRET}, SECRET: {SECRET: SECRET}}}


@pytest.mark.parametrize("lookup", [_raises, _gives_nonsense, _gives_wrong_values, _hangs])
@pytest.mark.parametrize("is_away", [False, True])
def test_planted_data_is_found_in_no_log_status_or_figure(
    lookup: Lookup, is_away: bool, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    store = MemoryStore()
    if is_away:
        store.fail()
    log = DecisionLog(FileSink(tmp_path / "log.jsonl"))
    with (
        caplog.at_level(logging.DEBUG),
        Router(PRIVATE, customers=Customers(lookup, deadline=0.001), history=store, log=log) as router,
    ):
        for planted in _planted():
            decision = router.route_sync(planted)
            router.conclude(decision.id, result="resolved", note=SECRET)
            assert SECRET not in str(decision.problems)
        router.open_incident(SECRET, title=SECRET, about=SECRET)
        status = json.dumps([router.status(), router.health().to_dict()])
        figures = repr(router.meters.read())
    written = (tmp_path / "log.jsonl").read_text()
    assert sum("id" in json.loads(line) for line in written.splitlines()) == len(list(_planted()))
    for place in (status, figures, written, caplog.text, repr([vars(item) for item in caplog.records])):
        assert SECRET not in place


def test_what_the_agent_is_told_is_the_answer_to_him_alone() -> None:
    """The context holds what the customer said; so it is with the decision, and nowhere else."""
    records: list[Mapping[str, object]] = []
    with Router(PRIVATE, history=MemoryStore(), log=DecisionLog(records.append)) as router:
        sent = {"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}
        first = router.route_sync(sent)
        router.conclude(first.id, result="resolved", note=SECRET)
        second = router.route_sync(sent)
    assert SECRET in json.dumps(second.to_dict())
    assert SECRET not in repr(second)
    assert SECRET not in json.dumps(records)
