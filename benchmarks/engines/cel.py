"""The policy as CEL has it, shared by both implementations.

CEL has no rules. The fastest way found is a chain of ``condition ? number : …`` over so many rules
at a time as the implementation's limit on nesting lets through, over plain variables; a call for
each rule, or nested records, is up to seven times slower.
"""

import json
from collections.abc import Sequence

from benchmarks.engines.base import flat_name
from benchmarks.workload import FlagIs, OneOf, Rule, Test, Within

__all__ = ["NO_RULE", "chains", "condition"]

NO_RULE = -1


def chains(rules: Sequence[Rule], length: int) -> list[str]:
    """Expressions over ``length`` rules each, of which the first to hold is named by number."""
    numbered = [f"{condition(rule)} ? {number} : " for number, rule in enumerate(rules)]
    return [
        "".join(numbered[start : start + length]) + str(NO_RULE) for start in range(0, len(numbered), length)
    ]


def condition(rule: Rule) -> str:
    """When a rule holds."""
    return " && ".join(_test(test) for test in rule.tests)


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
            return f"{name} >= {low}" + ("" if high == attribute.high else f" && {name} <= {high}")
        case FlagIs(value=value):
            return name if value else f"!{name}"
