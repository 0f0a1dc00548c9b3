"""What comes out: a decision, its plan, and the problems found in the input."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from routekit.schema.types import Value
from routekit.schema.writing import JSON, as_json

__all__ = ["NO_DATA", "Data", "Decision", "PlanStep", "Problem", "as_seconds"]


def as_seconds(span: timedelta) -> int | float:
    """Returns a duration as JSON has it."""
    seconds = span.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the input: where (``customer.value``) and what, never the value itself."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}"


class Data(Mapping[str, Value | None]):
    """The parts of a decision that its policy declares under ``outcome``, by their names; never changed.

    A part that is missing is there, and None.

    >>> Data({"sla": timedelta(minutes=1)})["sla"], Data({"music": None}) == {"music": None}
    (datetime.timedelta(seconds=60), True)
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value | None]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Value | None:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Data({self._values!r})"

    def to_dict(self) -> dict[str, JSON]:
        """Returns the parts as JSON has them, durations in seconds.

        >>> Data({"sla": timedelta(minutes=1), "music": None}).to_dict()
        {'sla': 60, 'music': None}
        """
        return {name: None if value is None else as_json(value) for name, value in self._values.items()}


NO_DATA = Data({})


@dataclass(frozen=True, slots=True)
class PlanStep:
    """What happens once the contact has waited ``after``, counted from its arrival.

    Only what the step does is set, to what then holds. ``callback_within`` counts from the step;
    ``callback_by`` is the same instant on the clock, where opening hours count.
    """

    after: timedelta
    queue: str | None = None
    any_agent: bool = False
    agent: str | None = None
    priority: int | None = None
    skills: frozenset[str] | None = None
    message: str | None = None
    data: Data = NO_DATA
    callback_within: timedelta | None = None
    callback_by: datetime | None = None

    def to_dict(self) -> dict[str, object]:
        """Returns the step as JSON has it, durations in seconds.

        >>> PlanStep(timedelta(seconds=30), any_agent=True).to_dict()
        {'after': 30, 'any_agent': True}
        """
        step: dict[str, object] = {"after": as_seconds(self.after)}
        if self.queue is not None:
            step["queue"] = self.queue
        if self.any_agent:
            step["any_agent"] = True
        if self.agent is not None:
            step["agent"] = self.agent
        if self.priority is not None:
            step["priority"] = self.priority
        if self.skills is not None:
            step["skills"] = sorted(self.skills)
        if self.message is not None:
            step["message"] = self.message
        if self.data:
            step["data"] = self.data.to_dict()
        if self.callback_within is not None:
            step["callback_within"] = as_seconds(self.callback_within)
        if self.callback_by is not None:
            step["callback_by"] = self.callback_by.isoformat()
        return step


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets what.

    ``rule`` is the rule that decided, ``otherwise`` where none did; ``priority`` is 1 (most urgent) to 10;
    ``offers`` stand best first; ``arm`` counts from 1 where the rule splits; ``message`` is the name of a
    message, ``agent`` the id of the person wished for; ``data`` holds what the policy declares under
    ``outcome``; ``problems`` names what was wrong with the input.
    """

    policy: str
    revision: str
    rule: str
    channel: str
    queue: str
    agent: str | None = None
    priority: int = 5
    skills: frozenset[str] = frozenset()
    offers: tuple[str, ...] = ()
    message: str | None = None
    data: Data = NO_DATA
    plan: tuple[PlanStep, ...] = ()
    arm: int | None = None
    because: str = ""
    problems: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Returns the decision as ``routekit decide --format json`` prints it.

        >>> Decision("care", "1", "otherwise", "voice", "general").to_dict()["queue"]
        'general'
        """
        return {
            "rule": self.rule,
            "channel": self.channel,
            "queue": self.queue,
            "agent": self.agent,
            "priority": self.priority,
            "skills": sorted(self.skills),
            "offers": list(self.offers),
            "message": self.message,
            **({"data": self.data.to_dict()} if self.data else {}),
            "plan": [step.to_dict() for step in self.plan],
            "arm": self.arm,
            "problems": [{"path": problem.path, "message": problem.message} for problem in self.problems],
            "revision": self.revision,
        }
