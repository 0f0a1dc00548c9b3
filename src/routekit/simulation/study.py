"""One policy, or two, before one scenario: what a process needs to run any replication of any arm."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, cast

from routekit.policy.model import CheckedPolicy
from routekit.simulation.arrivals import Arrivals
from routekit.simulation.contacts import Pool, begin_of
from routekit.simulation.deciding import Decider
from routekit.simulation.draws import Draws
from routekit.simulation.loop import Observer, run
from routekit.simulation.scenario import Scenario
from routekit.simulation.summary import Summary, summary_of
from routekit.simulation.world import DAY, World

__all__ = ["Spread", "Study", "Task", "in_processes", "in_this_process"]

T = TypeVar("T")
Task: TypeAlias = tuple[int, int]
"""An arm and a replication, both counted from 0."""


@dataclass
class Study:
    """The arms of a study, its scenario, and the contacts that come; ``seed`` is where all chance comes from.

    ``variants`` are the scenarios of the arms where they differ; none has other contacts, or more days.
    """

    policies: tuple[CheckedPolicy, ...]
    scenario: Scenario
    contacts: tuple[object, ...]
    seed: int
    variants: tuple[Scenario, ...] = ()
    _made: dict[tuple[str, int], object] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_made"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _made={})

    def beside(self, variants: Sequence[Scenario]) -> "Study":
        """Returns a study with more arms behind these: the last policy under each of some scenarios."""
        return Study(
            (*self.policies, *self.policies[-1:] * len(variants)),
            self.scenario,
            self.contacts,
            self.seed,
            (*(self.scenario,) * len(self.policies), *variants),
            self._made,
        )

    def world(self, arm: int) -> World:
        """Returns an arm made ready."""
        policy, scenario, pool = self.policies[arm], self._of(arm), self.pool(arm)
        decider = self._once(
            "decider",
            id(policy),
            lambda: Decider(policy, pool, begin_of(policy, scenario), self.scenario.days * DAY),
        )
        return self._once("world", arm, lambda: World(policy, scenario, pool, decider))

    def pool(self, arm: int) -> Pool:
        """Returns the contacts that come, as the policy of an arm reads them."""
        policy = self.policies[arm]
        return self._once("pool", id(policy), lambda: Pool(policy, self.contacts, self.scenario.matter))

    def arrivals(self, arm: int = 0) -> Arrivals:
        """Returns how many come when: alike in all arms of a scenario, by the first policy's events."""
        scenario = self._of(arm)
        first = self.policies[0]
        return self._once("arrivals", id(scenario), lambda: Arrivals(first, scenario, self.pool(0)))

    def _of(self, arm: int) -> Scenario:
        return self.variants[arm] if self.variants else self.scenario

    def _once(self, kind: str, key: int, make: Callable[[], T]) -> T:
        """What is made ready once in a process."""
        found = self._made.get((kind, key))
        if found is None:
            found = self._made[kind, key] = make()
        return cast("T", found)

    def replicate(self, task: Task, observer: Observer | None = None) -> Summary:
        """Runs a replication of an arm; the same contacts come in all arms, at the same seconds."""
        arm, replication = task
        world = self.world(arm)
        draws = Draws(self.seed, replication)
        return summary_of(run(world, self.arrivals(arm).drawn(draws), draws, observer))


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
