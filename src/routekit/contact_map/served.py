"""Who comes about a matter, and where it is solved, as literals; and what goes wrong for whom."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import combinations

from routekit.contact_map.itineraries import Itineraries, Itinerary, Stand
from routekit.policy import expressions as e
from routekit.policy.contact_map import Matter
from routekit.policy.model import CheckedPolicy
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import FALSE
from routekit.reference import callers

__all__ = ["Served"]


class Served:
    """Literals of a policy's contact map. ``register`` comes before the space is closed, all else after."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self.policy: CheckedPolicy = space.policy
        self.itineraries = Itineraries(space, outcomes)
        self._space, self._gates, self._outcomes = space, space.gates, outcomes
        self._solved: dict[tuple[str, str], int] = {}
        self._blind: dict[str, dict[str, int]] = {}
        self._misplaced: dict[str, dict[str, int]] = {}

    def register(self) -> None:
        """Takes note of all that is asked; raises ``TimeUpError`` when the time is up."""
        self.itineraries.register()
        for channel in self.inbound:
            self._outcomes.deciding.comes_by(channel)
        for matter in self.policy.contact_map.matters:
            self._space.register(matter.condition)
            for item in matter.solved:
                self._space.register(item.condition)
        for queue in self.policy.queues:
            self._outcomes.open(queue)
        for ref in self._asked:
            self._space.register(e.IsKnown(ref))

    # ── who comes, and where matters are solved ───────────────────────────────

    @cached_property
    def inbound(self) -> tuple[str, ...]:
        """The channels by which contacts may come in."""
        return tuple(filter(self._outcomes.deciding.may_come_by, self.policy.channels))

    def comes_by(self, channel: str) -> int:
        """Where a contact comes in by a channel."""
        return self._outcomes.deciding.comes_by(channel)

    def has(self, matter: Matter) -> int:
        """Where a contact comes about a matter."""
        return self._space.true(matter.condition)

    def met(self) -> Iterator[int]:
        """Yields where a contact comes by a channel about a matter, for each of both."""
        for matter in self.policy.contact_map.matters:
            for channel in self.inbound:
                yield self._gates.both(self.has(matter), self.comes_by(channel))

    def solved(self, matter: Matter, channel: str) -> int:
        """Where a channel solves a matter."""
        key = matter.name, channel
        if key not in self._solved:
            self._solved[key] = self._gates.any(
                self._space.true(item.condition) for item in matter.solved if item.channel == channel
            )
        return self._solved[key]

    def solved_at(self, matter: Matter, stand: Stand) -> int:
        """Where a matter of the contacts that are at a stand is solved there."""
        gates = self._gates
        return gates.any(gates.both(on, self.solved(matter, name)) for name, on in stand.channels.items())

    def solved_later(self, matter: Matter, way: Itinerary) -> int:
        """Where a matter of the contacts that are led a way is solved after a step, or by who calls back."""
        gates, found = self._gates, list[int]()
        for stand in way.stands[1:]:
            if stand.moves:
                found.append(gates.both(stand.there, self.solved_at(matter, stand)))
        for call in way.calls:
            for queue, on in call.queues.items():
                solved = gates.any(self.solved(matter, name) for name in callers(self.policy, queue))
                found.append(gates.both(call.there, on, solved))
        return gates.any(found)

    def solved_elsewhere(self, matter: Matter) -> int:
        """Where some queue is open on a channel that solves a matter."""
        gates = self._gates
        return gates.any(
            gates.both(self._outcomes.open(name), self.solved(matter, channel))
            for name, queue in self.policy.queues.items()
            for channel in queue.channels
        )

    # ── what goes wrong, by whom it is decided so ─────────────────────────────

    def blind(self, matter: Matter) -> dict[str, int]:
        """For each rule where it leads to no channel that solves a matter."""
        gates = self._gates
        if matter.name not in self._blind:
            self._blind[matter.name] = self._by_rule(
                (way, -gates.either(self.solved_at(matter, way.stands[0]), self.solved_later(matter, way)))
                for way in self.itineraries.all
            )
        return self._blind[matter.name]

    def misplaced(self, matter: Matter) -> dict[str, int]:
        """For each rule where it leads to a channel that does not solve a matter, though a queue would."""
        if matter.name not in self._misplaced:
            elsewhere = self.solved_elsewhere(matter)
            self._misplaced[matter.name] = self._by_rule(
                (way, self._gates.both(-self.solved_at(matter, way.stands[0]), elsewhere))
                for way in self.itineraries.all
            )
        return self._misplaced[matter.name]

    def loops(self) -> dict[tuple[str, str], int]:
        """For each rule, and each queue that steps lead back to, where they do."""
        found: dict[str, list[tuple[Itinerary, int]]] = {}
        for way in self.itineraries.all:
            for queue, where in self._loops(way):
                found.setdefault(queue, []).append((way, where))
        return {
            (rule, queue): where
            for queue, ways in found.items()
            for rule, where in self._by_rule(ways).items()
        }

    def _loops(self, way: Itinerary) -> Iterator[tuple[str, int]]:
        gates, stands = self._gates, way.stands
        queue_at = [way.outcome.queue, *(step.queue for step in way.outcome.plan)]
        moves = [place for place, queue in enumerate(queue_at) if queue is not None]
        for first, last in combinations(moves, 2):
            queue = queue_at[last]
            if queue is None or queue_at[first] != queue:
                continue
            between = [place for place in moves if first < place < last]
            away = [place for place in between if queue_at[place] != queue]
            refused = [stands[place].there for place in between if place not in away]
            refused += [gates.both(stands[place].there, self._assisted(stands[place])) for place in away]
            left = gates.any(
                gates.both(
                    stands[place].there,
                    *(-stands[earlier].there for earlier in away[:number]),
                    -way.is_called_between(stands[place].after, stands[last].after),
                )
                for number, place in enumerate(away)
            )
            ends = stands[first].there, stands[last].there
            yield queue, gates.both(*ends, *(-where for where in refused), left)

    def _assisted(self, stand: Stand) -> int:
        """Where a person answers at a stand that is there."""
        return self._gates.any(
            on for name, on in stand.channels.items() if self.policy.channels[name].assisted
        )

    def handoffs(self) -> dict[tuple[str, str, e.FieldRef], int]:
        """For each channel that is left, queue, and field that it asks for again, where it does."""
        found: list[tuple[tuple[str, str, e.FieldRef], int]] = []
        for way in self.itineraries.all:
            for ref in self._asked:
                found += [
                    ((left, queue, ref), self._gates.both(way.decides, where))
                    for left, queue, where in self._asked_again(way, ref)
                ]
        return {key: where for key, where in self._gates.gathered(found).items() if where != FALSE}

    @cached_property
    def _asked(self) -> list[e.FieldRef]:
        """The fields that some queue asks for and some channel does not hand over."""
        asked = dict.fromkeys(ref for queue in self.policy.queues.values() for ref in queue.asks_for)
        return [ref for ref in asked if any(self._loses(name, ref) for name in self.policy.channels)]

    def _loses(self, channel: str, ref: e.FieldRef) -> bool:
        handed_over = self.policy.channels[channel].hands_over
        return handed_over is not None and ref not in handed_over

    def _asked_again(self, way: Itinerary, ref: e.FieldRef) -> Iterator[tuple[str, str, int]]:
        """The channels left that lose a field, and the queues that ask for it, along a way."""
        gates = self._gates
        known = self._space.true(e.IsKnown(ref))
        on: Mapping[str, int] = {name: self.comes_by(name) for name in self.inbound}
        lost: dict[str, int] = {}
        for stand in way.stands:
            if not stand.moves:
                continue
            left = {
                name: gates.both(stand.there, was, -stand.channels.get(name, FALSE))
                for name, was in on.items()
                if self._loses(name, ref)
            }
            anew = gates.any(left.values())
            lost = {
                name: gates.either(
                    gates.both(known, left.get(name, FALSE)), gates.both(lost.get(name, FALSE), -anew)
                )
                for name in dict.fromkeys((*lost, *left))
            }
            asks = FALSE
            for queue, here in stand.queues.items():
                if ref in self.policy.queues[queue].asks_for:
                    asks = gates.either(asks, gates.both(stand.there, here))
                    for name, where in lost.items():
                        yield name, queue, gates.both(stand.there, here, where)
            lost = {name: gates.both(where, -asks) for name, where in lost.items()}
            on = stand.channels

    def _by_rule(self, ways: Iterable[tuple[Itinerary, int]]) -> dict[str, int]:
        """For each rule where it decides, and what holds of the way that it leads; those that may."""
        found: list[tuple[str, int]] = []
        for way, where in ways:
            if where != FALSE:
                found += [(each.rule.name, self._gates.both(each.decides, where)) for each in way.ways]
        return {rule: where for rule, where in self._gates.gathered(found).items() if where != FALSE}
