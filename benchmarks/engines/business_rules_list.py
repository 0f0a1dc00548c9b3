"""business-rules: its JSON rules, run until the first one triggers."""

import json
from collections.abc import Callable, Sequence

from business_rules import run_all
from business_rules.actions import BaseActions, rule_action
from business_rules.fields import FIELD_TEXT
from business_rules.variables import (
    BaseVariables,
    boolean_rule_variable,
    numeric_rule_variable,
    string_rule_variable,
)

from benchmarks.engines.base import Adapter, Prepared, Ready, flat_name
from benchmarks.workload import (
    ATTRIBUTES,
    OTHERWISE,
    Attribute,
    Choice,
    Contact,
    FlagIs,
    OneOf,
    Outcome,
    Rule,
    Test,
    Value,
    Whole,
    Within,
)

__all__ = ["ADAPTER"]


def _prepare(rules: Sequence[Rule]) -> Prepared:
    text = json.dumps(
        [
            {
                "conditions": {"all": [each for test in rule.tests for each in _tests(test)]},
                "actions": [{"name": "choose", "params": {"rule": rule.outcome.rule}}],
            }
            for rule in rules
        ]
    )
    outcomes = {rule.outcome.rule: rule.outcome for rule in rules} | {OTHERWISE.rule: OTHERWISE}
    return lambda: _load(text, outcomes)


def _tests(test: Test) -> list[object]:
    name = flat_name(test.attribute)
    match test:
        case OneOf(values=(only,)):
            return [_condition(name, "equal_to", only)]
        case OneOf(values=values):
            return [{"any": [_condition(name, "equal_to", value) for value in values]}]
        case Within(attribute=attribute, low=low, high=high):
            at_least = [_condition(name, "greater_than_or_equal_to", low)]
            at_most = [_condition(name, "less_than_or_equal_to", high)]
            if low == attribute.low:
                return at_most
            return at_least if high == attribute.high else at_least + at_most
        case FlagIs(value=value):
            return [_condition(name, "is_true" if value else "is_false", True)]


def _condition(name: str, operator: str, value: Value) -> object:
    return {"name": name, "operator": operator, "value": value}


def _variable(attribute: Attribute) -> Callable[["_Variables"], Value]:
    def read(self: "_Variables") -> Value:
        return self.contact[attribute.record][attribute.name]

    read.__name__ = flat_name(attribute)
    if isinstance(attribute, Choice):
        kind = string_rule_variable
    else:
        kind = numeric_rule_variable if isinstance(attribute, Whole) else boolean_rule_variable
    marked: Callable[[_Variables], Value] = kind()(read)
    return marked


class _Variables(BaseVariables):  # type: ignore[misc]
    """A contact, with a method for each attribute."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact


for _attribute in ATTRIBUTES:
    setattr(_Variables, flat_name(_attribute), _variable(_attribute))


class _Actions(BaseActions):  # type: ignore[misc]
    """Keeps the rule that triggered."""

    def __init__(self) -> None:
        self.rule = OTHERWISE.rule

    @rule_action(params={"rule": FIELD_TEXT})  # type: ignore[untyped-decorator]
    def choose(self, rule: str) -> None:
        self.rule = rule


def _load(text: str, outcomes: dict[str, Outcome]) -> Ready:
    rules = json.loads(text)

    def decide(contact: Contact) -> str:
        actions = _Actions()
        run_all(rules, _Variables(contact), actions, stop_on_first_trigger=True)
        return actions.rule

    return Ready(decide, lambda answer: outcomes[answer])


ADAPTER = Adapter("business-rules", "business-rules", _prepare)
