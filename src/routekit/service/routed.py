"""A decision as a router gives it: with an id, how long it took, and what the agent should know."""

from dataclasses import dataclass, field, fields

from routekit.policy.decision import Decision, Problem
from routekit.service.history.model import Past

__all__ = ["Routed", "routed"]


@dataclass(frozen=True, slots=True)
class Routed(Decision):
    """A decision of a router.

    ``id`` is unique over all processes and sorts by time; ``latency`` is in seconds, from the call of
    ``route`` on. Two are equal where all of that is.
    """

    id: str = ""
    latency: float = 0.0
    past: Past = field(default=Past.EMPTY, repr=False, compare=False)

    def to_dict(self) -> dict[str, object]:
        """The decision as JSON has it, with its ``id`` and ``latency``, and the ``context`` for the agent."""
        return {**Decision.to_dict(self), "id": self.id, "latency": self.latency}


_NAMES = tuple(item.name for item in fields(Decision))
_set = object.__setattr__


def routed(decision: Decision, problems: tuple[Problem, ...], id: str, latency: float, past: Past) -> Routed:
    """A decision with what the router knows beside it."""
    return Routed(
        decision.policy,
        decision.revision,
        decision.rule,
        decision.channel,
        decision.queue,
        decision.agent,
        decision.priority,
        decision.skills,
        decision.offers,
        decision.message,
        decision.plan,
        decision.arm,
        decision.because,
        (*decision.problems, *problems) if problems else decision.problems,
        id,
        latency,
        past,
    )
