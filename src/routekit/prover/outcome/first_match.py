"""Who decides: which rule, or which arm of its split, and on which channel the contact is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Outcome, Rule, Split
from routekit.policy.outcomes import outcomes_of
from routekit.policy.references import INBOUND
from routekit.prover.domains.terms import ArmOf
from routekit.prover.encoding.space import Space
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.schema.types import Choice, Text

__all__ = ["INBOUND", "FirstMatch", "Way"]


@dataclass(frozen=True, slots=True)
class Way:
    """One outcome of one rule, or of an arm of it; ``decides`` holds where it comes to that."""

    rule: Rule
    arm: int | None
    outcome: Outcome
    wanted: int
    decides: int


class FirstMatch:
    """The first match over a space. Made before the space is closed, ``build`` is called after."""

    def __init__(self, space: Space, policy: CheckedPolicy, inbound: e.Expr) -> None:
        """``inbound`` is what stands for the channel by which a contact comes in."""
        self.space = space
        self.policy = policy
        self.inbound = inbound
        own = (
            field.type
            for record in policy.records
            if record.name == INBOUND.record
            for field in record.fields
            if field.name == INBOUND.field
        )
        self._kind = next(own, None)
        self.gates = space.gates
        self.ways: list[Way] = []
        self.taken: list[int] = []
        """For each rule: its condition holds, and the queue that it gives is open."""
        self.free: list[int] = []
        """For each rule: no earlier one decides."""
        self.conditions: list[int] = []
        self._opens: dict[tuple[str, timedelta], e.Expr] = {}
        self._comes_by: dict[str, e.Expr] = {}

    def register(self) -> None:
        """Takes note of all that decides."""
        for rule in self.policy.rules:
            self.space.register(rule.condition)
            for outcome, arm, split in _arms_of(rule):
                if split is not None and arm is not None:
                    self._arm(split, arm)
                    if arm == len(split.arms) - 1:
                        self.space.register(e.IsKnown(split.key))
                self.open(outcome.queue)
                self._inbound(outcome)
                for step in outcome.plan:
                    if step.queue is not None:
                        self.open(step.queue, step.after)

    def build(self) -> None:
        """Makes the literals of who decides; raises ``TimeUpError`` when the time is up."""
        gates = self.gates
        free = TRUE
        for rule in self.policy.rules:
            self.space.deadline.check()
            self.free.append(free)
            condition = self.space.true(rule.condition)
            wanted = [
                gates.both(condition, self._dealt(split, arm), self.open(outcome.queue))
                for outcome, arm, split in _arms_of(rule)
            ]
            for (outcome, arm, _), want in zip(_arms_of(rule), wanted, strict=True):
                number = None if arm is None else arm + 1
                self.ways.append(Way(rule, number, outcome, want, gates.both(free, want)))
            taken = gates.any(wanted)
            self.conditions.append(condition)
            self.taken.append(taken)
            free = gates.both(free, -taken)

    def open(self, queue: str, after: timedelta = timedelta(0)) -> int:
        """Where a queue is open at arrival, or some time after."""
        calendar = self.policy.queues[queue].calendar
        if calendar is None:
            return TRUE
        test = self._opens.get((queue, after))
        if test is None:
            moment: e.Expr = e.Now() if not after else e.Arithmetic("+", e.Now(), e.Constant(after))
            test = self._opens[queue, after] = e.CalendarOpen(calendar, moment)
        return self.space.ask(test)

    def _arm(self, split: Split, arm: int) -> int:
        low = split.arms[arm - 1].up_to if arm else 0
        high = split.arms[arm].up_to
        if low >= high:
            return FALSE
        return self.space.arm(ArmOf(split.key, split.seed, low, high))[0]

    def _dealt(self, split: Split | None, arm: int | None) -> int:
        if split is None or arm is None:
            return TRUE
        found = self._arm(split, arm)
        if arm < len(split.arms) - 1:
            return found
        return self.gates.either(found, -self.space.true(e.IsKnown(split.key)))

    def _inbound(self, outcome: Outcome) -> dict[str, int]:
        """Where the contact comes in by a channel on which a queue is served."""
        if outcome.channel is not None:
            return {}
        served = self.policy.queues[outcome.queue].channels
        return {channel: self.comes_by(channel) for channel in served if self.may_come_by(channel)}

    def may_come_by(self, channel: str) -> bool:
        """Whether the type of the field lets a contact come in by a channel."""
        kind = self._kind
        return isinstance(kind, Text) or (isinstance(kind, Choice) and channel in kind.rank)

    def comes_by(self, channel: str) -> int:
        """Where a contact comes in by a channel."""
        test = self._comes_by.get(channel)
        if test is None:
            test = self._comes_by[channel] = e.Compare("is", self.inbound, e.Constant(channel))
        return self.space.ask(test)

    def channels(self, outcome: Outcome) -> Sequence[tuple[str, int]]:
        """The channels on which an outcome may be served, and where it is."""
        served = self.policy.queues[outcome.queue].channels
        if outcome.channel is not None:
            return [(outcome.channel, TRUE)]
        inbound = self._inbound(outcome)
        return [*inbound.items(), (served[0], self.gates.both(*(-literal for literal in inbound.values())))]


def _arms_of(rule: Rule) -> list[tuple[Outcome, int | None, Split | None]]:
    """What a rule can come to, with the arm and the split that it is of."""
    split = rule.body if isinstance(rule.body, Split) else None
    places = [None] if split is None else range(len(split.arms))
    return [(outcome, place, split) for outcome, place in zip(outcomes_of(rule.body), places, strict=True)]
