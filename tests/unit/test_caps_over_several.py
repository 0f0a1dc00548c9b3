"""Caps over several offers, as proofs, differences and reasons see them; and switches at the board."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from routekit import Engine, Policy
from routekit.analysis import diff, prove
from routekit.service.decision_log import Entry
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.rendering import as_line
from routekit.service.decision_log.replay import Replay, read_record

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEAD = """
policy caps "Caps"
record contact { channel one of voice  at time ? }
record customer { v integer 0..100 = 3  unhappy flag = no }
switch storm "Storm: outages everywhere"
channel voice { assisted }
queue desk { on voice }
queue emergency { on voice }
route { rule first when storm then queue emergency  otherwise queue desk }
"""


def _policy(offers: str, more: str = "") -> Policy:
    return Policy.from_text(f"{HEAD}offers {{ {offers} }}\n{more}")


@pytest.mark.parametrize("worth", ["3", "customer.v"])
def test_a_proof_keeps_the_best(worth: str) -> None:
    policy = _policy(
        f"altogether at most 1 per 7d  offer a worth 5  offer b worth {worth}",
        "guarantee not_both then not (offers has all {a, b})\nguarantee no_b then not (offers has b)",
    )
    proof = {item.name: item.answer for item in prove(policy).guarantees}
    assert proof == {"not_both": "proved", "no_b": "counterexample" if worth == "customer.v" else "proved"}


def test_a_cap_that_is_used_up_for_another_offer_is_found() -> None:
    policy = _policy(
        "altogether at most 2 per 7d  offer a at most 1 per 30d  offer b",
        "guarantee always_b then offers has b",
    )
    [found] = prove(policy).guarantees
    assert found.answer == "counterexample"
    assert found.witness is not None
    assert "b" not in found.witness.decision.offers


def test_a_wider_cap_is_a_difference() -> None:
    one = _policy("altogether at most 1 per 7d  offer a worth 2  offer b worth 1")
    two = _policy("altogether at most 2 per 7d  offer a worth 2  offer b worth 1")
    assert (diff(one, two).answer, diff(one, one).answer) == ("different", "same")


def test_reasons_tell_what_a_cap_counted() -> None:
    policy = _policy(
        "altogether at most 2 per 7d  group ads { altogether at most 1 per 7d  offer a worth 2  offer b }"
    )
    shown = [{"offer": "b", "at": NOON - timedelta(days=1)}]
    contact = {"contact": {"channel": "voice"}, "offers_shown": shown}
    told = Engine(policy).explain(contact, now=NOON, offer="a")
    [reason] = [item for item in told.offers if item.offer == "a"]
    assert reason.outcome == "cap"
    assert reason.text == "offers of group ads were shown once in the last 7d, and at most once is allowed"
    [answer] = told.answers
    assert answer.changes[0].decision.offers == ("a",)
    [beaten] = [
        item
        for item in Engine(policy).explain({"contact": {"channel": "voice"}}, now=NOON).offers
        if item.offer == "b"
    ]
    assert beaten.text == "worth 0, and at most once in 7d is allowed in group ads: a is worth 2"


def test_reasons_tell_what_could_not_be_read() -> None:
    policy = _policy("offer a when customer.v >= 0 and customer.v > 2  never when customer.unhappy")
    contact = {"contact": {"channel": "voice"}, "customer": {"unhappy": "?"}}
    told = Engine(policy).explain(contact, now=NOON, offer="a")
    assert told.offers[0].text == "customer.unhappy could not be read, and could make a `never` hold"
    assert told.answers[0].changes[0].decision.offers == ("a",)


def test_a_log_keeps_that_something_could_not_be_read() -> None:
    policy = _policy("altogether at most 1 per 7d  offer a when customer.v >= 0  offer b")
    engine = Engine(policy)
    for contact in (
        {"contact": {"channel": "voice"}, "customer": {"v": "?"}},
        {"contact": {"channel": "voice"}, "customer": 7, "switch": {"storm": True}},
        {"contact": {"channel": "voice"}, "offers_shown": "a"},
        {
            "contact": {"channel": "voice"},
            "offers_shown": [{"offer": "a", "at": "?"}, {"at": "2026-11-23T11:00"}],
        },
    ):
        decision = engine.decide(contact, now=NOON)
        entry = Entry("d-1", NOON, 0.0, decision, contact, policy.checked)
        logged = read_record(json.loads(as_line(Recorder(frozenset(), None)(entry))))
        assert Replay(engine).compare(logged).kind == "same", contact


def test_a_switch_at_the_board_holds_until_it_ends() -> None:
    engine = Engine(_policy("offer a"))
    contact = {"contact": {"channel": "voice"}}
    assert engine.decide(contact).queue == "desk"
    engine.live.switch("storm", True, until=timedelta(hours=1), who="ops", why="a storm")
    assert engine.decide(contact).queue == "emergency"
    assert engine.decide({**contact, "switch": {"storm": False}}).queue == "desk"
    assert engine.live.status()["switches"] == ["storm"]
    engine.live.switch("storm", True, until=datetime(2020, 1, 1, tzinfo=UTC))
    assert engine.decide(contact).queue == "desk"
    engine.live.switch("storm")
    assert engine.decide(contact).queue == "emergency"
    engine.live.switch("storm", False)
    assert engine.decide(contact).queue == "desk"
    with pytest.raises(ValueError, match="offset"):
        engine.live.switch("storm", True, until=datetime(2030, 1, 1))


def test_a_proof_is_of_a_switch_on_and_off() -> None:
    policy = _policy(
        "offer a", "guarantee calm then queue is desk\nguarantee led when storm then queue is emergency"
    )
    assert {item.name: item.answer for item in prove(policy).guarantees} == {
        "calm": "counterexample",
        "led": "proved",
    }


def test_offers_of_a_group_that_are_not_made_are_named() -> None:
    policy = _policy('group loyal "Loyal customers" when customer.v > 50 { offer a  offer b }')
    told = Engine(policy).explain({"contact": {"channel": "voice"}}, now=NOON).to_text()
    assert "a, b   customer.v is 3" in told
    held = _policy("offer a  offer b  never when not customer.unhappy")
    assert (
        "all   never, because" in Engine(held).explain({"contact": {"channel": "voice"}}, now=NOON).to_text()
    )


def test_a_showing_that_used_up_a_cap_over_several_is_what_would_change_it() -> None:
    policy = _policy("altogether at most 2 per 7d  offer a worth 3  offer b worth 2")
    shown = [{"offer": "gone", "at": (NOON - timedelta(hours=2)).isoformat()}]
    explanation = Engine(policy).explain(
        {"contact": {"channel": "voice"}, "offers_shown": shown}, now=NOON, offer="b"
    )
    assert "without the last showing of gone" in str(explanation)
