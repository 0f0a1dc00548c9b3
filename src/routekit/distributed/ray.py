"""Decisions on Ray Data: a callable class for ``Dataset.map_batches``.

    dataset.map_batches(
        Decide, fn_constructor_args=(policy,), batch_format="pyarrow", compute=ActorPoolStrategy(size=2)
    )

Ray makes it once in each actor, and with it the engine. ``Decide(policy)`` itself may be called too.
"""

from datetime import datetime
from typing import Any

import pyarrow as pa

from routekit.distributed.worker import clock, made
from routekit.engine.policy import Policy

__all__ = ["Decide"]


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
