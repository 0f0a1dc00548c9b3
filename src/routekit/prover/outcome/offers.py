"""Which offers are eligible, and which of them are shown."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from routekit.policy import expressions as e
from routekit.policy.model import Cap, CheckedPolicy, Offer
from routekit.prover.encoding.space import Space
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.schema.types import Value

__all__ = ["OfferOutcomes"]

_ZERO = e.Constant(0)


class OfferOutcomes:
    """The offers over a space; ``channels`` tells where a contact is served on which.

    ``caps`` are where each cap is used up: shared by policies that are asked about the same contacts.
    """

    def __init__(
        self,
        space: Space,
        policy: CheckedPolicy,
        channels: Callable[[], Mapping[Value | None, int]],
        caps: dict[tuple[str, Cap], int],
    ) -> None:
        self.space = space
        self.policy = policy
        self.gates = space.gates
        self._channels = channels
        self._eligible: dict[str, int] | None = None
        self._shown: dict[str, int] | None = None
        self.caps = caps

    def register(self) -> None:
        """Takes note of where offers are eligible."""
        for offer in self.policy.offers:
            self.space.register(offer.condition)
        for never in self.policy.nevers:
            self.space.register(never.condition)

    def register_ranking(self) -> None:
        """Takes note of which offer is worth more than another, where not all are shown."""
        if self._is_cut_short():
            offers = self.policy.offers
            for place, offer in enumerate(offers):
                for other in offers[:place]:
                    self.beats(other, offer, True)
                    self.beats(offer, other, False)

    def eligible(self) -> dict[str, int]:
        """For each offer, where it is eligible."""
        if self._eligible is None:
            gates, space = self.gates, self.space
            silent = gates.any(space.true(never.condition) for never in self.policy.nevers)
            channels = self._channels()
            self._eligible = {}
            for offer in self.policy.offers:
                on = (
                    TRUE
                    if offer.channels is None
                    else gates.any(channels.get(channel, FALSE) for channel in sorted(offer.channels))
                )
                used = gates.any(self.used_up(offer, cap) for cap in offer.caps)
                self._eligible[offer.name] = gates.both(space.true(offer.condition), on, -used, -silent)
        return self._eligible

    def used_up(self, offer: Offer, cap: Cap) -> int:
        """Where a cap of an offer is used up; larger caps are used up with smaller ones."""
        if cap.most == 0:
            return TRUE
        if cap.per <= timedelta(0) or cap.most > 10_000:
            return FALSE
        key = offer.name, cap
        if key not in self.caps:
            literal = self.caps[key] = self.gates.variable()
            for (name, other), known in self.caps.items():
                if name == offer.name and other != cap:
                    if other.most <= cap.most and other.per >= cap.per:
                        self.gates.add((-literal, known))
                    if cap.most <= other.most and cap.per >= other.per:
                        self.gates.add((-known, literal))
        return self.caps[key]

    def cap_literals(self) -> list[int]:
        """The literals of all caps that were asked for."""
        return list(self.caps.values())

    def caps_in(self, literals: set[int]) -> list[tuple[str, Cap]]:
        """The caps that a contact has used up."""
        return [key for key, literal in self.caps.items() if literal in literals]

    def shown(self) -> dict[str, int]:
        """For each offer, where it is among those that are shown."""
        if self._shown is None:
            eligible, gates = self.eligible(), self.gates
            if not self._is_cut_short():
                self._shown = eligible
            else:
                most = self.policy.show or 0
                offers = self.policy.offers
                self._shown = {}
                for place, offer in enumerate(offers):
                    better = [
                        gates.both(eligible[other.name], self.beats(other, offer, number < place))
                        for number, other in enumerate(offers)
                        if number != place
                    ]
                    self._shown[offer.name] = gates.both(eligible[offer.name], -gates.at_least(better, most))
        return self._shown

    def _is_cut_short(self) -> bool:
        return self.policy.show is not None and self.policy.show < len(self.policy.offers)

    def beats(self, other: Offer, offer: Offer, earlier: bool) -> int:
        """Where an offer is worth more than another, or as much and stands earlier."""
        operator = ">=" if earlier else ">"
        return self.space.ask(e.Compare(operator, self._worth(other), self._worth(offer)))

    def _worth(self, offer: Offer) -> e.Expr:
        if offer.worth is None:
            return _ZERO
        return offer.worth if isinstance(offer.worth, e.Constant) else e.Else(offer.worth, _ZERO)
