"""What differs of the parts that both policies declare under ``outcome``."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import timedelta

from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, Guarantee
from routekit.policy.outcome_parts import declared_part, written
from routekit.policy.outcomes import values_set
from routekit.prover.domains.terms import NOTHING
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.schema.times import format_duration
from routekit.schema.types import SetOf, Value
from routekit.translation import t

__all__ = [
    "Datum",
    "DeclaredParts",
    "StepDatum",
    "declared_alike",
    "goes_beyond",
    "not_alike",
    "speaks_of_rules",
]

_UNSET = object()


@dataclass(frozen=True, slots=True)
class Datum:
    """A part with its value as a policy writes it, empty where it is worked out, and comes out otherwise."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value}" if self.value else t("{name} otherwise", name=self.name)


@dataclass(frozen=True, slots=True)
class StepDatum:
    """What a step, so long after arrival, sets of a part."""

    after: timedelta
    datum: Datum

    def __str__(self) -> str:
        return f"after {format_duration(self.after)} {self.datum}"


def declared_alike(old: CheckedPolicy, new: CheckedPolicy) -> frozenset[str]:
    """Names the parts that both policies declare, with values of one kind."""
    was = {field.name: type(field.type) for field in old.data}
    return frozenset(field.name for field in new.data if was.get(field.name) is type(field.type))


def speaks_of_rules(item: Guarantee) -> bool:
    """Whether a guarantee asks which rule decides, which may be another one for who is treated the same."""
    return e.OutcomeRef("rule") in e.parts(item.promise)


def goes_beyond(item: Guarantee, old: CheckedPolicy, new: CheckedPolicy) -> bool:
    """Whether a guarantee may be kept otherwise though every contact is treated as before.

    So it is where it speaks of rules that are called otherwise, or of queues later on that are served on
    other channels.
    """
    if speaks_of_rules(item):
        was, is_ = ([rule.name for rule in policy.rules] for policy in (old, new))
        if was != is_:
            return True
    return not item.held.at_arrival and any(
        queue.channels != new.queues[name].channels
        for name, queue in old.queues.items()
        if name in new.queues
    )


def not_alike(item: Guarantee, old: CheckedPolicy, new: CheckedPolicy) -> str | None:
    """Names a part of which a guarantee speaks and that the two policies do not declare alike, if any."""
    alike = declared_alike(old, new)
    spoken_of = (part.name for part in e.parts(item.promise) if isinstance(part, e.DataRef))
    return next((name for name in spoken_of if name not in alike), None)


class DeclaredParts:
    """The parts that two policies declare alike: their values are told where all of them are written out."""

    def __init__(self, old: CheckedPolicy, new: CheckedPolicy) -> None:
        alike = declared_alike(old, new)
        self._parts = {
            field.name: declared_part(field, new.timezone) for field in new.data if field.name in alike
        }
        self._told = {
            name
            for name in self._parts
            if all(isinstance(expr, e.Constant) for policy in (old, new) for expr in values_set(policy, name))
        }

    def changed(self, before: Decision, after: Decision) -> tuple[tuple[Datum, ...], tuple[Datum, ...]]:
        """Tells what is there of two decisions only before, and only after."""
        gone: list[Datum] = []
        come: list[Datum] = []
        for name in self._parts:
            one, other = before.data[name], after.data[name]
            if one != other:
                gone += [self._datum(name, one)] if name in self._told else []
                come.append(self._datum(name, other) if name in self._told else Datum(name, ""))
        return tuple(gone), tuple(come)

    def changed_by_steps(
        self, before: Decision, after: Decision
    ) -> tuple[tuple[StepDatum, ...], tuple[StepDatum, ...]]:
        """Tells what steps of two decisions set only before, and only after."""
        one, other = (
            {(step.after, name): value for step in decision.plan for name, value in step.data.items()}
            for decision in (before, after)
        )
        gone: list[StepDatum] = []
        come: list[StepDatum] = []
        for moment, name in dict.fromkeys((*one, *other)):
            here = [side.get((moment, name), _UNSET) for side in (one, other)]
            if name not in self._parts or here[0] == here[1]:
                continue
            if name not in self._told:
                come.append(StepDatum(moment, Datum(name, "")))
                continue
            for things, value in zip((gone, come), here, strict=True):
                if value is not _UNSET:
                    things.append(StepDatum(moment, self._datum(name, value)))  # type: ignore[arg-type]
        return tuple(gone), tuple(come)

    def _datum(self, name: str, value: Value | None) -> Datum:
        return Datum(name, written(self._parts[name], value))

    def alone(self, name: str) -> "DeclaredParts":
        """Returns the same of one part alone."""
        one = copy(self)
        one._parts = {name: self._parts[name]}
        one._told = self._told & {name}
        return one

    # ── as literals ───────────────────────────────────────────────────────────

    def register(self, space: Space, old: CheckedPolicy, new: CheckedPolicy) -> None:
        """Takes note of the tests that tell apart what is worked out, in the names of both."""
        for name in self._parts.keys() - self._told:
            before, after = values_set(old, name), values_set(new, name)
            for expr in (*before, *after):
                space.register(e.IsKnown(expr))
            for one in before:
                for other in after:
                    test = self._equal(name, one, other)
                    if test is not None:
                        space.register(test)

    def literals(self, old: Outcomes, new: Outcomes) -> tuple[Mapping[object, int], Mapping[object, int]]:
        """Maps what either policy says of the parts to where it does."""
        before, after = (dict(self._values(side)) for side in (old, new))
        for name in self._parts.keys() - self._told:
            after[Datum(name, "")] = self._otherwise(name, old, new)
        return before, after

    def literals_of_steps(
        self, old: Outcomes, new: Outcomes
    ) -> tuple[Mapping[object, int], Mapping[object, int]]:
        """Maps what steps of either policy set of the parts to where they do."""
        sides = [{name: side.plans.settings(name) for name in self._parts} for side in (old, new)]
        before, after = (dict(self._set_by_steps(side)) for side in sides)
        for name in self._parts.keys() - self._told:
            one, other = (side[name] for side in sides)
            for moment in dict.fromkeys((*one, *other)):
                there, here = one.get(moment, {}), other.get(moment, {})
                after[StepDatum(moment, Datum(name, ""))] = old.gates.either(
                    old.gates.xor(old.gates.any(there.values()), old.gates.any(here.values())),
                    self._apart(name, old.space, there, here),
                )
        return before, after

    def _set_by_steps(
        self, side: Mapping[str, Mapping[timedelta, Mapping[e.Expr, int]]]
    ) -> Iterator[tuple[object, int]]:
        for name in self._told:
            for moment, sources in side[name].items():
                for expr, literal in sources.items():
                    assert isinstance(expr, e.Constant)
                    yield StepDatum(moment, self._datum(name, expr.value)), literal

    def _values(self, side: Outcomes) -> Iterator[tuple[object, int]]:
        for name in self._told:
            for expr, literal in side.data(name).items():
                assert isinstance(expr, e.Constant)
                yield self._datum(name, expr.value), literal

    def _otherwise(self, name: str, old: Outcomes, new: Outcomes) -> int:
        return self._apart(name, old.space, old.data(name), new.data(name))

    def _apart(
        self, name: str, space: Space, before: Mapping[e.Expr, int], after: Mapping[e.Expr, int]
    ) -> int:
        """Where a part is worked out both times, and does not come to the same."""
        gates = space.gates
        return gates.any(
            gates.both(there, here, -self._same(space, name, one, other))
            for one, there in before.items()
            for other, here in after.items()
            if one != other
        )

    def _same(self, space: Space, name: str, one: e.Expr, other: e.Expr) -> int:
        """Where two expressions come to the same."""
        gates = space.gates
        known, too = (space.true(e.IsKnown(expr)) for expr in (one, other))
        neither = gates.both(-known, -too)
        test = self._equal(name, one, other)
        if test is not None:
            return gates.either(neither, space.true(test))
        if NOTHING in (one, other):
            return neither
        if isinstance(one, e.Constant) and isinstance(other, e.Constant):
            return TRUE if one.value == other.value else FALSE
        reason = t(
            "whether two sets that are worked out for `outcome.{name}` are equal is not worked out", name=name
        )
        return space.either_way((name, one, other), reason)[0]

    def _equal(self, name: str, one: e.Expr, other: e.Expr) -> e.Expr | None:
        """The test that both are equal; None where there is none, or none is needed."""
        constants = [isinstance(expr, e.Constant) for expr in (one, other)]
        if one == other or all(constants) or NOTHING in (one, other):
            return None
        field = self._parts[name].field
        if field is not None and isinstance(field.type, SetOf) and not any(constants):
            return None
        return e.Compare("is", other, one) if constants[0] else e.Compare("is", one, other)
