"""What many decisions come to: who went where, the offers made, the problems found."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.reasons.words import count as number_of

__all__ = ["Tally"]


@dataclass
class Tally:
    """Counts decisions as they come."""

    policy: CheckedPolicy
    contacts: int = 0
    routes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By rule, queue and channel."""
    offers: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    with_problems: int = 0
    broken: int = 0

    def add(self, decision: Decision, contacts: int = 1) -> None:
        """Counts one decision, which so many contacts got."""
        self.contacts += contacts
        self.routes[decision.rule, decision.queue, decision.channel] += contacts
        self.offers.update(dict.fromkeys(decision.offers, contacts))
        self.problems.update(dict.fromkeys(map(str, decision.problems), contacts))
        self.with_problems += contacts if decision.problems else 0

    @property
    def routes_by_size(self) -> list[tuple[tuple[str, str, str], int]]:
        return sorted(self.routes.items(), key=lambda item: (-item[1], item[0]))

    @property
    def mean_cost(self) -> float | None:
        """The mean cost of the contacts whose channel has one."""
        costs = [
            (channel.cost, count)
            for (_, _, name), count in self.routes.items()
            if (channel := self.policy.channels[name]).cost is not None
        ]
        if not costs:
            return None
        return sum((price or 0) * count for price, count in costs) / sum(count for _, count in costs)

    @property
    def assisted(self) -> int:
        """Contacts that a person answers."""
        channels = self.policy.channels
        return sum(count for (_, _, name), count in self.routes.items() if channels[name].assisted)

    def share(self, count: int) -> str:
        return f"{100 * count / self.contacts:.1f}%"

    def head(self) -> str:
        """All of it in one sentence."""
        parts = [
            f"{number_of(self.contacts, 'contact')} decided by {self.policy.name} {self.policy.revision}"
        ]
        if self.with_problems:
            parts.append(f"{self.with_problems:,} with problems")
        if self.broken:
            parts.append(f"{self.broken:,} lines could not be read")
        if self.mean_cost is not None:
            parts.append(f"{self.mean_cost:.2f} per contact")
        return ", ".join(parts)

    def sentences(self) -> Iterator[str]:
        """All of it, a line each."""
        yield self.head()
        if not self.contacts:
            return
        for (rule, queue, channel), count in self.routes_by_size:
            yield f"rule {rule}, queue {queue}, channel {channel}: {self._counted(count)}"
        yield f"with a person: {self._counted(self.assisted)}"
        yield f"self-service: {self._counted(self.contacts - self.assisted)}"
        for word, counts in (("offer", self.offers), ("problem in the input", self.problems)):
            for name, count in counts.most_common():
                yield f"{word}, {name}: {self._counted(count)}"

    def _counted(self, count: int) -> str:
        return f"{number_of(count, 'contact')}, {self.share(count)}"
