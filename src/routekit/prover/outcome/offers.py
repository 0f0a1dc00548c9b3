"""Which offers are eligible, and which of them are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.model import Cap, CheckedPolicy, Offer
from routekit.policy.references import ARRIVAL, defined, parts_through
from routekit.prover.encoding.space import Space
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.schema.types import Value
from routekit.translation import msgid

__all__ = ["OF_READABLE", "OfferOutcomes", "speaks_of_offers"]

OF_READABLE = msgid(
    "where all values can be read, since an offer is withheld for one that it asks for and that cannot be"
)
"""As far as something is proved of offers."""

_ZERO = e.Constant(0)
_MOST_RANKED = 60
_MOST_SUMMED = 20
"""Offers that share caps and whose order is the same for all contacts."""
_MOST_WEIGHED = 12
"""Offers that share caps and whose order depends on the contact."""

_Key: TypeAlias = tuple[str, Cap]


def _follows(one: _Key, other: _Key) -> bool:
    """Whether another cap is used up wherever one is: it counts all of that, and allows no more."""
    (name, cap), (_, wider) = one, other
    if cap.most < wider.most or cap.per > wider.per:
        return False
    if wider.over is None:
        return True
    counted = cap.over if cap.over is None or cap.over else frozenset((name,))
    return counted is not None and counted <= (wider.over or frozenset((other[0],)))


def _counts_all(shared: Cap, name: str, cap: Cap) -> bool:
    """Whether a cap over several offers counts each showing that a cap of one of them does."""
    return not cap.is_shared and cap.per <= shared.per and shared.counts(name, name)


def _worth_of(offer: Offer) -> float:
    worth = offer.worth.value if isinstance(offer.worth, e.Constant) else 0
    return worth if isinstance(worth, int | float) else 0


def speaks_of_offers(promise: e.Expr) -> bool:
    """Whether a condition of the outcome asks which offers are shown."""
    return any(part == e.OutcomeRef("offers") for part in e.parts(promise))


class OfferOutcomes:
    """The offers over a space; ``channels`` tells where a contact is served on which.

    ``caps`` are where each cap is used up, by its offer (none for one over several): shared by policies that
    are asked about the same contacts. ``in_doubt``: any offer may be withheld where something that it, or a
    ``never``, asks for is left out, since what could not be read counts so, and any that has a cap.
    """

    def __init__(
        self,
        space: Space,
        policy: CheckedPolicy,
        channels: Callable[[], Mapping[Value | None, int]],
        caps: dict[_Key, int],
        *,
        in_doubt: bool = False,
    ) -> None:
        self.space = space
        self.policy = policy
        self.gates = space.gates
        self._channels = channels
        self._eligible: dict[str, int] | None = None
        self._shown: dict[str, int] | None = None
        self.caps = caps
        self._in_doubt = in_doubt

    def register(self) -> None:
        """Takes note of where offers are eligible."""
        for offer in self.policy.offers:
            self.space.register(offer.condition)
        for never in self.policy.nevers:
            self.space.register(never.condition)

    def register_ranking(self) -> None:
        """Takes note of which offer is worth more than another, where not all are shown."""
        if self._is_cut_short() or self._together:
            offers = self.policy.offers
            for place, offer in enumerate(offers):
                for other in offers[:place]:
                    self.beats(other, offer, True)
                    self.beats(offer, other, False)

    def eligible(self) -> dict[str, int]:
        """For each offer, where it is eligible."""
        if self._eligible is None:
            gates, space = self.gates, self.space
            silent = gates.any(
                gates.either(space.true(never.condition), self._doubt(never.condition))
                for never in self.policy.nevers
            )
            channels = self._channels()
            self._eligible = {}
            for offer in self.policy.offers:
                on = (
                    TRUE
                    if offer.channels is None
                    else gates.any(channels.get(channel, FALSE) for channel in sorted(offer.channels))
                )
                used = gates.any(self.used_up(offer, cap) for cap in offer.caps)
                doubt = gates.either(self._doubt(offer.condition), self._doubt_of_caps(offer))
                self._eligible[offer.name] = gates.both(
                    space.true(offer.condition), on, -used, -silent, -doubt
                )
        return self._eligible

    def _doubt(self, condition: e.Expr | None) -> int:
        """Where a condition may be in doubt, as far as it is asked: something that it reads is left out."""
        if condition is None or not self._in_doubt:
            return FALSE
        parts = parts_through([condition], self._defined)
        read = {ARRIVAL if isinstance(part, e.Now) else part for part in parts}
        found = [self.space.left_out(base) for base in self.space.fields if base in read]
        left_out = self.gates.any(TRUE if literal is None else literal for literal in found)
        return self.gates.both(left_out, self.gates.variable())

    @cached_property
    def _defined(self) -> Mapping[e.Expr, e.Expr]:
        return defined(self.policy)

    def _doubt_of_caps(self, offer: Offer) -> int:
        """Where what was shown before cannot be read, or is too much, so that caps count as used up."""
        return self.gates.variable() if self._in_doubt and offer.caps else FALSE

    def used_up(self, offer: Offer, cap: Cap) -> int:
        """Where a cap of an offer is used up; larger caps are used up with smaller ones."""
        if cap.most == 0:
            return TRUE
        if cap.per <= timedelta(0) or cap.most > 10_000:
            return FALSE
        key = "" if cap.is_shared else offer.name, cap
        if key not in self.caps:
            literal = self.caps[key] = self.gates.variable()
            for other, known in self.caps.items():
                if other != key:
                    if _follows(key, other):
                        self.gates.add((-literal, known))
                    if _follows(other, key):
                        self.gates.add((-known, literal))
            self._sum_up(key)
        return self.caps[key]

    def _sum_up(self, key: _Key) -> None:
        """Takes note that showings use up a cap over several offers, and that nothing else does."""
        name, cap = key
        for shared in [other for other in self.caps if other[1].is_shared and (name or other == key)]:
            if name and not _counts_all(shared[1], name, cap):
                continue
            most = shared[1].most
            if most <= _MOST_SUMMED:
                shown = [literal for literals in self._shown_of(shared[1]).values() for literal in literals]
                self.gates.add((-self.gates.at_least(shown, most), self.caps[shared]))
                if shared[1].over is not None:
                    may_be = self.gates.at_least(self._may_be_shown(shared[1]), most)
                    self.gates.add((-self.caps[shared], may_be))

    def _may_be_shown(self, shared: Cap) -> list[int]:
        """For each offer that a cap counts, where its own caps let it be shown once, twice and so on."""
        found: list[int] = []
        for member in sorted(shared.over or ()):
            own = [key for key in self.caps if key[0] == member and key[1].per >= shared.per]
            for times in range(1, shared.most + 1):
                used = [self.caps[key] for key in own if key[1].most <= times]
                found.append(self.gates.all(used))
        return found

    def _shown_of(self, shared: Cap) -> dict[str, list[int]]:
        """For each offer, where it was shown once, twice and so on, of which a cap counts all."""
        found: dict[str, dict[int, list[int]]] = {}
        for (name, cap), literal in self.caps.items():
            if name and _counts_all(shared, name, cap):
                for times in range(1, min(cap.most, shared.most) + 1):
                    found.setdefault(name, {}).setdefault(times, []).append(literal)
        return {
            name: [self.gates.any(literals) for literals in by_times.values()]
            for name, by_times in found.items()
        }

    def cap_literals(self) -> list[int]:
        """The literals of all caps that were asked for."""
        return list(self.caps.values())

    def caps_in(self, literals: set[int]) -> list[tuple[str, Cap]]:
        """The caps that a contact has used up."""
        return [key for key, literal in self.caps.items() if literal in literals]

    def shown(self) -> dict[str, int]:
        """For each offer, where it is among those that are shown."""
        if self._shown is None:
            eligible, gates = self._within_caps(), self.gates
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

    # ── caps over several offers ──────────────────────────────────────────────

    @property
    def _together(self) -> list[Offer]:
        """The offers that share a cap with others."""
        return [offer for offer in self.policy.offers if any(cap.is_shared for cap in offer.caps)]

    def _within_caps(self) -> dict[str, int]:
        """For each offer, where it is eligible and better ones leave it room under caps that they share."""
        eligible, gates, together = self.eligible(), self.gates, self._together
        made = dict(eligible)
        if len(together) <= _MOST_RANKED and all(offer.has_fixed_worth for offer in together):
            better: dict[str, int] = {}
            for offer in sorted(together, key=_worth_of, reverse=True):
                made[offer.name] = gates.both(eligible[offer.name], -self._crowded_out(offer, better))
                better[offer.name] = made[offer.name]
        elif len(together) <= _MOST_WEIGHED:
            for _ in together:  # each time one place more of the order is right, whatever the order is
                made |= self._again_within_caps(dict(made), together)
        else:  # any of them may be crowded out
            made |= {offer.name: gates.both(eligible[offer.name], gates.variable()) for offer in together}
        return made

    def _again_within_caps(self, known: Mapping[str, int], together: Sequence[Offer]) -> dict[str, int]:
        """Where offers have room, by where those that are worth more are ``known`` to be made."""
        places = {offer.name: place for place, offer in enumerate(self.policy.offers)}
        made: dict[str, int] = {}
        for offer in together:
            better = {
                other.name: self.gates.both(
                    known[other.name], self.beats(other, offer, places[other.name] < places[offer.name])
                )
                for other in together
                if other is not offer
            }
            crowded_out = self._crowded_out(offer, better)
            made[offer.name] = self.gates.both(self.eligible()[offer.name], -crowded_out)
        return made

    def _crowded_out(self, offer: Offer, better: Mapping[str, int]) -> int:
        """Where better offers, with those that were shown before, use up a cap that the offer shares."""
        gates, found = self.gates, []
        for cap in offer.caps:
            if cap.is_shared:
                others = [made for name, made in better.items() if cap.counts(name, offer.name)]
                for made in range(1, min(cap.most, len(others)) + 1):
                    before = replace(cap, most=cap.most - made)
                    found.append(gates.both(gates.at_least(others, made), self.used_up(offer, before)))
        return gates.any(found)

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
