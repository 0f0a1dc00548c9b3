"""Where contacts are led as time goes by, as literals: at arrival, after each step, when called back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from routekit.policy.model import Outcome, Step
from routekit.policy.outcomes import all_outcomes
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.outcome import Outcomes, Way
from routekit.prover.sat.formula import FALSE, TRUE

__all__ = ["Call", "Itineraries", "Itinerary", "Stand"]

_TICK = timedelta(microseconds=1)

Literals = Mapping[str, int]
"""For each name, where it is that one."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the contacts of an itinerary are, ``after`` so long.

    ``there`` is where the step that leads here is there, ``moves`` whether it names a queue; at arrival all
    are there. ``queues`` and ``channels`` tell where they are whether it is there or not.
    """

    after: timedelta
    there: int
    moves: bool
    queues: Literals
    channels: Literals


@dataclass(frozen=True, slots=True)
class Call:
    """A call back by a step that is ``there``; ``queues`` tell where the customer waits when it is due."""

    step: Step
    there: int
    queues: Literals


class Itinerary:
    """One way through queues and channels, which the outcomes of several rules may give."""

    def __init__(self, space: Space, outcomes: Outcomes, outcome: Outcome, ways: Sequence[Way]) -> None:
        self.outcome = outcome
        self.ways = ways
        self._space, self._gates, self._outcomes = space, space.gates, outcomes

    @cached_property
    def decides(self) -> int:
        """Where some rule leads this way."""
        return self._gates.any(way.decides for way in self.ways)

    @cached_property
    def stands(self) -> list[Stand]:
        """At arrival, and after each step of the plan."""
        gates, deciding = self._gates, self._outcomes.deciding
        channels = gates.gathered(deciding.channels(self.outcome))
        found = [Stand(timedelta(0), TRUE, True, {self.outcome.queue: TRUE}, channels)]
        for step in self.outcome.plan:
            there, last = self._outcomes.plans.there(step), found[-1]
            if step.queue is None:
                found.append(Stand(step.after, there, False, last.queues, last.channels))
                continue
            queues = self._mixed(last.queues, {step.queue: TRUE}, there)
            served = gates.gathered(deciding.channels(Outcome(step.queue)))
            found.append(Stand(step.after, there, True, queues, self._mixed(last.channels, served, there)))
        return found

    def _mixed(self, held: Literals, new: Literals, there: int) -> Literals:
        gates = self._gates
        return gates.gathered(
            [
                *((name, gates.both(there, on)) for name, on in new.items()),
                *((name, gates.both(-there, on)) for name, on in held.items()),
            ]
        )

    @cached_property
    def calls(self) -> list[Call]:
        """The calls back of the plan."""
        return [*self._calls()]

    def _calls(self) -> Iterator[Call]:
        plan = self.outcome.plan
        for step, stand in zip(plan, self.stands[1:], strict=True):
            if step.callback_within is None:
                continue
            soonest = step.after + step.callback_within
            queues = [each for each in self.stands if each.after <= soonest][-1].queues
            for other, later in zip(plan, self.stands[1:], strict=True):
                if step.calendar is None or other.queue is None or other.after <= soonest:
                    continue
                came = self._gates.both(later.there, -self.is_due(step, other.after - _TICK))
                queues = self._mixed(queues, {other.queue: TRUE}, came)
            yield Call(step, stand.there, queues)

    def is_due(self, step: Step, by: timedelta) -> int:
        """Where the call back of a step is due no longer than ``by`` after arrival."""
        return self._outcomes.plans.is_due(step, by - step.after)

    def is_called_between(self, first: timedelta, last: timedelta) -> int:
        """Where a call back is due from ``first`` to ``last`` after arrival, both inside."""
        gates = self._gates
        return gates.any(
            gates.both(call.there, -self.is_due(call.step, first - _TICK), self.is_due(call.step, last))
            for call in self.calls
        )

    def register(self) -> None:
        """Takes note of when calls back are due, before the space is closed."""
        plan = self.outcome.plan
        for step in plan:
            if step.calendar is not None:
                for other in plan:
                    self.is_due(step, other.after - _TICK)
                    self.is_due(step, other.after)


class Itineraries:
    """All ways through queues that a policy leads contacts. ``register`` comes before the space is closed."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self._space, self._outcomes = space, outcomes

    def register(self) -> None:
        """Takes note of all that is asked of plans; raises ``TimeUpError`` when the time is up."""
        for outcome in all_outcomes(self._space.policy):
            self._space.deadline.check()
            Itinerary(self._space, self._outcomes, outcome, ()).register()

    @cached_property
    def all(self) -> list[Itinerary]:
        """Each way once."""
        found: dict[object, tuple[Outcome, list[Way]]] = {}
        for way in self._outcomes.ways:
            self._space.deadline.check()
            if way.decides != FALSE:
                found.setdefault(_course(way.outcome), (way.outcome, []))[1].append(way)
        return [Itinerary(self._space, self._outcomes, outcome, ways) for outcome, ways in found.values()]


def _course(outcome: Outcome) -> object:
    """All of an outcome that tells where its contacts are when."""
    steps = (
        (step.after, step.condition, step.queue, step.callback_within, step.calendar)
        for step in outcome.plan
        if step.queue is not None or step.callback_within is not None
    )
    return outcome.queue, outcome.channel, tuple(steps)
