"""When the contacts of a table came."""

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from routekit.batch.contacts import find
from routekit.batch.layout import Layout
from routekit.batch.numbers import vector_of
from routekit.batch.vectors import Kind, number_of
from routekit.batch.walls import Walls

if TYPE_CHECKING:
    import numpy.typing as npt

    Moments = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["arrivals"]

_ARRIVAL = ("contact", "at")


def arrivals(batch: pa.RecordBatch, layout: Layout) -> "tuple[Moments, Marks]":
    """The instants in microseconds since 1970, 0 where none is known, and of which rows one is."""
    count = batch.num_rows
    spot = next((spot for spot in layout.spots if spot.path == _ARRIVAL), None)
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    array = None if spot is None else find(columns, spot.path)
    if spot is None or array is None:
        return np.zeros(count, np.int64), np.zeros(count, np.bool_)
    vector, odd = vector_of(array, spot, Walls(layout.policy.timezone, {}))
    known = np.broadcast_to(vector.known, count).copy()
    if vector.kind is Kind.CODE:
        numbers = [number_of(sample) or 0 for sample in vector.samples]
        moments = np.array(numbers, np.int64).take(np.broadcast_to(vector.values, count))
    else:
        moments = np.broadcast_to(vector.values, count).astype(np.int64)
    for row in () if odd is None else np.flatnonzero(odd).tolist():
        value = spot.value(spot.raw(array[row].as_py()))
        known[row] = isinstance(value, datetime)
        moments[row] = int(number_of(value) or 0) if isinstance(value, datetime) else 0
    return np.where(known, moments, 0), known
