"""rule-engine: a text per rule, tried in order.

Over plain variables, which is seven times faster than over nested records.
"""

import json
from collections.abc import Sequence

import rule_engine

from benchmarks.engines.base import Adapter, Prepared, Ready, flat_name, itself
from benchmarks.workload import (
    ATTRIBUTES,
    OTHERWISE,
    Contact,
    FlagIs,
    OneOf,
    Outcome,
    Rule,
    Test,
    Within,
)

__all__ = ["ADAPTER"]


def _prepare(rules: Sequence[Rule]) -> Prepared:
    texts = [(" and ".join(map(_test, rule.tests)), rule.outcome) for rule in rules]
    return lambda: _load(texts)


def _test(test: Test) -> str:
    name = flat_name(test.attribute)
    match test:
        case OneOf(values=(only,)):
            return f"{name} == {json.dumps(only)}"
        case OneOf(values=values):
            return f"{name} in {json.dumps(values)}"
        case Within(attribute=attribute, low=low, high=high):
            if low == attribute.low:
                return f"{name} <= {high}"
            return f"{name} >= {low}" + ("" if high == attribute.high else f" and {name} <= {high}")
        case FlagIs(value=value):
            return name if value else f"not {name}"


def _load(texts: Sequence[tuple[str, Outcome]]) -> Ready:
    context = rule_engine.Context()
    rules = [(rule_engine.Rule(text, context=context).matches, outcome) for text, outcome in texts]
    places = [(each.record, each.name, flat_name(each)) for each in ATTRIBUTES]

    def decide(contact: Contact) -> Outcome:
        values = {name: contact[record][field] for record, field, name in places}
        for matches, outcome in rules:
            if matches(values):
                return outcome
        return OTHERWISE

    return Ready(decide, itself)


ADAPTER = Adapter("rule-engine", "rule-engine", _prepare)
