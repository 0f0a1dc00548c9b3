"""Every evaluator decides exactly as the reference does: one body of tests, all evaluators.

The number of generated pairs of policy and contact is 10⁵, or as many as ``ROUTEKIT_PAIRS`` says, the
same ones in each run; the profile ``new`` tries others, and ``long`` 10⁷.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings

from routekit import Decision, Engine, Policy
from routekit.compiled import Compiled
from routekit.intake import Intake
from routekit.reference import decide
from routekit.testing.choices import Dice, seeded
from routekit.testing.contact_generator import Callers
from tests.markdown import CASES, read_cases
from tests.properties.packs import PACKS, pack, sample_contacts
from tests.strategies import policy_texts, seeds, slow

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


class _Comparison:
    """A policy under the reference and under all evaluators; the reference, the slow one, is asked once."""

    def __init__(
        self, policy: Policy, evaluators: Mapping[str, Callable[[Policy], Decide]] = EVALUATORS
    ) -> None:
        self.checked = policy.checked
        self.intake = Intake(policy.checked)
        self.evaluators = {name: make(policy) for name, make in evaluators.items()}

    def expect_same(self, contact: object, clock: datetime) -> None:
        expected = decide(self.checked, self.intake.read(contact, clock))
        written = _written(expected)
        for name, evaluate in self.evaluators.items():
            actual = evaluate(contact, clock)
            if actual != expected or _written(actual) != written:
                raise AssertionError(
                    f"{name} decides {_written(actual)}\nreference {written}\n"
                    f"at {clock} for {_shown(contact)}"
                )

    def expect_same_for(self, callers: Callers, dice: Dice, count: int) -> None:
        for _ in range(count):
            clock = callers.clock(dice)
            self.expect_same(callers.any(dice, clock), clock)


def _shown(contact: object) -> str:
    try:
        return repr(contact)
    except ValueError:  # an integer of too many digits
        return "a contact that cannot be shown"


def _written(decision: Decision) -> str:
    """The decision in full; unlike equality it tells 1 from 1.0 and from True."""
    return json.dumps([decision.to_dict(), decision.policy, decision.because])


@pytest.mark.slow
@given(text=policy_texts(), seed=seeds)
@settings(max_examples=POLICIES)
def test_all_evaluators_agree_on_generated_policies(text: str, seed: int) -> None:
    policy = Policy.from_text(text)
    dice = seeded(seed)
    # an engine has the same code once more; it is compared on the packs and the cases
    comparison = _Comparison(policy, {"compiled": _compiled})
    comparison.expect_same_for(Callers(policy.checked, dice), dice, CONTACTS)


@pytest.mark.parametrize("name", PACKS)
@slow
@given(seed=seeds)
def test_all_evaluators_agree_on_the_packs(name: str, seed: int) -> None:
    comparison, dice = _Comparison(pack(name)), seeded(seed)
    callers = Callers(comparison.checked, dice)
    for contact in sample_contacts(name):
        comparison.expect_same(contact, callers.clock(dice))
    comparison.expect_same_for(callers, dice, 100)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.md")), ids=lambda path: path.stem)
def test_all_evaluators_agree_on_the_cases(path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for case in read_cases(path):
        if not case.contacts:
            continue
        comparison = _Comparison(Policy.from_path(case.write(tmp_path_factory.mktemp("case"))))
        clock = datetime.fromisoformat(case.now) if case.now else datetime(2026, 11, 23, 10, tzinfo=UTC)
        for contact in case.contacts:
            comparison.expect_same(contact, clock.replace(tzinfo=clock.tzinfo or UTC))


def test_a_difference_is_noticed() -> None:
    """Also one that equality overlooks, so that agreement means something."""

    def wrong(policy: Policy) -> Decide:
        right = _engine(policy)
        return lambda contact, clock: replace(right(contact, clock), priority=5.0)  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match="wrong decides"):
        _Comparison(pack(PACKS[0]), {"wrong": wrong}).expect_same({}, datetime(2026, 11, 23, tzinfo=UTC))
