"""Proofs, answers, differences and reasons of every construct, against contacts decided by the reference."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hypothesis import given

from routekit import Engine, Policy
from routekit.analysis import Finding, Promise, Proof, Witness, ask, diff, prove
from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy, Held, Segment
from routekit.policy.outcomes import outcome_of
from routekit.reference import Scope, decide, holds
from routekit.schema.times import format_duration
from routekit.testing.choices import Dice, seeded
from tests.generate.contacts import CLOCKS, YEARS, some_contacts
from tests.generate.edits import versions
from tests.generate.policies import Author, write_policy
from tests.generate.settings import TIMED
from tests.strategies import seeds, slow

_TIMEOUT = 60.0


def check_proof(policy: Policy, dice: Dice, most: int = 150) -> Proof:
    """No contact refutes what a proof says, and each of its witnesses is decided as it says."""
    checked, proof = policy.checked, prove(policy, timeout=_TIMEOUT, years=YEARS)
    intake = Intake(checked)
    dead = {(item.kind, item.subject) for item in proof.findings if item.kind != "unknown"}
    names = {item.name for item in checked.definitions if isinstance(item, Segment)}
    proved = {promise.name for promise in proof.guarantees if promise.answer == "proved"}
    later = {item.subject for item in proof.findings if item.kind in ("broken-later", "unknown")}
    plan_of = outcome_of(checked)
    for contact, clock in some_contacts(dice, most):
        facts = intake.read(contact, clock)
        decision = decide(checked, facts)
        scope = Scope(checked, facts, decision)
        way = decision.rule if decision.arm is None else f"{decision.rule}` arm `{decision.arm}"
        happened = {
            ("unreachable-rule", decision.rule),
            ("unreachable-row", decision.rule),
            ("unreachable-arm", f"{decision.rule}` arm `{decision.arm}"),
            *((kind, o) for o in decision.offers for kind in ("unreachable-offer", "never-shown-offer")),
            *(("empty-segment", name) for name in names if scope.segments[name]),
            *(
                ("unreachable-step", f"{step.plan.name if step.plan else way}` step `after {after}")
                for step in plan_of(decision).plan
                if step.after in {taken.after for taken in decision.plan}
                for after in (format_duration(step.after),)
            ),
            *(("unreachable-adjustment", a.name) for a in checked.adjustments if scope.is_true(a.condition)),
        }
        assert not dead & happened, (contact, clock)
        for guarantee in checked.guarantees:
            assert guarantee.name not in proved or holds(checked, guarantee, facts), (contact, clock)
            if guarantee.name in proved - later and guarantee.held.at_arrival:
                throughout = replace(guarantee, held=Held(throughout=True))
                assert holds(checked, throughout, facts), (contact, clock)
    said: tuple[Promise | Finding, ...] = (*proof.guarantees, *proof.findings)
    for item in said:
        if item.witness is not None:
            check_witness(checked, item.witness)
        assert "error of the analysis" not in item.takes, item
    for promise, guarantee in zip(proof.guarantees, checked.guarantees, strict=True):
        if promise.witness is not None:
            facts = intake.read(promise.witness.contact, promise.witness.now or CLOCKS[0])
            assert not holds(checked, guarantee, facts)
    return proof


def check_witness(checked: CheckedPolicy, witness: Witness) -> None:
    """A witness is decided as it says, read as JSON, by no clock but its own."""
    for clock in CLOCKS[::7] if witness.now is None else [witness.now]:
        facts = Intake(checked).read(witness.contact, clock)
        assert decide(checked, facts) == witness.decision, (witness, clock)


@slow
@given(seeds)
def test_no_contact_refutes_a_proof(seed: int) -> None:
    dice = seeded(seed)
    check_proof(Policy.from_text(write_policy(dice, TIMED)), dice)


def test_waits_near_the_end_of_time_are_shown_as_json_holds_them() -> None:
    """A gap for nothing else."""
    check_proof(Policy.from_path(Path(__file__).parent / "kept" / "longest_waits.route"), seeded(0))


@slow
@given(seeds)
def test_no_contact_refutes_an_answer(seed: int) -> None:
    dice = seeded(seed)
    author = Author(dice, TIMED)
    policy = Policy.from_text(author.draft.text())
    check_answer(policy, dice, author.phrases.condition(1), author.phrases.promise())


def check_answer(policy: Policy, dice: Dice, when: str, then: str) -> None:
    """A question is answered as contacts show."""
    asked = policy.question(f"can {when} reach {then}")
    reply = ask(policy, asked, timeout=_TIMEOUT, years=YEARS)
    assert "error of the analysis" not in reply.takes
    if reply.witness is not None:
        check_witness(policy.checked, reply.witness)
    if reply.answer == "no":
        intake = Intake(policy.checked)
        for contact, clock in some_contacts(dice, 150):
            facts = intake.read(contact, clock)
            scope = Scope(policy.checked, facts, decide(policy.checked, facts))
            assert not (scope.is_true(asked.condition) and scope.is_true(asked.outcome)), (contact, clock)


@slow
@given(seeds)
def test_no_contact_refutes_that_nothing_changed(seed: int) -> None:
    check_difference(seeded(seed))


def check_difference(dice: Dice) -> None:
    """Versions that are proved the same decide alike, and each witness of a difference shows it."""
    old, new = versions(dice, TIMED)
    difference = diff(old, new, timeout=_TIMEOUT, years=YEARS)
    engines = Engine(old), Engine(new)
    for group in difference.groups:
        witness = group.witness
        for clock in CLOCKS[::11] if witness.now is None else [witness.now]:
            before, after = (engine.decide(witness.contact, now=clock) for engine in engines)
            assert _noticed(before) == _noticed(witness.before), (witness, clock)
            assert _noticed(after) == _noticed(witness.decision), (witness, clock)
    if difference.answer == "same":
        for contact, clock in some_contacts(dice, 150):
            one, other = (_noticed(engine.decide(contact, now=clock)) for engine in engines)
            assert one == other, (contact, clock)


def _noticed(decision: object) -> Mapping[str, object]:
    found = decision.to_dict()  # type: ignore[attr-defined]
    return {key: value for key, value in found.items() if key not in ("rule", "arm", "problems", "revision")}


@slow
@given(seeds)
def test_every_decision_has_reasons(seed: int) -> None:
    dice = seeded(seed)
    policy = Policy.from_text(write_policy(dice, TIMED))
    engine = Engine(policy)
    for contact, clock in some_contacts(dice, 4):
        explanation = engine.explain(contact, now=clock)
        assert str(explanation)
        assert explanation.to_dict()
