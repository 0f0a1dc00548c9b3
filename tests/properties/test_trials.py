"""Examples and their coverage, over generated policies."""

from collections.abc import Iterator
from functools import partial

from hypothesis import assume, given, settings

from routekit import Policy
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy
from routekit.trials import Running
from routekit.trials.coverage import single_conditions
from routekit.trials.page import as_html
from routekit.trials.reports import as_json, as_junit
from routekit.trials.trial import given_in
from tests.strategies import policy_texts, slow


def _leaves(expr: e.Expr | None) -> Iterator[e.Expr]:
    match expr:
        case e.All(operands) | e.Any(operands):
            for operand in operands:
                yield from _leaves(operand)
        case e.Not(operand):
            yield from _leaves(operand)
        case None | e.Constant():
            return
        case _:
            yield expr


def _conditions(policy: CheckedPolicy) -> Iterator[e.Expr | None]:
    yield from (rule.own for rule in policy.rules)
    yield from (group.condition for rule in policy.rules for group in rule.groups)
    yield from _beside_rules(policy)


def _beside_rules(policy: CheckedPolicy) -> Iterator[e.Expr | None]:
    yield from (item.condition for item in policy.adjustments if not item.name.endswith("]"))
    yield from (offer.condition for offer in policy.offers)
    yield from (never.condition for never in policy.nevers)


@given(text=policy_texts())
def test_single_conditions_are_all_that_a_condition_is_made_of(text: str) -> None:
    for condition in _conditions(Policy.from_text(text).checked):
        of_singles = [leaf for single in single_conditions(condition) for leaf in _leaves(single.expr)]
        assert of_singles == list(_leaves(condition))


@given(text=policy_texts())
@settings(max_examples=settings().max_examples // 2)
def test_what_a_single_condition_is_called_means_what_it_means(text: str) -> None:
    policy = Policy.from_text(text).checked
    written = [*(rule.own for rule in policy.rules if not rule.table), *_beside_rules(policy)]
    singles = [single for condition in written for single in single_conditions(condition)]
    assume(singles)
    probes = "\n".join(f"let probe_{number} = {single.span.text}" for number, single in enumerate(singles))
    again = {item.name: item for item in Policy.from_text(f"{text}\n{probes}\n").checked.definitions}
    for number, single in enumerate(singles):
        probe = again[f"probe_{number}"]
        assert getattr(probe, "expr", None) == single.expr


@partial(slow, times=2)
@given(text=policy_texts())
def test_any_policy_can_be_tried_and_reported(text: str) -> None:
    running = Running("p.route", Policy.from_text(text))
    results = list(running.results())
    trial = running.trial()
    assert len(results) == len(trial.policy.checked.examples)
    assert [result.why != "" for result in results] == [not result.passed for result in results]
    decided = {result.decision.rule for result in results}
    covered = {
        unit.name for unit in trial.coverage.units if unit.kind in ("rules", "rows") and unit.is_covered
    }
    assert covered == decided
    for report in (as_json, as_junit):
        assert report([trial])
    assert as_html([trial])


@given(text=policy_texts())
@settings(max_examples=settings().max_examples // 2)
def test_what_is_given_is_written_as_it_could_have_been_given(text: str) -> None:
    policy = Policy.from_text(text).checked
    examples = [example for example in policy.examples if example.given]
    assume(examples)
    written = "\n".join(
        f'example "again" given {given_in(example, policy)} expect priority 1' for example in examples
    )
    again = Policy.from_text(f"{text}\n{written}\n").checked.examples[len(policy.examples) :]
    assert [example.given for example in again] == [example.given for example in examples]
