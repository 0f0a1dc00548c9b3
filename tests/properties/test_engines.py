"""Every evaluator decides exactly as the reference does: one body of tests, all evaluators.

The number of generated pairs of policy and contact is 10⁵, or as many as ``ROUTEKIT_PAIRS`` says; the
profile ``long`` tries 10⁷.
"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings

from routekit import Decision, Engine, Policy
from routekit.compiled import Compiled
from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy
from routekit.reference import decide
from tests.markdown import CASES, read_cases
from tests.properties.contacts import Callers
from tests.properties.dice import seeded
from tests.properties.packs import PACKS, pack, sample_contacts
from tests.strategies import policy_texts, seeds

CONTACTS = 400
"""For each policy; they are cheap beside it."""
PAIRS = int(os.environ.get("ROUTEKIT_PAIRS", settings().max_examples * 1_000))
POLICIES = -(-PAIRS // CONTACTS)

Decide: TypeAlias = Callable[[object, datetime], Decision]


def _engine(policy: Policy) -> Decide:
    engine = Engine(policy)
    return lambda contact, clock: engine.decide(contact, now=clock)


def _compiled(policy: Policy) -> Decide:
    compiled = Compiled(policy.checked)
    return lambda contact, clock: compiled.decide(contact, clock)


EVALUATORS: dict[str, Callable[[Policy], Decide]] = {"engine": _engine, "compiled": _compiled}
evaluators = pytest.mark.parametrize("evaluator", EVALUATORS.values(), ids=EVALUATORS.keys())


class _Comparison:
    """A policy under the reference and under another evaluator."""

    def __init__(self, policy: Policy, evaluator: Callable[[Policy], Decide]) -> None:
        self.checked: CheckedPolicy = policy.checked
        self.intake = Intake(policy.checked)
        self.decide = evaluator(policy)

    def expect_same(self, contact: object, clock: datetime) -> None:
        expected = decide(self.checked, self.intake.read(contact, clock))
        actual = self.decide(contact, clock)
        if actual != expected or _written(actual) != _written(expected):
            raise AssertionError(
                f"decided {_written(actual)}\nnot     {_written(expected)}\nat {clock} for {_shown(contact)}"
            )


def _shown(contact: object) -> str:
    try:
        return repr(contact)
    except ValueError:  # an integer of too many digits
        return "a contact that cannot be shown"


def _written(decision: Decision) -> str:
    """The decision in full; unlike equality it tells 1 from 1.0 and from True."""
    return json.dumps([decision.to_dict(), decision.policy, decision.because])


@evaluators
@settings(max_examples=POLICIES)
@given(text=policy_texts(), seed=seeds)
def test_all_evaluators_agree_on_generated_policies(
    evaluator: Callable[[Policy], Decide], text: str, seed: int
) -> None:
    policy = Policy.from_text(text)
    comparison = _Comparison(policy, evaluator)
    dice = seeded(seed)
    callers = Callers(policy.checked, dice)
    for _ in range(CONTACTS):
        clock = callers.clock(dice)
        comparison.expect_same(callers.any(dice, clock), clock)


@evaluators
@pytest.mark.parametrize("name", PACKS)
@given(seed=seeds)
@settings(max_examples=10)
def test_all_evaluators_agree_on_the_packs(
    evaluator: Callable[[Policy], Decide], name: str, seed: int
) -> None:
    policy = pack(name)
    comparison = _Comparison(policy, evaluator)
    dice = seeded(seed)
    callers = Callers(policy.checked, dice)
    for contact in sample_contacts(name):
        comparison.expect_same(contact, callers.clock(dice))
    for _ in range(100):
        clock = callers.clock(dice)
        comparison.expect_same(callers.any(dice, clock), clock)


@evaluators
@pytest.mark.parametrize("path", sorted(CASES.glob("*.md")), ids=lambda path: path.stem)
def test_all_evaluators_agree_on_the_cases(
    evaluator: Callable[[Policy], Decide], path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for case in read_cases(path):
        if not case.contacts:
            continue
        comparison = _Comparison(Policy.from_path(case.write(tmp_path_factory.mktemp("case"))), evaluator)
        clock = datetime.fromisoformat(case.now) if case.now else datetime(2026, 11, 23, 10, tzinfo=UTC)
        for contact in case.contacts:
            comparison.expect_same(contact, clock.replace(tzinfo=clock.tzinfo or UTC))


def test_a_difference_is_noticed() -> None:
    """Also one that equality overlooks, so that agreement means something."""
    policy = pack(PACKS[0])

    def wrong(policy: Policy) -> Decide:
        right = _engine(policy)
        return lambda contact, clock: replace(right(contact, clock), priority=5.0)  # type: ignore[arg-type]

    with pytest.raises(AssertionError):
        _Comparison(policy, wrong).expect_same({}, datetime(2026, 11, 23, tzinfo=UTC))
