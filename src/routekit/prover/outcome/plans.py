"""How an outcome stands as its steps come, as literals: what is there of a plan, and what then holds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from routekit.policy import expressions as e
from routekit.policy.model import (
    AddNames,
    Change,
    CheckedPolicy,
    Field,
    Guarantee,
    Outcome,
    RemoveNames,
    SetData,
    SetPart,
    ShiftPart,
    Step,
    WorkOutPart,
)
from routekit.policy.outcome_data import sources_of, value_of
from routekit.policy.outcome_parts import PART, Kind, Part
from routekit.policy.outcomes import all_outcomes
from routekit.prover.domains.terms import put, walk
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.first_match import FirstMatch, Way
from routekit.prover.outcome.guarantees import Promises
from routekit.prover.outcome.open_time import LONGEST_WAIT, opens_enough
from routekit.prover.sat.formula import FALSE, TRUE, Formula
from routekit.schema.times import format_duration
from routekit.schema.types import Value
from routekit.translation import t

__all__ = ["Course", "Plans", "Values", "changed_names", "changed_sources", "changed_values"]

Values = dict[Value | None, int]
"""For each value that a part can have, where it has it."""
Names = dict[str, int]
Sources = dict[e.Expr, int]
"""For each expression that can give a part which the policy declares, where it does."""
_Applied = Callable[[Part], Iterable[tuple[Change, int]]]


# ── what changes make of values ───────────────────────────────────────────────


def changed_values(gates: Formula, values: Values, change: Change, applies: int) -> Values:
    """Tells what a change, where it applies, makes of a part that has one value."""
    if isinstance(change, SetPart):
        kept = {value: gates.both(literal, -applies) for value, literal in values.items()}
        return kept | {change.value: gates.either(kept.get(change.value, FALSE), applies)}
    assert isinstance(change, ShiftPart), f"`{change.part}` is no set"
    moved: list[tuple[Value | None, int]] = []
    for value, literal in values.items():
        shifted = value + change.by if isinstance(value, int) else value
        moved += [(shifted, gates.both(literal, applies)), (value, gates.both(literal, -applies))]
    return gates.gathered(moved)


def changed_names(gates: Formula, names: Names, change: Change, applies: int) -> Names:
    """Tells what a change, where it applies, makes of a part that holds several names."""
    match change:
        case AddNames(_, more):
            return names | {name: gates.either(names.get(name, FALSE), applies) for name in sorted(more)}
        case RemoveNames(_, gone):
            return names | {name: gates.both(names.get(name, FALSE), -applies) for name in sorted(gone)}
        case _:
            raise AssertionError(f"`{change.part}` is a set")


def changed_sources(
    gates: Formula, field: Field, found: Sources, changes: Iterable[tuple[Change, int]]
) -> Sources:
    """Tells what gives a part that the policy declares, once these changes have applied where they do."""
    for change, applies in changes:
        if isinstance(change, SetData) and change.name == field.name:
            expr = value_of(field, {field.name: change.expr})
            found = {other: gates.both(literal, -applies) for other, literal in found.items()}
            found[expr] = gates.either(found.get(expr, FALSE), applies)
    return found


# ── one outcome as time goes by ───────────────────────────────────────────────


class Course:
    """An outcome, which several rules may give, at arrival and after each of its steps.

    What is held of a part is a list: at arrival, and after each step, whether it is there or not.
    """

    def __init__(self, plans: "Plans", outcome: Outcome, ways: Sequence[Way]) -> None:
        self.plans = plans
        self.outcome = outcome
        self.ways = ways
        self._gates = plans.gates
        self._values: dict[str, list[Values]] = {}
        self._names: dict[str, list[Names]] = {}
        self._data: dict[str, list[Sources]] = {}

    @cached_property
    def decides(self) -> int:
        """Where some rule gives this outcome."""
        return self._gates.any(way.decides for way in self.ways)

    @cached_property
    def there(self) -> list[int]:
        """Where each step is there, of the contacts that this outcome is given to."""
        return [self.plans.there(step) for step in self.outcome.plan]

    def values(self, name: str) -> list[Values]:
        """What is held of a part that has one value."""
        if name not in self._values:
            held = [self._at_arrival(name)]
            for step, there in zip(self.outcome.plan, self.there, strict=True):
                said = self._said(name, step, held[-1])
                held.append(held[-1] if said is None else self._mixed(held[-1], said, there))
            self._values[name] = held
        return self._values[name]

    def _at_arrival(self, name: str) -> Values:
        if name == "channel":
            return self._gates.gathered(self.plans.deciding.channels(self.outcome))
        return self._adjusted(PART[name], {getattr(self.outcome, name, None): TRUE})

    def _adjusted(self, part: Part, values: Values) -> Values:
        for change, applies in self.plans.applied(part):
            self.plans.space.deadline.check()
            values = changed_values(self._gates, values, change, applies)
        return self._bounded(part, values)

    def _bounded(self, part: Part, values: Values) -> Values:
        return self._gates.gathered(((part.bounded(value), on) for value, on in values.items()))

    def _said(self, name: str, step: Step, held: Values) -> Values | None:
        """What a step makes of a part; None where it leaves it."""
        if name == "channel":
            if step.queue is None:
                return None
            return self._gates.gathered(self.plans.deciding.channels(_served(step.queue)))
        part = PART[name]
        action = next((act for act in step.actions if act.part == name), None)
        if action is None or isinstance(action, WorkOutPart | SetData):
            return None
        if isinstance(action, SetPart) and part.reaches_steps:
            return self._adjusted(part, {action.value: TRUE})
        return self._bounded(part, changed_values(self._gates, held, action, TRUE))

    def _mixed(self, held: Values, said: Values, there: int) -> Values:
        gates = self._gates
        new = [(value, gates.both(there, on)) for value, on in said.items()]
        return gates.gathered([*new, *((value, gates.both(-there, on)) for value, on in held.items())])

    def names(self, name: str) -> list[Names]:
        """What is held of a part that holds several names."""
        if name not in self._names:
            part = PART[name]
            held = [self._with_adjusted(part, getattr(self.outcome, name))]
            for step, there in zip(self.outcome.plan, self.there, strict=True):
                held.append(self._names_after(part, step, there, held[-1]))
            self._names[name] = held
        return self._names[name]

    def _with_adjusted(self, part: Part, names: Iterable[str]) -> Names:
        found = dict.fromkeys(sorted(names), TRUE)
        for change, applies in self.plans.applied(part):
            self.plans.space.deadline.check()
            found = changed_names(self._gates, found, change, applies)
        return found

    def _names_after(self, part: Part, step: Step, there: int, held: Names) -> Names:
        gates = self._gates
        match next((act for act in step.actions if act.part == part.name), None):
            case SetPart(_, frozenset() as names):
                said = self._with_adjusted(part, names)
                return {
                    name: gates.either(
                        gates.both(there, said.get(name, FALSE)), gates.both(-there, held.get(name, FALSE))
                    )
                    for name in dict.fromkeys((*held, *said))
                }
            case AddNames() | RemoveNames() as change:
                return changed_names(gates, held, change, there)
            case _:
                return held

    def data(self, name: str) -> list[Sources]:
        """What gives a part that the policy declares."""
        if name not in self._data:
            gates = self._gates
            held = [self._given(name, self.outcome.data)]
            for place, there in enumerate(self.there):
                said = self.set_by(place, name)
                if said is None:
                    held.append(held[-1])
                    continue
                mixed = [(expr, gates.both(-there, on)) for expr, on in held[-1].items()]
                mixed += [(expr, gates.both(there, on)) for expr, on in said.items()]
                held.append(gates.gathered(mixed))
            self._data[name] = held
        return self._data[name]

    def set_by(self, place: int, name: str) -> Sources | None:
        """What gives a part that the policy declares by a step; None where the step leaves it."""
        actions = self.outcome.plan[place].actions
        if not any(isinstance(act, SetData) and act.name == name for act in actions):
            return None
        return self._given(name, actions)

    def _given(self, name: str, settings: Iterable[object]) -> Sources:
        (field,) = (field for field in self.plans.policy.data if field.name == name)
        sources = sources_of(item for item in settings if isinstance(item, SetData))
        applied = self.plans.applied(PART["data"])
        return changed_sources(self._gates, field, {value_of(field, sources): TRUE}, applied)

    # ── steps as a decision has them ──────────────────────────────────────────

    def said(self, place: int) -> Iterator[tuple[dict[str, object], int]]:
        """What a step may come to, part by part, and where: it is there, and comes to that."""
        found: list[tuple[dict[str, object], int]] = [({}, self._gates.both(self.decides, self.there[place]))]
        for action in self.outcome.plan[place].actions:
            if isinstance(action, SetData):
                continue
            found = [
                (values | {action.part: value}, both)
                for values, where in found
                for value, on in self._variants(place, action.part)
                if (both := self._gates.both(where, on)) != FALSE
            ]
            self.plans.space.deadline.check()
        yield from found

    def _variants(self, place: int, name: str) -> list[tuple[object, int]]:
        """What a step may make of a part that it speaks of, and where, of the contacts that have the step.

        Of what is worked out it is the expression, or None where that comes to nothing.
        """
        part, step = PART[name], self.outcome.plan[place]
        if part.computed:
            expr = next(act.expr for act in step.actions if isinstance(act, WorkOutPart) and act.part == name)
            known = self.plans.space.true(e.IsKnown(expr))
            return [(expr, known), (None, -known)]
        if part.kind is not Kind.NAMES:
            said = self._said(name, step, self.values(name)[place])
            return [*(said or {}).items()]
        held = self.names(name)[place]
        match next(act for act in step.actions if act.part == name):
            case SetPart(_, frozenset() as names):
                found = self._with_adjusted(part, names)
            case AddNames() | RemoveNames() as change:
                found = changed_names(self._gates, held, change, TRUE)
            case _:
                found = held
        return self._sets(found)

    def _sets(self, names: Names) -> list[tuple[object, int]]:
        """Each set of these names, and where it is just that."""
        sets: list[tuple[frozenset[str], int]] = [(frozenset(), TRUE)]
        for name, literal in names.items():
            with_it = [(chosen | {name}, self._gates.both(on, literal)) for chosen, on in sets]
            without = [(chosen, self._gates.both(on, -literal)) for chosen, on in sets]
            sets = [(chosen, on) for chosen, on in (*with_it, *without) if on != FALSE]
            self.plans.space.deadline.check()
        return [*sets]


def _served(queue: str) -> Outcome:
    return Outcome(queue)


# ── all of a policy ───────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Stand:
    """A course as it stands after so many steps, where ``at`` holds."""

    course: Course
    steps: int
    at: int


class Plans:
    """The plans of a policy over a space. ``register`` comes before the space is closed, all else after.

    ``applied`` tells the changes of a part that adjustments make, and where.
    """

    def __init__(
        self,
        space: Space,
        policy: CheckedPolicy,
        deciding: FirstMatch,
        applied: _Applied,
        names: Callable[[str], Mapping[str, int]],
    ) -> None:
        self.space, self.policy, self.deciding = space, policy, deciding
        self.gates = space.gates
        self._applied = applied
        self._names = names
        self._changes: dict[str, list[tuple[Change, int]]] = {}
        self._enough: dict[tuple[str, timedelta, timedelta, timedelta], e.Expr | bool | None] = {}

    # ── before the space is closed ────────────────────────────────────────────

    def register(self) -> None:
        """Takes note of all that tells which steps there are."""
        for outcome in all_outcomes(self.policy):
            for step in outcome.plan:
                self.space.register(step.condition)
                for action in step.actions:
                    if isinstance(action, WorkOutPart):
                        self.space.register(e.IsKnown(action.expr))
                self.is_called(step)
                if step.queue is not None:
                    self.deciding.channels(_served(step.queue))

    def register_guarantee(self, guarantee: Guarantee) -> None:
        """Takes note of what callbacks are asked for by a guarantee that has some time."""
        within = guarantee.held.within
        if within is None:
            return
        self._promises(()).register(_meeting_a_person(guarantee.promise))
        for outcome in all_outcomes(self.policy):
            for step in outcome.plan:
                if step.after <= within:
                    self.is_due(step, within - step.after)

    # ── which steps there are ─────────────────────────────────────────────────

    def there(self, step: Step) -> int:
        """Where a step is there, of the contacts that its outcome is given to."""
        return self.gates.both(self.space.true(step.condition), self.is_open(step), self.is_called(step))

    def is_open(self, step: Step) -> int:
        """Where the queue of a step will be open."""
        return TRUE if step.queue is None else self.deciding.open(step.queue, step.after)

    def is_called(self, step: Step) -> int:
        """Where the calendar of a step opens enough for its callback."""
        return TRUE if step.calendar is None else self.is_due(step, LONGEST_WAIT)

    def is_due(self, step: Step, within: timedelta) -> int:
        """Where the callback of a step, if it has one, is due within some time of it."""
        enough = step.callback_within
        if step.calendar is None or enough is None:
            return TRUE if enough is None or enough <= within else FALSE
        key = step.calendar, step.after, enough, min(within, LONGEST_WAIT)
        if key not in self._enough:
            moment = e.Arithmetic("+", e.Now(), e.Constant(step.after))
            calendar, years = self.policy.calendars[step.calendar], self.space.years
            self._enough[key] = opens_enough(calendar, moment, *key[1:], years)
        match self._enough[key]:
            case bool() as always:
                return TRUE if always else FALSE
            case None:
                span = format_duration(enough)
                reason = t(
                    "when {span} of `{calendar}` are over differs too much from day to day",
                    span=span,
                    calendar=step.calendar,
                )
                return self.space.either_way(key, reason)[0] if self.space.is_closed else FALSE
            case test:
                return self.space.ask(test)

    @cached_property
    def courses(self) -> list[Course]:
        """The outcomes that have steps, each once, with the ways that lead to it."""
        found: dict[Outcome, list[Way]] = {}
        for way in self.deciding.ways:
            if way.outcome.plan:
                found.setdefault(replace(way.outcome, agent=None), []).append(way)
        return [Course(self, outcome, ways) for outcome, ways in found.items()]

    def settings(self, name: str) -> dict[timedelta, Sources]:
        """What steps set of a part that the policy declares: for each time, what gives it, and where."""
        found: dict[timedelta, list[tuple[e.Expr, int]]] = {}
        for course in self.courses:
            for place, step in enumerate(course.outcome.plan):
                at = self.gates.both(course.decides, course.there[place])
                said = course.set_by(place, name) or {}
                found.setdefault(step.after, []).extend(
                    (expr, self.gates.both(at, on)) for expr, on in said.items()
                )
        return {moment: self.gates.gathered(pairs) for moment, pairs in found.items() if pairs}

    def applied(self, part: Part) -> list[tuple[Change, int]]:
        """The changes of a part that adjustments make, and where each applies."""
        if part.name not in self._changes:
            self._changes[part.name] = [*self._applied(part)]
        return self._changes[part.name]

    # ── promises ──────────────────────────────────────────────────────────────

    def broken(self, promise: e.Expr) -> int:
        """Where some step breaks a promise: it is not true after it."""
        gates = self.gates
        return gates.any(
            gates.both(gates.any(stand.at for stand in stands), -self._kept(stands, promise))
            for stands in self._after_steps(None)
        )

    def met(self, promise: e.Expr, within: timedelta) -> int:
        """Where a promise is true after some step, or callback, that comes no later."""
        gates = self.gates
        called = _meeting_a_person(promise)
        pairs = [(stands, promise) for stands in self._after_steps(within)]
        pairs += [(stands, called) for stands in self._called_back(within)]
        return gates.any(
            gates.both(gates.any(stand.at for stand in stands), self._kept(stands, said))
            for stands, said in pairs
        )

    def _after_steps(self, within: timedelta | None) -> Iterator[list[_Stand]]:
        """How outcomes stand after their first steps, then after their second, and so on."""
        most = max((len(course.outcome.plan) for course in self.courses), default=0)
        for place in range(most):
            yield [
                _Stand(course, place + 1, self.gates.both(course.decides, course.there[place]))
                for course in self.courses
                if len(course.outcome.plan) > place
                and (within is None or course.outcome.plan[place].after <= within)
            ]

    def _called_back(self, within: timedelta) -> Iterator[list[_Stand]]:
        """How outcomes stand when customers are called back by their first callback, by their second …"""
        calls = [[*self._calls(course, within)] for course in self.courses]
        for number in range(max(map(len, calls), default=0)):
            yield [found[number] for found in calls if len(found) > number]

    def _calls(self, course: Course, within: timedelta) -> Iterator[_Stand]:
        plan, gates = course.outcome.plan, self.gates
        for place, step in enumerate(plan):
            if step.callback_within is None or step.after > within:
                continue
            at = gates.both(course.decides, course.there[place], self.is_due(step, within - step.after))
            soonest = step.after + step.callback_within
            latest = soonest if step.calendar is None else within
            before = sum(other.after <= soonest for other in plan)
            if any(soonest < other.after <= latest for other in plan):
                reason = t(
                    "which steps come before a callback by `{calendar}` is not worked out",
                    calendar=step.calendar,
                )
                at = gates.both(at, self.space.either_way(("before", step, within), reason)[0])
            yield _Stand(course, before, at)

    def _kept(self, stands: Sequence[_Stand], promise: e.Expr) -> int:
        return self._promises(stands).pair(promise)[0]

    def _promises(self, stands: Sequence[_Stand]) -> Promises:
        gates = self.gates

        def part(name: str) -> Values:
            if name == "rule":
                return gates.gathered(
                    (
                        (way.rule.name, gates.both(stand.at, way.decides))
                        for stand in stands
                        for way in stand.course.ways
                    ),
                )
            return gates.gathered(
                (
                    (value, gates.both(stand.at, on))
                    for stand in stands
                    for value, on in stand.course.values(name)[stand.steps].items()
                ),
            )

        def names(name: str) -> Mapping[str, int]:
            if not PART[name].in_step:
                return self._names(name)
            held = gates.gathered(
                (
                    (item, gates.both(stand.at, on))
                    for stand in stands
                    for item, on in stand.course.names(name)[stand.steps].items()
                ),
            )
            return {str(item): on for item, on in held.items()}

        def data(name: str) -> Sources:
            return gates.gathered(
                (
                    (expr, gates.both(stand.at, on))
                    for stand in stands
                    for expr, on in stand.course.data(name)[stand.steps].items()
                ),
            )

        return Promises(self.space, self.policy, part, names, data)


def _meeting_a_person(promise: e.Expr) -> e.Expr:
    """A promise of a customer who is called back, and so meets a person."""
    for part in [part for part in walk(promise) if isinstance(part, e.IsAssisted)]:
        promise = put(promise, part, e.Constant(part.assisted))
    return promise
