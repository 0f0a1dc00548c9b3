"""Every contact: any value at all gets a decision, what was wrong is named, and never repeated."""

import copy
import json
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routekit import Decision, Engine, InvalidContact, Policy
from tests.properties.hostile import HOSTILE, MARKER
from tests.properties.packs import pack
from tests.strategies import contacts, json_contacts, policy_texts, seeds, slow

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

EVERY_TYPE = Policy.from_text(
    """
    policy every_type "A field of every type, and a test of every field"
    timezone Europe/Berlin
    record contact {
      channel  one of voice, chat, branch
      at       time ?
      arrived  time = 2026-01-01 12:00
    }
    record customer {
      id        text
      note      text ?
      vip       flag ?
      value     integer 0..100 = 0
      score     number -1..1 ?
      tier      ordered low < high ?
      birthday  date ?
      waited    duration ?
      tags      set of text = {}
      numbers   set of integer 0..100 ?
      tiers     set of ordered low < high ?
      days      set of date ?
      times     set of time ?
      spans     set of duration ?
      scores    set of number ?
      flags     set of flag ?
    }
    live queue { waiting integer 0.. = 0  longest_wait duration ?  mood number ? }
    calendar office { open Mon-Fri 08:00-20:00, Sat 22:00-06:00 closed holidays DE }
    channel voice { assisted cost 1 }
    channel chat { assisted }
    queue general { on voice, chat }
    queue desk { on chat, voice  open office }
    list known_ids = {"a", "b"}
    let age = now - contact.arrived
    let weight = customer.value * customer.score + customer.value / customer.value
    segment regular when customer.tags has "regular" or customer.note matches "^r(eg)*$"
    route {
      rule texts when customer.id in known_ids or customer.note contains customer.id
        then queue desk, agent customer.note
      rule sets when customer.numbers has customer.value or customer.tiers has customer.tier
                  or customer.days has customer.birthday or customer.times has contact.at
                  or customer.spans has customer.waited or customer.scores has customer.score
                  or customer.flags has customer.vip then queue general, agent customer.id
      rule moments when age > 30d
                  or hour(contact.arrived) >= 12 and customer.birthday + customer.waited < date(now)
                  or office is open at contact.arrived - customer.waited
        then queue desk after 3h queue desk
      rule numbers when weight > 50 or general.waiting > 3 and desk.longest_wait > 1m or general.mood < 0
        split by customer.score seed "s" { 50% queue general  50% queue desk }
      rule by_time split by contact.arrived seed "s" { 1% queue general  99% queue desk }
      rule by_wait split by customer.waited seed "s" { 1% queue general  99% queue desk }
      otherwise queue general
    }
    offers {
      offer first when regular at most 1 per 30d
      offer second worth weight at most 2 per 1d
    }
    """
)
POLICIES = (EVERY_TYPE, pack("telecom"))
policies = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)


@lru_cache(maxsize=4)
def _engine(policy: Policy) -> Engine:
    return Engine(policy)


@lru_cache(maxsize=4)
def _declared(policy: Policy) -> set[str]:
    """The paths that a problem may name, list entries aside."""
    fields = {f"{record.name}.{field.name}" for record in policy.checked.records for field in record.fields}
    signals = {
        f"live.{queue}.{signal.name}" for queue in policy.checked.queues for signal in policy.checked.live
    }
    wholes = {record.name for record in policy.checked.records} | {
        f"live.{queue}" for queue in policy.checked.queues
    }
    return fields | signals | wholes | {"input", "live", "offers_shown"}


def _expect_decision(policy: Policy, contact: object) -> Decision:
    """Whatever the contact is: a decision that is JSON, and under strict an error where it has problems."""
    engine = _engine(policy)
    decision = engine.decide(contact, now=NOON)
    written = json.dumps(decision.to_dict(), allow_nan=False, ensure_ascii=False)
    assert json.loads(written.encode()) == decision.to_dict()
    declared = _declared(policy)
    for problem in decision.problems:
        assert problem.path.split("[")[0] in declared
        assert problem.message
    if decision.problems:
        with pytest.raises(InvalidContact) as refused:
            engine.decide(contact, now=NOON, strict=True)
        assert refused.value.problems == decision.problems
        assert str(refused.value)
    else:
        assert engine.decide(contact, now=NOON, strict=True) == decision
    return decision


# ── any value at all ──────────────────────────────────────────────────────────


@policies
@given(data=st.data())
def test_any_json_value_gets_a_decision(policy: Policy, data: st.DataObject) -> None:
    _expect_decision(policy, data.draw(json_contacts(policy.checked)))


hostile = pytest.mark.parametrize("name", HOSTILE)


@hostile
def test_a_hostile_value_in_any_one_place_gets_a_decision(name: str) -> None:
    _expect_decision(EVERY_TYPE, HOSTILE[name]())
    for path in PLACES:
        contact = _whole_contact()
        _put(contact, path, HOSTILE[name]())
        _expect_decision(EVERY_TYPE, contact)


@given(data=st.data())
@settings(max_examples=settings().max_examples * 3)
def test_hostile_values_in_several_places_get_a_decision(data: st.DataObject) -> None:
    contact = _whole_contact()
    for path, name in data.draw(
        st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(sorted(HOSTILE))), min_size=1)
    ):
        with suppress(
            TypeError, KeyError, IndexError, RuntimeError
        ):  # what held the place is hostile already
            _put(contact, path, HOSTILE[name]())
    _expect_decision(EVERY_TYPE, contact)


def _whole_contact() -> dict[str, Any]:
    """A contact of the policy with every type, that lacks nothing."""
    return {
        "contact": {"channel": "voice", "at": "2026-11-23T10:00:00+01:00", "arrived": "2026-11-20T10:00:00"},
        "customer": {
            "id": "c-1", "note": "hello", "vip": True, "value": 50, "score": 0.25,
            "tier": "high", "birthday": "1990-01-01",
            "waited": "3m", "tags": ["regular"], "numbers": [1, 2], "tiers": ["low"],
            "days": ["2026-01-01"],
            "times": ["2026-01-01T00:00:00Z"], "spans": [60, "3m"], "scores": [0.5],
            "flags": [False],
        },
        "live": {"general": {"waiting": 3, "longest_wait": "3m", "mood": 0.5}, "desk": {"waiting": 1}},
        "offers_shown": [{"offer": "first", "at": "2026-11-01T09:00:00+01:00"}],
    }  # fmt: skip


def _places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Every place of a contact, the contact itself aside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*path, key)
        yield from _places(below, (*path, key))


def _put(contact: Any, path: tuple[object, ...], value: object) -> None:
    for key in path[:-1]:
        contact = contact[key]
    contact[path[-1]] = value


PLACES = list(_places(_whole_contact()))


def test_the_contact_of_every_type_is_right() -> None:
    """So that in the tests above only the hostile value is wrong."""
    assert Engine(EVERY_TYPE).decide(_whole_contact(), now=NOON, strict=True).problems == ()


# ── what is said of them ──────────────────────────────────────────────────────


SECRETS: tuple[object, ...] = (
    MARKER, [MARKER], [[MARKER]], {MARKER: MARKER}, {"offer": MARKER, "at": MARKER},
    {"offer": [MARKER]}, f"{MARKER}-01",
    47114711.5, [47114711.5], 10**18 * 47114711, -47114711, b"47114711", "4711-47-11T47114711",
    timedelta(days=47114711),
    Decimal("47114711.5"), {"47114711": 1}, ("47114711",), {"47114711"}, f"{MARKER}\ud800",
    datetime.max, 10**5000,
)  # fmt: skip


@given(
    puts=st.lists(st.tuples(st.integers(0, 99), st.integers(0, len(SECRETS) - 1)), min_size=1, max_size=30)
)
@settings(max_examples=settings().max_examples * 4)
def test_no_problem_repeats_what_was_sent(puts: list[tuple[int, int]]) -> None:
    contact = _whole_contact()
    for place, secret in puts:
        with suppress(TypeError, KeyError, IndexError):  # what held the place has been replaced before
            _put(contact, PLACES[place % len(PLACES)], copy.copy(SECRETS[secret]))
    _expect_unsaid(EVERY_TYPE, contact)


@hostile
def test_no_problem_repeats_what_a_hostile_value_holds(name: str) -> None:
    _expect_unsaid(EVERY_TYPE, HOSTILE[name]())
    for path in PLACES:
        contact = _whole_contact()
        _put(contact, path, HOSTILE[name]())
        _expect_unsaid(EVERY_TYPE, contact)


def _expect_unsaid(policy: Policy, contact: object) -> None:
    with suppress(InvalidContact):
        _engine(policy).decide(contact, now=NOON, strict=True)
        return
    problems = _engine(policy).decide(contact, now=NOON).problems
    error = InvalidContact(problems)
    said = [
        str(error),
        repr(error),
        *(text for problem in problems for text in (problem.path, problem.message)),
    ]
    assert not [text for text in said if "47114711" in text]


def test_a_traceback_does_not_repeat_what_was_sent() -> None:
    contact = {
        "contact": HOSTILE["rude keys"](),
        "customer": {"id": HOSTILE["text"](), "score": HOSTILE["rude timezone"]()},
    }
    with pytest.raises(InvalidContact) as refused:
        Engine(EVERY_TYPE).decide(contact, strict=True)
    assert "47114711" not in "".join(traceback.format_exception(refused.value))


# ── contacts as they should be, and nearly so ─────────────────────────────────


@given(text=policy_texts(), data=st.data())
def test_a_contact_as_declared_has_no_problem_but_what_is_missing(text: str, data: st.DataObject) -> None:
    policy = Policy.from_text(text)
    contact = data.draw(contacts(policy.checked))
    for problem in _engine(policy).decide(contact, now=NOON).problems:
        assert problem.message == "is required and missing", (problem, contact)


@partial(slow, times=4)
@given(text=policy_texts(), data=st.data())
def test_a_wrong_value_counts_as_a_missing_one(text: str, data: st.DataObject) -> None:
    policy = Policy.from_text(text)
    contact = data.draw(contacts(policy.checked, corrupted=True))
    engine = _engine(policy)
    decision = engine.decide(contact, now=NOON)
    if not isinstance(contact, dict):
        assert decision == engine.decide(contact, now=NOON)
        return
    without = {key: dict(value) if isinstance(value, dict) else value for key, value in contact.items()}
    if isinstance(without.get("live"), dict):
        without["live"] = {
            queue: dict(of) if isinstance(of, dict) else of for queue, of in without["live"].items()
        }
    for problem in decision.problems:
        if "[" not in problem.path and problem.path != "offers_shown":
            _remove(without, problem.path.split("."))
    again = engine.decide(without, now=NOON)
    # what could not be read may keep offers back that a missing value does not
    assert _but_problems(again) | {"offers": None} == _but_problems(decision) | {"offers": None}
    assert {problem.message for problem in again.problems if "offers_shown" not in problem.path} <= {
        "is required and missing"
    }


def _remove(contact: Any, path: list[str]) -> None:
    for key in path[:-1]:
        contact = contact.get(key)
        if not isinstance(contact, dict):
            return
    contact.pop(path[-1], None)


def _but_problems(decision: Decision) -> dict[str, object]:
    return {**decision.to_dict(), "problems": None}


@partial(slow, times=4)
@given(text=policy_texts(), data=st.data(), seed=seeds)
def test_what_the_policy_does_not_declare_is_ignored(text: str, data: st.DataObject, seed: int) -> None:
    policy = Policy.from_text(text)
    contact: Any = data.draw(contacts(policy.checked))
    more = {
        key: {**value, "not_declared": object()} if isinstance(value, dict) else value
        for key, value in contact.items()
    }
    more |= {"not_declared": {"channel": seed}, 17: None, None: []}
    assert _engine(policy).decide(more, now=NOON) == _engine(policy).decide(contact, now=NOON)


@partial(slow, times=4)
@given(data=st.data())
def test_a_contact_is_not_changed(data: st.DataObject) -> None:
    contact = data.draw(
        contacts(EVERY_TYPE.checked, corrupted=True).filter(lambda contact: isinstance(contact, dict))
    )
    before = repr_of(contact)
    Engine(EVERY_TYPE).decide(contact, now=NOON)
    assert repr_of(contact) == before


def repr_of(contact: object) -> str:
    return (
        ascii(contact)
        if not any(isinstance(part, int) and part > 2**4000 for part in _leaves(contact))
        else ""
    )


def _leaves(value: object) -> Iterator[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else None
    if inner is None:
        yield value
        return
    for part in inner:
        yield from _leaves(part)


@given(moment=st.datetimes(timezones=st.none() | st.timezones()))
@example(moment=datetime.max)
@example(moment=datetime.min)
def test_any_time_of_arrival_gets_a_decision(moment: datetime) -> None:
    forms = [
        moment,
        moment.isoformat(),
        moment.isoformat(" ", "minutes"),
        moment.replace(fold=1 - moment.fold),
    ]
    for form in forms:
        _expect_decision(
            EVERY_TYPE,
            {"contact": {"channel": "voice", "at": form, "arrived": form}, "customer": {"id": "z"}},
        )
