"""What becomes of those who come by a channel with a matter, and the ways between queues that are taken."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property

from routekit.contact_map.itineraries import Itinerary
from routekit.contact_map.results import Becomes, Cell, Move, Place, Solved
from routekit.contact_map.served import Served
from routekit.policy.contact_map import Matter
from routekit.prover.encoding.space import Space
from routekit.prover.limits import TimeUpError
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.prover.which import which
from routekit.prover.witness import Witnesses
from routekit.reference import callers
from routekit.translation import t

__all__ = ["Cells"]

Spot = tuple[str, str, bool]
"""A queue, the channel on which it serves, and whether that is a call back."""

_MOST_ASKED = 60
"""Findings of which it is asked for each cell whether they are of it."""

Faults = Mapping[int, tuple[str, int]]
"""Findings by their place: the matter that one is about, empty where it is about none, and its literal."""


class Cells:
    """Asks the space of a policy for what its map shows."""

    def __init__(self, space: Space, served: Served, witnesses: Witnesses) -> None:
        self._policy = space.policy
        self._space, self._gates, self._served, self._witnesses = space, space.gates, served, witnesses

    def cells(self, faults: Faults, step: Callable[[str], None]) -> Iterator[Cell]:
        """Yields a cell for each matter and channel; ``faults`` are what was found.

        ``step`` is told what is looked at. Cells for which the time does not suffice are unknown.
        """
        self._space.foresee(self._questions())
        self._space.begin_anew()
        for matter in self._policy.contact_map.matters:
            for channel in self._served.inbound:
                step(t("{matter} by {channel}", matter=matter.name, channel=channel))
                try:
                    yield self._cell(matter, channel, faults)
                except TimeUpError:
                    yield Cell(matter.name, channel, "unknown")

    def _cell(self, matter: Matter, channel: str, faults: Faults) -> Cell:
        about = self._asked(matter, channel)
        there = self._space.possible(about)
        if there is False:
            return Cell(matter.name, channel, "nobody")
        if there is not True:
            return Cell(matter.name, channel, "unknown")
        mine = {place: literal for place, (about_, literal) in faults.items() if about_ in ("", matter.name)}
        return Cell(
            matter.name,
            channel,
            self._becomes(matter, about),
            self._places(matter, about, self._arrivals),
            self._places(matter, about, self._later),
            tuple(sorted(self._found(mine, about))),
        )

    def _found(self, faults: Mapping[int, int], about: list[int]) -> Iterator[int]:
        """The findings of a cell; of very many those of which that is told quickly."""
        if len(faults) > _MOST_ASKED:
            is_sampled = self._space.is_sampled
            yield from (place for place, literal in faults.items() if is_sampled([*about, literal]))
            return
        yield from (place for place, _ in which(self._space, faults, about))

    @cached_property
    def _about(self) -> list[int]:
        """Literals that hold of contacts without problems."""
        return self._witnesses.smaller.whole()

    def _asked(self, matter: Matter, channel: str) -> list[int]:
        """Literals that hold of who comes about a matter by a channel."""
        return [*self._about, self._served.has(matter), self._served.comes_by(channel)]

    def _questions(self) -> Iterator[list[int]]:
        """Yields what is asked of where contacts come, as literals that are to hold together."""
        for matter in self._policy.contact_map.matters:
            for channel in self._served.inbound:
                about = self._asked(matter, channel)
                for spots in (self._arrivals, self._later):
                    for spot, where in spots.items():
                        solved = self._solved_at(matter, spot)
                        yield [*about, where]
                        if solved not in (TRUE, FALSE):
                            yield [*about, where, solved]
                            yield [*about, where, -solved]

    # ── what becomes of them ──────────────────────────────────────────────────

    def _becomes(self, matter: Matter, about: list[int]) -> Becomes:
        never, late = self._missed(matter)
        is_blind = self._space.possible([*about, never])
        if is_blind is True:
            return "blind"
        is_late = self._space.possible([*about, late])
        if is_blind is not False or is_late not in (True, False):
            return "unknown"
        return "later" if is_late else "solved"

    def _missed(self, matter: Matter) -> tuple[int, int]:
        """Where no channel solves a matter; and where none does at arrival."""
        if matter.name not in self._missing:
            gates, served = self._gates, self._served
            late = gates.any(
                gates.both(way.decides, -served.solved_at(matter, way.stands[0]))
                for way in served.itineraries.all
            )
            self._missing[matter.name] = gates.any(served.blind(matter).values()), late
        return self._missing[matter.name]

    @cached_property
    def _missing(self) -> dict[str, tuple[int, int]]:
        return {}

    # ── where they come ───────────────────────────────────────────────────────

    def _places(self, matter: Matter, about: list[int], spots: Mapping[Spot, int]) -> tuple[Place, ...]:
        found = {spot for spot, _ in which(self._space, spots, about)}
        return tuple(
            Place(*spot[:2], self._solved(matter, spot, [*about, where]), spot[2])
            for spot, where in spots.items()
            if spot in found
        )

    def _solved(self, matter: Matter, spot: Spot, about: list[int]) -> Solved:
        solved = self._solved_at(matter, spot)
        if solved in (TRUE, FALSE):
            return "all" if solved == TRUE else "none"
        some, others = (self._space.possible([*about, literal]) for literal in (solved, -solved))
        match some, others:
            case True, True:
                return "some"
            case True, False:
                return "all"
            case False, _:
                return "none"
            case _:
                return "unknown"

    def _solved_at(self, matter: Matter, spot: Spot) -> int:
        queue, channel, is_call = spot
        channels = callers(self._policy, queue) if is_call else (channel,)
        return self._gates.any(self._served.solved(matter, name) for name in channels)

    @cached_property
    def _arrivals(self) -> dict[Spot, int]:
        """Where contacts may be led at arrival, and which are."""
        gates = self._gates
        return self._sorted(
            ((way.outcome.queue, channel, False), gates.both(way.decides, on))
            for way in self._served.itineraries.all
            for channel, on in way.stands[0].channels.items()
        )

    @cached_property
    def _later(self) -> dict[Spot, int]:
        """Where contacts may be led by a step, or called back from, and which are."""
        return self._sorted(self._spots_later())

    def _spots_later(self) -> Iterator[tuple[Spot, int]]:
        gates = self._gates
        for way in self._served.itineraries.all:
            for stand, step in zip(way.stands[1:], way.outcome.plan, strict=True):
                if step.queue is not None:
                    at = gates.both(way.decides, stand.there)
                    for channel in self._policy.queues[step.queue].channels:
                        on = stand.channels.get(channel, FALSE)
                        yield (step.queue, channel, False), gates.both(at, on)
            for call in way.calls:
                for queue, on in call.queues.items():
                    channel = next(iter(callers(self._policy, queue)), self._policy.queues[queue].channels[0])
                    yield (queue, channel, True), gates.both(way.decides, call.there, on)

    def _sorted(self, spots: Iterator[tuple[Spot, int]]) -> dict[Spot, int]:
        """Each spot once, in the order of queues and channels."""
        queues, channels = list(self._policy.queues), list(self._policy.channels)
        found = self._gates.gathered(spots)
        order = sorted(found, key=lambda spot: (queues.index(spot[0]), channels.index(spot[1]), spot[2]))
        return {spot: found[spot] for spot in order if found[spot] != FALSE}

    # ── ways between queues ───────────────────────────────────────────────────

    def moves(self) -> Iterator[Move]:
        """Yields the ways into queues that some contact takes, as far as there is time."""
        try:
            yield from self._moves_at_arrival()
            yield from self._moves_later()
        except TimeUpError:
            return

    def _moves_at_arrival(self) -> Iterator[Move]:
        ways = self._served.itineraries.all
        queues = self._gates.gathered((way.outcome.queue, way.decides) for way in ways)
        rules = {queue: tuple(_rules(way for way in ways if way.outcome.queue == queue)) for queue in queues}
        for channel in self._served.inbound:
            about = [*self._about, self._served.comes_by(channel)]
            found = {queue for queue, _ in which(self._space, queues, about)}
            yield from (
                Move("arrival", channel, queue, rules[queue])
                for queue in self._policy.queues
                if queue in found
            )

    def _moves_later(self) -> Iterator[Move]:
        gates = self._gates
        literals: dict[tuple[str, str, bool], list[int]] = {}
        rules: dict[tuple[str, str, bool], dict[str, None]] = {}
        soonest: dict[tuple[str, str, bool], timedelta] = {}

        def note(key: tuple[str, str, bool], where: int, names: list[str], after: timedelta) -> None:
            literals.setdefault(key, []).append(where)
            rules.setdefault(key, {}).update(dict.fromkeys(names))
            soonest[key] = min(soonest.get(key, after), after)

        for way in self._served.itineraries.all:
            names = _rules([way])
            for before, stand, step in zip(way.stands, way.stands[1:], way.outcome.plan, strict=False):
                for origin, on in before.queues.items():
                    if step.queue is not None and origin != step.queue:
                        where = gates.both(way.decides, stand.there, on)
                        note((origin, step.queue, False), where, names, step.after)
            for call in way.calls:
                for queue, on in call.queues.items():
                    where = gates.both(way.decides, call.there, on)
                    note((queue, queue, True), where, names, call.step.after)
        targets = {key: gates.any(found) for key, found in literals.items()}
        taken = {key for key, _ in which(self._space, targets, self._about)}
        for key in sorted(taken):
            origin, queue, is_call = key
            yield Move("callback" if is_call else "step", origin, queue, tuple(rules[key]), soonest[key])


def _rules(ways: Iterable[Itinerary]) -> list[str]:
    """The rules that lead some ways."""
    return list(dict.fromkeys(each.rule.name for way in ways for each in way.ways))
