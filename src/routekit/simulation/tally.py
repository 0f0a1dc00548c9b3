"""What is counted of one replication of one arm."""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["WAIT_EDGES", "Tally", "quantile"]

WAIT_EDGES = (0.0, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600)
"""Waits are counted up to, and with, each of these seconds, and beyond the last."""


@dataclass(slots=True)
class Tally:
    """The counts of one replication.

    By queue and half hour, one row a queue: who was ``offered`` to people, ``answered`` by them, ``in_time``,
    ``abandoned``, how long all of them ``waited`` together, and the ``work`` that came, in seconds.
    ``waits`` are those of the answered. By contact of the pool: ``waited_by`` and ``offered_by``.
    ``first_queue`` is where each contact was led at first, by its number.
    """

    queues: int
    halves: int
    templates: int
    offered: list[list[int]] = field(init=False)
    answered: list[list[int]] = field(init=False)
    in_time: list[list[int]] = field(init=False)
    abandoned: list[list[int]] = field(init=False)
    waited: list[list[float]] = field(init=False)
    work: list[list[float]] = field(init=False)
    waits: list[float] = field(default_factory=list)
    waited_by: list[float] = field(init=False)
    offered_by: list[int] = field(init=False)
    first_queue: bytearray = field(default_factory=bytearray)
    contacts: int = 0
    first_contacts: int = 0
    contained: int = 0
    contained_back: int = 0
    came_back: int = 0
    blocked: int = 0
    agreed: int = 0
    called_back: int = 0
    called_in_time: int = 0
    unserved: int = 0
    busy: list[float] = field(default_factory=list)
    staffed: list[float] = field(default_factory=list)
    cost: float = 0.0

    def __post_init__(self) -> None:
        for name in ("offered", "answered", "in_time", "abandoned"):
            setattr(self, name, [[0] * self.halves for _ in range(self.queues)])
        self.waited = [[0.0] * self.halves for _ in range(self.queues)]
        self.work = [[0.0] * self.halves for _ in range(self.queues)]
        self.waited_by = [0.0] * self.templates
        self.offered_by = [0] * self.templates

    def histogram(self) -> list[int]:
        """Counts the waits of the answered in the classes of ``WAIT_EDGES``; ``waits`` are in order then."""
        self.waits.sort()
        ends = [bisect_right(self.waits, edge) for edge in WAIT_EDGES[1:]]
        ends = [bisect_right(self.waits, 0.0), *ends, len(self.waits)]
        return [ends[0], *(end - start for start, end in pairwise(ends))]


def quantile(ordered: list[float], share: float) -> float:
    """Returns the value that a share of ordered values does not exceed; 0 of none.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    if not ordered:
        return 0.0
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
