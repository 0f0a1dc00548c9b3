"""Reasons are enough, and changes do what they say and are the smallest: over generated policies."""

from datetime import datetime
from itertools import combinations

from hypothesis import given

from routekit import Engine, Policy
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.facts import Facts
from routekit.policy.model import Adjustment, CheckedPolicy, Field, Never, Offer, Rule
from routekit.reasons.counterfactuals import DecisionModel, LateScope, Situation, changed
from routekit.reasons.trace import Fact, Source, Trace
from routekit.reference import Scope, decide
from routekit.schema.types import Choice, Flag, Integer
from routekit.testing.choices import Dice, seeded
from routekit.testing.contact_generator import Callers
from tests.strategies import policy_texts, seeds, slow

VARIED = 12
"""Other contacts on which each set of facts is tried."""
MOST_VALUES = 12
"""Of a field whose values are all tried."""


def _model(policy: CheckedPolicy) -> DecisionModel:
    intake = Intake(policy)
    return DecisionModel(policy, lambda contact, clock: decide(policy, intake.read(contact, clock)))


def _with(facts: Facts, kept: Facts, sources: set[Source]) -> Facts:
    """These facts, but for some fields whose values are kept."""
    fields, signals = dict(facts.fields), dict(facts.signals)
    for source in sources:
        match source:
            case e.FieldRef(record, field):
                fields[record, field] = kept.fields[record, field]
            case e.SignalRef(queue, signal):
                signals[queue, signal] = kept.signals[queue, signal]
    now = kept.now if e.Now() in sources else facts.now
    return Facts(fields, signals, facts.shown, now, ())


def _conditions(policy: CheckedPolicy) -> list[e.Expr]:
    ruled: tuple[Rule | Adjustment | Offer | Never, ...]
    ruled = (*policy.rules, *policy.adjustments, *policy.offers, *policy.nevers)
    return [item.condition for item in ruled if item.condition is not None]


@given(text=policy_texts(), seed=seeds)
def test_the_facts_of_a_condition_are_enough(text: str, seed: int) -> None:
    """Whatever else changes, as long as these values stay, so does the answer."""
    policy = Policy.from_text(text).checked
    model, dice, intake = _model(policy), seeded(seed), Intake(policy)
    callers = Callers(policy, dice)

    def facts() -> Facts:
        clock = callers.clock(dice)
        return intake.read(callers.valid(dice, clock), clock)

    own = facts()
    scope = LateScope(model, own)
    trace = Trace(model.definitions, scope)
    others = [facts() for _ in range(VARIED)]
    for condition in _conditions(policy):
        holds = Scope(policy, own).is_true(condition)
        reasons = trace.why(condition)
        sources = {source for fact in reasons for source in fact.sources}
        for other in others:
            mixed = Scope(policy, _with(other, own, sources))
            assert mixed.is_true(condition) is holds, (condition, reasons)
        _expect_true_facts(reasons, scope)


def _expect_true_facts(reasons: tuple[Fact, ...], scope: Scope) -> None:
    for fact in reasons:
        assert scope.value(fact.test) is fact.truth


@slow
@given(text=policy_texts(), seed=seeds)
def test_every_contact_is_explained_and_every_change_leads_where_it_says(text: str, seed: int) -> None:
    policy = Policy.from_text(text)
    engine, dice = Engine(policy), seeded(seed)
    callers = Callers(policy.checked, dice)
    rules = policy.checked.rule_names
    offers = [offer.name for offer in policy.checked.offers]
    for _ in range(2):
        clock = callers.clock(dice)
        contact = callers.any(dice, clock)
        rule = dice.pick(rules)
        offer = dice.pick(offers) if offers else None
        assert engine.explain(contact, now=clock, rule=rule, offer=offer).to_text()
        told = engine.explain(contact, now=clock, rule=rule, offer=offer, show_private=True)
        decision = engine.decide(contact, now=clock)
        assert told.decision == decision
        assert str(told)
        assert told.to_html()
        for change in told.changes:
            after = engine.decide(change.contact, now=change.now)
            assert (after.queue, after.channel) != (decision.queue, decision.channel)
            assert after == change.decision
        for answer in told.answers:
            asked = rule if answer.about == "rule" else offer
            assert answer.name == asked
            assert answer.holds is (
                decision.rule == rule if answer.about == "rule" else offer in decision.offers
            )
            for change in answer.changes:
                after = engine.decide(change.contact, now=change.now)
                assert after.rule == rule if answer.about == "rule" else offer in after.offers


def _all_values(field: Field) -> list[object]:
    """The values of a field that has few; None where it may be missing."""
    values: list[object]
    match field.type:
        case Flag():
            values = [True, False]
        case Choice(names):
            values = [*names]
        case Integer(int(low), int(high)) if high - low < MOST_VALUES:
            values = [*range(low, high + 1)]
        case _:
            return []
    return [*values, None] if field.optional else values


def _smaller(
    engine: Engine, contact: object, clock: datetime, rule: str, most: int
) -> dict[tuple[str, ...], object] | None:
    """A change of so many fields at most that makes a rule decide, found by trying them all."""
    policy = engine.policy.checked
    paths = {
        (record.name, field.name): values
        for record in policy.records
        for field in record.fields
        if (values := _all_values(field))
    }
    for many in range(1, most + 1):
        for some in combinations(paths, many):
            pending: list[dict[tuple[str, ...], object]] = [{}]
            for path in some:
                pending = [{**chosen, path: value} for chosen in pending for value in paths[path]]
            for chosen in pending:
                if engine.decide(changed(contact, chosen), now=clock).rule == rule:
                    return chosen
    return None


@slow
@given(text=policy_texts(), seed=seeds)
def test_no_change_of_fewer_fields_does_it(text: str, seed: int) -> None:
    policy = Policy.from_text(text)
    engine, dice = Engine(policy), seeded(seed)
    callers = Callers(policy.checked, dice)
    clock = callers.clock(dice)
    contact = callers.valid(dice, clock)
    rule = dice.pick(policy.checked.rule_names)
    (answer,) = engine.explain(contact, now=clock, rule=rule, show_private=True).answers
    if answer.holds:
        return
    fields = min((len(change.settings) for change in answer.changes), default=3)
    if "limit" in answer.note:
        return
    assert _smaller(engine, contact, clock, rule, min(fields - 1, 2)) is None


@slow
@given(text=policy_texts(), seed=seeds)
def test_no_nearer_value_of_the_same_field_does_it_nor_one_change_where_several_are_told(
    text: str, seed: int
) -> None:
    policy = Policy.from_text(text)
    engine, dice = Engine(policy), seeded(seed)
    callers = Callers(policy.checked, dice)
    clock = callers.clock(dice)
    contact = callers.valid(dice, clock)
    rule = dice.pick(policy.checked.rule_names)
    told = engine.explain(contact, now=clock, rule=rule, show_private=True)
    (answer,) = told.answers
    own = told.decision.queue, told.decision.channel
    fields = {
        f"{record.name}.{field.name}": field for record in policy.checked.records for field in record.fields
    }
    facts = Intake(policy.checked).read(contact, clock).fields
    for change in answer.changes:
        setting = change.settings[0]
        field = fields.get(setting.path)
        record, _, name = setting.path.partition(".")
        if len(change.settings) > 1 or field is None or not isinstance(field.type, Integer):
            continue
        old, new = facts[record, name], setting.value
        if isinstance(old, int) and isinstance(new, int):
            span = abs(new - old)
            near = {*range(min(span, 250)), *range(max(span - 250, 0), span)}
            for nearer in (old + side * distance for distance in near for side in (-1, 1)):
                after = engine.decide(changed(contact, {(record, name): nearer}), now=clock)
                assert after.rule != rule or after.problems != told.decision.problems
    if min((len(change.settings) for change in told.changes), default=2) > 1 and "limit" not in told.note:
        for path, field in fields.items():
            for value in _all_values(field):
                record, _, name = path.partition(".")
                after = engine.decide(changed(contact, {(record, name): value}), now=clock)
                assert (after.queue, after.channel) == own


def test_a_changed_situation_is_decided_as_its_contact_is() -> None:
    """What the search looks at is what a caller would send."""
    for number in range(200):
        dice = seeded(number)
        policy = Policy.from_text(_some_policy(dice)).checked
        model, callers, intake = _model(policy), Callers(policy, dice), Intake(policy)
        clock = callers.clock(dice)
        situation = Situation(model, intake.read(callers.valid(dice, clock), clock), clock)
        again = intake.read(situation.contact(), clock)
        assert (again.fields, again.signals, again.now) == (
            situation.facts.fields,
            situation.facts.signals,
            situation.facts.now,
        )


def _some_policy(dice: Dice) -> str:
    from tests.generate.policies import write_policy

    return write_policy(dice)
