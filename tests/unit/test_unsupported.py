"""Of what the prover was not told of, it proves nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, make_dataclass, replace
from operator import eq

import pytest

from routekit import Policy
from routekit.diff import compare
from routekit.policy import expressions as e
from routekit.policy import model as m
from routekit.policy.operators.text import TEXT_TESTS, Takes, TextTest
from routekit.policy.references import Question
from routekit.prover.ask import answer
from routekit.prover.prove import prove, prove_guarantees
from routekit.schema.types import Flag

POLICY = Policy.from_text(
    """
    policy care
    record contact { channel one of voice, web  subject text ? }
    channel voice { assisted }
    channel web { self_service }
    queue people { on voice }
    queue portal { on web }
    message hello { web "hello" }
    route {
      rule refund when contact.subject contains "refund" then queue portal
      otherwise queue people
    }
    adjust { rule early when contact.channel is web then priority 1 }
    guarantee assisted then channel is assisted
    guarantee ranked then priority <= 5
    """
).checked
SUBJECT = e.FieldRef("contact", "subject")


@pytest.fixture(autouse=True)
def a_test_of_which_no_proof_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    row = TextTest(name="sounds like", takes=Takes.TEXT, meaning=eq, denied="does not sound like")
    monkeypatch.setitem(TEXT_TESTS, row.name, row)


@dataclass(frozen=True, slots=True)
class Sounds(e.TextTest):
    """A kind of test that nobody planned for."""


@dataclass(frozen=True, slots=True)
class Greeted(m.Outcome):
    """A further part of the outcome."""

    greeting: str = ""


@dataclass(frozen=True, slots=True)
class Recorded(m.Rule):
    """A further setting of a rule."""


class Park:
    """A further change of an adjustment."""


def asking(condition: e.Expr) -> m.CheckedPolicy:
    rule, *others = POLICY.rules
    return replace(POLICY, rules=(replace(rule, condition=condition, own=condition), *others))


def weighing() -> m.CheckedPolicy:
    """A let whose cases are gathered in a way that nobody planned for."""
    cases = e.Cases("median", (e.Case(e.IsKnown(SUBJECT), e.Constant(False)),), Flag())  # type: ignore[arg-type]
    return replace(asking(e.LetRef("weighed")), definitions=(m.Let("weighed", cases, Flag()),))


def greeting(words: str) -> m.CheckedPolicy:
    *others, last = POLICY.rules
    return replace(POLICY, rules=(*others, replace(last, body=Greeted("people", greeting=words))))


NEW: list[tuple[m.CheckedPolicy, str]] = [
    (asking(Sounds("contains", SUBJECT, e.Constant("refund"))), "Sounds"),
    (asking(e.Not(Sounds("contains", SUBJECT, e.Constant("refund")))), "Sounds"),
    (asking(e.TextTest("sounds like", SUBJECT, e.Constant("refund"))), "sounds like"),
    (weighing(), "median"),
    (greeting("good day"), "Greeted"),
    (
        replace(
            POLICY,
            rules=(*POLICY.rules[:-1], Recorded("otherwise", "", None, None, POLICY.rules[-1].body, "")),
        ),
        "Recorded",
    ),
    (replace(POLICY, adjustments=(replace(POLICY.adjustments[0], changes=(Park(),)),)), "Park"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("policy", "named"), NEW)
def test_a_guarantee_that_rests_on_it_is_unknown(policy: m.CheckedPolicy, named: str) -> None:
    for promises in (prove(policy).guarantees, prove_guarantees(policy)):
        assert promises[0].answer == "unknown"
        assert f"`{named}`" in promises[0].reason
        assert promises[0].takes


@pytest.mark.parametrize(("policy", "named"), NEW)
def test_whether_it_is_reached_is_unknown(policy: m.CheckedPolicy, named: str) -> None:
    proof = prove(policy)
    assert not proof.is_clean
    assert {finding.kind for finding in proof.findings} == {"unknown"}
    assert f"`{named}`" in proof.findings[0].reason


@pytest.mark.parametrize(("policy", "named"), NEW)
def test_a_question_about_it_is_unknown(policy: m.CheckedPolicy, named: str) -> None:
    reply = answer(
        policy, Question("can it be", None, e.Compare("is", e.OutcomeRef("queue"), e.Constant("portal")))
    )
    assert reply.answer == "unknown"
    assert f"`{named}`" in reply.reason


@pytest.mark.parametrize(("policy", "named"), NEW)
def test_versions_with_it_are_never_the_same(policy: m.CheckedPolicy, named: str) -> None:
    difference = compare(POLICY, policy, timeout=60, progress=lambda *_: None)
    assert difference.answer != "same"
    if difference.answer == "unknown":
        assert any(f"`{named}`" in item.why.reason for item in difference.unknown)


def test_what_does_not_rest_on_it_is_proved() -> None:
    policy = asking(Sounds("contains", SUBJECT, e.Constant("refund")))
    assert {promise.name: promise.answer for promise in prove(policy).guarantees} == {
        "assisted": "unknown",
        "ranked": "proved",
    }


@pytest.mark.parametrize(
    "compared",
    [
        lambda test: e.Compare("is", test, e.Constant(True)),
        lambda test: e.Else(test, e.Constant(False)),
        lambda test: e.IsKnown(test),
    ],
)
def test_a_test_within_another_is_not_taken_for_known(compared: Callable[[e.Expr], e.Expr]) -> None:
    policy = asking(compared(Sounds("contains", SUBJECT, e.Constant("refund"))))
    assert prove(policy).guarantees[0].answer == "unknown"


# ── a setting that nobody told of, at every place of a policy ─────────────────

WHOLE = Policy.from_text(
    """
    policy care
    timezone Europe/Berlin
    record contact { channel one of voice, web  at time ?  subject text ?  score integer 0..9 = 1
                     tags set of one of a, b = {} }
    live queue { waiting integer = 0 }
    channel voice { assisted }
    channel web { self_service }
    calendar shop { open Tue-Sat 09:00-18:00  closed 2026-12-24 }
    queue people { on voice }
    queue portal { on web }
    message hello { web "hello" }
    let double = contact.score * 2
    segment late when not (shop is open)
    route {
      rule refund when contact.subject contains "refund" or contact.tags has a then queue portal
      rule busy when double > 4 and late and people.waiting in 3..5 then queue people, message hello
      rule shared when contact.score in {3, 4}
        split by contact.score seed "x" { 50% queue portal  50% queue people }
      otherwise queue people
    }
    adjust { rule early when contact.channel is web then priority 1 }
    guarantee assisted when contact.score is 9 and hour(now) is 3 then channel is assisted
    care {
      quiet 21:00-09:00
      consent contact.tags
      reach later when late after contact.at by 7d for 3d on web then queue portal at most 1 per 90d
      never when double > 9
    }
    """
).checked
_WITHOUT_MEANING = {"span", "examples", "own"}
"""Fields that say where and how something is written."""


def _extended(kind: type) -> type:
    return make_dataclass(
        f"New{kind.__name__}", [("new", str, field(default=""))], bases=(kind,), frozen=True
    )


def _with_a_new_setting(part: object) -> object:
    copy: object = object.__new__(_extended(type(part)))
    for item in fields(part):  # type: ignore[arg-type]
        object.__setattr__(copy, item.name, getattr(part, item.name))
    object.__setattr__(copy, "new", "set")
    return copy


def _each_extended(part: object, path: str) -> Iterator[tuple[str, object]]:
    """The part with one of what it holds replaced by one with a further setting, and where."""
    if is_dataclass(part) and not isinstance(part, type):
        yield f"{path}: {type(part).__name__}", _with_a_new_setting(part)
        for item in fields(part):
            if item.init and item.name not in _WITHOUT_MEANING:  # what is not given is made of what is
                for place, held in _each_extended(getattr(part, item.name), f"{path}.{item.name}"):
                    yield place, replace(part, **{item.name: held})
    elif isinstance(part, tuple):
        for index, one in enumerate(part):
            for place, held in _each_extended(one, f"{path}[{index}]"):
                yield place, (*part[:index], held, *part[index + 1 :])
    elif isinstance(part, Mapping):
        for name, one in part.items():
            for place, held in _each_extended(one, f"{path}[{name}]"):
                yield place, {**part, name: held}


def test_a_new_setting_anywhere_in_a_policy_is_never_the_same() -> None:
    every = dict(_each_extended(WHOLE, "policy"))
    same = [
        place
        for place, policy in every.items()
        if compare(WHOLE, policy, timeout=60, progress=lambda *_: None).answer == "same"  # type: ignore[arg-type]
    ]
    assert len(every) > 70
    assert same == []
