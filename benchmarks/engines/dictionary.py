"""The floor: what any Python caller pays to read the ten values and look them up."""

from collections.abc import Sequence

from benchmarks.engines.base import Adapter, Prepared, Ready, itself
from benchmarks.workload import ATTRIBUTES, Contact, Outcome, Rule, Value, first_match, traffic

__all__ = ["ADAPTER"]


def _prepare(rules: Sequence[Rule]) -> Prepared:
    answers: dict[tuple[Value, ...], Outcome] = {}
    for contact in traffic():
        key = tuple(contact[attribute.record][attribute.name] for attribute in ATTRIBUTES)
        answers[key] = first_match(rules, contact)

    def decide(whole: Contact) -> Outcome:
        contact = whole["contact"]
        customer = whole["customer"]
        return answers[
            contact["channel"],
            contact["intent"],
            contact["language"],
            contact["product"],
            contact["transfers"],
            customer["tier"],
            customer["region"],
            customer["value"],
            customer["tenure"],
            customer["verified"],
        ]

    return lambda: Ready(decide, itself)


ADAPTER = Adapter("dictionary", None, _prepare)
