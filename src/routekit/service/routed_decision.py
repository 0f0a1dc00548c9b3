"""A decision as a router gives it: with an id, how long it took, and what the agent should know."""

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from operator import attrgetter

from routekit.policy.decision import Decision, Problem
from routekit.service.history.context import Context
from routekit.service.history.model import Past

__all__ = ["Routed"]

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Routed(Decision):
    """A decision of a router.

    ``id`` is unique over all processes and sorts by time; ``latency`` is in seconds, from the call of
    ``route`` on; ``past`` is what was known of the customer at ``now``, by the clock of ``timezone``.
    """

    id: str = ""
    latency: float = 0.0
    past: Past = field(default=Past.EMPTY, repr=False, compare=False)
    now: datetime = field(default=_NEVER, repr=False, compare=False)
    timezone: str = field(default="UTC", repr=False, compare=False)

    @property
    def context(self) -> Context:
        """What the agent should know: earlier contacts, the answers given, offers shown, open incidents.

        ``str()`` of it tells that in sentences.
        """
        return Context.of(self.past, self.now, self.timezone)

    def to_dict(self) -> dict[str, object]:
        """Gives the decision as JSON has it, with ``id``, ``latency`` and the ``context`` for the agent."""
        return {
            **Decision.to_dict(self),
            "id": self.id,
            "latency": self.latency,
            "context": self.context.to_dict(),
        }

    @classmethod
    def of(
        cls,
        decision: Decision,
        problems: tuple[Problem, ...],
        id: str,
        latency: float,
        past: Past,
        now: datetime,
        timezone: str,
    ) -> "Routed":
        """Adds to a decision what a router knows; its problems stand behind those of the contact."""
        if problems:
            decision = replace(decision, problems=(*decision.problems, *problems))
        return cls(*_values(decision), id, latency, past, now, timezone)  # type: ignore[call-arg]


_values = attrgetter(*(item.name for item in fields(Decision)))
