"""Decisions on Ray Data: a callable class for ``Dataset.map_batches``; and simulations over actors.

    dataset.map_batches(
        Decide, fn_constructor_args=(policy,), batch_format="pyarrow", compute=ActorPoolStrategy(size=2)
    )

Ray makes it once in each actor, and with it the engine. ``Decide(policy)`` itself may be called too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from routekit.distributed.worker import clock, made
from routekit.engine.policy import Policy
from routekit.simulation.study import Study, Task
from routekit.simulation.summary import Summary

__all__ = ["Decide", "Replications"]


class Decide:
    """Decides a table of contacts, whose columns are named as ``Engine.decide_batch`` has them.

    ``keep`` names columns to hand on beside the decision. ``now`` is the clock for contacts without one of
    their own: give it where all actors are to share it, else it is the time when each is made.
    """

    def __init__(self, policy: Policy, now: datetime | None = None, keep: tuple[str, ...] = ()) -> None:
        self._batch = made(policy)
        self._now = clock(now)
        self._keep = keep

    def __call__(self, table: Any) -> Any:
        """The decisions of a pyarrow table, as one."""
        answers = self._batch.decide(table, now=self._now)
        columns = [table[name] for name in self._keep]
        # blocks of a dataset are put together, and their types have to be the same
        columns += [
            column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
            for column in answers.columns
        ]
        return pa.table(columns, [*self._keep, *answers.schema.names])


class Replications:
    """Spreads the replications of a simulation over actors: ``simulate(…, spread=Replications(8))``.

    Each of the ``actors`` makes the study ready once. Results are the same as in one process.
    """

    def __init__(self, actors: int) -> None:
        self._count = actors
        self._actors: dict[int, tuple[Study, list[Any]]] = {}

    def __call__(self, study: Study, tasks: Sequence[Task]) -> list[Summary]:
        """Runs tasks, and returns their summaries in the order of the tasks."""
        if len(tasks) < 2:
            return [study.replicate(task) for task in tasks]
        import ray

        if id(study) not in self._actors:
            worker = ray.remote(_Replicating)
            self._actors.clear()  # those of another study are let go
            self._actors[id(study)] = study, [worker.remote(study) for _ in range(self._count)]
        actors = self._actors[id(study)][1]
        running = [actors[number % len(actors)].replicate.remote(task) for number, task in enumerate(tasks)]
        found: list[Summary] = ray.get(running)
        return found


class _Replicating:
    """A study in an actor."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def replicate(self, task: Task) -> Summary:
        return self._study.replicate(task)
