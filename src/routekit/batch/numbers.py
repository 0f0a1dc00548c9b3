"""The cells of a column as the numbers of a vector, at once where Arrow's type allows."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from routekit.batch.arrow import Objects, distinct, is_present, is_text
from routekit.batch.layout import Spot
from routekit.batch.vectors import EXACT, LONGEST, Kind, Vector, constant, kind_of, number_of, typed
from routekit.batch.walls import Walls
from routekit.schema.reading import Fault
from routekit.schema.types import Date, Duration, Flag, Integer, Number, Text, Time, Type, Value

if TYPE_CHECKING:
    import numpy.typing as npt

    Marks = npt.NDArray[np.bool_]

__all__ = ["numbers_of", "plain_numbers", "vector_of"]

_FIRST, _LAST = -62_100_000_000_000_000, 253_340_000_000_000_000
"""In microseconds since 1970; instants between them are far from the ends of time."""
_DAY, _SECOND = 86_400_000_000, 1_000_000
_USUAL_TIME = r"^[12]\d{3}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$"


def plain_numbers(array: Any) -> Any:
    """The numbers of a column as they lie in memory, 0 where one is missing."""
    if array.null_count:
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    return array.to_numpy(zero_copy_only=False)


def numbers_of(array: Any, type_: Type, walls: Walls) -> "tuple[Any, Marks | None] | None":
    """The numbers that the cells of a field are in a vector, and which cells must be looked at.

    0 where one is missing; None where the cells have to be read one by one. Whether numbers are within the
    bounds of the field is not looked at.
    """
    if isinstance(array, Objects):
        return None
    types, sent = pa.types, array.type
    match type_:
        case Flag() if types.is_boolean(sent):
            return plain_numbers(array.cast(pa.uint8())).astype(np.bool_), None
        case Integer() | Number() if types.is_integer(sent) or types.is_floating(sent):
            return _floats(plain_numbers(array))
        case Time() if types.is_timestamp(sent):
            return _moments(array.cast(pa.int64()), 1, None if sent.tz else walls)
        case Time() if is_text(sent):
            return _usual_times(array)
        case Date() if types.is_date32(sent):
            return _moments(array.cast(pa.int32()), _DAY, None)
        case Duration() if types.is_duration(sent):
            return _spans(plain_numbers(array.cast(pa.int64())), 1)
        case Duration() if types.is_integer(sent):
            return _spans(plain_numbers(array), _SECOND)
        case _:
            return None


def _floats(values: Any) -> "tuple[Any, Marks | None]":
    with np.errstate(invalid="ignore"):
        floats = values.astype(np.float64)
        exact = np.abs(floats) < EXACT
    return floats, None if exact.all() else ~exact


def _moments(array: Any, unit: int, walls: Walls | None) -> "tuple[Any, Marks | None] | None":
    """Instants, or what a clock on the wall shows, and those that are too near to the ends of time."""
    values = plain_numbers(array).astype(np.int64)
    odd = (values < _FIRST // unit) | (values > _LAST // unit)
    is_odd = odd.any()
    if is_odd:
        values = np.where(odd, 0, values)
    if walls is not None:
        there = array.is_valid().to_numpy(zero_copy_only=False) & ~odd
        if not walls.covers(values[there]):
            return None
        values = walls.instants(values)
    return values, odd if is_odd else None


def _usual_times(array: Any) -> "tuple[Any, Marks | None] | None":
    """Instants written in the usual way, with an offset; any other is one to look at."""
    usual = pc.match_substring_regex(array, _USUAL_TIME)
    odd = array.is_valid().to_numpy(zero_copy_only=False)
    odd &= ~usual.fill_null(False).to_numpy(zero_copy_only=False)
    is_odd = odd.any()
    if is_odd:
        array = pc.if_else(usual, array, pa.scalar(None, array.type))
    try:
        moments = array.cast(pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:  # a day that there is not
        return None
    return plain_numbers(moments.cast(pa.int64())), odd if is_odd else None


def _spans(values: Any, unit: int) -> "tuple[Any, Marks | None]":
    most = LONGEST // unit
    odd = (values >= most) | (values <= -most)
    is_odd = odd.any()
    if is_odd:
        values = np.where(odd, 0, values)
    return values.astype(np.int64) * unit, odd if is_odd else None


def vector_of(array: Any, spot: Spot, walls: Walls) -> "tuple[Vector, Marks | None]":
    """The values of a column, defaults where they are missing; and which cells must be looked at."""
    field = spot.field
    kind = kind_of(field.type)
    default = constant(field.default, kind)
    if array is None:
        return default, None
    numbers = None if kind is Kind.CODE or default.kind is Kind.CODE else numbers_of(array, field.type, walls)
    if numbers is None:
        cells = distinct(array)
        if isinstance(field.type, Text) and not isinstance(array, Objects) and is_text(array.type):
            samples = [field.default if sent is None else str(sent) for sent in cells.values]
        else:
            samples = [_standing(spot, sent) for sent in cells.values]
        return _of_samples(kind, cells.places, samples)
    values, odd = numbers
    if not array.null_count:
        return Vector(kind, values, np.bool_(True)), odd
    valid = is_present(array)
    if field.default is None:
        return Vector(kind, values, valid), odd
    return Vector(kind, np.where(valid, values, default.values), np.bool_(True)), odd


def _of_samples(
    kind: Kind, places: "npt.NDArray[np.int64]", samples: list[Value | None]
) -> "tuple[Vector, Marks | None]":
    """Values by their places; numbers that a vector does not have exactly are to be looked at."""
    if kind is not Kind.NUMBER:
        return typed(kind, places, samples), None
    inexact = np.array([sample is not None and number_of(sample) is None for sample in samples], np.bool_)
    exact = [None if is_odd else sample for sample, is_odd in zip(samples, inexact, strict=True)]
    return typed(kind, places, exact), inexact.take(places) if inexact.any() else None


def _standing(spot: Spot, sent: object) -> Value | None:
    """The value of a cell; its default where it has a problem."""
    value = spot.value(spot.raw(sent))
    return spot.field.default if isinstance(value, Fault) else value
