"""Arrow columns as the numbers that lie in memory."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from routekit.schema.types import Date, Duration, Time, Type

if TYPE_CHECKING:
    import numpy.typing as npt

    Marks = npt.NDArray[np.bool_]

__all__ = ["odd_moments", "plain_numbers"]

_YEAR_2 = -62_100_000_000
_YEAR_9998 = 253_340_000_000
"""In seconds; instants between them are far from the ends of time."""


def plain_numbers(array: Any) -> Any:
    """The numbers of a column as they lie in memory, 0 where one is missing."""
    if array.null_count:
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    return array.to_numpy(zero_copy_only=False)


def odd_moments(array: Any, type_: Type) -> "Marks | Literal[False] | None":
    """Which moments are too near to the ends of time; False for a column of another type than the field's."""
    sent = array.type
    match type_:
        case Duration() if pa.types.is_duration(sent):
            return None
        case Time() if pa.types.is_timestamp(sent):
            values, unit = plain_numbers(array.cast(pa.int64())), 1_000_000
        case Date() if pa.types.is_date32(sent):
            values, unit = plain_numbers(array.cast(pa.int32())).astype(np.int64), 1
            values = values * 86_400
        case _:
            return False
    odd = (values < _YEAR_2 * unit) | (values > _YEAR_9998 * unit)
    return odd if odd.any() else None
