"""A router that remembers: features, caps, context, incidents, and what the contact brings itself."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routekit import Policy
from routekit.service import Keeper, Routed, Router, SQLiteStore
from tests.service.memory import MemoryStore

POLICY = Policy.from_text(
    """
policy care "Care"
record contact {
  channel  one of voice, web
  intent   one of billing, cancel, other = other
  at       time ?
}
record customer { id text ? private }
history {
  calls_today    count on voice within 24h
  same_matter    count about contact.intent within 7d
  last_queue     last queue within 7d
  open_incident  open incident
}
channel voice { assisted }
channel web { self_service }
queue best { on voice, web }
queue general { on voice, web }
queue crisis { on voice, web }
route {
  rule known_matter when history.open_incident then queue crisis
  rule again when history.same_matter >= 2 then queue best, priority 1
  otherwise queue general
}
offers {
  show 1 by worth
  offer gift when contact.intent is cancel worth 50 at most 1 per 30d
  offer points when contact.intent is cancel worth 10
}
"""
)


def contact(customer: str = "c-1", intent: str = "billing", **more: object) -> dict[str, object]:
    return {"contact": {"channel": "voice", "intent": intent}, "customer": {"id": customer}, **more}


@pytest.fixture(params=["sqlite", "memory", "distant"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Keeper:
    if request.param == "sqlite":
        return Keeper(SQLiteStore(tmp_path / "history.db"))
    return Keeper(MemoryStore(is_local=request.param == "memory"))


@pytest.fixture
def router(history: Keeper) -> Iterator[Router]:
    with Router(POLICY, history=history) as router:
        yield router


@pytest.fixture(params=["async", "sync"])
def route(request: pytest.FixtureRequest) -> Callable[..., Routed]:
    def route_in_loop(router: Router, contact: object, **options: object) -> Routed:
        return asyncio.run(router.route(contact, **options))  # type: ignore[arg-type]

    return route_in_loop if request.param == "async" else Router.route_sync


def test_what_happened_before_counts_at_once(router: Router, route: Callable[..., Routed]) -> None:
    rules = [route(router, contact()).rule for _ in range(4)]
    assert rules == ["otherwise", "otherwise", "again", "again"]
    assert route(router, contact("c-2")).rule == "otherwise"
    assert route(router, contact(intent="cancel")).rule == "otherwise"


def test_what_the_contact_brings_itself_wins(router: Router, route: Callable[..., Routed]) -> None:
    for _ in range(3):
        route(router, contact())
    assert route(router, contact(history={"same_matter": 0})).rule == "otherwise"
    assert route(router, contact(history={"calls_today": 9})).rule == "again"
    assert route(router, contact(history={"open_incident": True})).rule == "known_matter"


def test_a_customer_that_is_not_named_has_no_history(router: Router, route: Callable[..., Routed]) -> None:
    nobody = {"contact": {"channel": "voice", "intent": "billing"}}
    assert [route(router, nobody).rule for _ in range(4)] == ["otherwise"] * 4


def test_a_cap_holds_and_the_next_best_takes_its_place(router: Router, route: Callable[..., Routed]) -> None:
    offers = [route(router, contact(intent="cancel")).offers for _ in range(3)]
    assert offers == [("gift",), ("points",), ("points",)]


@pytest.mark.parametrize(
    ("customer", "trouble"),
    [
        ({}, "is missing"),
        ({"id": None}, "is missing"),
        ({"id": ""}, "has not 1 to 256 characters"),
        ({"id": "c" * 257}, "has not 1 to 256 characters"),
        ({"id": "c\0"}, "holds a NUL"),
        ({"id": "\ud800"}, "half of a surrogate pair"),
        ({"id": 2**63}, "is too large a number"),
        ({"id": 4.5}, "is neither a text nor a whole number"),
        ({"id": True}, "is neither a text nor a whole number"),
        ({"id": ["c-1"]}, "is neither a text nor a whole number"),
        (None, "is missing"),
        ("c-1", "is missing"),
    ],
)
def test_whoever_cannot_be_counted_is_shown_no_capped_offer(
    router: Router, route: Callable[..., Routed], customer: object, trouble: str
) -> None:
    routed = route(router, {"contact": {"channel": "voice", "intent": "cancel"}, "customer": customer})
    assert routed.offers == ("points",), "the next best takes its place"
    said = [problem.message for problem in routed.problems if problem.path == "offers_shown"]
    assert len(said) == 1
    assert said[0].startswith("are withheld, they cannot be counted: `customer.id`")
    assert trouble in said[0]


def test_a_cap_holds_for_many_at_once(router: Router) -> None:
    async def many() -> list[Routed]:
        return await asyncio.gather(*(router.route(contact(intent="cancel")) for _ in range(20)))

    found = Counter(decision.offers for decision in asyncio.run(many()))
    assert found == {("gift",): 1, ("points",): 19}
    with ThreadPoolExecutor(8) as pool:
        again = list(pool.map(lambda _: router.route_sync(contact("c-2", "cancel")), range(40)))
    assert Counter(decision.offers for decision in again) == {("gift",): 1, ("points",): 39}


def test_a_cap_holds_even_where_the_contact_says_that_nothing_was_shown(
    router: Router, route: Callable[..., Routed]
) -> None:
    offers = [route(router, contact(intent="cancel", offers_shown=[])).offers for _ in range(3)]
    assert offers == [("gift",), ("points",), ("points",)]


def test_incidents_run_across_channels(router: Router, route: Callable[..., Routed]) -> None:
    incident = router.open_incident(contact(), title="billed twice", about="billing")
    assert route(router, contact()).rule == "known_matter"
    router.close_incident(incident.id)
    assert route(router, contact()).rule != "known_matter"
    with pytest.raises(ValueError, match=r"no customer is named: give the value of `customer\.id`"):
        router.open_incident({"contact": {}}, title="of nobody")


def test_a_customer_is_forgotten_in_one_call(router: Router, route: Callable[..., Routed]) -> None:
    for _ in range(3):
        route(router, contact())
    route(router, contact("c-2"))
    router.open_incident("c-1", title="billed twice")
    assert asyncio.run(router.erase("c-1")) >= 3
    decision = route(router, contact())
    assert decision.rule == "otherwise"
    assert decision.past.touches == ()
    assert route(router, contact("c-2")).past.touches != ()
    assert router.erase_sync("c-1") >= 1


def test_what_became_of_a_contact_is_told_to_the_next(router: Router, route: Callable[..., Routed]) -> None:
    first = route(router, contact())
    router.conclude(first.id, result="resolved", note="the invoice was sent again")

    async def awaited() -> None:
        await router.conclude(first.id, result="resolved", note="the invoice was sent again")

    asyncio.run(awaited())
    (touch,) = route(router, contact()).past.touches
    assert touch.id == first.id
    assert touch.outcome is not None
    assert (touch.outcome.result, touch.outcome.note) == ("resolved", "the invoice was sent again")
    assert (touch.inbound, touch.channel, touch.queue) == ("voice", "voice", "general")
    assert touch.facts == {"contact.intent": "billing"}
    context = route(router, contact(), now=touch.at + timedelta(minutes=1)).context
    assert "resolved: “the invoice was sent again”" in str(context)
    assert json.loads(json.dumps(context.to_dict()))["touches"][-1]["answer"] == "the invoice was sent again"


def test_what_happened_to_a_contact_is_told_to_the_next(router: Router, route: Callable[..., Routed]) -> None:
    first = route(router, contact())
    at = datetime.now(UTC).replace(microsecond=0)
    for _ in range(2):
        router.happened(first.id, "answered", at=at, queue="general", agent="anna")
    asyncio.run(
        _awaited(router.happened(first.id, "resolved", at=at + timedelta(minutes=3), note="sent again"))
    )
    router.happened(first.id, "ended", at=(at + timedelta(minutes=4)).replace(tzinfo=None))
    (touch,) = route(router, contact()).past.touches
    assert [(event.kind, event.agent) for event in touch.happened][:2] == [
        ("answered", "anna"),
        ("resolved", None),
    ]
    assert touch.outcome is not None
    assert (touch.outcome.result, touch.outcome.note) == ("resolved", "sent again")
    with pytest.raises(ValueError, match="`awnsered` is no kind of event; did you mean `answered`"):
        router.happened(first.id, "awnsered")  # type: ignore[arg-type]  # as a caller without types may
    with pytest.raises(ValueError, match="has a `score` that is no number"):
        router.happened(first.id, "rated", score=float("nan"))


async def _awaited(done: Awaitable[None]) -> None:
    await done


def test_a_decision_of_yesterday_is_kept_as_of_yesterday(
    router: Router, route: Callable[..., Routed]
) -> None:
    yesterday = datetime.now(UTC) - timedelta(hours=30)
    before = {"contact": {"channel": "voice", "intent": "billing", "at": yesterday.isoformat()}}
    route(router, {**before, "customer": {"id": "c-1"}})
    (touch,) = route(router, contact()).past.touches
    assert touch.at == yesterday
    assert touch.facts == {"contact.intent": "billing"}


@pytest.mark.parametrize("value", [5, 2**62])
def test_a_key_may_be_a_number(history: Keeper, value: int) -> None:
    policy = Policy.from_text(
        "policy p record contact { channel one of voice } record customer { id integer ? }"
        " history { before count within 7d } channel voice { assisted } queue general { on voice }"
        " route { rule again when history.before >= 1 then queue general otherwise queue general }"
    )
    with Router(policy, history=history) as router:
        sent = {"contact": {"channel": "voice"}, "customer": {"id": value}}
        assert [router.route_sync(sent).rule for _ in range(2)] == ["otherwise", "again"]
        assert router.erase_sync(value) == 2


def test_a_store_that_is_away_leaves_the_contact_as_it_is(route: Callable[..., Routed]) -> None:
    store = MemoryStore()
    store.fail("the disk is full")
    with Router(POLICY, history=store) as router:
        decision = route(router, contact(intent="cancel"))
        assert decision.rule == "otherwise"
        assert decision.offers == ("points",), "an offer that cannot be counted is withheld"
        assert {problem.path for problem in decision.problems} == {"history", "offers_shown"}
        for _ in range(3):
            route(router, contact(intent="cancel"))
        health = router.health()
        assert (health.is_ready, health.to_dict()["status"]) == (True, "degraded")
        store.recover()
    assert all("c-1" not in str(problem) for problem in decision.problems)
