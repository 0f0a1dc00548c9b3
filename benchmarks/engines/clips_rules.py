"""CLIPS: a fact per contact, rules by falling salience; the first activation on the agenda decides.

Reading the agenda is as fast as running the rule, and the fact is taken back after each decision.
"""

from collections.abc import Sequence

import clips

from benchmarks.engines.base import Adapter, Prepared, Ready, itself
from benchmarks.workload import (
    ATTRIBUTES,
    OTHERWISE,
    Choice,
    Contact,
    FlagIs,
    OneOf,
    Outcome,
    Rule,
    Test,
    Value,
    Within,
)

__all__ = ["ADAPTER"]

MOST_SALIENCE = 10_000
PLACES = {attribute: place for place, attribute in enumerate(ATTRIBUTES)}


def _prepare(rules: Sequence[Rule]) -> Prepared:
    if len(rules) > 2 * MOST_SALIENCE:
        raise ValueError("CLIPS knows 20,001 saliences")
    template = f"(deftemplate contact {' '.join(f'(slot {each.name})' for each in ATTRIBUTES)})"
    texts = [_rule(rule, MOST_SALIENCE - place) for place, rule in enumerate(rules)]
    texts.append(f"(defrule {OTHERWISE.rule} (declare (salience {-MOST_SALIENCE})) (contact) => )")
    outcomes = {rule.outcome.rule: rule.outcome for rule in rules} | {OTHERWISE.rule: OTHERWISE}
    return lambda: _load(template, texts, outcomes)


def _rule(rule: Rule, salience: int) -> str:
    tests = sorted(rule.tests, key=lambda test: PLACES[test.attribute])
    slots = " ".join(f"({test.attribute.name} {_test(test)})" for test in tests)
    return f"(defrule {rule.outcome.rule} (declare (salience {salience})) (contact {slots}) => )"


def _test(test: Test) -> str:
    match test:
        case OneOf(values=values):
            return "|".join(values)
        case Within(attribute=attribute, low=low, high=high):
            name = attribute.name
            if low == attribute.low:
                return f"?{name}&:(<= ?{name} {high})"
            if high == attribute.high:
                return f"?{name}&:(>= ?{name} {low})"
            return f"?{name}&:(<= {low} ?{name} {high})"
        case FlagIs(value=value):
            return "TRUE" if value else "FALSE"


def _load(template: str, rules: Sequence[str], outcomes: dict[str, Outcome]) -> Ready:
    environment = clips.Environment()
    for text in (template, *rules):
        environment.build(text)
    contacts = environment.find_template("contact")
    symbols: dict[Value, clips.Symbol] = {
        value: clips.Symbol(value)
        for attribute in ATTRIBUTES
        if isinstance(attribute, Choice)
        for value in attribute.values
    }
    flags: dict[Value, clips.Symbol] = {True: clips.Symbol("TRUE"), False: clips.Symbol("FALSE")}

    def decide(whole: Contact) -> Outcome:
        contact = whole["contact"]
        customer = whole["customer"]
        fact = contacts.assert_fact(
            channel=symbols[contact["channel"]],
            intent=symbols[contact["intent"]],
            language=symbols[contact["language"]],
            product=symbols[contact["product"]],
            transfers=contact["transfers"],
            tier=symbols[customer["tier"]],
            region=symbols[customer["region"]],
            value=customer["value"],
            tenure=customer["tenure"],
            verified=flags[customer["verified"]],
        )
        outcome = outcomes[next(environment.activations()).name]
        fact.retract()
        return outcome

    return Ready(decide, itself)


ADAPTER = Adapter("CLIPS", "clipspy", _prepare)
