"""Running a policy's own examples."""

from dataclasses import dataclass
from datetime import datetime

from routekit.engine.engine import Engine
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, Example
from routekit.policy.outcome_parts import Kind, Part, parts_of, told_once, written
from routekit.schema.times import zone
from routekit.schema.types import Value
from routekit.translation import t

__all__ = ["Mismatch", "clock_of", "contact_of", "mismatches"]

_CLOCK = datetime(2026, 1, 1, 12)
"""Where the clock stands in an example that names no time, in the policy's timezone."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that an example expects and the decision does not hold."""

    part: Part
    expected: object
    actual: object

    @property
    def what(self) -> str:
        """What an example calls the part."""
        return self.part.word

    def __str__(self) -> str:
        return t(
            "{part} {actual} instead of {expected}",
            part=t(self.what),
            actual=self.as_written(self.actual),
            expected=self.as_written(self.expected),
        )

    def as_written(self, value: object) -> str:
        """Returns a value of the part, as an example writes it."""
        return written(self.part, value)


def clock_of(policy: CheckedPolicy) -> datetime:
    """Returns where the clock of a policy's examples stands."""
    return _CLOCK.replace(tzinfo=zone(policy.timezone))


def contact_of(example: Example) -> dict[str, object]:
    """Returns the contact that an example gives, as a caller would send it."""
    contact: dict[str, dict[str, Value | dict[str, Value]]] = {"contact": {}}
    live: dict[str, dict[str, Value]] = {}
    for given in example.given:
        owner, member = given.path
        if given.live:
            live.setdefault(owner, {})[member] = given.value
        else:
            contact.setdefault(owner, {})[member] = given.value
    found: dict[str, object] = {**contact}
    if live:
        found["live"] = live
    if example.shown:
        found["offers_shown"] = [{"offer": shown.offer, "at": shown.at} for shown in example.shown]
    return found


def mismatches(engine: Engine, example: Example) -> tuple[Decision, tuple[Mismatch, ...]]:
    """Returns the decision for an example's contact, and where it is not what was expected."""
    policy = engine.policy.checked
    decision = engine.decide(contact_of(example), now=clock_of(policy))
    parts = {part.name: part for part in parts_of(policy)}
    compared = [(parts[item.what], item.value) for item in example.expected]
    return decision, tuple(
        Mismatch(part, expected, actual)
        for part, expected in compared
        if (actual := _told(decision, part)) != expected
    )


def _told(decision: Decision, part: Part) -> object:
    """A part of a decision as an example would tell it."""
    if part.kind is Kind.STEPS:
        return tuple(map(told_once, decision.plan))
    return part.of(decision)
