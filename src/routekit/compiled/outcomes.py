"""Outcomes made ready: what of a decision is known beforehand, and what has to be worked out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from routekit.compiled.frames import Function
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.expressions import Expr
from routekit.policy.model import CheckedPolicy, Outcome
from routekit.policy.outcomes import expressions_of, given_by, planned

__all__ = ["PLACES", "Ready", "make_ready", "values_of"]

PLACES = {item.name: place for place, item in enumerate(fields(Decision))}
"""Where the fields of a decision stand."""
values_of: Callable[[Decision], tuple[Any, ...]] = attrgetter(*PLACES)
"""The values of a decision's fields, from which it can be made again."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An outcome made ready, under a ``number`` of its own.

    ``given`` are the parts that it writes out, ``computed`` what works out others, by their places in a
    decision. ``channels`` leads from the inbound channel to that of the decision where it is not
    ``channel``. Each step of ``plan`` has the calendar that its queue must keep, None where it keeps none;
    ``keeps_hours`` tells that there is one.
    """

    number: int
    given: Mapping[str, object]
    computed: tuple[tuple[int, Function], ...]
    calendar: str | None
    channels: frozenset[str]
    channel: str
    plan: tuple[tuple[PlanStep, str | None], ...]
    steps: tuple[PlanStep, ...]
    keeps_hours: bool

    @property
    def is_fixed(self) -> bool:
        """Whether nothing but the channel depends on the contact."""
        return not self.computed and not self.keeps_hours


def make_ready(
    policy: CheckedPolicy, outcome: Outcome, number: int, function: Callable[[Expr], Function]
) -> Ready:
    """An outcome made ready; ``function`` gives what works out an expression."""
    queue = policy.queues[outcome.queue]
    plan = tuple(
        (planned(step), None if step.queue is None else policy.queues[step.queue].calendar)
        for step in outcome.plan
    )
    return Ready(
        number,
        given_by(outcome),
        tuple((PLACES[name], function(expr)) for name, expr in expressions_of(outcome).items()),
        queue.calendar,
        frozenset(queue.channels) if outcome.channel is None else frozenset(),
        outcome.channel or queue.channels[0],
        plan,
        tuple(step for step, _ in plan),
        any(calendar is not None for _, calendar in plan),
    )
