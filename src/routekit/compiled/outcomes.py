"""Outcomes made ready: what of a decision is known beforehand, and what has to be worked out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from routekit.compiled.frames import Function
from routekit.policy.decision import Decision
from routekit.policy.expressions import Expr
from routekit.policy.model import CheckedPolicy, Outcome, SetData, Step, WorkOutPart
from routekit.policy.outcomes import computed_by, given_by, has_same_plan, is_same_for_all

__all__ = ["PLACES", "Ready", "ReadyStep", "make_ready", "values_of"]

PLACES = {item.name: place for place, item in enumerate(fields(Decision))}
"""Where the fields of a decision stand."""
values_of: Callable[[Decision], tuple[Any, ...]] = attrgetter(*PLACES)
"""The values of a decision's fields, from which it can be made again."""


@dataclass(frozen=True, slots=True)
class ReadyStep:
    """A step made ready: what tests its condition, the hours of its queue, what works out its parts."""

    step: Step
    test: Function | None
    hours: str | None
    computed: tuple[tuple[str, Function], ...]
    sets_data: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """An outcome made ready, under a ``number`` of its own.

    ``given`` are the parts that it writes out, ``computed`` what works out others, by their places in a
    decision. ``data`` sets what the policy declares itself. ``channels`` leads from the inbound channel to
    that of the decision where it is not ``channel``. ``has_same_plan`` tells that the contact has no say in
    its plan, ``is_plan_known`` that it comes out alike for others that have the same steps, but for when they
    are called back.
    """

    number: int
    given: Mapping[str, object]
    data: tuple[SetData, ...]
    computed: tuple[tuple[int, Function], ...]
    calendar: str | None
    channels: frozenset[str]
    channel: str
    plan: tuple[ReadyStep, ...]
    has_same_plan: bool
    is_plan_known: bool
    is_fixed: bool
    """Nothing but the channel depends on the contact."""


def make_ready(
    policy: CheckedPolicy, outcome: Outcome, number: int, function: Callable[[Expr], Function]
) -> Ready:
    """An outcome made ready; ``function`` gives what works out an expression."""
    queue = policy.queues[outcome.queue]
    plan = tuple(
        ReadyStep(
            step,
            None if step.condition is None else function(step.condition),
            None if step.queue is None else policy.queues[step.queue].calendar,
            tuple((act.part, function(act.expr)) for act in step.actions if isinstance(act, WorkOutPart)),
            any(isinstance(act, SetData) for act in step.actions),
        )
        for step in outcome.plan
    )
    return Ready(
        number,
        given_by(outcome),
        outcome.data,
        tuple((PLACES[name], function(expr)) for name, expr in computed_by(outcome).items()),
        queue.calendar,
        frozenset(queue.channels) if outcome.channel is None else frozenset(),
        outcome.channel or queue.channels[0],
        plan,
        has_same_plan(policy, outcome),
        not any(each.sets_data for each in plan),
        is_same_for_all(policy, outcome),
    )
