"""Outcomes made ready: what of a decision is known beforehand, and what has to be worked out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from routekit.compiled.frames import Function
from routekit.policy.decision import PlanStep
from routekit.policy.expressions import Expr
from routekit.policy.model import CheckedPolicy, Outcome
from routekit.policy.outcomes import adjusted, expressions_of, given_by, planned

__all__ = ["Ready", "make_ready"]


@dataclass(frozen=True, slots=True)
class Ready:
    """An outcome made ready.

    ``given`` are the parts that it writes out, as ``told`` within their bounds; ``computed`` those that are
    worked out. ``channels`` leads from the inbound channel to that of the decision where it is not
    ``channel``. Each step of ``plan`` has the calendar that its queue must keep, None where it keeps none.
    """

    given: Mapping[str, object]
    told: Mapping[str, object]
    computed: Mapping[str, Function]
    calendar: str | None
    channels: frozenset[str]
    channel: str
    plan: tuple[tuple[PlanStep, str | None], ...]
    steps: tuple[PlanStep, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether nothing but the channel depends on the contact."""
        return not self.computed and all(calendar is None for _, calendar in self.plan)

    def channel_for(self, inbound: object) -> str:
        """The channel on which a contact is served."""
        return inbound if isinstance(inbound, str) and inbound in self.channels else self.channel


def make_ready(policy: CheckedPolicy, outcome: Outcome, function: Callable[[Expr], Function]) -> Ready:
    """An outcome made ready; ``function`` gives what works out an expression."""
    queue = policy.queues[outcome.queue]
    plan = tuple(
        (planned(step), None if step.queue is None else policy.queues[step.queue].calendar)
        for step in outcome.plan
    )
    given = given_by(outcome)
    return Ready(
        given,
        adjusted(given, ()),
        {name: function(expr) for name, expr in expressions_of(outcome).items()},
        queue.calendar,
        frozenset(queue.channels) if outcome.channel is None else frozenset(),
        outcome.channel or queue.channels[0],
        plan,
        tuple(step for step, _ in plan),
    )
