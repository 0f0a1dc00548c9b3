"""Proofs against looking at every contact there is."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given

from routekit import Engine, Policy
from routekit.analysis import Finding, Proof, prove
from routekit.intake import Intake
from routekit.policy.model import Rule, Segment
from routekit.prover.domains.terms import NOON
from routekit.reference import Scope, decide, holds
from routekit.testing.choices import seeded
from routekit.testing.contact_generator import Callers
from tests.generate.contacts import every_contact, facts_of_every_contact
from tests.generate.policies import write_policy
from tests.generate.settings import SMALL
from tests.strategies import policy_texts, seeds, slow

CONTACTS = list(every_contact())
KEPT = Path(__file__).parent / "kept"


@dataclass
class Seen:
    """What all contacts together came to."""

    rules: set[str] = field(default_factory=set)
    arms: set[str] = field(default_factory=set)
    offers: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    adjustments: set[str] = field(default_factory=set)
    nevers: int = 0
    broken: set[str] = field(default_factory=set)


def look(policy: Policy) -> Seen:
    """Decides every contact; what has been seen once is not looked for again."""
    checked, engine, seen = policy.checked, Engine(policy), Seen()
    nevers = list(enumerate(checked.nevers))
    segments = {item.name for item in checked.definitions if isinstance(item, Segment)}
    for contact, facts in zip(CONTACTS, facts_of_every_contact(), strict=True):
        decision = engine.decide(contact, now=NOON)
        seen.rules.add(decision.rule)
        seen.arms.add(f"{decision.rule}` arm `{decision.arm}")
        seen.offers |= set(decision.offers)
        scope = Scope(checked, facts, decision)
        if seen.segments < segments:
            seen.segments |= {name for name, inside in scope.segments.items() if inside}
        for item in checked.adjustments:
            if item.name not in seen.adjustments and scope.is_true(item.condition):
                seen.adjustments.add(item.name)
        nevers = [(place, never) for place, never in nevers if not scope.is_true(never.condition)]
        for promise in checked.guarantees:
            if promise.name not in seen.broken and scope.is_true(promise.condition):
                seen.broken |= set() if scope.is_true(promise.promise) else {promise.name}
    seen.nevers = len(checked.nevers) - len(nevers)
    return seen


def subjects(proof: Proof, *kinds: str) -> set[str]:
    return {finding.subject for finding in proof.findings if finding.kind in kinds}


def compare(policy: Policy) -> None:
    checked, proof, seen = policy.checked, prove(policy), look(policy)
    assert not subjects(proof, "unknown")
    assert (
        subjects(proof, "unreachable-rule", "unreachable-row")
        == {rule.name for rule in checked.rules} - seen.rules
    )
    assert (
        subjects(proof, "empty-segment")
        == {item.name for item in checked.definitions if isinstance(item, Segment)} - seen.segments
    )
    assert (
        subjects(proof, "unreachable-offer", "never-shown-offer")
        == {o.name for o in checked.offers} - seen.offers
    )
    assert (
        subjects(proof, "unreachable-adjustment") == {a.name for a in checked.adjustments} - seen.adjustments
    )
    assert len(subjects(proof, "unreachable-never")) == len(checked.nevers) - seen.nevers
    assert not subjects(proof, "unreachable-arm") & seen.arms
    assert {promise.name for promise in proof.guarantees if promise.answer != "proved"} == seen.broken
    for promise, guarantee in zip(proof.guarantees, checked.guarantees, strict=True):
        if promise.witness is not None:
            facts = Intake(checked).read(promise.witness.contact, promise.witness.now or NOON)
            assert not holds(checked, guarantee, facts)
    for finding in proof.findings:
        assert takes_all(policy, finding)


def takes_all(policy: Policy, finding: Finding) -> bool:
    """Whether the rules that are said to take a rule's contacts do so, and each is needed."""
    if not finding.taken_by or not finding.kind.startswith("unreachable-r"):
        return True
    rules = {written[0].name: written for written in policy.checked.written_rules()}
    intake = Intake(policy.checked)
    alone: set[str] = set()
    for contact in CONTACTS:
        scope = Scope(policy.checked, intake.read(contact, NOON))
        if any(scope.is_true(rule.condition) for rule in rules[finding.subject]):
            takers = [
                name
                for name in finding.taken_by
                if any(scope.is_true(rule.condition) for rule in rules[name])
            ]
            if not takers:
                return False
            if len(takers) == 1:
                alone.add(takers[0])
    return alone == set(finding.taken_by)


def _is_wanted(scope: Scope, rules: tuple[Rule, ...]) -> bool:
    return any(scope.is_true(rule.condition) for rule in rules)


@slow
@given(seeds)
def test_proofs_agree_with_every_contact(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if seed % 6 == 0:  # the solver of our own agrees too
            patch.setitem(sys.modules, "pysat.solvers", None)
        compare(Policy.from_text(write_policy(seeded(seed), SMALL)))


@pytest.mark.parametrize(
    "name",
    [
        "rule_that_cannot_hold",  # behind one that took all
        "chosen_queue",  # taken by several, of one of which a field chooses the queue
    ],
)
def test_proofs_of_what_was_once_proved_wrongly(name: str) -> None:
    compare(Policy.from_path(KEPT / f"{name}.route"))


_LONG_AGO = """
policy past
record contact { channel one of voice, chat  at time ? }
channel voice { assisted }
queue queue_0 { on voice }
route {
  rule rule_0 when contact.at in {0002-01-01 00:00} then queue queue_0
  otherwise queue queue_0
}
"""


@slow
@given(policy_texts(), seeds)
@example(_LONG_AGO, 0)
def test_no_contact_refutes_what_was_proved(text: str, seed: int) -> None:
    policy = Policy.from_text(text)
    checked, proof = policy.checked, prove(policy, timeout=5)
    dead = subjects(proof, "unreachable-rule", "unreachable-row")
    proved = {promise.name for promise in proof.guarantees if promise.answer == "proved"}
    hidden = subjects(proof, "unreachable-offer", "never-shown-offer")
    intake, dice = Intake(checked), seeded(seed)
    callers = Callers(checked, dice)
    for number in range(40):
        contact = callers.valid(dice) if number % 4 else callers.corrupted(dice)
        facts = intake.read(contact, callers.clock(dice))
        if not proof.years[0] <= facts.now.year <= proof.years[1]:
            continue  # proofs speak of contacts that come within their years
        decision = decide(checked, facts)
        assert decision.rule not in dead
        assert not hidden & set(decision.offers)
        assert all(holds(checked, item, facts) for item in checked.guarantees if item.name in proved)
