"""Examples as a policy writes them, made of contacts and what is decided of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from routekit.layout.writing import example as example_text
from routekit.layout.writing import policy_text
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Example, Given
from routekit.policy.outcome_parts import leading, parts_of, written
from routekit.policy.references import ARRIVAL
from routekit.schema.types import Time
from routekit.syntax.hidden import is_hidden
from routekit.trials.trial import given_in

__all__ = ["at_time", "example_of", "is_unwritable", "written_example"]

_ARRIVAL = ARRIVAL.record, ARRIVAL.field


def written_example(title: str, example: Example, decision: Decision, policy: CheckedPolicy) -> str:
    """Writes an example with what it gives, and a decision as what it expects.

    Raises :class:`UnreadablePolicyError` where the language has no words for it.
    """
    saved = (part for part in parts_of(policy) if part.saved and (part.names != "offer" or policy.offers))
    parts = leading(saved, "rule", "queue")
    expected = ", ".join(f"{part.word} {written(part, part.of(decision))}" for part in parts)
    return policy_text(example_text(title, given_in(example, policy), expected))


def example_of(contact: Mapping[str, object], facts: Facts) -> Example:
    """Returns a contact as an example gives it; ``facts`` are what was read of it."""
    given = [
        Given((owner, name), live=live, value=value)
        for live, records in ((False, contact), (True, contact.get("live")))
        if isinstance(records, Mapping)
        for owner, sent in records.items()
        if isinstance(sent, Mapping) and (live or owner != "live")
        for name in sent
        for value in [(facts.signals if live else facts.fields).get((owner, name))]
        if value is not None
    ]
    shown = tuple(item for item in facts.shown if item.offer is not None)
    return Example("", tuple(given), (), shown=shown)


def at_time(example: Example, moment: datetime, policy: CheckedPolicy) -> Example | None:
    """Returns the example at a time of its own, to the minute; None where it has one, or can have none."""
    has_arrival = any(
        (record.name, field.name) == _ARRIVAL and isinstance(field.type, Time)
        for record in policy.records
        for field in record.fields
    )
    if not has_arrival or any(given.path == _ARRIVAL for given in example.given):
        return None
    minute = moment.replace(second=0, microsecond=0)
    given = (*example.given, Given(_ARRIVAL, live=False, value=minute))
    return replace(example, given=tuple(sorted(given, key=lambda item: item.path[0] != _ARRIVAL[0])))


def is_unwritable(letter: str) -> bool:
    """Whether a character can stand in no text of a policy."""
    return is_hidden(letter) or letter in "\n\r"
