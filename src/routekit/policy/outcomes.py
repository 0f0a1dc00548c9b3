"""The outcomes of a policy's rules, and what adjustments and steps make of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from routekit.policy.decision import NO_DATA, Decision, PlanStep
from routekit.policy.expressions import Constant, Expr
from routekit.policy.model import (
    AddNames,
    Change,
    CheckedPolicy,
    Outcome,
    RemoveNames,
    SetData,
    SetPart,
    ShiftPart,
    Split,
    Step,
    WorkOutPart,
)
from routekit.policy.outcome_data import computed, sources_of, value_of
from routekit.policy.outcome_parts import PART, PARTS, Kind, Part
from routekit.schema.times import later, on_wall, zone
from routekit.schema.types import Value

__all__ = [
    "adjusted",
    "all_outcomes",
    "all_settings",
    "called_back",
    "computed_by",
    "expressions_in",
    "expressions_of",
    "given_by",
    "has_same_plan",
    "is_same_for_all",
    "names_given",
    "names_in",
    "outcome_of",
    "outcomes_of",
    "planned",
    "step_expressions",
    "step_values",
    "values_given",
    "values_set",
    "worked_out_later",
]

_GIVEN = tuple(
    part.name for part in PARTS if part.in_outcome and not part.computed and part.kind is not Kind.DATA
)
_BOUNDED = tuple(part for part in PARTS if part.name in _GIVEN and part.most is not None)
_COMPUTED = tuple(part.name for part in PARTS if part.computed)


# ── where they stand ──────────────────────────────────────────────────────────


def outcomes_of(body: Outcome | Split) -> tuple[Outcome, ...]:
    """Tells what a rule may give, by its body: its one outcome, or that of each arm."""
    return (body,) if isinstance(body, Outcome) else tuple(arm.outcome for arm in body.arms)


def all_outcomes(policy: CheckedPolicy) -> Iterator[Outcome]:
    """Returns every outcome of every rule, in their order."""
    return (outcome for rule in policy.rules for outcome in outcomes_of(rule.body))


def outcome_of(policy: CheckedPolicy) -> Callable[[Decision], Outcome]:
    """Returns a function that finds the outcome which a decision of the policy comes from."""
    bodies = {
        (rule.name, None if rule.chosen_by is None else outcome.queue): rule.body
        for rule in policy.rules
        for outcome in outcomes_of(rule.body)[:1]
    }

    def outcome(decision: Decision) -> Outcome:
        body = bodies.get((decision.rule, decision.queue)) or bodies[decision.rule, None]
        return outcomes_of(body)[(decision.arm or 1) - 1]

    return outcome


def names_given(outcomes: Iterable[Outcome], names: str) -> set[str]:
    """Gives the names of a kind (``queue``, ``message``) that outcomes and the steps of their plans give."""
    found: set[str | None] = set()
    for outcome in outcomes:
        found.update(getattr(outcome, part.name) for part in PARTS if part.in_outcome and part.names == names)
        for step in outcome.plan:
            found.update(
                str(action.value)
                for action in step.actions
                if isinstance(action, SetPart) and PART[action.part].names == names
            )
    return {name for name in found if name is not None}


def values_given(policy: CheckedPolicy, part: Part) -> tuple[Value | None, ...]:
    """Returns the values that outcomes and adjustments write out for a part, each once."""
    given = [getattr(outcome, part.name) for outcome in all_outcomes(policy)]
    given += [
        change.value
        for change in _all_changes(policy)
        if isinstance(change, SetPart) and change.part == part.name
    ]
    return tuple(dict.fromkeys(given))


def all_settings(policy: CheckedPolicy) -> Iterator[SetData]:
    """Yields all that sets a part which the policy declares: in outcomes, adjustments and steps."""
    yield from (setting for outcome in all_outcomes(policy) for setting in outcome.data)
    yield from (change for change in _all_changes(policy) if isinstance(change, SetData))


def values_set(policy: CheckedPolicy, name: str) -> tuple[Expr, ...]:
    """Returns what may give a part that a policy declares its value, each once."""
    (field,) = (field for field in policy.data if field.name == name)
    settings = (setting for setting in all_settings(policy) if setting.name == name)
    given = (value_of(field, {name: setting.expr}) for setting in settings)
    return tuple(dict.fromkeys((value_of(field, {}), *given)))


# ── what they say ─────────────────────────────────────────────────────────────


def given_by(outcome: Outcome) -> dict[str, object]:
    """Returns the parts that an outcome writes out, by their names."""
    return {name: getattr(outcome, name) for name in _GIVEN}


def step_expressions(outcome: Outcome) -> Iterator[Expr]:
    """Yields what the steps of an outcome's plan ask of a contact: their conditions, what is worked out."""
    for step in outcome.plan:
        if step.condition is not None:
            yield step.condition
        for action in step.actions:
            if isinstance(action, WorkOutPart) or (
                isinstance(action, SetData) and not isinstance(action.expr, Constant)
            ):
                yield action.expr


def worked_out_later(outcome: Outcome) -> Iterator[Expr]:
    """Yields the expressions by which steps of an outcome's plan give parts."""
    for step in outcome.plan:
        yield from (action.expr for action in step.actions if isinstance(action, WorkOutPart))


def is_same_for_all(policy: CheckedPolicy, outcome: Outcome) -> bool:
    """Tells whether all contacts are given the same by an outcome, but for channel and adjustments."""
    return not expressions_of(outcome) and has_same_plan(policy, outcome)


def has_same_plan(policy: CheckedPolicy, outcome: Outcome) -> bool:
    """Tells whether each contact has all steps of an outcome's plan, and all alike but for adjustments.

    Nor may an adjustment work out for a contact what a step sets.
    """
    queues = policy.queues
    sets_data = any(isinstance(action, SetData) for step in outcome.plan for action in step.actions)
    if sets_data and any(expressions_in(adjustment.changes) for adjustment in policy.adjustments):
        return False
    return next(step_expressions(outcome), None) is None and all(
        step.calendar is None and (step.queue is None or queues[step.queue].calendar is None)
        for step in outcome.plan
    )


def computed_by(outcome: Outcome) -> dict[str, Expr]:
    """Returns the parts of every decision for which an outcome has an expression, by their names."""
    found = {name: getattr(outcome, name) for name in _COMPUTED}
    return {name: expr for name, expr in found.items() if expr is not None}


def expressions_of(outcome: Outcome) -> dict[str, Expr]:
    """Returns all expressions of the contact's values in an outcome, by the names of their parts."""
    declared = computed(sources_of(outcome.data))
    return computed_by(outcome) | {f"data.{name}": expr for name, expr in declared}


def expressions_in(changes: Iterable[Change]) -> dict[str, Expr]:
    """Returns the parts that adjustments set by expressions of the contact's values, by their names."""
    return {f"data.{name}": expr for name, expr in computed(sources_of((), changes))}


def adjusted(given: Mapping[str, object], changes: Iterable[Change]) -> dict[str, object]:
    """Returns the parts that an outcome writes out as adjustments leave them, one after the other.

    >>> adjusted({"priority": 5, "message": None}, [ShiftPart("priority", -9), SetPart("message", "sorry")])
    {'priority': 1, 'message': 'sorry'}
    """
    values: dict[str, Any] = {**given}
    for change in changes:
        if not isinstance(change, SetData):  # what comes of that is worked out for each contact
            values[change.part] = _changed(values[change.part], change)
    for bounded in _BOUNDED:
        values[bounded.name] = bounded.bounded(values[bounded.name])
    return values


def _changed(value: Any, change: Change) -> Any:
    match change:
        case SetData():
            raise AssertionError("what a policy declares is worked out for each contact")
        case SetPart(_, new):
            return new
        case ShiftPart(_, by):
            return value + by
        case AddNames(_, names):
            return value | names
        case RemoveNames(_, names):
            return value - names


def step_values(step: Step, held: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """Returns what a step makes of the parts that it speaks of, where ``held`` is what holds until then.

    A value that it sets outright is changed by adjustments as the one at arrival was; one that it changes is
    what holds by then, which they have changed already.

    >>> from datetime import timedelta
    >>> again = Step(timedelta(minutes=3), (SetPart("priority", 4), AddNames("skills", frozenset({"zh"}))))
    >>> held = {"priority": 3, "skills": frozenset({"gold"})}
    >>> values = step_values(again, held, [ShiftPart("priority", -2)])
    >>> values["priority"], sorted(values["skills"])
    (2, ['gold', 'zh'])
    """
    values: dict[str, Any] = {}
    for action in step.actions:
        if isinstance(action, WorkOutPart | SetData):
            continue
        part = PART[action.part]
        value = _changed(held.get(part.name), action)
        if isinstance(action, SetPart) and part.reaches_steps:
            for change in changes:  # none of which sets what the policy declares
                value = _changed(value, change) if change.part == part.name else value
        values[part.name] = part.bounded(value)
    return values


def planned(
    steps: Iterable[tuple[Step, Mapping[str, Any]]],
    given: Mapping[str, object],
    changes: Sequence[Change],
) -> tuple[PlanStep, ...]:
    """Returns the steps of a plan as a decision has them, each with what is worked out for it.

    ``given`` is what holds at arrival, as ``changes``, those of all adjustments that apply, have left it. A
    step that comes to nothing, since what it works out is missing, is left out.
    """
    held = dict(given)
    plan: list[PlanStep] = []
    for step, worked_out in steps:
        values = step_values(step, held, changes)
        held |= values
        said: dict[str, Any] = {**values, **worked_out}
        if any(value is not None and value != NO_DATA for value in said.values()):
            plan.append(PlanStep(step.after, **said))
    return tuple(plan)


AfterOpenTime: TypeAlias = Callable[[datetime, timedelta], datetime | None]
"""Finds the instant at which a calendar has been open for so long since another."""


def called_back(
    policy: CheckedPolicy, step: Step, now: datetime, after: AfterOpenTime | None = None
) -> dict[str, object] | None:
    """Returns when a step calls back by the open time of its calendar, as parts of it; none without one.

    None where the calendar does not open enough. The instant is by the clock of the policy's timezone.
    ``after`` stands for the calendar's own way to find it.
    """
    if step.calendar is None:
        return {}
    comes = later(now, step.after)
    within = step.callback_within
    assert within is not None
    after = after or policy.calendars[step.calendar].after_open_time
    due = None if comes is None else after(comes, within)
    if due is None or comes is None:
        return None
    return {"callback_within": due - comes, "callback_by": on_wall(due, zone(policy.timezone))}


def names_in(policy: CheckedPolicy, part: Part) -> tuple[str, ...]:
    """Returns the names that a part can have in a policy; skills are declared by being asked for."""
    match part.names:
        case "rule":
            return policy.rule_names
        case "channel":
            return tuple(policy.channels)
        case "queue":
            return tuple(policy.queues)
        case "message":
            return tuple(policy.messages)
        case "offer":
            return tuple(offer.name for offer in policy.offers)
        case "skill":
            return tuple(sorted(_asked_for(policy, part)))
        case "revision":
            return (policy.revision,)
        case _:
            raise ValueError(f"`{part.name}` is given by no name")


def _asked_for(policy: CheckedPolicy, part: Part) -> set[str]:
    found = {name for outcome in all_outcomes(policy) for name in getattr(outcome, part.name)}
    for change in _all_changes(policy):
        if change.part != part.name:
            continue
        if isinstance(change, AddNames):
            found |= change.names
        elif isinstance(change, SetPart) and isinstance(change.value, frozenset):
            found |= change.value
    return found


def _all_changes(policy: CheckedPolicy) -> Iterator[Change | WorkOutPart]:
    """What adjustments and steps do."""
    yield from (change for item in policy.adjustments for change in item.changes)
    for outcome in all_outcomes(policy):
        yield from (action for step in outcome.plan for action in step.actions)
