"""A run of contacts that come at given seconds, told event by event."""

from collections.abc import Sequence
from typing import Any

from routekit import Policy
from routekit.policy.decision import PlanStep
from routekit.simulation.arrivals import Coming
from routekit.simulation.deciding import Course
from routekit.simulation.draws import Draws
from routekit.simulation.loop import Visit, run
from routekit.simulation.study import Study
from routekit.simulation.tally import Tally
from tests.simulation.small import scenario

Event = tuple[int, str, float]
"""The number of a contact, what happened, and at which second since midnight."""

NINE = 9 * 3600.0


class Told:
    """All that an observer is told, without what a machine or a person solved."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.places: dict[tuple[int, str], str | None] = {}

    def decided(self, visit: Visit, at: float, course: Course, levels: Sequence[float]) -> None:
        self._add(visit, f"decided {course.decision.queue} by {visit.inbound}", at)

    def happened(self, visit: Visit, kind: str, at: float, queue: str | None, channel: str | None) -> None:
        self._add(visit, kind if queue is None else f"{kind} {queue}", at)

    def stepped(self, visit: Visit, at: float, step: PlanStep) -> None:
        self._add(visit, "step", at)

    def _add(self, visit: Visit, kind: str, at: float) -> None:
        self.events.append((visit.number, kind, round(at - NINE, 6)))

    def of(self, number: int, *kinds: str) -> list[tuple[str, float]]:
        """What happened to one contact, in order; of some kinds alone where they are named."""
        found = sorted((at, kind) for other, kind, at in self.events if other == number)
        return [(kind, at) for at, kind in found if not kinds or kind.split(" ")[0] in kinds]


def traced(policy: str, comers: Sequence[tuple[float, object]], **parts: Any) -> tuple[Told, Tally]:
    """Runs contacts that come so many seconds behind nine o'clock."""
    contacts = tuple(contact for _, contact in comers)
    study = Study((Policy.from_text(policy).checked,), scenario(**parts), contacts, 1)
    come = Coming([NINE + at for at, _ in comers], [*range(len(comers))])
    told = Told()
    return told, run(study.world(0), come, Draws(1, 0), told)
