"""The outcomes of a policy's rules, and what adjustments and steps make of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from routekit.policy.decision import Decision, PlanStep
from routekit.policy.expressions import Expr
from routekit.policy.model import (
    AddNames,
    Change,
    CheckedPolicy,
    Outcome,
    RemoveNames,
    SetPart,
    ShiftPart,
    Split,
    Step,
)
from routekit.policy.outcome_parts import PART, PARTS, Part
from routekit.schema.types import Value

__all__ = [
    "adjusted",
    "all_outcomes",
    "expressions_of",
    "given_by",
    "names_given",
    "names_in",
    "outcome_of",
    "outcomes_of",
    "planned",
    "values_given",
]

_GIVEN = tuple(part.name for part in PARTS if part.in_outcome and not part.computed)
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
            found.update(str(action.value) for action in step.actions if PART[action.part].names == names)
    return {name for name in found if name is not None}


def values_given(policy: CheckedPolicy, part: Part) -> tuple[Value | None, ...]:
    """Returns the values that outcomes and adjustments write out for a part, each once."""
    given = [getattr(outcome, part.name) for outcome in all_outcomes(policy)]
    changes = [change for item in policy.adjustments for change in item.changes]
    given += [change.value for change in changes if isinstance(change, SetPart) and change.part == part.name]
    return tuple(dict.fromkeys(given))


# ── what they say ─────────────────────────────────────────────────────────────


def given_by(outcome: Outcome) -> dict[str, object]:
    """Returns the parts that an outcome writes out, by their names."""
    return {name: getattr(outcome, name) for name in _GIVEN}


def expressions_of(outcome: Outcome) -> dict[str, Expr]:
    """Returns the parts for which an outcome has an expression of the contact's values, by their names."""
    found = {name: getattr(outcome, name) for name in _COMPUTED}
    return {name: expr for name, expr in found.items() if expr is not None}


def adjusted(given: Mapping[str, object], changes: Iterable[Change]) -> dict[str, object]:
    """Returns the parts that an outcome writes out as adjustments leave them, one after the other.

    >>> adjusted({"priority": 5, "message": None}, [ShiftPart("priority", -9), SetPart("message", "sorry")])
    {'priority': 1, 'message': 'sorry'}
    """
    values: dict[str, Any] = {**given}
    for change in changes:
        match change:
            case SetPart(part, value):
                values[part] = value
            case ShiftPart(part, by):
                values[part] += by
            case AddNames(part, names):
                values[part] |= names
            case RemoveNames(part, names):
                values[part] -= names
    for bounded in _BOUNDED:
        values[bounded.name] = bounded.bounded(values[bounded.name])
    return values


def planned(step: Step) -> PlanStep:
    """Returns a step of a plan as a decision has it.

    >>> from datetime import timedelta
    >>> planned(Step(timedelta(minutes=3), (SetPart("priority", 99),))).to_dict()
    {'after': 180, 'priority': 10}
    """
    done = {action.part: PART[action.part].bounded(action.value) for action in step.actions}
    return PlanStep(after=step.after, **done)  # type: ignore[arg-type]  # by the checker


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
    for adjustment in policy.adjustments:
        for change in adjustment.changes:
            if isinstance(change, AddNames) and change.part == part.name:
                found |= change.names
    return found
