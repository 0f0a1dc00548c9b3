"""A backtest that runs on Spark or Ray: each batch is counted where it lies, and the counts are put together.

    frame.mapInArrow(tally_in_arrow(change), TALLY_SCHEMA)            # Spark
    dataset.map_batches(Tallies, fn_constructor_args=(change,), batch_format="pyarrow")      # Ray Data
    tally = put_together(change, (row["tally"] for row in ...))

Counts are whole numbers, so that they come to the same in whatever order they are put together. Each travels
as the bytes in which Python keeps an object, as Spark and Ray send what their own workers return.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import pyarrow as pa

from routekit.backtest.both import Both, Change
from routekit.backtest.tally import Tally

__all__ = ["TALLY_SCHEMA", "Tallies", "put_together", "tally_in_arrow"]

TALLY_SCHEMA = "tally binary"
"""The only column of what is given, in Spark's words."""

Batches: TypeAlias = Iterator[Any]
"""Record batches of pyarrow, which has no types to name them by."""


class Tallies:
    """Counts a table of contacts by two versions of a policy, as a table of one row."""

    def __init__(self, change: Change) -> None:
        self._both = Both(change)

    def __call__(self, table: Any) -> Any:
        """The counts of a pyarrow table."""
        tally = self._both.nothing()
        for batch in table.to_batches():
            tally.merge(self._both.count_table(batch))
        return pa.table({"tally": [_sent(tally)]})


def tally_in_arrow(change: Change) -> Callable[[Batches], Batches]:
    """Returns a function for ``DataFrame.mapInArrow``, whose answer has a row for each of its tasks."""

    def count(batches: Batches) -> Batches:
        both = Both(change)
        tally = both.nothing()
        for batch in batches:
            tally.merge(both.count_table(batch))
        yield pa.RecordBatch.from_pydict({"tally": [_sent(tally)]})

    return count


def put_together(change: Change, sent: Iterable[bytes]) -> Tally:
    """Returns the counts of all contacts; ``sent`` are the cells of the column ``tally``.

    They must come from workers of one's own: what is in them is trusted.
    """
    tally = Both(change).nothing()
    for each in sent:
        tally.merge(pickle.loads(each))  # noqa: S301  # from workers that run our own code
    return tally


def _sent(tally: Tally) -> bytes:
    tally.places = {}  # rows have no places in a table that is in no order
    return pickle.dumps(tally)
