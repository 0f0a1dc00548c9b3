"""Cedar: a ``permit`` per rule, parsed once.

Cedar has no order: it evaluates every policy and names those that hold; the first one is taken.
"""

import json
from collections.abc import Sequence

import cedarpy

from benchmarks.engines.base import Adapter, Prepared, Ready, itself
from benchmarks.workload import OTHERWISE, Contact, FlagIs, OneOf, Outcome, Rule, Test, Within

__all__ = ["ADAPTER"]

PREFIX = len("policy")


def _prepare(rules: Sequence[Rule]) -> Prepared:
    text = "\n".join(
        f"permit(principal, action, resource) when {{ {' && '.join(map(_test, rule.tests))} }};"
        for rule in rules
    )
    outcomes = [rule.outcome for rule in rules]
    return lambda: _load(text, outcomes)


def _test(test: Test) -> str:
    field = f"context.{test.attribute.record}.{test.attribute.name}"
    match test:
        case OneOf(values=(only,)):
            return f"{field} == {json.dumps(only)}"
        case OneOf(values=values):
            return f"{json.dumps(values)}.contains({field})"
        case Within(attribute=attribute, low=low, high=high):
            if low == attribute.low:
                return f"{field} <= {high}"
            return f"{field} >= {low}" + ("" if high == attribute.high else f" && {field} <= {high}")
        case FlagIs(value=value):
            return field if value else f"!{field}"


def _load(text: str, outcomes: Sequence[Outcome]) -> Ready:
    policies = cedarpy.PolicySet.from_str(text)
    entities = cedarpy.Entities.from_json_str("[]")
    request = {
        "principal": 'Caller::"any"',
        "action": 'Action::"route"',
        "resource": 'Centre::"one"',
    }

    def decide(contact: Contact) -> Outcome:
        answer = cedarpy.is_authorized(request | {"context": contact}, policies, entities)
        held = answer.diagnostics.reasons
        return outcomes[min(int(name[PREFIX:]) for name in held)] if held else OTHERWISE

    return Ready(decide, itself)


ADAPTER = Adapter("Cedar", "cedarpy", _prepare)
