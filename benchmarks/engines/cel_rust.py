"""CEL in Rust (``common-expression-language``)."""

from collections.abc import Sequence

import cel

from benchmarks.engines.base import Adapter, Prepared, Ready, flat_name, itself
from benchmarks.engines.cel import NO_RULE, chains
from benchmarks.workload import ATTRIBUTES, OTHERWISE, Contact, Outcome, Rule

__all__ = ["ADAPTER"]

CHAIN = 24
"""Longer chains are refused by the parser, or slower."""


def _prepare(rules: Sequence[Rule]) -> Prepared:
    texts = chains(rules, CHAIN)
    outcomes = [rule.outcome for rule in rules]
    return lambda: _load(texts, outcomes)


def _load(texts: Sequence[str], outcomes: Sequence[Outcome]) -> Ready:
    programs = [cel.compile(text).execute for text in texts]
    places = [(each.record, each.name, flat_name(each)) for each in ATTRIBUTES]

    def decide(contact: Contact) -> Outcome:
        values = cel.Context({name: contact[record][field] for record, field, name in places})
        for execute in programs:
            number = execute(values)
            if type(number) is not int:
                raise ValueError(str(number))
            if number != NO_RULE:
                return outcomes[number]
        return OTHERWISE

    return Ready(decide, itself)


ADAPTER = Adapter("CEL (Rust)", "common-expression-language", _prepare)
