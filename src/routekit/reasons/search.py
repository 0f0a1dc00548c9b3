"""The smallest change of a contact that reaches a goal: the fewest fields, then the least distance.

Whatever keeps the goal from being met rests on few facts (``blocking``). As long as these stay, so does the
answer; so every change that helps changes one of them, and only those are tried. What a change meets next
is blocked by facts again, and so on, one field deeper at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from routekit.policy.decision import Decision
from routekit.reasons.counterfactuals import DecisionModel, Setting, Situation, Variable
from routekit.reasons.options import Cost, Options
from routekit.reasons.trace import Fact

__all__ = ["MOST_FIELDS", "Blocking", "Found", "Goal", "Solution", "search"]

MOST_FIELDS = 3
MOST_TRIES = 20_000
"""Situations that are looked at before the search gives up."""

Settings: TypeAlias = dict[Variable, Setting]


@dataclass(frozen=True, slots=True)
class Blocking:
    """Why a goal is not met: facts of which one must change, and what else may make a difference.

    A ``broad`` one is no single reason: too much may make the difference to rule a value out beforehand.
    """

    facts: tuple[Fact, ...] = ()
    variables: tuple[Variable, ...] = ()
    broad: bool = False


class Goal(Protocol):
    """What a change is to bring about."""

    def is_met(self, situation: Situation, decision: Decision) -> bool: ...

    def blocking(self, situation: Situation, decision: Decision) -> Blocking: ...

    def aim(self, decision: Decision) -> object:
        """What the decision leads to; the smallest change is kept for each."""
        ...


@dataclass(frozen=True, slots=True)
class Solution:
    """A change that reaches the goal, and what is decided then."""

    settings: Settings
    decision: Decision


@dataclass(slots=True)
class Found:
    """The smallest change for each aim; whether all was tried; up to how many fields nothing does it."""

    solutions: list[Solution] = field(default_factory=list)
    is_complete: bool = True
    ruled_out: int = 0


class _OutOfTriesError(Exception):
    """The search has looked at as much as it may."""


_Total: TypeAlias = tuple[int, float]


class _Search:
    def __init__(self, goal: Goal, options: Options, most_tries: int, most_aims: int) -> None:
        self.goal = goal
        self.options = options
        self.tries = most_tries
        self.most_aims = most_aims
        self.best: dict[object, tuple[_Total, Solution]] = {}
        self.seen: set[frozenset[tuple[Variable, Setting]]] = set()

    def step(self, situation: Situation, settings: Settings, left: int, total: _Total) -> None:
        """Tries every setting of one more field."""
        self.spend(1)
        blocking = self.goal.blocking(situation, situation.decide())
        for cost, variable, setting in self._moves(situation, settings, blocking, left):
            now_total = total[0] + cost[0], total[1] + cost[1]
            if len(self.best) >= self.most_aims and now_total >= max(
                known for known, _ in self.best.values()
            ):
                break  # the moves that follow cost no less
            changed = {**settings, variable: setting}
            if left == 1:
                self._try(situation.put(variable, setting), changed, now_total)
                continue
            key = frozenset(changed.items())
            if key not in self.seen:
                self.seen.add(key)
                self.step(situation.put(variable, setting), changed, left - 1, now_total)

    def _moves(
        self, situation: Situation, settings: Settings, blocking: Blocking, left: int
    ) -> Iterator[tuple[Cost, Variable, Setting]]:
        """What may be set, the cheapest first; what is changed with reluctance is looked at last."""
        model = situation.model
        facts_of: dict[Variable, list[Fact]] = {variable: [] for variable in blocking.variables}
        for fact in blocking.facts:
            for variable in dict.fromkeys(model.variable(source) for source in fact.sources):
                facts_of.setdefault(variable, []).append(fact)
        by_reluctance: dict[int, list[Variable]] = {}
        for variable in facts_of:
            if variable not in settings:
                by_reluctance.setdefault(self.options.reluctance(variable), []).append(variable)
        pending: list[tuple[Cost, Variable, Setting]] = []
        for reluctance in sorted(by_reluctance):
            ready = [move for move in pending if move[0][0] < reluctance]
            yield from sorted(ready, key=lambda move: move[0])
            pending = [move for move in pending if move[0][0] >= reluctance]
            for variable in by_reluctance[reluctance]:
                facts = facts_of[variable]
                tests = [fact.test for fact in facts]
                is_free = (
                    blocking.broad or variable in blocking.variables or (left > 1 and _is_joint(model, facts))
                )
                for cost, setting in self.options.of(variable, situation, tests, self.spend):
                    if is_free or self._makes_a_difference(situation, variable, setting, facts):
                        pending.append((cost, variable, setting))
        yield from sorted(pending, key=lambda move: move[0])

    def _makes_a_difference(
        self, situation: Situation, variable: Variable, setting: Setting, facts: list[Fact]
    ) -> bool:
        self.spend(1)
        scope = situation.put(variable, setting).scope()
        return any(scope.value(fact.test) is not fact.truth for fact in facts)

    def _try(self, situation: Situation, settings: Settings, total: _Total) -> None:
        self.spend(1)
        decision = situation.decide()
        if not self.goal.is_met(situation, decision):
            return
        aim = self.goal.aim(decision)
        known = self.best.get(aim)
        if known is None or total < known[0]:
            self.best[aim] = total, Solution(settings, decision)

    def spend(self, situations: int) -> None:
        """Counts situations that are looked at."""
        self.tries -= situations
        if self.tries < 0:
            raise _OutOfTriesError


def _is_joint(model: DecisionModel, facts: list[Fact]) -> bool:
    """Whether a test rests on several fields, which may turn it together where none does alone."""
    return any(len({model.variable(source) for source in fact.sources}) > 1 for fact in facts)


def search(
    goal: Goal,
    start: Situation,
    options: Options,
    *,
    most_fields: int = MOST_FIELDS,
    most_tries: int = MOST_TRIES,
    most_aims: int = 1,
) -> Found:
    """Returns the smallest changes that reach a goal which is not met yet, for a few aims of it."""
    seeker = _Search(goal, options, most_tries, most_aims)
    found = Found()
    for fields in range(1, most_fields + 1):
        seeker.seen.clear()
        try:
            seeker.step(start, {}, fields, (0, 0.0))
        except _OutOfTriesError:
            found.is_complete = False
        if seeker.best or not found.is_complete:
            break
        found.ruled_out = fields
    found.solutions = [solution for _, solution in sorted(seeker.best.values(), key=lambda item: item[0])]
    return found
