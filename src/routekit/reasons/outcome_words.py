"""Outcomes, steps and adjustments as a policy writes them, before any contact has come to them."""

from collections.abc import Mapping

from routekit.policy.model import (
    AddNames,
    Change,
    CheckedPolicy,
    Outcome,
    RemoveNames,
    SetData,
    SetPart,
    ShiftPart,
    Step,
    WorkOutPart,
)
from routekit.policy.outcome_parts import PART, PARTS, is_given, written
from routekit.policy.outcomes import computed_by, given_by
from routekit.reasons.words import Words, joined
from routekit.schema.times import format_duration
from routekit.schema.types import Type

__all__ = ["OutcomeWords", "change_words"]


def change_words(change: Change, words: Words, types: Mapping[str, Type]) -> str:
    """Says what changes a part of an outcome; ``types`` are those of the parts that the policy declares."""
    match change:
        case SetData(name, expr):
            return f"{name} = {words.expr(expr, types[name])}"
        case SetPart(part, value):
            phrase = PART[part].phrase
            return phrase if value is True else f"{phrase} {written(PART[part], value)}"
        case ShiftPart(part, by):
            return f"{PART[part].phrase} {'+' if by > 0 else '-'} {abs(by)}"
        case AddNames(part, names):
            return f"{PART[part].phrase} + {joined(sorted(names))}"
        case RemoveNames(part, names):
            return f"{PART[part].phrase} - {joined(sorted(names))}"


class OutcomeWords:
    """Says what rules of one policy give."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._words = Words(policy, whole=True)
        self._types = {field.name: field.type for field in policy.data}

    def change(self, change: Change | WorkOutPart) -> str:
        """Says a change that an adjustment or a step makes."""
        if isinstance(change, WorkOutPart):
            return f"{PART[change.part].phrase} {self._words.expr(change.expr)}"
        return change_words(change, self._words, self._types)

    def parts(self, outcome: Outcome) -> dict[str, str]:
        """Says each part that an outcome gives at arrival, but its queue and channel, by the part's name.

        A part that it leaves out is none of them, but for the priority.
        """
        worked_out = {name: self._words.expr(expr) for name, expr in computed_by(outcome).items()}
        given = given_by(outcome)
        said: dict[str, str] = {}
        for part in PARTS:
            if part.name in worked_out:
                said[part.name] = worked_out[part.name]
            elif part.name in given and part.name != "queue" and is_given(given[part.name]):
                said[part.name] = written(part, given[part.name])
        for setting in outcome.data:
            said[f"data.{setting.name}"] = self._words.expr(setting.expr, self._types[setting.name])
        return said

    def line(self, outcome: Outcome) -> str:
        """Says the parts of an outcome but its queue and channel: ``priority 2, message sorry``."""
        return ", ".join(self._part(name, text) for name, text in self.parts(outcome).items())

    def _part(self, name: str, text: str) -> str:
        declared = name.removeprefix("data.")
        return f"{PART[name].phrase} {text}" if declared == name else f"{declared} = {text}"

    def step(self, step: Step) -> str:
        """Says a step: ``after 2m when contact.phone is known then callback within 4h of office``."""
        condition = "" if step.condition is None else f"when {self._words.expr(step.condition)} then "
        actions = ", ".join(map(self.change, step.actions))
        if step.calendar is not None and step.callback_within is not None:
            said = f"callback within {format_duration(step.callback_within)}"
            actions = actions.replace(said, f"{said} of {step.calendar}", 1)
        return f"after {format_duration(step.after)} {condition}{actions}"
