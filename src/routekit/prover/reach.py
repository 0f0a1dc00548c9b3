"""Contacts that reach a part of a policy: the smallest ones, for examples that nobody has written yet."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Group
from routekit.policy.references import lets_by_cases
from routekit.policy.targets import AskedStep, Target, asked_steps
from routekit.prover.encoding.space import Unsettled, time_up
from routekit.prover.limits import TIMEOUT, YEARS, Deadline, TimeUpError, Years, checked_years
from routekit.prover.prove import Prover
from routekit.prover.sat.formula import FALSE
from routekit.prover.supported import TAKES, unsupported
from routekit.prover.witness import Check, Witness
from routekit.reference import Scope
from routekit.reference.decide import asks
from routekit.translation import t

__all__ = ["Reach", "Reached"]

Reached = Witness | Unsettled | None
"""A contact that reaches a part, why none was found, or None where it is proved that there is none."""

Goal = tuple[Sequence[int], Check]
"""The literals that hold for the contacts that are looked for, and what makes sure of one that was found."""


class Reach:
    """Looks for contacts that reach the parts of one policy, one part at a time."""

    def __init__(self, policy: CheckedPolicy, *, timeout: float = TIMEOUT, years: Years = YEARS) -> None:
        """Prepares the search; ``timeout`` in seconds is for all parts together."""
        self._policy = policy
        self._refused: Unsettled | None = None
        untold = unsupported(policy)
        if untold is not None:
            self._refused = Unsettled(untold, t(TAKES))
            return
        try:
            self._prover = Prover(policy, Deadline(timeout), lambda *_: None, checked_years(years))
        except TimeUpError:
            self._refused = time_up()

    def contact(self, target: Target) -> Reached:
        """The smallest contact that reaches a part; where that one says nothing, one that says all.

        Raises ``KeyError`` for a part that the policy does not have.
        """
        if self._refused is not None:
            return self._refused
        try:
            wanted, check = self._part(target) if target.condition is None else self._condition(target)
            return self._find(wanted, check)
        except TimeUpError:
            return time_up()

    # ── parts ─────────────────────────────────────────────────────────────────

    def _part(self, target: Target) -> Goal:
        name, outcomes = target.name, self._prover.outcomes
        match target.owner:
            case "rule":
                arm = target.place or None
                decides = [
                    way.decides for way in outcomes.ways if way.rule.name == name and arm in (None, way.arm)
                ]
                return [
                    self._prover.space.gates.any(decides)
                ], lambda _, decision: decision.rule == name and arm in (None, decision.arm)
            case "offer":
                return [outcomes.shown()[name]], lambda _, decision: name in decision.offers
            case "case":
                return self._case(self._cases[name], target.place)
            case _:
                condition = self._owned(target)
                return [
                    self._true(condition)
                ], lambda facts, _: condition is None or self._scope(facts).is_true(condition)

    def _case(self, cases: e.Cases, place: int) -> Goal:
        earlier = [case.condition for case in cases.cases[: place - 1] if cases.gather == "first"]
        return self._settled([cases.cases[place - 1].condition], earlier)

    def _owned(self, target: Target) -> e.Expr | None:
        policy = self._policy
        match target.owner:
            case "adjustment":
                return {item.name: item.condition for item in policy.adjustments}[target.name]
            case "never":
                return policy.nevers[target.place - 1].condition
            case _:
                return {group.name: group.condition for group in self._groups()}[target.name]

    # ── single conditions ─────────────────────────────────────────────────────

    def _condition(self, target: Target) -> Goal:
        """That a part is asked, and one of its conditions comes to a value."""
        condition, value = target.condition, target.value
        assert condition is not None
        asked, is_asked = self._asked(target)
        true, false = self._prover.space.pair(condition)
        return [
            *asked,
            true if value else false,
        ], lambda facts, decision: is_asked(facts, decision) and self._scope(facts).value(condition) is value

    def _asked(self, target: Target) -> Goal:
        policy = self._policy
        match target.owner:
            case "rule" | "group":
                place, groups = self._first_of(target)
                earlier = {rule.name for rule in policy.rules[:place]}
                entered, is_entered = self._settled([group.condition for group in groups], [])
                return [
                    self._prover.outcomes.free[place],
                    *entered,
                ], lambda facts, decision: decision.rule not in earlier and is_entered(facts, decision)
            case "offer":
                offer = {offer.name: offer for offer in policy.offers}[target.name]
                spoken, is_spoken = self._settled([], [never.condition for never in policy.nevers])
                served = offer.channels
                if served is None:
                    return spoken, is_spoken
                return [
                    *spoken,
                    self._served(served),
                ], lambda facts, decision: decision.channel in served and is_spoken(facts, decision)
            case "step":
                return self._given(self._steps[target.name])
            case "never":
                return self._settled([], [never.condition for never in policy.nevers[: target.place - 1]])
            case _:
                return [], lambda *_: True

    def _given(self, asked: AskedStep) -> Goal:
        """That a rule which gives a step decides, and the step's condition is asked."""
        outcomes, step = self._prover.outcomes, asked.step
        decides = [way.decides for way in outcomes.ways if (way.rule.name, way.arm) in asked.given]
        return (
            [
                self._prover.space.gates.any(decides),
                outcomes.plans.is_open(step),
                outcomes.plans.is_called(step),
            ],
            lambda facts, decision: (
                (decision.rule, decision.arm) in asked.given and asks(self._scope(facts), step)
            ),
        )

    def _settled(self, true: Sequence[e.Expr], others: Sequence[e.Expr]) -> Goal:
        """That these conditions are true, and the others are not."""

        def are_settled(facts: Facts, _: Decision) -> bool:
            scope = self._scope(facts)
            return all(map(scope.is_true, true)) and not any(map(scope.is_true, others))

        return [*map(self._true, true), *(-self._true(other) for other in others)], are_settled

    def _first_of(self, target: Target) -> tuple[int, Sequence[Group]]:
        """The first rule, by its place, at which a rule or group is asked, and the groups around it."""
        for place, rule in enumerate(self._policy.rules):
            if target.owner == "rule" and rule.name == target.name:
                return place, rule.groups
            names = [group.name for group in rule.groups]
            if target.owner == "group" and target.name in names:
                return place, rule.groups[: names.index(target.name)]
        raise KeyError(target.name)

    def _served(self, channels: frozenset[str]) -> int:
        served = self._prover.outcomes.part("channel")
        return self._prover.space.gates.any(served.get(channel, FALSE) for channel in sorted(channels))

    def _groups(self) -> Iterator[Group]:
        for rule in self._policy.rules:
            yield from rule.groups

    # ── search ────────────────────────────────────────────────────────────────

    def _find(self, wanted: Sequence[int], check: Check) -> Reached:
        witnesses = self._prover.witnesses
        found = witnesses.find(wanted, check)
        if isinstance(found, Witness) and not any(found.contact.values()):
            return witnesses.most_known([*wanted, *witnesses.smaller.whole()], check) or found
        return found

    def _scope(self, facts: Facts) -> Scope:
        return Scope(self._policy, facts)

    def _true(self, condition: e.Expr | None) -> int:
        return self._prover.space.true(condition)

    @cached_property
    def _steps(self) -> Mapping[str, AskedStep]:
        return asked_steps(self._policy)

    @cached_property
    def _cases(self) -> dict[str, e.Cases]:
        return {item.name: cases for item, cases in lets_by_cases(self._policy)}
