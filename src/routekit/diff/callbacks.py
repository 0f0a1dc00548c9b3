"""When callbacks are due by calendars that two policies call alike and that are not alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from routekit.diff.joined_fields import raw_name
from routekit.policy import expressions as e
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.model import Outcome, Step
from routekit.policy.outcomes import all_outcomes
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.open_time import MOST_STRETCHES, Stretch, between, due_apart
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import FALSE
from routekit.schema.times import format_duration
from routekit.translation import t

__all__ = ["Callbacks", "DueOtherwise", "due_otherwise"]


@dataclass(frozen=True, slots=True)
class DueOtherwise:
    """A callback that both policies make by the open time of a calendar, due at another instant."""

    after: timedelta
    within: timedelta
    calendar: str

    def __str__(self) -> str:
        after, within = format_duration(self.after), format_duration(self.within)
        return t(
            "after {after} callback within {within} of {calendar} due otherwise",
            after=after,
            within=within,
            calendar=self.calendar,
        )


def due_otherwise(
    before: tuple[Decision, Outcome], after: tuple[Decision, Outcome]
) -> Iterator[DueOtherwise]:
    """Yields the callbacks of two decisions, each with the outcome of its rule, that are due otherwise."""
    one, other = (dict(_called(*decided)) for decided in (before, after))
    for callback, step in one.items():
        if callback in other and step.callback_by != other[callback].callback_by:
            yield callback


def _called(decision: Decision, outcome: Outcome) -> Iterator[tuple[DueOtherwise, PlanStep]]:
    written = {step.after: step for step in outcome.plan}
    for step in decision.plan:
        if step.callback_by is not None and (callback := _callback(written[step.after])) is not None:
            yield callback, step


def _callback(step: Step) -> DueOtherwise | None:
    if step.calendar is None or step.callback_within is None:
        return None
    return DueOtherwise(step.after, step.callback_within, raw_name(step.calendar))


class Callbacks:
    """The same as literals. ``register`` comes before the space is closed, ``literals`` after."""

    def __init__(self, space: Space, old: Outcomes, new: Outcomes) -> None:
        self._space, self._sides = space, (old, new)
        self._tests: dict[DueOtherwise, tuple[list[e.Expr], bool]] = {}
        """For each callback tests of the time that it is due otherwise, and whether these are all."""

    def register(self) -> None:
        """Takes note of the tests of when callbacks are due otherwise."""
        one, other = (dict(_calendars(side)) for side in self._sides)
        for callback, calendar in one.items():
            if callback in other and other[callback] != calendar:
                tests, are_all = self._apart(callback, calendar, other[callback])
                self._tests[callback] = tests, are_all
                for test in tests:
                    self._space.register(test)

    def _apart(self, callback: DueOtherwise, one: str, other: str) -> tuple[list[e.Expr], bool]:
        old, new = (side.policy.calendars[name] for side, name in zip(self._sides, (one, other), strict=True))
        found = due_apart(old, new, callback.after, callback.within, self._space.years)
        if found is None:
            return [], False
        noon = self._space.noon + callback.after

        def distance(stretch: Stretch) -> tuple[bool, timedelta]:
            return stretch[1] < noon, abs(stretch[0] - noon)

        moment = e.Arithmetic("+", e.Now(), e.Constant(callback.after)) if callback.after else e.Now()
        nearest = sorted(sorted(found, key=distance)[:MOST_STRETCHES])
        return [between(moment, *stretch) for stretch in nearest], len(found) == len(nearest)

    def literals(self) -> Mapping[object, int]:
        """Maps each callback that both policies make to where it is due otherwise."""
        return {callback: self._due_otherwise(callback) for callback in self._tests}

    def _due_otherwise(self, callback: DueOtherwise) -> int:
        space, (tests, are_all) = self._space, self._tests[callback]
        reason = t(
            "when callbacks are due by `{calendar}` differs on too many days to be told apart",
            calendar=callback.calendar,
        )
        others = FALSE if are_all else space.either_way(callback, reason)[0]
        made = (self._made(side, callback) for side in self._sides)
        return space.gates.both(*made, space.gates.any((*map(space.true, tests), others)))

    def _made(self, side: Outcomes, callback: DueOtherwise) -> int:
        """Where a policy makes a callback."""
        return side.gates.any(
            side.gates.both(course.decides, there)
            for course in side.plans.courses
            for step, there in zip(course.outcome.plan, course.there, strict=True)
            if _callback(step) == callback
        )


def _calendars(side: Outcomes) -> Iterator[tuple[DueOtherwise, str]]:
    """The callbacks of a policy, with the calendars that they are counted by."""
    for outcome in all_outcomes(side.policy):
        for step in outcome.plan:
            if (callback := _callback(step)) is not None and step.calendar is not None:
                yield callback, step.calendar
