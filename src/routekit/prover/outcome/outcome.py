"""What becomes of a contact, as literals: which rule decides, and each part of the outcome."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import timedelta
from functools import cached_property

from routekit.policy import expressions as e
from routekit.policy.model import (
    Cap,
    Change,
    CheckedPolicy,
    Guarantee,
    Offer,
    Outcome,
)
from routekit.policy.outcome_data import sources_of, value_of
from routekit.policy.outcome_parts import PART, Kind, Part
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.first_match import INBOUND, FirstMatch, Way
from routekit.prover.outcome.guarantees import Promises
from routekit.prover.outcome.offers import OF_READABLE, OfferOutcomes
from routekit.prover.outcome.plans import (
    Plans,
    Values,
    changed_names,
    changed_sources,
    changed_values,
)
from routekit.prover.sat.formula import Pair
from routekit.schema.types import Value
from routekit.translation import t

__all__ = ["Outcomes", "Way"]


class Outcomes:
    """The outcome of a policy over a space. Made before the space is closed, ``build`` is called after."""

    def __init__(
        self,
        space: Space,
        policy: CheckedPolicy | None = None,
        inbound: e.Expr = INBOUND,
        caps: dict[tuple[str, Cap], int] | None = None,
    ) -> None:
        """The outcome of the policy of the space, or of another in its names that shares its ``caps``."""
        self.space = space
        self.policy = policy or space.policy
        self.gates = space.gates
        self.deciding = FirstMatch(space, self.policy, inbound)
        self.offering = OfferOutcomes(
            space, self.policy, lambda: self.part("channel"), {} if caps is None else caps
        )
        self.promises = Promises(space, self.policy, self.part, self.members, self.data)
        self.plans = Plans(space, self.policy, self.deciding, self._changes, self.members)
        self._parts: dict[str, dict[Value | None, int]] = {}
        self._members: dict[str, dict[str, int]] = {}
        self._data: dict[str, dict[e.Expr, int]] = {}

    # ── before the space is closed ────────────────────────────────────────────

    def register(self) -> None:
        """Takes note of all that decides."""
        self.deciding.register()
        for adjustment in self.policy.adjustments:
            self.space.register(adjustment.condition)
        self.plans.register()
        self.offering.register()

    def register_ranking(self) -> None:
        """Takes note of which offer is worth more than another, where not all are shown."""
        self.offering.register_ranking()

    def register_promise(self, promise: e.Expr) -> None:
        """Takes note of a condition that also speaks of the outcome."""
        self.promises.register(promise)

    def register_guarantee(self, guarantee: Guarantee) -> None:
        """Takes note of all that a guarantee asks."""
        self.space.register(guarantee.condition)
        self.promises.register(guarantee.promise)
        self.plans.register_guarantee(guarantee)

    @cached_property
    def in_doubt(self) -> "Outcomes":
        """The same of contacts with values that cannot be read, for which any offer may be withheld."""
        other = copy(self)
        other.offering = OfferOutcomes(
            self.space, self.policy, lambda: self.part("channel"), self.caps, in_doubt=True
        )
        other._members = {}
        other.promises = Promises(self.space, self.policy, self.part, other.members, self.data)
        other.plans = Plans(self.space, self.policy, self.deciding, self._changes, other.members)
        return other

    def as_far_as(self, refuting: Sequence[int]) -> str:
        """Says how far something is so of offers, by what refutes it among those who are in doubt."""
        return "" if self.space.find(refuting) is None else t(OF_READABLE)

    # ── who decides ───────────────────────────────────────────────────────────

    def build(self) -> None:
        """Makes the literals of who decides."""
        self.deciding.build()
        self.space.invite(way.wanted for way in self.ways)

    @property
    def ways(self) -> list[Way]:
        """Every outcome of every rule."""
        return self.deciding.ways

    @property
    def taken(self) -> list[int]:
        """For each rule: its condition holds, and the queue that it gives is open."""
        return self.deciding.taken

    @property
    def free(self) -> list[int]:
        """For each rule: no earlier one decides."""
        return self.deciding.free

    @property
    def conditions(self) -> list[int]:
        """For each rule: its condition holds."""
        return self.deciding.conditions

    def open(self, queue: str, after: timedelta = timedelta(0)) -> int:
        """Where a queue is open at arrival, or some time after."""
        return self.deciding.open(queue, after)

    # ── parts of the outcome ──────────────────────────────────────────────────

    def part(self, name: str) -> dict[Value | None, int]:
        """For each value that a part of the outcome can have, where it has it."""
        known = self._parts.get(name)
        if known is None:
            known = self._parts[name] = self._part(name)
        return known

    def _part(self, name: str) -> dict[Value | None, int]:
        match name:
            case "rule":
                return self._gather((way.rule.name, way.decides) for way in self.ways)
            case "channel":
                return self._channels()
            case _:
                return self._given(PART[name])

    def _gather(self, pairs: Iterable[tuple[Value | None, int]]) -> Values:
        return self.gates.gathered(pairs)

    def _channels(self) -> dict[Value | None, int]:
        served: dict[tuple[str, str | None], tuple[Outcome, list[int]]] = {}
        for way in self.ways:
            key = way.outcome.queue, way.outcome.channel
            served.setdefault(key, (way.outcome, []))[1].append(way.decides)
        return self._gather(
            (channel, self.gates.both(self.gates.any(decides), on))
            for outcome, decides in served.values()
            for channel, on in self.deciding.channels(outcome)
        )

    def _given(self, part: Part) -> dict[Value | None, int]:
        """The values that outcomes write out for a part, as they are adjusted."""
        values = self._gather((getattr(way.outcome, part.name), way.decides) for way in self.ways)
        for change, applies in self._changes(part):
            values = changed_values(self.gates, values, change, applies)
        return self._gather((part.bounded(value), literal) for value, literal in values.items())

    def data(self, name: str) -> dict[e.Expr, int]:
        """For each expression that gives a part which the policy declares, where it does."""
        known = self._data.get(name)
        if known is None:
            known = self._data[name] = self._set(name)
        return known

    def _set(self, name: str) -> dict[e.Expr, int]:
        gates = self.gates
        (field,) = (field for field in self.policy.data if field.name == name)
        found = gates.gathered(
            (value_of(field, sources_of(way.outcome.data)), way.decides) for way in self.ways
        )
        return changed_sources(gates, field, found, self._changes(PART["data"]))

    def _changes(self, part: Part) -> Iterator[tuple[Change, int]]:
        """The adjustments of a part, and where each applies; raises ``TimeUpError`` when the time is up."""
        for adjustment in self.policy.adjustments:
            self.space.deadline.check()
            applies = self.space.true(adjustment.condition)
            yield from ((change, applies) for change in adjustment.changes if change.part == part.name)

    def members(self, name: str) -> dict[str, int]:
        """For each name that a set of the outcome can hold, where it does."""
        known = self._members.get(name)
        if known is None:
            part = PART[name]
            known = self.shown() if part.kind is Kind.RANKING else self._held(part)
            self._members[name] = known
        return known

    def _held(self, part: Part) -> dict[str, int]:
        found = self._gather(
            (name, way.decides) for way in self.ways for name in sorted(getattr(way.outcome, part.name))
        )
        names = {str(name): literal for name, literal in found.items()}
        for change, applies in self._changes(part):
            names = changed_names(self.gates, names, change, applies)
        return names

    # ── offers ────────────────────────────────────────────────────────────────

    def eligible(self) -> dict[str, int]:
        """For each offer, where it is eligible."""
        return self.offering.eligible()

    def shown(self) -> dict[str, int]:
        """For each offer, where it is among those that are shown."""
        return self.offering.shown()

    def used_up(self, offer: Offer, cap: Cap) -> int:
        """Where a cap of an offer is used up."""
        return self.offering.used_up(offer, cap)

    @property
    def caps(self) -> dict[tuple[str, Cap], int]:
        """Where each cap that was asked for is used up."""
        return self.offering.caps

    def cap_literals(self) -> list[int]:
        """The literals of all caps that were asked for."""
        return self.offering.cap_literals()

    def caps_in(self, literals: set[int]) -> list[tuple[str, Cap]]:
        """The caps that a contact has used up."""
        return self.offering.caps_in(literals)

    def beats(self, other: Offer, offer: Offer, earlier: bool) -> int:
        """Where an offer is worth more than another, or as much and stands earlier."""
        return self.offering.beats(other, offer, earlier)

    # ── promises ──────────────────────────────────────────────────────────────

    def promise(self, expr: e.Expr) -> Pair:
        """Where a condition that also speaks of the outcome is true, and where it is false."""
        return self.promises.pair(expr)

    def kept(self, guarantee: Guarantee) -> int:
        """Where what a guarantee promises is true each time it must be."""
        held, promise = guarantee.held, guarantee.promise
        at_arrival = self.promise(promise)[0]
        if held.throughout:
            return self.gates.both(at_arrival, -self.plans.broken(promise))
        if held.within is not None:
            return self.gates.either(at_arrival, self.plans.met(promise, held.within))
        return at_arrival
