"""Priorities: TaskRouter's larger number is the more urgent, the policy's smaller one, of 1 to 10."""

from collections.abc import Iterable
from dataclasses import dataclass

from routekit.importers.twilio.workflow import Workflow

__all__ = ["Priorities", "priorities_of"]

NORMAL, LEAST = 5, 10


@dataclass(frozen=True, slots=True)
class Priorities:
    """The level of each priority of a workflow; the order is kept, and a task without one has 0."""

    levels: dict[int, int]

    @property
    def is_crowded(self) -> bool:
        """Whether two priorities share a level."""
        return len(set(self.levels.values())) < len(self.levels)

    def level(self, priority: int | None) -> int | None:
        """What to write for a priority; None where nothing is to be written, since it is the usual level."""
        level = self.levels.get(priority or 0, NORMAL)
        return None if level == NORMAL and not priority else level

    def words(self) -> str:
        """The levels, the most urgent first: ``10 is 1, none is 5``."""
        listed = sorted(self.levels.items(), reverse=True)
        return ", ".join(f"{priority or 'none'} is {level}" for priority, level in listed)


def priorities_of(workflow: Workflow) -> Priorities:
    """The levels for all priorities that a workflow names.

    Up to four take 1 to 4, so that a task without one keeps the usual 5; more take 1 to 9, and then a task
    without one has 10.
    """
    targets = [target for item in workflow.filters for target in item.targets] + list(workflow.default)
    return levels_for(target.priority for target in targets if isinstance(target.priority, int))


def levels_for(priorities: Iterable[int]) -> Priorities:
    """The levels for some priorities.

    >>> levels_for([10, 1000]).levels
    {1000: 1, 10: 2, 0: 5}
    """
    urgent = sorted({priority for priority in priorities if priority > 0}, reverse=True)
    if not urgent:
        return Priorities({})
    if len(urgent) < NORMAL:
        return Priorities({**{priority: place for place, priority in enumerate(urgent, 1)}, 0: NORMAL})
    last = LEAST - 1
    share = max(1, (len(urgent) + last - 1) // last)
    return Priorities({**{priority: place // share + 1 for place, priority in enumerate(urgent)}, 0: LEAST})
