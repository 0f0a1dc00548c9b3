"""A decision log of what was simulated: decisions and what came of them, as a service would write them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import cast

from routekit.policy.decision import PlanStep
from routekit.service.contact_events import ContactEvent, EventKind
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.rendering import Entry, Happened, Record, as_line
from routekit.simulation.deciding import Course
from routekit.simulation.loop import Visit
from routekit.simulation.study import Study, Task

__all__ = ["Recording", "log_of"]


class Recording:
    """Takes down a replication of an arm; ``plain`` are the paths that are written although they are
    private."""

    def __init__(self, study: Study, task: Task, plain: Iterable[str] = (), key: bytes | None = None) -> None:
        self._world = study.world(task[0])
        self._replication = task[1]
        self._recorder = Recorder(frozenset(plain), key)
        self._found: list[tuple[float, int, Record]] = []

    def decided(self, visit: Visit, at: float, course: Course, levels: Sequence[float]) -> None:
        """Takes down a decision, with the contact as it was decided."""
        world = self._world
        now = world.begin + timedelta(seconds=at)
        template = world.pool.templates[visit.template]
        own = None if visit.inbound == template.channel else visit.inbound
        contact = world.decider.contact(template, now, levels, own, visit.past)
        entry = Entry(self.id(visit), now, float("nan"), course.decision, contact, world.policy)
        self._add(at, self._recorder(entry))

    def happened(self, visit: Visit, kind: str, at: float, queue: str | None, channel: str | None) -> None:
        """Takes down what came of a contact."""
        now = self._world.begin + timedelta(seconds=at)
        event = ContactEvent(self.id(visit), cast("EventKind", kind), now, queue=queue, channel=channel)
        self._add(at, self._recorder(Happened(event, self._world.policy)))

    def stepped(self, visit: Visit, at: float, step: PlanStep) -> None:
        """A step of a plan is told where it leads to another queue."""
        if step.queue is not None:
            self.happened(visit, "transferred", at, step.queue, None)

    def id(self, visit: Visit) -> str:
        """Names a decision: by the replication, the contact and its attempt."""
        return f"{self._replication}-{visit.number}-{visit.attempt}"

    def _add(self, at: float, record: Record) -> None:
        self._found.append((at, len(self._found), record))

    def lines(self) -> Iterator[bytes]:
        """Yields the lines of the log, in the order of their times."""
        for _, _, record in sorted(self._found, key=lambda found: found[:2]):
            yield as_line(record)


def log_of(
    study: Study, task: Task, *, plain: Iterable[str] = (), key: bytes | None = None
) -> Iterator[bytes]:
    """Simulates one replication of an arm, and yields it as the lines of a decision log with outcomes."""
    recording = Recording(study, task, plain, key)
    study.replicate(task, recording)
    yield from recording.lines()
