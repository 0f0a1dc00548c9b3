"""One policy, or two, before one scenario: what a process needs to run any replication of any arm."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TypeAlias

from routekit.policy.model import CheckedPolicy
from routekit.simulation.arrivals import Arrivals
from routekit.simulation.contacts import Pool
from routekit.simulation.draws import Draws
from routekit.simulation.loop import Observer, run
from routekit.simulation.scenario import Scenario
from routekit.simulation.summary import Summary, summary_of
from routekit.simulation.world import World

__all__ = ["Spread", "Study", "Task", "in_processes", "in_this_process"]

Task: TypeAlias = tuple[int, int]
"""An arm and a replication, both counted from 0."""


@dataclass
class Study:
    """The arms of a study, its scenario, and the contacts that come; ``seed`` is where all chance comes
    from."""

    policies: tuple[CheckedPolicy, ...]
    scenario: Scenario
    contacts: tuple[object, ...]
    seed: int
    _worlds: dict[int, World] = field(default_factory=dict, repr=False)
    _pools: dict[int, Pool] = field(default_factory=dict, repr=False)
    _arrivals: list[Arrivals] = field(default_factory=list, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {
            "policies": self.policies,
            "scenario": self.scenario,
            "contacts": self.contacts,
            "seed": self.seed,
        }

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _worlds={}, _pools={}, _arrivals=[])

    def world(self, arm: int) -> World:
        """Returns an arm made ready, once in a process."""
        if arm not in self._worlds:
            self._worlds[arm] = World(self.policies[arm], self.scenario, self.pool(arm))
        return self._worlds[arm]

    def pool(self, arm: int) -> Pool:
        """Returns the contacts that come, as the policy of an arm reads them."""
        if arm not in self._pools:
            self._pools[arm] = Pool(self.policies[arm], self.contacts, self.scenario.matter)
        return self._pools[arm]

    @property
    def arrivals(self) -> Arrivals:
        """How many come when, in all arms alike, by the events of the first policy."""
        if not self._arrivals:
            self._arrivals.append(Arrivals(self.policies[0], self.scenario, self.pool(0)))
        return self._arrivals[0]

    def replicate(self, task: Task, observer: Observer | None = None) -> Summary:
        """Runs a replication of an arm; the same contacts come in all arms, at the same seconds."""
        arm, replication = task
        world = self.world(arm)
        draws = Draws(self.seed, replication)
        return summary_of(run(world, self.arrivals.drawn(draws), draws, observer))


Spread: TypeAlias = Callable[[Study, Sequence[Task]], Iterable[Summary]]
"""Runs tasks wherever it likes, and yields their summaries in the order of the tasks."""


def in_this_process(study: Study, tasks: Sequence[Task]) -> Iterator[Summary]:
    """Runs tasks one after the other."""
    for task in tasks:
        yield study.replicate(task)


_study: list[Study] = []


def _take(study: Study) -> None:
    _study[:] = [study]


def _replicate(task: Task) -> Summary:
    return _study[0].replicate(task)


class in_processes:  # noqa: N801 - it is called like a function
    """Runs tasks in so many processes, which keep what they know from one call to the next."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pools: dict[int, tuple[Study, ProcessPoolExecutor]] = {}

    def __call__(self, study: Study, tasks: Sequence[Task]) -> Iterable[Summary]:
        if self._jobs < 2 or len(tasks) < 2:
            return in_this_process(study, tasks)
        known = self._pools.get(id(study))
        if known is None:
            executor = ProcessPoolExecutor(self._jobs, initializer=_take, initargs=(study,))
            known = self._pools[id(study)] = study, executor
        return known[1].map(_replicate, tasks)

    def close(self) -> None:
        """Ends the processes."""
        for _, executor in self._pools.values():
            executor.shutdown(cancel_futures=True)
        self._pools.clear()


def usual_jobs() -> int:
    """Returns how many processes there may well be on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
