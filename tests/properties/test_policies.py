"""Every policy: what is well-typed checks clean and never fails, and any text at all is read or refused."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from routekit import Engine, Policy, PolicyError
from routekit.diagnostics.render import RENDERERS
from routekit.engine.examples import mismatches
from routekit.intake import Intake
from routekit.policy import expressions, model
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import expressions as expressions_in
from routekit.reference import holds
from routekit.testing.choices import seeded
from routekit.testing.contact_generator import Callers
from tests.generate.policies import write_policy
from tests.properties.packs import PACKS, RULES
from tests.strategies import any_text, layouts, mangled, policy_texts, seeds, slow, token_soup

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _read(text: str) -> Policy | None:
    """The policy of a text, or None where it is refused as it should be; any other end is a mistake."""
    try:
        return Policy.from_text(text, folder=RULES)
    except PolicyError as error:
        _expect_readable(error)
        return None


def _expect_readable(error: PolicyError) -> None:
    """A refusal says what is wrong, where, in every format."""
    assert any(found.severity == "error" for found in error.diagnostics)
    assert str(error)
    for found in error.diagnostics:
        assert found.message
        for span in (found.span, *(other.span for other in found.others)):
            assert 0 <= span.start <= span.end <= len(span.source.text)
            assert span.line >= 1
            assert span.column >= 1
    for name, render in RENDERERS.items():
        rendered = render(error.diagnostics)
        assert rendered
        if name in ("json", "sarif"):
            json.loads(rendered)


def _decide_a_few(policy: Policy, seed: int, count: int = 10) -> None:
    engine, dice = Engine(policy), seeded(seed)
    callers = Callers(policy.checked, dice)
    for _ in range(count):
        clock = callers.clock(dice)
        assert engine.decide(callers.any(dice, clock), now=clock).queue in policy.checked.queues


# ── policies that are right ───────────────────────────────────────────────────


@partial(slow, times=10)
@given(text=policy_texts())
def test_a_well_typed_policy_has_no_errors(text: str) -> None:
    policy = Policy.from_text(text)
    assert policy.checked.rules[-1].name == "otherwise"
    assert all(found.severity == "warning" for found in policy.warnings)


@partial(slow, times=3)
@given(text=policy_texts())
def test_the_same_text_gives_the_same_policy(text: str) -> None:
    first, again = Policy.from_text(text), Policy.from_text(text)
    assert first.checked == again.checked
    assert first.warnings == again.warnings
    assert first.revision == again.revision != Policy.from_text(text + "# changed\n").revision


@given(text=policy_texts(), seed=seeds)
def test_line_ends_and_indentation_carry_no_meaning(text: str, seed: int) -> None:
    other = Policy.from_text(layouts(text, seed)).checked
    assert replace(other, revision="") == replace(Policy.from_text(text).checked, revision="")


@given(text=policy_texts(), seed=seeds)
def test_declarations_may_stand_in_any_order(text: str, seed: int) -> None:
    dice = seeded(seed)
    blocks = text.split("\n\n")
    shuffled = "\n\n".join(dice.some(blocks, len(blocks), len(blocks)))
    policy, other = Policy.from_text(text).checked, Policy.from_text(shuffled).checked
    assert other.rules == policy.rules
    assert other.offers == policy.offers
    assert other.queues == policy.queues
    assert set(other.definitions) == set(policy.definitions)
    for number, definition in enumerate(other.definitions):
        needed = {
            node.name
            for node in expressions.parts(_body(definition))
            if isinstance(node, expressions.LetRef | expressions.SegmentRef)
        }
        assert needed <= {earlier.name for earlier in other.definitions[:number]}


def _body(definition: model.Let | model.Segment) -> expressions.Expr:
    return definition.expr if isinstance(definition, model.Let) else definition.condition


@given(text=policy_texts(), seed=seeds)
def test_a_clean_policy_never_fails_while_it_decides(text: str, seed: int) -> None:
    policy = Policy.from_text(text)
    engine, intake, dice = Engine(policy), Intake(policy.checked), seeded(seed)
    for example in policy.checked.examples:
        mismatches(engine, example)
    callers = Callers(policy.checked, dice)
    for _ in range(40):
        clock = callers.clock(dice)
        facts = intake.read(callers.any(dice, clock), clock)
        for guarantee in policy.checked.guarantees:
            assert holds(policy.checked, guarantee, facts) in (True, False)


@given(text=policy_texts(), seed=seeds)
@settings(max_examples=settings().max_examples // 2)
def test_no_contact_reaches_a_rule_that_is_called_unreachable(text: str, seed: int) -> None:
    policy = Policy.from_text(text)
    unreachable = {found.message.split("`")[1] for found in policy.warnings if found.code == "RK401"}
    assume(unreachable)
    engine, dice = Engine(policy), seeded(seed)
    callers = Callers(policy.checked, dice)
    for _ in range(100):
        clock = callers.clock(dice)
        assert engine.decide(callers.valid(dice, clock), now=clock).rule not in unreachable


def test_the_generated_policies_cover_the_language() -> None:
    """What the properties never see they say nothing about."""
    seen: set[str] = set()
    rules = decided = 0
    for seed in range(250):
        policy = Policy.from_text(write_policy(seeded(seed)))
        seen |= _parts(policy.checked)
        if seed % 5:
            continue
        engine, dice = Engine(policy), seeded(seed)
        callers = Callers(policy.checked, dice)
        clocks = [callers.clock(dice) for _ in range(150)]
        rules += len(policy.checked.rules)
        decided += len({engine.decide(callers.any(dice, clock), now=clock).rule for clock in clocks})
    wanted = {kind.__name__ for kind in get_args(expressions.Expr)}
    wanted |= {name for name in model.__all__ if isinstance(getattr(model, name), type)}
    assert wanted - seen == set()
    assert decided > 0.35 * rules, "too few of the generated rules ever decide"


def _parts(policy: CheckedPolicy) -> set[str]:
    """The names of all classes of which a policy is made."""
    found: set[str] = set()
    pending: list[object] = [
        policy,
        *(node for condition in expressions_in(policy) for node in expressions.parts(condition)),
    ]
    while pending:
        part = pending.pop()
        if type(part).__module__.startswith("routekit.policy."):
            found.add(type(part).__name__)
            pending += [getattr(part, name) for name in getattr(type(part), "__dataclass_fields__", ())]
        elif isinstance(part, tuple):
            pending += part
        elif isinstance(part, dict):
            pending += part.values()
    return found


# ── any text at all ───────────────────────────────────────────────────────────


def _packs() -> SearchStrategy[str]:
    return st.sampled_from(PACKS).map(lambda name: (RULES / f"{name}.route").read_text(encoding="utf-8"))


@given(text=any_text())
@settings(max_examples=settings().max_examples * 3)
def test_any_characters_are_read_or_refused(text: str) -> None:
    _read(text)


@given(text=token_soup())
@settings(max_examples=settings().max_examples * 3)
def test_any_words_of_the_language_are_read_or_refused(text: str) -> None:
    _read(text)


@partial(slow, times=8)
@given(text=mangled(policy_texts()), seed=seeds)
def test_a_mangled_policy_is_refused_or_decides(text: str, seed: int) -> None:
    policy = _read(text)
    if policy is not None:
        _decide_a_few(policy, seed)


@partial(slow, times=4)
@given(text=mangled(_packs()), seed=seeds)
def test_a_mangled_pack_is_refused_or_decides(text: str, seed: int) -> None:
    policy = _read(text)
    if policy is not None:
        _decide_a_few(policy, seed)


@given(text=st.tuples(policy_texts(), token_soup(), st.integers(0, 10_000)))
def test_words_put_into_a_policy_are_refused_or_it_decides(text: tuple[str, str, int]) -> None:
    whole, words, place = text
    place %= len(whole)
    policy = _read(f"{whole[:place]} {words} {whole[place:]}")
    if policy is not None:
        _decide_a_few(policy, 0)


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_cut_off_anywhere_is_refused_or_decides(name: str, tmp_path: Path) -> None:
    folder = shutil.copytree(RULES, tmp_path / "rules")
    path = folder / f"{name}.route"
    whole = path.read_bytes()
    for length in range(0, len(whole), 211):
        path.write_bytes(whole[:length])
        try:
            policy = Policy.from_path(path)
        except PolicyError as error:
            _expect_readable(error)
        else:
            _decide_a_few(policy, length, 2)


@given(data=st.binary(max_size=300))
def test_any_bytes_of_a_file_are_read_or_refused(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.route"
    path.write_bytes(data)
    try:
        Policy.from_path(path)
    except PolicyError as error:
        _expect_readable(error)
