"""What becomes of many contacts before and now: who answers, what it costs, which queues and offers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from routekit.diff.changes import service
from routekit.diff.renames import Renamed
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.translation import t

__all__ = ["Totals", "total_lines", "totals_as_json"]

_MOST_NAMED = 8


@dataclass(slots=True)
class Totals:
    """The decisions of one version, counted, by its own names or as they are ``renamed``.

    All are whole numbers, so that totals of parts, ``merged`` in any order, are the totals of the whole.
    """

    policy: CheckedPolicy = field(compare=False)
    renamed: Renamed | None = field(default=None, compare=False)
    contacts: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    queues: Counter[str] = field(default_factory=Counter)
    offers: Counter[str] = field(default_factory=Counter)

    def add(self, decision: Decision, number: int = 1) -> None:
        """Counts a decision, made so many times."""
        decision = decision if self.renamed is None else self.renamed.decision(decision)
        self.contacts += number
        self.channels[decision.channel] += number
        self.queues[decision.queue] += number
        for offer in decision.offers:
            self.offers[offer] += number

    def merge(self, other: "Totals") -> None:
        """Adds the totals of other contacts."""
        self.contacts += other.contacts
        self.channels.update(other.channels)
        self.queues.update(other.queues)
        self.offers.update(other.offers)

    @property
    def service(self) -> Counter[str]:
        """How many are served by people, ``assisted``, and by machines, ``self_service``."""
        found = Counter[str]()
        for channel, number in self.channels.items():
            found[service(self.policy, channel)] += number
        return found

    @property
    def cost_a_contact(self) -> float | None:
        """The mean cost of a contact on a channel that says what one costs; None where none does."""
        costs = {
            name: Fraction(cost)
            for name, channel in self.policy.channels.items()
            if (cost := channel.cost) is not None
        }
        priced = sum(number for name, number in self.channels.items() if name in costs)
        whole = sum(number * costs[name] for name, number in self.channels.items() if name in costs)
        return float(whole / priced) if priced else None

    @property
    def offers_a_contact(self) -> float:
        """How many offers are made to a contact, in the mean."""
        return self.offers.total() / self.contacts if self.contacts else 0.0


def total_lines(before: Totals, now: Totals) -> Iterator[str]:
    """Tells the totals of both versions, of queues and offers those that change."""
    people, machines = (_both(before.service, now.service, who) for who in ("assisted", "self_service"))
    costs = [total.cost_a_contact for total in (before, now)]
    cost = (
        "" if None in costs else t(", cost a contact {before:.2f} → {now:.2f}", before=costs[0], now=costs[1])
    )
    yield t("people {people}, machines {machines}{cost}", people=people, machines=machines, cost=cost)
    for word, one, other in (
        (t("queues"), before.queues, now.queues),
        (t("offers"), before.offers, now.offers),
    ):
        changed = _changed(one, other)
        if changed:
            said = [f"{name} {_both(one, other, name)}" for name in changed[:_MOST_NAMED]]
            more = len(changed) - _MOST_NAMED
            listed = t(", ").join(said) + (t(" and {more} more", more=more) if more > 0 else "")
            yield t("{word}: {text}", word=word, text=listed)


def _both(one: Mapping[str, int], other: Mapping[str, int], name: str) -> str:
    return f"{one.get(name, 0):,} → {other.get(name, 0):,}"


def _changed(one: Mapping[str, int], other: Mapping[str, int]) -> list[str]:
    """The names with other numbers, those that change most first."""
    names = [name for name in dict.fromkeys((*one, *other)) if one.get(name, 0) != other.get(name, 0)]
    return sorted(names, key=lambda name: -abs(one.get(name, 0) - other.get(name, 0)))


def totals_as_json(total: Totals) -> dict[str, object]:
    """Writes the totals of one version as plain data."""
    return {
        "assisted": total.service["assisted"],
        "self_service": total.service["self_service"],
        "cost_a_contact": total.cost_a_contact,
        "queues": dict(sorted(total.queues.items())),
        "offers": dict(sorted(total.offers.items())),
    }
