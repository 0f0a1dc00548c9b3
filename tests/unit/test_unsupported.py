"""Of what the prover was not told of, it proves nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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


def greeting(words: str) -> m.CheckedPolicy:
    *others, last = POLICY.rules
    return replace(POLICY, rules=(*others, replace(last, body=Greeted("people", greeting=words))))


NEW: list[tuple[m.CheckedPolicy, str]] = [
    (asking(Sounds("contains", SUBJECT, e.Constant("refund"))), "Sounds"),
    (asking(e.Not(Sounds("contains", SUBJECT, e.Constant("refund")))), "Sounds"),
    (asking(e.TextTest("sounds like", SUBJECT, e.Constant("refund"))), "sounds like"),
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
