"""Outcomes made ready: what of a decision is known beforehand, and what has to be worked out."""

from dataclasses import dataclass
from datetime import timedelta

from routekit.compiled.frames import Function
from routekit.policy.decision import PlanStep
from routekit.policy.model import (
    LOWEST_PRIORITY,
    TOP_PRIORITY,
    AddSkills,
    AnyAgent,
    Callback,
    Change,
    CheckedPolicy,
    Outcome,
    RemoveSkills,
    Say,
    SetPriority,
    SetSkills,
    ShiftPriority,
    Step,
    ToQueue,
)

__all__ = ["Ready", "apply", "clamp", "make_ready"]


@dataclass(frozen=True, slots=True)
class Ready:
    """An outcome made ready.

    ``channels`` leads from the inbound channel to that of the decision where it is not ``channel``. Each step
    of ``plan`` has the calendar that its queue must keep, None where it keeps none.
    """

    outcome: Outcome
    calendar: str | None
    channels: frozenset[str]
    channel: str
    agent: Function | None
    plan: tuple[tuple[PlanStep, str | None], ...]
    steps: tuple[PlanStep, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether nothing but the channel depends on the contact."""
        return self.agent is None and all(calendar is None for _, calendar in self.plan)

    def channel_for(self, inbound: object) -> str:
        """The channel on which a contact is served."""
        return inbound if isinstance(inbound, str) and inbound in self.channels else self.channel


def make_ready(policy: CheckedPolicy, outcome: Outcome, agent: Function | None) -> Ready:
    """An outcome made ready; ``agent`` works out the person it wishes for."""
    queue = policy.queues[outcome.queue]
    plan = tuple(
        (_plan_step(step), None if step.queue is None else policy.queues[step.queue].calendar)
        for step in outcome.plan
    )
    return Ready(
        outcome,
        queue.calendar,
        frozenset(queue.channels) if outcome.channel is None else frozenset(),
        outcome.channel or queue.channels[0],
        agent,
        plan,
        tuple(step for step, _ in plan),
    )


def clamp(priority: int) -> int:
    """A priority within its bounds."""
    return min(max(priority, TOP_PRIORITY), LOWEST_PRIORITY)


def _plan_step(step: Step) -> PlanStep:
    queue: str | None = None
    message: str | None = None
    any_agent = False
    priority: int | None = None
    skills: frozenset[str] | None = None
    within: timedelta | None = None
    for action in step.actions:
        match action:
            case ToQueue(name):
                queue = name
            case AnyAgent():
                any_agent = True
            case Callback(span):
                within = span
            case SetPriority(number):
                priority = clamp(number)
            case SetSkills(names):
                skills = names
            case Say(name):
                message = name
    return PlanStep(step.after, queue, any_agent, priority, skills, message, within)


Adjusted = tuple[int, frozenset[str], str | None]
"""Priority, skills and message."""


def apply(changes: tuple[Change, ...], adjusted: Adjusted) -> Adjusted:
    """What an adjustment makes of an outcome."""
    priority, skills, message = adjusted
    for change in changes:
        match change:
            case SetPriority(value):
                priority = value
            case ShiftPriority(by):
                priority += by
            case AddSkills(added):
                skills |= added
            case RemoveSkills(removed):
                skills -= removed
            case Say(name):
                message = name
    return priority, skills, message
