"""A decision as a router gives it: with an id, how long it took, and what the agent should know."""

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from operator import attrgetter

from routekit.engine.answering import Answering
from routekit.policy.answers import Answer, Said
from routekit.policy.decision import Decision, Problem
from routekit.service.history.context import Context
from routekit.service.history.model import Past

__all__ = ["Routed"]

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Routed(Decision):
    """A decision of a router.

    ``id`` is unique over all processes and sorts by time; ``latency`` is in seconds, from the call of
    ``route`` on; ``past`` is what was known of the customer at ``now``, by the clock of ``timezone``;
    ``answering`` works out what is said.
    """

    id: str = ""
    latency: float = 0.0
    past: Past = field(default=Past.EMPTY, repr=False, compare=False)
    now: datetime = field(default=_NEVER, repr=False, compare=False)
    timezone: str = field(default="UTC", repr=False, compare=False)
    answering: Answering | None = field(default=None, repr=False, compare=False)

    @property
    def context(self) -> Context:
        """What the agent should know: earlier contacts, the answers given, offers shown, open incidents.

        ``str()`` of it tells that in sentences.
        """
        return Context.of(self.past, self.now, self.timezone)

    @property
    def said(self) -> Said | None:
        """The message of the decision as it is said on its channel, with the facts of ``now`` in it.

        None where the decision has no message, or the message no wording there.
        """
        return None if self.answering is None else self.answering.said(self.message, self.channel)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What is said on the decided channel about each matter that the contact has, in full."""
        return () if self.answering is None else self.answering.answers(self.channel)

    def to_dict(self) -> dict[str, object]:
        """Gives the decision as JSON has it, with ``id``, ``latency`` and the ``context`` for the agent.

        Where the policy has messages, with what is ``said`` and the ``answers``, too.
        """
        told: dict[str, object] = {
            **Decision.to_dict(self),
            "id": self.id,
            "latency": self.latency,
            "context": self.context.to_dict(),
        }
        if self.answering is not None:
            said = self.said
            told["said"] = None if said is None else said.to_dict()
            told["answers"] = [answer.to_dict() for answer in self.answers]
        return told

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
        answering: Answering | None = None,
    ) -> "Routed":
        """Adds to a decision what a router knows; its problems stand behind those of the contact."""
        if problems:
            decision = replace(decision, problems=(*decision.problems, *problems))
        return cls(*_values(decision), id, latency, past, now, timezone, answering)  # type: ignore[call-arg]


_values = attrgetter(*(item.name for item in fields(Decision)))
