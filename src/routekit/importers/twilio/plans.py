"""The targets of a filter as outcomes with their plans.

A target is left when its time is up, counted from the arrival of the task, or at once where its
``skip_if`` holds. So a filter is as many rules as it has targets at which a task can begin: the first,
and each one behind a target with a ``skip_if``.
"""

from dataclasses import dataclass

from routekit.importers.twilio.conditions import TRUE, Condition
from routekit.importers.twilio.workers import Workers

__all__ = ["Entry", "Stage", "Step", "duration", "entries"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A target, with what it inherits: its queue's name and its priority's level.

    ``stays`` is the condition under which a task that comes here waits; None where it always does.
    ``timeout`` is in seconds; None where there is none.
    """

    number: int
    queue: str
    level: int | None
    workers: Workers
    agent: str
    skills: tuple[str, ...]
    timeout: int | None
    stays: Condition | None


@dataclass(frozen=True, slots=True)
class Step:
    """A later stage and the seconds after which it comes."""

    after: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage at which a task can begin, what must hold for that, and the steps behind it."""

    condition: Condition
    first: Stage
    steps: tuple[Step, ...]


def entries(stages: tuple[Stage, ...]) -> tuple[Entry, ...]:
    """The rules that a filter's stages make, in the order in which they are tried."""
    found = []
    for place, stage in enumerate(stages):
        found.append(Entry(TRUE if stage.stays is None else stage.stays, stage, _steps(stages, place)))
        if stage.stays is None:
            break
    return tuple(found)


def reached(stages: tuple[Stage, ...]) -> int:
    """How many stages a task can come to at all."""
    for place, stage in enumerate(stages):
        if stage.timeout is None and stage.stays is None:
            return place + 1
    return len(stages)


def _steps(stages: tuple[Stage, ...], first: int) -> tuple[Step, ...]:
    found = []
    for place in range(first + 1, len(stages)):
        if stages[place - 1].timeout is None:
            break
        after = sum(stage.timeout or 0 for stage in stages[:place])
        found.append(Step(after, stages[place]))
    return tuple(found)


def duration(seconds: int) -> str:
    """Seconds as the language writes a duration.

    >>> duration(90), duration(600), duration(90_000)
    ('1m30s', '10m', '1d1h')
    """
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
