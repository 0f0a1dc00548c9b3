"""json-logic: the whole policy is one ``if`` (the package called ``json-logic`` needs Python 2)."""

import json
from collections.abc import Sequence

from json_logic import jsonLogic

from benchmarks.engines.base import Adapter, Prepared, Ready
from benchmarks.workload import OTHERWISE, FlagIs, OneOf, Outcome, Rule, Test, Within

__all__ = ["ADAPTER"]


def _prepare(rules: Sequence[Rule]) -> Prepared:
    branches: list[object] = []
    for rule in rules:
        branches += [{"and": [_test(test) for test in rule.tests]}, rule.outcome.rule]
    text = json.dumps({"if": [*branches, OTHERWISE.rule]})
    outcomes = {rule.outcome.rule: rule.outcome for rule in rules} | {OTHERWISE.rule: OTHERWISE}
    return lambda: _load(text, outcomes)


def _test(test: Test) -> object:
    field = {"var": f"{test.attribute.record}.{test.attribute.name}"}
    match test:
        case OneOf(values=(only,)):
            return {"==": [field, only]}
        case OneOf(values=values):
            return {"in": [field, values]}
        case Within(attribute=attribute, low=low, high=high):
            if low == attribute.low:
                return {"<=": [field, high]}
            return {">=": [field, low]} if high == attribute.high else {"<=": [low, field, high]}
        case FlagIs(value=value):
            return field if value else {"!": field}


def _load(text: str, outcomes: dict[str, Outcome]) -> Ready:
    tree = json.loads(text)
    return Ready(lambda contact: jsonLogic(tree, contact), lambda answer: outcomes[answer])


ADAPTER = Adapter("json-logic", "json-logic-qubit", _prepare)
