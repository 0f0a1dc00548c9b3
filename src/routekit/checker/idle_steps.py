"""Steps of plans that do nothing: whatever they say holds already."""

from collections.abc import Iterable, Iterator, Mapping

from routekit.diagnostics import Span
from routekit.policy.model import (
    AddNames,
    Adjustment,
    Change,
    Outcome,
    Queue,
    RemoveNames,
    SetData,
    SetPart,
    ShiftPart,
    Step,
    WorkOutPart,
)
from routekit.policy.outcome_parts import PART, STEP_PARTS

__all__ = ["idle_steps"]

_Held = dict[str, frozenset[object]]
"""For each part what it may be by then: values, or marks of what is not known."""


def idle_steps(
    outcomes: Iterable[Outcome], adjustments: Iterable[Adjustment], queues: Mapping[str, Queue]
) -> Iterator[Span]:
    """Yields the places of steps that do nothing, whichever outcome they are of."""
    adjusted = frozenset(change.part for item in adjustments for change in item.changes)
    idle: dict[Span, bool] = {}
    for outcome in outcomes:
        held = _at_arrival(outcome, adjusted)
        for step in outcome.plan:
            changed = {_part_of(action): _after(action, held, adjusted) for action in step.actions}
            changed |= {"agent": changed.pop("any_agent")} if "any_agent" in changed else {}
            for part in changed:  # what only steps set, and what was adjusted beside them
                held.setdefault(part, frozenset({object()}))
            does_nothing = all(len(held[part]) == 1 and held[part] == new for part, new in changed.items())
            if step.span is not None:
                idle[step.span] = idle.get(step.span, True) and does_nothing
            for part, new in changed.items():
                held[part] = new if _is_always_there(step, queues) else held[part] | new
    yield from (span for span, does_nothing in idle.items() if does_nothing)


def _at_arrival(outcome: Outcome, adjusted: frozenset[str]) -> _Held:
    """What is given; what adjustments change is so alike where a step sets it, if they reach steps."""
    given: _Held = {
        part.name: frozenset({getattr(outcome, part.name)})
        for part in STEP_PARTS
        if part.in_outcome and (part.reaches_steps or part.name not in adjusted)
    }
    return given | {_part_of(setting): frozenset({setting.expr}) for setting in outcome.data}


def _part_of(action: Change | WorkOutPart) -> str:
    return f"{action.part}.{action.name}" if isinstance(action, SetData) else action.part


def _after(action: Change | WorkOutPart, held: _Held, adjusted: frozenset[str]) -> frozenset[object]:
    part = "agent" if action.part == "any_agent" else action.part
    match action:
        case SetPart(name, value):
            if not PART[name].in_outcome:  # a callback is one each time; to let go of a wish harms nobody
                return frozenset({object()})
            return frozenset({value})
        case WorkOutPart(_, expr) | SetData(_, expr):
            return frozenset({expr})
        case ShiftPart(_, 0) | AddNames(_, frozenset(())) | RemoveNames(_, frozenset(())):
            return held[part]
        case _ if part in adjusted:
            return frozenset({object()})
        case _:
            return frozenset(_changed(value, action) for value in held[part])


def _changed(value: object, change: Change) -> object:
    match change, value:
        case ShiftPart(part, by), int() as number:
            return PART[part].bounded(number + by)
        case AddNames(_, names), frozenset() as before:
            return before | names
        case RemoveNames(_, names), frozenset() as before:
            return before - names
        case _:
            return object()


def _is_always_there(step: Step, queues: Mapping[str, Queue]) -> bool:
    is_open = step.queue is None or queues[step.queue].calendar is None
    return step.condition is None and step.calendar is None and is_open
