"""What differs between two decisions about one contact."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from routekit.policy.decision import Decision, PlanStep
from routekit.policy.model import CheckedPolicy, Outcome, Rule, Split
from routekit.reasons.words import Words
from routekit.schema.times import format_duration

__all__ = ["PARTS", "Change", "Comparer", "Key", "step_text"]

PARTS = (
    "service",
    "queue",
    "channel",
    "agent",
    "priority",
    "skills",
    "plan",
    "message",
    "offers",
    "ranking",
)
"""The parts of a decision in the order of their weight."""

Thing = str | int | PlanStep | None


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a decision, before and after.

    Of skills, plan and offers: what is there only before, and only after. ``service`` is who answers on
    the channel (``assisted``, ``self_service``), ``ranking`` the order of offers that are made both times.
    An agent is told by the expression of the rule that names one.
    """

    part: str
    before: tuple[Thing, ...]
    after: tuple[Thing, ...]
    always: bool = field(default=True, compare=False)
    """Of a group: whether it changes so for all of it."""


Key = tuple[Change, ...]
"""What a group has in common: where contacts go, or else the first thing that changes."""


class Comparer:
    """Tells what differs between the decisions of two policies."""

    def __init__(self, old: CheckedPolicy, new: CheckedPolicy) -> None:
        self.old, self.new = old, new
        self._outcomes = outcome_of(old), outcome_of(new)
        self._words = Words(old), Words(new)

    def changes(self, before: Decision, after: Decision) -> tuple[Change, ...]:
        """What differs, in the order of its weight; the deciding rule alone is no difference."""
        found: list[Change] = []

        def note(part: str, one: tuple[Thing, ...], other: tuple[Thing, ...]) -> None:
            if one != other:
                found.append(Change(part, one, other))

        note("service", (service(self.old, before.channel),), (service(self.new, after.channel),))
        note("queue", (before.queue,), (after.queue,))
        note("channel", (before.channel,), (after.channel,))
        if before.agent != after.agent:
            found.append(Change("agent", (self._agent(0, before),), (self._agent(1, after),)))
        note("priority", (before.priority,), (after.priority,))
        note("skills", *_apart(before.skills, after.skills))
        note("plan", *_apart(frozenset(before.plan), frozenset(after.plan)))
        note("message", (before.message,), (after.message,))
        note("offers", *_apart(frozenset(before.offers), frozenset(after.offers)))
        both = frozenset(before.offers) & frozenset(after.offers)
        if [x for x in before.offers if x in both] != [x for x in after.offers if x in both]:
            found.append(Change("ranking", (), ()))
        return tuple(found)

    def _agent(self, place: int, decision: Decision) -> str | None:
        """The words by which the rule names the agent."""
        agent = None if decision.agent is None else self._outcomes[place](decision).agent
        return None if agent is None else self._words[place].expr(agent)

    def key(self, before: Decision, after: Decision, changes: tuple[Change, ...]) -> Key:
        """The group of a contact: its queues and the priorities that the rules give, or what else changes."""
        found = {change.part: change for change in changes}
        leading = tuple(found[part] for part in ("service", "queue", "channel") if part in found)
        if "queue" in found:
            one, other = self._outcomes[0](before).priority, self._outcomes[1](after).priority
            given = (Change("given", (one,), (other,)),) if one != other else ()
            return (*(change for change in leading if change.part != "channel"), *given)
        return leading or changes[:1]


def service(policy: CheckedPolicy, channel: str) -> str:
    """Who answers on a channel."""
    return "assisted" if policy.channels[channel].assisted else "self_service"


def outcome_of(policy: CheckedPolicy) -> Callable[[Decision], Outcome]:
    """Gives what the deciding rule, or its arm, says."""
    bodies = {(rule.name, _chosen(rule)): rule.body for rule in policy.rules}

    def outcome(decision: Decision) -> Outcome:
        body = bodies.get((decision.rule, decision.queue)) or bodies[decision.rule, None]
        return body if isinstance(body, Outcome) else body.arms[(decision.arm or 1) - 1].outcome

    return outcome


def _chosen(rule: Rule) -> str | None:
    """The queue for which a rule stands whose queue is named by a field."""
    return None if rule.chosen_by is None or isinstance(rule.body, Split) else rule.body.queue


def _apart(one: frozenset[Thing], other: frozenset[Thing]) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
    return _ordered(one - other), _ordered(other - one)


def _ordered(things: frozenset[Thing]) -> tuple[Thing, ...]:
    def key(thing: Thing) -> tuple[timedelta, str]:
        return (thing.after, "") if isinstance(thing, PlanStep) else (timedelta(0), str(thing))

    return tuple(sorted(things, key=key))


def step_text(step: PlanStep) -> str:
    """A step of a plan as a policy writes it.

    >>> step_text(PlanStep(timedelta(minutes=3), queue="general", priority=2))
    'after 3m queue general, priority 2'
    """
    parts = []
    if step.queue is not None:
        parts.append(f"queue {step.queue}")
    if step.any_agent:
        parts.append("any agent")
    if step.priority is not None:
        parts.append(f"priority {step.priority}")
    if step.skills is not None:
        parts.append(f"skills {{{', '.join(sorted(step.skills))}}}")
    if step.callback_within is not None:
        parts.append(f"callback within {format_duration(step.callback_within)}")
    if step.message is not None:
        parts.append(f"message {step.message}")
    return f"after {format_duration(step.after)} {', '.join(parts)}"
