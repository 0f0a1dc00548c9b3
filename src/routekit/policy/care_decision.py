"""What comes out of care: the reaches that are due, and why others are not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, overload

from routekit.policy.decision import Problem

__all__ = ["CareDecision", "DueReach", "OtherReach", "Why"]

Why: TypeAlias = Literal[
    "never", "condition", "unknown", "not yet", "over", "no consent", "dropped", "capped"
]
"""Why a reach is not made: a `never` holds; its condition does not, or could not be read; what it comes after
is not known; its time has not come, or has passed; on no channel there is consent; quiet hours or a closed
queue last until its time has passed; a cap is used up."""


@dataclass(frozen=True, slots=True)
class DueReach:
    """A reach whose time has come.

    ``not_before`` is the first instant, from the time that was asked, at which it may be made: not in quiet
    hours, and its queue open. ``not_after`` is the end of its time, at which it may not be made any more.
    Both are told by the clock of the customer.
    """

    name: str
    channel: str
    message: str | None
    queue: str | None
    priority: int
    not_before: datetime
    not_after: datetime
    title: str = ""
    is_survey: bool = False

    def to_dict(self) -> dict[str, object]:
        """Returns the reach as ``routekit care --format json`` prints it."""
        return {
            "name": self.name,
            "channel": self.channel,
            "message": self.message,
            "queue": self.queue,
            "priority": self.priority,
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class OtherReach:
    """A reach that is not made; ``why`` is the kind of the reason, ``text`` says it."""

    name: str
    why: Why
    text: str

    def to_dict(self) -> dict[str, object]:
        """Returns it as JSON has it."""
        return {"name": self.name, "why": self.why, "text": self.text}


@dataclass(frozen=True, slots=True)
class CareDecision(Sequence[DueReach]):
    """The reaches that are due for a customer, in the order of the policy; it is a sequence of them.

    ``others`` are those that are not, where it was asked why; ``problems`` name what was wrong with the
    input.
    """

    policy: str
    revision: str
    reaches: tuple[DueReach, ...]
    others: tuple[OtherReach, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.reaches)

    @overload
    def __getitem__(self, place: int) -> DueReach: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[DueReach, ...]: ...
    def __getitem__(self, place: int | slice) -> DueReach | tuple[DueReach, ...]:
        return self.reaches[place]

    def __iter__(self) -> Iterator[DueReach]:
        return iter(self.reaches)

    def to_dict(self) -> dict[str, object]:
        """Returns it as ``routekit care --format json`` prints it."""
        return {
            "reaches": [reach.to_dict() for reach in self.reaches],
            **({"others": [other.to_dict() for other in self.others]} if self.others else {}),
            "problems": [{"path": problem.path, "message": problem.message} for problem in self.problems],
            "revision": self.revision,
        }
