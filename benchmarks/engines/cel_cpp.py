"""Google's C++ CEL (``cel-expr-python``)."""

from collections.abc import Sequence
from typing import Any

from cel_expr_python import cel

from benchmarks.engines.base import Adapter, Prepared, Ready, flat_name, itself
from benchmarks.engines.cel import NO_RULE, chains
from benchmarks.workload import ATTRIBUTES, OTHERWISE, Choice, Contact, Outcome, Rule, Whole

__all__ = ["ADAPTER"]

CHAIN = 28
"""The parser takes 32 levels of nesting."""


def _prepare(rules: Sequence[Rule]) -> Prepared:
    texts = chains(rules, CHAIN)
    outcomes = [rule.outcome for rule in rules]
    return lambda: _load(texts, outcomes)


def _load(texts: Sequence[str], outcomes: Sequence[Outcome]) -> Ready:
    environment = cel.NewEnv(variables={flat_name(each): _type(each) for each in ATTRIBUTES})
    expressions = [environment.compile(text).eval for text in texts]
    places = [(each.record, each.name, flat_name(each)) for each in ATTRIBUTES]

    def decide(contact: Contact) -> Outcome:
        values = {name: contact[record][field] for record, field, name in places}
        activation = environment.Activation(values)
        for evaluate in expressions:
            number = evaluate(activation).value()
            if type(number) is not int:  # an error comes back as a truthy value
                raise ValueError(str(number))
            if number != NO_RULE:
                return outcomes[number]
        return OTHERWISE

    return Ready(decide, itself)


def _type(attribute: object) -> Any:
    if isinstance(attribute, Choice):
        return cel.Type.STRING
    return cel.Type.INT if isinstance(attribute, Whole) else cel.Type.BOOL


ADAPTER = Adapter("CEL (C++)", "cel-expr-python", _prepare)
