"""GoRules' zen: one decision table, hit policy ``first``, held by a static loader.

``engine.evaluate`` of a loaded key is the fast way. ``create_decision``, as its README shows, and
``get_decision`` go through the whole table again for each contact, 10 to 300 times slower.
"""

import json
from collections.abc import Sequence
from typing import Any

import zen

from benchmarks.engines.base import Adapter, Prepared, Ready
from benchmarks.workload import ATTRIBUTES, OTHERWISE, FlagIs, OneOf, Outcome, Rule, Test, Within

__all__ = ["ADAPTER", "KEY", "load", "render"]

KEY = "benchmark"
OUTPUTS = ("rule", "queue", "priority")


def render(rules: Sequence[Rule]) -> str:
    """The table as JSON, an input column for each attribute."""
    content = {
        "hitPolicy": "first",
        "inputs": [
            {
                "id": attribute.name,
                "name": attribute.name,
                "field": f"{attribute.record}.{attribute.name}",
            }
            for attribute in ATTRIBUTES
        ],
        "outputs": [{"id": name, "name": name, "field": name} for name in OUTPUTS],
        "rules": [_row(rule.tests, rule.outcome) for rule in rules] + [_row((), OTHERWISE)],
    }
    place = {"x": 0, "y": 0}
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": place},
        {
            "id": "table",
            "name": "table",
            "type": "decisionTableNode",
            "position": place,
            "content": content,
        },
        {"id": "out", "name": "out", "type": "outputNode", "position": place},
    ]
    edges = [
        {"id": "first", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "second", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


def _row(tests: Sequence[Test], outcome: Outcome) -> dict[str, str]:
    row = {"_id": outcome.rule} | {attribute.name: "" for attribute in ATTRIBUTES}
    row |= {test.attribute.name: _cell(test) for test in tests}
    return row | {
        "rule": json.dumps(outcome.rule),
        "queue": json.dumps(outcome.queue),
        "priority": str(outcome.priority),
    }


def _cell(test: Test) -> str:
    match test:
        case OneOf(values=values):
            return ", ".join(json.dumps(value) for value in values)
        case Within(attribute=attribute, low=low, high=high):
            if low == attribute.low:
                return f"<= {high}"
            return f">= {low}" if high == attribute.high else f"[{low}..{high}]"
        case FlagIs(value=value):
            return "true" if value else "false"


def load(text: str) -> zen.ZenEngine:
    """An engine that has read its table."""
    return zen.ZenEngine({"loader": {"type": "static", "content": {KEY: json.loads(text)}}})


def _prepare(rules: Sequence[Rule]) -> Prepared:
    text = render(rules)

    def loaded() -> Ready:
        evaluate = load(text).evaluate
        return Ready(lambda contact: evaluate(KEY, contact), _read)

    return loaded


def _read(answer: Any) -> Outcome:
    result = answer["result"]
    return Outcome(result["rule"], result["queue"], result["priority"])


ADAPTER = Adapter("zen", "zen-engine", _prepare)
