"""Every part of an outcome is generated, decided, compared, written, proved and told by all rooms.

A new part needs its row, and what is tested here of each row: whatever room lacks it is named.
"""

import json
import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from inspect import getsource
from pathlib import Path

import pyarrow as pa
import pytest

from routekit import Engine, Policy
from routekit.analysis import diff, prove
from routekit.batch.answers import Answers, schema_of
from routekit.diff.changes import Comparer
from routekit.diff.wording import title
from routekit.distributed.spark import COLUMN_SCHEMA
from routekit.engine.examples import contact_of, mismatches
from routekit.policy import expressions as e
from routekit.policy import model, outcome_parts
from routekit.policy.decision import Decision, PlanStep, Problem
from routekit.policy.outcome_parts import (
    Kind,
    Part,
    as_json,
    differing,
    written,
)
from routekit.policy.outcomes import all_outcomes
from routekit.prover import supported
from routekit.prover.report import decision_words
from routekit.repl.wording import changes, in_detail, plain
from routekit.service import Routed
from routekit.service.decision_log import Entry
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.replay import Replay, read_record
from routekit.service.history.model import Past
from routekit.syntax.builder.outcomes import Outcomes
from routekit.testing.choices import seeded
from tests.generate.policies import write_policy
from tests.markdown import CASES, read_cases


def _of_every_policy(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.kind is not Kind.DATA)


DECISION_PARTS, LOGGED_PARTS, NOTICED_PARTS, PARTS, STEP_PARTS = map(
    _of_every_policy,
    (
        outcome_parts.DECISION_PARTS,
        outcome_parts.LOGGED_PARTS,
        outcome_parts.NOTICED_PARTS,
        outcome_parts.PARTS,
        outcome_parts.STEP_PARTS,
    ),
)
ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTACT: dict[str, object] = {"contact": {"channel": "voice"}}
WAIT = timedelta(minutes=2)
OUTCOME_PARTS = tuple(part for part in PARTS if part.in_outcome)
ADJUSTED_PARTS = tuple(part for part in PARTS if part.in_adjust)
EXPECTED_PARTS = tuple(part for part in PARTS if part.expected)
WRITTEN_PARTS = tuple(
    part for part in PARTS if part.in_outcome or part.in_step or part.in_adjust or part.kind is Kind.STEPS
)

_NAMES = {
    "rule": ("gold", "otherwise"), "channel": ("voice", "chat"), "queue": ("general", "best"),
    "message": ("hello", "dear"), "offer": ("gift", "points"), "skill": ("patience", "zh"),
    "revision": ("1", "2"),
}  # fmt: skip


def _by_name(parts: tuple[Part, ...]) -> list[object]:
    return [pytest.param(part, id=part.name) for part in parts]


def _two(part: Part) -> tuple[object, object]:
    """Two values of a part."""
    names = _NAMES.get(part.names, ())
    values: dict[Kind, tuple[object, object]] = {
        Kind.NAME: names,  # type: ignore[dict-item]  # they are two
        Kind.TEXT: ("e-1", "e-2"),
        Kind.INTEGER: ((part.least or 0) + 1, (part.least or 0) + 2),
        Kind.FLAG: (True, False),
        Kind.DURATION: (WAIT, 2 * WAIT),
        Kind.TIME: (NOON, NOON + WAIT),
        Kind.NAMES: tuple(frozenset({name}) for name in names),  # type: ignore[dict-item]
        Kind.RANKING: tuple((name,) for name in names),  # type: ignore[dict-item]
        Kind.STEPS: ((PlanStep(WAIT, any_agent=True),), (PlanStep(WAIT, queue="best"),)),
        Kind.PROBLEMS: ((Problem("contact", "is missing"),), ()),
    }
    return values[part.kind]


def _decisions(part: Part) -> tuple[Decision, Decision]:
    """Two decisions that differ in nothing else."""
    plain_one = Decision("care", "1", "otherwise", "voice", "general")
    one, other = (replace(plain_one, **{part.name: value}) for value in _two(part))  # type: ignore[arg-type]
    return one, other


def _said(part: Part, value: object) -> str:
    if part.kind is Kind.FLAG and not part.of_decision:
        return part.phrase if value else "priority 5"
    return f"{part.phrase} {written(part, value)}"


@cache
def _policy(outcome: str = "", step: str = "", adjust: str = "", more: str = "") -> Policy:
    """A policy whose only outcome, step or adjustment says this."""
    queue = "" if outcome.startswith("queue ") else "queue general, " if outcome else "queue general"
    plan = f" after 2m {step}" if step else ""
    adjusting = f"adjust {{ rule adjusted {adjust} }}" if adjust else ""
    return Policy.from_text(
        f"""
        policy care
        record contact {{ channel one of voice, chat }}
        record customer {{ secret text private ? }}
        channel voice {{ assisted }}
        channel chat {{ self_service }}
        queue general {{ on voice, chat  skills patience, zh }}
        queue best {{ on voice, chat }}
        message hello {{ voice "Hello" }}
        message dear {{ voice "Dear" }}
        route {{
          rule gold when customer.secret is "gold" then queue general
          otherwise {queue}{outcome}{plan}
        }}
        offers {{
          offer gift when customer.secret is "gift"
          offer points when customer.secret is "points"
        }}
        {adjusting}
        {more}
        """
    )


def _versions(part: Part, place: str) -> tuple[Policy, Policy]:
    """Two policies that differ in what one place says of a part."""
    one, other = (_said(part, value) for value in _two(part))
    match place:
        case "outcome":
            return _policy(outcome=one), _policy(outcome=other)
        case "step":
            return _policy(step=one), _policy(step=other)
        case _:
            sign = f"{part.word} + " if part.kind is Kind.NAMES else ""
            said = [
                f"then {sign}{text.removeprefix(f'{part.word} ') if sign else text}" for text in (one, other)
            ]
            return _policy(adjust=said[0]), _policy(adjust=said[1])


PLACES = [
    pytest.param(part, place, id=f"{part.name}-{place}")
    for part in PARTS
    for place, stands in (("outcome", part.in_outcome), ("step", part.in_step), ("adjust", part.in_adjust))
    if stands and not part.follows
]

# ── what is written ───────────────────────────────────────────────────────────


def test_every_action_that_can_be_written_has_its_row() -> None:
    words = set(re.findall(r'tree\.Action\([^"]*"([a-z ]+)"', getsource(Outcomes)))
    assert words == {part.word for part in WRITTEN_PARTS}


@pytest.mark.parametrize("part", _by_name(WRITTEN_PARTS))
def test_the_page_of_the_language_tells_of_it(part: Part) -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    assert re.search(rf"\b{part.word}\b", page)


@cache
def _policies_of_cases() -> str:
    return "\n".join(case.policy for path in sorted(CASES.glob("*.md")) for case in read_cases(path))


@pytest.mark.parametrize("part", _by_name(WRITTEN_PARTS))
def test_a_case_tries_it(part: Part) -> None:
    assert re.search(rf"\b{part.word}\b", _policies_of_cases())


@cache
def _policies() -> tuple[model.CheckedPolicy, ...]:
    return tuple(Policy.from_text(write_policy(seeded(seed))).checked for seed in range(60))


@cache
def _generated() -> Counter[tuple[str, str]]:
    """How often generated policies say something of each part, by where they say it."""
    found: Counter[tuple[str, str]] = Counter()
    for policy in _policies():
        for outcome in all_outcomes(policy):
            usual = model.Outcome(outcome.queue)
            said = [
                part.name
                for part in OUTCOME_PARTS
                if getattr(outcome, part.name) != getattr(usual, part.name)
            ]
            found.update(("outcome", name) for name in ("queue", *said))
            found.update(("step", act.part) for step in outcome.plan for act in step.actions)
        found.update(("adjust", change.part) for item in policy.adjustments for change in item.changes)
        found.update(("expected", item.what) for example in policy.examples for item in example.expected)
        for guarantee in policy.guarantees:
            refs = (part for part in e.parts(guarantee.promise) if isinstance(part, e.OutcomeRef))
            found.update(("promised", ref.part) for ref in refs)
    return found


@pytest.mark.parametrize("part", _by_name(PARTS))
def test_policies_that_say_it_are_generated(part: Part) -> None:
    places = {
        "outcome": part.in_outcome, "step": part.in_step, "adjust": part.in_adjust,
        "expected": part.expected, "promised": part.promised,
    } if not part.follows else {}  # fmt: skip
    generated = _generated()
    assert [place for place, stands in places.items() if stands and not generated[place, part.name]] == []


# ── what is decided ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(("part", "place"), PLACES)
def test_all_ways_of_deciding_give_what_is_written(part: Part, place: str) -> None:
    for policy, value in zip(_versions(part, place), _two(part), strict=True):
        wanted = value if place != "step" or part.of_decision or value else getattr(PlanStep(WAIT), part.name)
        table = pa.Table.from_pylist([CONTACT])
        batch = Engine(policy).decide_batch(table, now=NOON).to_pylist()[0]
        for evaluator in ("reference", "compiled"):
            decision = Engine(policy, evaluator=evaluator).decide(CONTACT, now=NOON)
            holder: object = decision.plan[0] if place == "step" else decision
            assert getattr(holder, part.name) == wanted
            told = batch["plan"][0] if place == "step" else batch
            assert told[part.name] == as_json(wanted)


@pytest.mark.parametrize("part", _by_name(DECISION_PARTS))
def test_a_router_hands_it_on(part: Part) -> None:
    one, _ = _decisions(part)
    routed = Routed.of(one, (), "id", 0.1, Past.EMPTY, NOON, "UTC")
    assert getattr(routed, part.name) == getattr(one, part.name)


@pytest.mark.parametrize("part", _by_name(NOTICED_PARTS))
def test_others_can_be_promised_the_same_of_it(part: Part) -> None:
    policy = _policy(more=f"guarantee alike whatever customer.secret then same {part.name}").checked
    assert [item.parts for item in policy.samenesses] == [(part.name,)]


# ── what is compared ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("part", _by_name(NOTICED_PARTS))
def test_decisions_that_differ_in_it_alone_are_told_apart(part: Part) -> None:
    one, other = _decisions(part)
    assert differing(one, other) == (part,)
    found = Comparer(_policy().checked, _policy().checked).changes(one, other)
    assert part.name in {change.part for change in found}
    assert part.word in title(found) or part.kind is Kind.RANKING
    assert part.word in changes(one, other, plain)


@pytest.mark.parametrize(("part", "place"), PLACES)
def test_versions_that_differ_in_it_are_different(part: Part, place: str) -> None:
    old, new = _versions(part, place)
    difference = diff(old, new)
    assert difference.answer == "different"
    changed = {change.part for group in difference.groups for change in group.changes}
    assert ("plan" if place == "step" else part.name) in changed


@pytest.mark.parametrize("part", _by_name(tuple(part for part in OUTCOME_PARTS if part.logged)))
def test_a_replay_tells_that_it_is_otherwise(part: Part) -> None:
    old, new = (Engine(policy) for policy in _versions(part, "outcome"))
    record = Recorder(frozenset(), None)(
        Entry("d-1", NOON, 0.0, old.decide(CONTACT, now=NOON), CONTACT, old.policy.checked)
    )
    verdict = Replay(new).compare(read_record(json.loads(json.dumps(record))))
    assert (verdict.kind, [change.what for change in verdict.changes]) == ("outcome", [part.name])


@pytest.mark.parametrize("part", _by_name(ADJUSTED_PARTS))
def test_a_masked_value_leaves_it_in_doubt(part: Part) -> None:
    _, value = _two(part)
    sign = "+ " if part.kind is Kind.NAMES else ""
    said = _said(part, value).replace(f"{part.word} ", f"{part.word} {sign}", 1)
    engine = Engine(_policy(adjust=f'when customer.secret is "x" then {said}'))
    contact = {**CONTACT, "customer": {"secret": "x"}}
    record = Recorder(frozenset(), None)(
        Entry("d-1", NOON, 0.0, engine.decide(contact, now=NOON), contact, engine.policy.checked)
    )
    verdict = Replay(engine).compare(read_record(json.loads(json.dumps(record))))
    assert verdict.kind == "in doubt"
    assert part.name in verdict.parts


# ── what is proved and expected ───────────────────────────────────────────────


@pytest.mark.parametrize(
    ("part", "place"),
    [
        pytest.param(part, place, id=f"{part.name}-{place}")
        for part in OUTCOME_PARTS
        if part.promised
        for place in ("outcome", *(("adjust",) if part.in_adjust else ()))
    ],
)
def test_a_guarantee_of_it_is_proved_or_broken(part: Part, place: str) -> None:
    one, other = _two(part)
    if part.is_set:
        assert isinstance(one, frozenset)
        (promise,) = (f"{part.word} has {name}" for name in one)
    else:
        promise = part.word if one is True else f"{part.word} is {written(part, one)}"
    more = f"guarantee promised when customer.secret is missing then {promise}"
    answers = []
    for value in (one, other):
        said = _said(part, value)
        if place == "outcome":
            policy = _policy(outcome=said, more=more)
        else:
            sign = "+ " if part.kind is Kind.NAMES else ""
            policy = _policy(
                adjust=f"then {said.replace(f'{part.word} ', f'{part.word} {sign}', 1)}", more=more
            )
        answers.append(prove(policy).guarantees[0].answer)
    assert answers == ["proved", "counterexample"]


@pytest.mark.parametrize("part", _by_name(EXPECTED_PARTS))
def test_an_example_expects_it_alone_or_in_a_table(part: Part) -> None:
    for value in _two(part):
        said = written(part, value)
        policy = _policy(
            more=f'example "one" given contact.channel voice expect {part.word} {said}\n'
            f'example "table" table (contact.channel -> {part.word}) {{ voice -> {said} }}'
        )
        engine = Engine(policy)
        for example in policy.checked.examples:
            assert [(item.what, item.value) for item in example.expected] == [(part.name, value)]
            decision = engine.decide(contact_of(example))
            differs = getattr(decision, part.name) != value
            assert [item.what for item in mismatches(engine, example)[1]] == [part.name] * differs


# ── where it is told ──────────────────────────────────────────────────────────


def test_json_and_tables_have_the_parts_in_their_order() -> None:
    names = [part.name for part in DECISION_PARTS]
    assert [*Decision("care", "1", "otherwise", "voice", "general").to_dict()] == names
    assert names == schema_of(_policy().checked).names
    assert names == [*COLUMN_SCHEMA]


@pytest.mark.parametrize("part", _by_name(DECISION_PARTS))
def test_json_a_table_and_the_conversation_tell_it(part: Part) -> None:
    policy = _policy(outcome="skills {patience, zh}").checked
    answers = Answers(replace(policy, revision="1"))
    one, _ = _decisions(part)
    value = as_json(getattr(one, part.name))
    assert one.to_dict()[part.name] == value
    (cell,) = answers.batch(answers.columns([one]), None).column(part.name).to_pylist()
    if part.kind is Kind.STEPS:
        assert [step["any_agent"] for step in cell] == [True]
    else:
        assert cell == value
    if part.logged:
        assert any(line.startswith(part.word) for line in in_detail(one, policy, plain))
        assert part.kind is Kind.STEPS or part.word in decision_words(one)


@pytest.mark.parametrize("part", _by_name(STEP_PARTS))
def test_the_json_of_a_step_and_its_words_tell_it(part: Part) -> None:
    value, _ = _two(part)
    step = PlanStep(WAIT, **{part.name: value})  # type: ignore[arg-type]
    assert step.to_dict() == {"after": 120, part.name: as_json(value)}
    decision = replace(Decision("care", "1", "otherwise", "voice", "general"), plan=(step,))
    assert f"plan      after 2m {_said(part, value)}" in [*in_detail(decision, _policy().checked, plain)]


@pytest.mark.parametrize("part", _by_name(LOGGED_PARTS))
def test_the_log_has_it_or_says_that_it_is_masked(part: Part) -> None:
    one, _ = _decisions(part)
    policy = _policy().checked
    record = Recorder(frozenset(), None)(Entry("d-1", NOON, 0.0, one, CONTACT, policy))
    masked = record["masked"]
    assert isinstance(masked, list)
    assert record[part.name] == as_json(getattr(one, part.name)) or part.name in masked


# ── what the prover and the difference take into account ──────────────────────


def test_every_setting_of_a_policy_is_known_to_the_prover_and_the_difference() -> None:
    assert {supported.unsupported(policy) for policy in _policies()} == {None}
    kinds = [
        kind
        for kind in vars(model).values()
        if isinstance(kind, type) and kind.__module__ == model.__name__ and kind not in _DECIDING_NOTHING
    ]
    lacking = [
        f"{kind.__name__}.{field.name}"
        for kind in kinds
        if is_dataclass(kind)
        for field in fields(kind)
        if field.compare and field.name not in supported._MODEL.get(kind, "").split()
    ]
    assert kinds
    assert lacking == []


_DECIDING_NOTHING = (model.Example, model.Given, model.Expected, model.Feature)
"""What checks a policy, and what is known of a customer's past: that is compared as a setting."""
