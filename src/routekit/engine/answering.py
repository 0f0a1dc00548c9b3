"""What an agent says to one contact: the answers about what it came for, and the message of its decision."""

from dataclasses import dataclass
from datetime import datetime

from routekit.intake import Intake
from routekit.policy.answers import Answer, Said, all_answers, day_of, say
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.reference import Scope

__all__ = ["Answering"]


@dataclass(frozen=True, slots=True)
class Answering:
    """What is said to a contact, worked out when it is asked for; ``clock`` counts where it names no time."""

    policy: CheckedPolicy
    contact: object
    clock: datetime

    def answers(self, channel: str) -> tuple[Answer, ...]:
        """Returns what is said on a channel about each matter that the contact has."""
        matters = self.policy.contact_map.matters
        if not matters:
            return ()
        facts = self._facts()
        scope = Scope(self.policy, facts)
        having = {matter.name for matter in matters if scope.is_true(matter.condition)}
        found = all_answers(self.policy, day_of(self.policy, facts.now), channel=channel)
        return tuple(answer for answer in found if answer.matter.name in having)

    def said(self, message: str | None, channel: str) -> Said | None:
        """Returns the message of the decision; None where there is none, or no wording on the channel."""
        if message is None:
            return None
        return say(self.policy, message, channel, day_of(self.policy, self._facts().now))

    def _facts(self) -> Facts:
        return Intake(self.policy).read(self.contact, self.clock)
