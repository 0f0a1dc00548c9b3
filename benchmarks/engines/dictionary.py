"""The floor: what any Python caller pays to read the ten values and look them up."""

from collections.abc import Sequence

from benchmarks.engines.base import Adapter, Ready, itself
from benchmarks.workload import ATTRIBUTES, Contact, Outcome, Rule, Value, first_match, make_contacts

__all__ = ["ADAPTER", "CONTACTS"]

CONTACTS = 5_000
"""So many contacts, the same in every run, are decided over and over; the floor's table holds all of them."""


def _prepare(rules: Sequence[Rule]) -> "_Table":
    return _Table(rules)


class _Table:
    """Worked out beforehand, since filling it is no engine's way of loading a policy."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._answers: dict[tuple[Value, ...], Outcome] = {}
        for contact in make_contacts(CONTACTS):
            key = tuple(contact[attribute.record][attribute.name] for attribute in ATTRIBUTES)
            if key not in self._answers:
                self._answers[key] = first_match(rules, contact)
