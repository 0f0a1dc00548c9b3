"""Decisions as rows of a table: behind the columns of their contacts those of the decision."""

from collections.abc import Sequence

from routekit.intake.contact import member
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.model import CheckedPolicy
from routekit.schema.reading import Fault, Read, reader
from routekit.schema.times import format_duration, zone
from routekit.schema.types import Value
from routekit.schema.writing import as_json
from routekit.writers.columns import Cell, Column, kind_for

__all__ = ["DecisionColumns"]

_DECISION = (
    Column("line", "whole"),
    Column("rule"),
    Column("channel"),
    Column("queue"),
    Column("agent"),
    Column("priority", "whole"),
    Column("skills", "names"),
    Column("offers", "names"),
    Column("message"),
)
_END = (Column("plan"), Column("arm", "whole"), Column("revision"), Column("problems"))


class DecisionColumns:
    """The columns of decisions, and what stands in them; ``kept`` are the fields of contacts before them.

    Values of contacts are written as they are read, those that cannot be as they came. ``with_reason`` adds a
    column for the reason in a sentence.
    """

    def __init__(self, policy: CheckedPolicy, kept: Sequence[str], *, with_reason: bool = False) -> None:
        local = zone(policy.timezone)
        fields = {
            **{f"{record.name}.{field.name}": field for record in policy.records for field in record.fields},
            **{f"live.{queue}.{signal.name}": signal for queue in policy.queues for signal in policy.live},
        }
        self._kept: list[tuple[tuple[str, ...], Read]] = [
            (tuple(name.split(".")), reader(fields[name].type, local)) for name in kept
        ]
        self._data = [field.name for field in policy.data]
        self._with_reason = with_reason
        self.columns = (
            *(Column(name, kind_for(fields[name].type)) for name in kept),
            *_DECISION,
            *(Column(f"data.{field.name}", kind_for(field.type)) for field in policy.data),
            *_END,
            *((Column("reason"),) if with_reason else ()),
        )

    def row(self, number: int, contact: object, decision: Decision, reason: str = "") -> list[Cell]:
        """Returns the row of one decision; ``number`` is that of the contact's line."""
        return [
            *self._contact(contact),
            number,
            decision.rule,
            decision.channel,
            decision.queue,
            decision.agent,
            decision.priority,
            tuple(sorted(decision.skills)),
            decision.offers,
            decision.message,
            *(_cell(decision.data.get(name)) for name in self._data),
            "; ".join(map(_step, decision.plan)) or None,
            decision.arm,
            decision.revision,
            "; ".join(map(str, decision.problems)) or None,
            *([reason] if self._with_reason else []),
        ]

    def undecided(self, number: int, why: str) -> list[Cell]:
        """Returns the row of a line that could not be read, or of a contact that was refused."""
        row: list[Cell] = [None] * len(self.columns)
        row[len(self._kept)] = number
        row[-2 if self._with_reason else -1] = why
        return row

    def _contact(self, contact: object) -> list[Cell]:
        cells: list[Cell] = []
        for path, read in self._kept:
            raw = contact
            for name in path:
                raw = member(raw, name)
            value = None if raw is None else read(raw)
            if isinstance(value, Fault):
                cells.append(raw if isinstance(raw, str | int | float) else None)
            else:
                cells.append(_cell(value))
        return cells


def _cell(value: Value | None) -> Cell:
    return tuple(sorted(str(as_json(each)) for each in value)) if isinstance(value, frozenset) else value


def _step(step: PlanStep) -> str:
    """A step of a plan in one line: ``after 2m: queue backup, any agent``.

    >>> from datetime import timedelta
    >>> _step(PlanStep(timedelta(minutes=2), queue="backup", any_agent=True))
    'after 2m: queue backup, any agent'
    """
    data = step.data.to_dict()
    parts = [
        f"queue {step.queue}" if step.queue is not None else "",
        "any agent" if step.any_agent else "",
        f"agent {step.agent}" if step.agent is not None else "",
        f"priority {step.priority}" if step.priority is not None else "",
        f"skills {', '.join(sorted(step.skills))}" if step.skills is not None else "",
        f"message {step.message}" if step.message is not None else "",
        *(f"{name} = {value}" for name, value in data.items()),
        f"callback within {format_duration(step.callback_within)}"
        if step.callback_within is not None
        else "",
        f"callback by {step.callback_by.isoformat()}" if step.callback_by is not None else "",
    ]
    return f"after {format_duration(step.after)}: {', '.join(part for part in parts if part)}"
