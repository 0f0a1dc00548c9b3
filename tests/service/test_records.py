"""What a record of a decision holds, and what only by its path."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.policy import expressions as e
from routekit.policy.decision import Problem
from routekit.policy.references import Reads
from routekit.service.contact_events import ContactEvent
from routekit.service.decision_log import Entry, Happened
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.rendering import as_line

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy.from_text("""
    policy care "Care"
    timezone Asia/Shanghai
    list vips = {"c-77"}
    record contact {
      channel  one of voice, web
      at       time ?
      language text = "zh"
      note     text ?
      wait     duration ?
    }
    record customer {
      id        text private ?
      tier      one of gold, silver private ?
      segment   text ?
      tags      set of text = {}
      scores    set of integer = {}
      born      date ?
      value     integer 0..100 = 0
      agent     text ?
      banker    text private ?
    }
    live queue { waiting integer 0.. = 0   longest duration ?   mood text ? }
    channel voice { assisted }
    channel web { self_service }
    queue general { on voice, web }
    queue vip { on voice }
    route {
      rule wish when customer.agent is known then queue vip, agent customer.agent
      rule own_banker when customer.banker is known then queue vip, agent customer.banker else "desk"
      rule business when customer.segment is "business" then queue vip, agent "desk"
      rule listed when customer.segment in vips or customer.tags has "vip" then queue vip
      otherwise queue general
    }
    offers { offer gift "A gift" when customer.value >= 90 at most 1 per 30d }
""")
ENGINE = Engine(POLICY)


def record(contact: object, *, plain: tuple[str, ...] = (), key: bytes | None = None, **more: Any) -> Any:
    decision = ENGINE.decide(contact, now=NOON)
    entry = Entry("d-1", NOON, 0.0000314159, decision, contact, POLICY.checked)._replace(**more)
    return json.loads(as_line(Recorder(frozenset(plain), key)(entry)))


def customer(**fields: object) -> dict[str, object]:
    return {"contact": {"channel": "voice"}, "customer": fields}


def test_a_record_says_what_was_decided_and_on_what_facts() -> None:
    contact = {
        "contact": {"channel": "voice", "at": "2026-11-23T20:00:00+08:00", "wait": "3m"},
        "customer": {"value": 95, "born": "1990-02-03", "scores": [3, 1, 2]},
        "live": {"general": {"waiting": 4, "longest": 90.5}},
        "offers_shown": [{"offer": "gift", "at": "2026-01-01T00:00:00Z"}, {"offer": "other", "at": NOON}],
    }
    assert (
        record(contact).items()
        >= {
            "format_version": 1,
            "id": "d-1",
            "at": "2026-11-23T12:00:00+00:00",
            "latency_us": 31.4,
            "policy": "care",
            "revision": POLICY.revision,
            "rule": "otherwise",
            "channel": "voice",
            "queue": "general",
            "agent": None,
            "priority": 5,
            "skills": [],
            "offers": ["gift"],
            "message": None,
            "plan": [],
            "arm": None,
            "problems": [],
            "contact": {
                "contact": {"channel": "voice", "at": "2026-11-23T12:00:00+00:00", "wait": 180},
                "customer": {"value": 95, "born": "1990-02-03", "scores": [1, 2, 3]},
                "live": {"general": {"waiting": 4, "longest": 90.5}},
                "offers_shown": [{"offer": "gift", "at": "2026-01-01T00:00:00+00:00"}],
            },
            "masked": [],
        }.items()
    )


def test_what_the_router_adds_stands_where_it_is_given() -> None:
    assert record({}).keys().isdisjoint({"round", "canary"})
    assert record({}, round=2, canary=False).items() >= {"round": 2, "canary": False}.items()


def test_defaults_that_were_not_sent_are_not_written() -> None:
    assert record({"contact": {"channel": "voice"}})["contact"] == {"contact": {"channel": "voice"}}


def test_bad_and_undeclared_values_are_not_written_though_their_paths_are() -> None:
    found = record({"contact": {"channel": "secret"}, "customer": {"value": "secret", "card": "secret"}})
    assert found["contact"] == {"contact": {"channel": {}}, "customer": {"value": {}}}
    assert [problem["path"] for problem in found["problems"]] == ["contact.channel", "customer.value"]
    assert "secret" not in json.dumps(found)


def test_private_values_are_named_by_their_paths_whatever_their_type_and_whatever_is_plain() -> None:
    found = record(customer(id="c-1", tier="gold"), plain=("customer.id", "customer.tier"))
    assert found["masked"] == ["customer.id", "customer.tier"]
    assert "customer" not in found["contact"]


@pytest.mark.parametrize(
    ("field", "value", "is_kept"),
    [
        ("segment", "business", True),  # written in a condition
        ("segment", "zh", True),  # written as a default
        ("segment", "c-77", False),  # a member of a list, which may be one of customers
        ("segment", "Mrs Wang", False),
        ("tags", ["vip", "desk"], True),
        ("tags", [], True),
        ("tags", ["vip", "Mrs Wang"], False),
        ("value", 95, True),
    ],
)
def test_a_free_text_is_kept_where_the_policy_itself_has_written_it(
    field: str, value: object, is_kept: bool
) -> None:
    found = record(customer(**{field: value}))
    kept = found["contact"].get("customer", {})
    assert (field in kept) is is_kept
    assert found["masked"] == ([] if is_kept else [f"customer.{field}"])


def test_a_free_text_is_kept_where_it_is_plain() -> None:
    found = record(customer(segment="Mrs Wang"), plain=("customer.segment", "live.vip.mood"))
    assert found["contact"]["customer"] == {"segment": "Mrs Wang"}


def test_signals_are_masked_like_fields() -> None:
    contact = {"contact": {"channel": "voice"}, "live": {"general": {"mood": "x"}, "vip": {"mood": "y"}}}
    found = record(contact, plain=("live.vip.mood",))
    assert found["masked"] == ["live.general.mood"]
    assert found["contact"]["live"] == {"vip": {"mood": "y"}}


@pytest.mark.parametrize(
    ("sent", "plain", "agent", "masked"),
    [
        ({"agent": "a-1"}, (), None, ["customer.agent", "agent"]),
        ({"agent": "a-1"}, ("customer.agent",), "a-1", []),
        ({"agent": "desk"}, (), "desk", []),
        ({"banker": "b-1"}, ("customer.banker",), None, ["customer.banker", "agent"]),
        ({"banker": "desk"}, (), None, ["customer.banker", "agent"]),
        ({"segment": "business"}, (), "desk", []),
    ],
)
def test_an_agent_is_masked_as_the_field_is_that_names_it(
    sent: dict[str, str], plain: tuple[str, ...], agent: str | None, masked: list[str]
) -> None:
    found = record(customer(**sent), plain=plain)
    assert (found["agent"], found["masked"]) == (agent, masked)


def test_pseudonyms_join_the_decisions_of_one_customer_and_tell_no_more() -> None:
    key = b"sixteen bytes, or more"
    one, again, other = (record(customer(id=id), key=key) for id in ("c-1", "c-1", "c-2"))
    assert one["pseudonyms"] == again["pseudonyms"] != other["pseudonyms"]
    assert set(one["pseudonyms"]) == {"customer.id"}
    assert record(customer(id="c-1"), key=b"another key altogether")["pseudonyms"] != one["pseudonyms"]
    assert "pseudonyms" not in record(customer(id="c-1"))
    by_field = record(customer(id="same", segment="same"), key=key)["pseudonyms"]
    assert by_field["customer.id"] != by_field["customer.segment"]


@pytest.mark.parametrize("text", ["\u2028", '"\n\\', "\x00\x1b[2J", "名" * 10, "\U0001f600", "x" * 100_000])
def test_any_text_makes_one_line_of_ascii(text: str) -> None:
    decision = ENGINE.decide({})
    made = Recorder(frozenset(("customer.segment",)), None)(
        Entry(text, NOON, 0, decision, customer(segment=text), POLICY.checked)
    )
    line = as_line(made)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert json.loads(line)["contact"]["customer"]["segment"] == text


@pytest.mark.parametrize("latency", [float("nan"), float("inf"), -1.0])
def test_any_latency_and_lone_surrogate_makes_valid_json(latency: float) -> None:
    decision = replace(ENGINE.decide({}), problems=(Problem("x", "\ud800"),))
    line = as_line(Recorder(frozenset(), None)(Entry("\udfff", NOON, latency, decision, {}, POLICY.checked)))
    json.loads(line, parse_constant=pytest.fail)


def test_numbers_that_json_does_not_have_are_never_written() -> None:
    found = record({"contact": {"channel": "voice", "wait": float("nan")}, "customer": {"value": 10**5000}})
    assert found["contact"] == {"contact": {"channel": "voice", "wait": {}}, "customer": {"value": {}}}


def test_many_revisions_are_kept_in_mind_only_for_a_while() -> None:
    recorder = Recorder(frozenset(), None)
    decision = ENGINE.decide({})
    for number in range(100):
        policy = replace(POLICY.checked, revision=str(number))
        recorder(Entry("d", NOON, 0, decision, {}, policy))
    assert len(recorder._known) <= 8


def test_offers_that_the_policy_does_not_have_are_counted_in_a_record_without_their_names() -> None:
    policy = Policy.from_text("""
policy care "Care"
record contact { channel one of voice }
channel voice { assisted cost 1 }
queue general { on voice }
offers { altogether at most 1 per 7d  offer gift }
route { otherwise queue general }
""")
    contact = {
        "contact": {"channel": "voice"},
        "offers_shown": [{"offer": "c-1 of Bern", "at": NOON}, {"offer": "gift", "at": NOON}],
    }
    decision = Engine(policy).decide(contact, now=NOON)
    found: Any = Recorder(frozenset(), None)(Entry("d-1", NOON, 0.0, decision, contact, policy.checked))
    assert [shown["offer"] for shown in found["contact"]["offers_shown"]] == ["masked: offers_shown", "gift"]
    assert found["masked"] == ["offers_shown"]
    assert Engine(policy).decide(found["contact"], now=NOON).offers == decision.offers == ()


def test_what_an_expression_reads_is_not_mixed_up_with_that_of_one_that_is_gone() -> None:
    reads = Reads(POLICY.checked)
    for place in range(100):  # each may stand where the one before stood
        field = e.FieldRef("customer", f"field_{place}")
        assert reads(e.Else(field, e.Constant(place))) == {field}


# ── what became of a contact ──────────────────────────────────────────────────


def told(event: ContactEvent, *, plain: tuple[str, ...] = (), key: bytes | None = None) -> Any:
    return dict(Recorder(frozenset(plain), key)(Happened(event, POLICY.checked)))


def test_of_an_event_only_what_the_policy_names_is_written() -> None:
    event = ContactEvent("d-1", "answered", NOON, "vip", "desk", "voice", worth=2.5)
    assert told(event) == {
        "event": "answered", "of": "d-1", "at": "2026-11-23T12:00:00+00:00",
        "queue": "vip", "agent": "desk", "channel": "voice", "worth": 2.5, "format_version": 1,
    }  # fmt: skip
    secret = ContactEvent("d-1", "ended", NOON, "to Mrs X", "anna", "her phone", score=3, note="Mrs X moved")
    assert told(secret) == {
        "event": "ended", "of": "d-1", "at": "2026-11-23T12:00:00+00:00", "score": 3,
        "masked": ["queue", "agent", "channel", "note"], "format_version": 1,
    }  # fmt: skip
    shown = told(secret, plain=("agent", "note"))
    assert (shown["agent"], shown["note"], shown["masked"]) == ("anna", "Mrs X moved", ["queue", "channel"])


def test_an_agent_has_one_pseudonym_in_decisions_and_events() -> None:
    key = b"sixteen bytes, or more"
    decided = record({"contact": {}, "customer": {"agent": "anna"}}, key=key)
    event = told(ContactEvent("d-1", "answered", NOON, agent="anna"), key=key)
    assert event["pseudonyms"]["agent"] == decided["pseudonyms"]["agent"]
    assert "anna" not in as_line(event).decode()
