"""What a simulation found: each measure of both arms with its interval, by queue, half hour and segment."""

from dataclasses import dataclass

from routekit.simulation.intervals import Interval
from routekit.simulation.tally import WAIT_EDGES

__all__ = ["FORMAT_VERSION", "Arm", "Flow", "Measure", "QueueDay", "Results", "Segment", "Weight", "Worst"]

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of both arms; ``new`` and ``difference`` are None where there is one arm.

    The difference is that of each replication, whose contacts and chances are the same in both arms.
    """

    name: str
    now: Interval
    new: Interval | None = None
    difference: Interval | None = None

    def to_dict(self) -> dict[str, object]:
        """Returns the measure as JSON has it."""
        return {
            "name": self.name,
            "now": self.now.to_dict(),
            "new": None if self.new is None else self.new.to_dict(),
            "difference": None if self.difference is None else self.difference.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Segment:
    """How long a segment of customers waits, in seconds; ``contacts`` are those who came to people."""

    name: str
    title: str
    contacts: float
    wait: Measure

    def to_dict(self) -> dict[str, object]:
        """Returns the segment as JSON has it."""
        return {"name": self.name, "contacts": self.contacts, "wait": self.wait.to_dict()}


@dataclass(frozen=True, slots=True)
class QueueDay:
    """A queue over the 48 half hours of an average day: who comes, the load in erlangs, the wait."""

    queue: str
    offered: tuple[float, ...]
    erlangs: tuple[float, ...]
    wait: tuple[float, ...]
    service_level: tuple[float | None, ...]

    def to_dict(self) -> dict[str, object]:
        """Returns the day as JSON has it."""
        return {
            "queue": self.queue,
            "offered": list(self.offered),
            "erlangs": list(self.erlangs),
            "wait": list(self.wait),
            "service_level": list(self.service_level),
        }


@dataclass(frozen=True, slots=True)
class Worst:
    """Where the service level is lowest: a queue in a half hour of the week, ``Mon 10:00``."""

    queue: str
    half_hour: str
    service_level: float


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: its policy, its queues over the day, the shares of waits, its worst half hour."""

    policy: str
    revision: str
    queues: tuple[QueueDay, ...]
    waits: tuple[float, ...]
    worst: Worst | None
    unserved: float

    def to_dict(self) -> dict[str, object]:
        """Returns the arm as JSON has it."""
        worst = self.worst
        return {
            "policy": self.policy,
            "revision": self.revision,
            "worst": worst
            and {
                "queue": worst.queue,
                "half_hour": worst.half_hour,
                "service_level": worst.service_level,
            },
            "unserved": self.unserved,
            "wait_edges": list(WAIT_EDGES),
            "waits": list(self.waits),
            "queues": [queue.to_dict() for queue in self.queues],
        }


@dataclass(frozen=True, slots=True)
class Flow:
    """How many contacts of a replication are led from one queue to another by the new policy."""

    now: str
    new: str
    contacts: float


@dataclass(frozen=True, slots=True)
class Weight:
    """An assumption, and how much the service level moves, in points, where it is a fifth larger."""

    path: str
    value: str
    effect: float


@dataclass(frozen=True, slots=True)
class Results:
    """All that a simulation found.

    ``contacts`` are those of one replication; ``within`` is the time of the service level, in seconds.
    ``weights`` are the assumptions, those that matter most first; ``assumed`` are all, with what they say.
    """

    begin: str
    days: int
    within: float
    seed: int
    replications: int
    contacts: float
    measures: tuple[Measure, ...]
    segments: tuple[Segment, ...]
    arms: tuple[Arm, ...]
    flows: tuple[Flow, ...]
    assumed: tuple[tuple[str, str], ...]
    weights: tuple[Weight, ...] = ()

    def measure(self, name: str) -> Measure:
        """Returns a measure by its name; ``KeyError`` where there is none."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(name)

    @property
    def longer(self) -> tuple[Segment, ...]:
        """The segments of whom it is found that they wait longer under the new policy, the most first."""
        found = [
            segment
            for segment in self.segments
            if segment.wait.difference is not None and segment.wait.difference.low > 0
        ]
        return tuple(sorted(found, key=_difference, reverse=True))

    def to_dict(self) -> dict[str, object]:
        """Returns the result as ``routekit simulate --format json`` prints it."""
        return {
            "format_version": FORMAT_VERSION,
            "begin": self.begin,
            "days": self.days,
            "within": self.within,
            "seed": self.seed,
            "replications": self.replications,
            "contacts": self.contacts,
            "measures": [measure.to_dict() for measure in self.measures],
            "segments": [segment.to_dict() for segment in self.segments],
            "longer": [segment.name for segment in self.longer],
            "arms": [arm.to_dict() for arm in self.arms],
            "flows": [{"now": flow.now, "new": flow.new, "contacts": flow.contacts} for flow in self.flows],
            "assumed": [{"path": path, "value": value} for path, value in self.assumed],
            "weights": [
                {"path": weight.path, "value": weight.value, "effect": weight.effect}
                for weight in self.weights
            ],
        }


def _difference(segment: Segment) -> float:
    return segment.wait.difference.mean if segment.wait.difference is not None else 0.0
