"""Cells of Arrow columns as Python values: each distinct one once, and where it stands."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from routekit.schema.reading import DURATION_BEYOND, TIME_BEYOND, Unheld

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

__all__ = ["Cells", "Objects", "distinct", "is_present", "is_text", "plain", "take"]

_MONTHS = Unheld("a length of months, days and nanoseconds")


@dataclass(frozen=True, slots=True)
class Objects:
    """A column of Python values that no Arrow type holds, from a data frame of mixed objects."""

    values: list[object]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct values of a column, None among them where cells are missing, and each row's place."""

    values: list[object]
    places: "Places"

    def spread(self) -> list[object]:
        """The value of each row."""
        if len(self.values) == len(self.places) and bool((self.places == np.arange(len(self.places))).all()):
            return self.values
        held = np.empty(len(self.values), object)
        held[:] = self.values
        spread: list[object] = held[self.places].tolist()
        return spread


def is_text(type_: Any) -> bool:
    """Whether a type is text."""
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def plain(array: Any) -> Any:
    """A column in one of the types that the rest can handle, with the same values."""
    if isinstance(array, Objects):
        return array
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # what older versions give
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    type_ = array.type
    if pa.types.is_run_end_encoded(type_):
        return plain(pc.run_end_decode(array))
    if pa.types.is_dictionary(type_):
        if pa.types.is_null(type_.value_type) or pa.types.is_nested(type_.value_type):
            return plain(array.dictionary_decode())
        return plain(array.dictionary_decode()) if len(array.dictionary) > len(array) else array
    return _in_python_types(array)


def _in_python_types(array: Any) -> Any:
    """The same in types that Python has; cell by cell, where a time or duration is too large for that."""
    exact = _wanted(array.type, only_exact=True)
    try:
        finer = array if exact == array.type else array.cast(exact)
    except pa.ArrowInvalid:
        return Objects([_value(cell) for cell in array])
    wanted = _wanted(exact)
    return finer if wanted == exact else finer.cast(wanted, safe=False)


def _wanted(type_: Any, *, only_exact: bool = False) -> Any:
    """Python's own resolution of time is that of the language; views are texts like all others.

    ``only_exact`` leaves nanoseconds, whose cast cuts digits off; that of longer units may overflow instead.
    """
    types = pa.types
    if only_exact and (types.is_timestamp(type_) or types.is_duration(type_)) and type_.unit == "ns":
        return type_
    if types.is_timestamp(type_):
        return pa.timestamp("us", None if type_.tz is None else "UTC")
    if types.is_duration(type_):
        return pa.duration("us")
    if types.is_date64(type_):
        return pa.date32()
    if str(type_) == "string_view":
        return pa.string()
    if types.is_struct(type_):
        return pa.struct([each.with_type(_wanted(each.type, only_exact=only_exact)) for each in type_])
    if types.is_list(type_) or types.is_large_list(type_):
        element = _wanted(type_.value_type, only_exact=only_exact)
        return pa.list_(element) if types.is_list(type_) else pa.large_list(element)
    return type_


def is_present(array: Any) -> "npt.NDArray[np.bool_]":
    """Which cells of a column hold something."""
    if isinstance(array, Objects):
        return np.array([value is not None for value in array.values], np.bool_)
    present: npt.NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
    return present


def take(array: Any, places: "Places") -> Any:
    """Some rows of a column."""
    if isinstance(array, Objects):
        return Objects([array.values[place] for place in places.tolist()])
    return array.take(pa.array(places))


def distinct(array: Any) -> Cells:
    """The distinct values of a column; two that Python cannot tell apart for sure count as two."""
    if isinstance(array, Objects):
        return _by_key(array.values, _exact_key)
    type_ = array.type
    if pa.types.is_null(type_):
        return Cells([None], np.zeros(len(array), np.int64))
    if pa.types.is_nested(type_) and (lists := _distinct_lists(array)) is not None:
        return lists
    if pa.types.is_nested(type_):
        return _by_key(_values(array), _nested_key)
    if not pa.types.is_dictionary(type_):
        try:
            array = array.dictionary_encode()
        except pa.ArrowNotImplementedError:
            return _by_key(_values(array), _exact_key)
    values = _values(array.dictionary)
    indices = array.indices
    if indices.null_count:
        indices = indices.cast(pa.int64()).fill_null(len(values))
        values.append(None)
    return Cells(values, indices.to_numpy(zero_copy_only=False).astype(np.int64, copy=False))


_BETWEEN = "\x1f"
"""Stands between the texts of a list; no text that has it is joined with others."""


def _distinct_lists(array: Any) -> Cells | None:
    """The distinct lists of texts, told apart as one text each; None where that is not sure."""
    if not (pa.types.is_list(array.type) and is_text(array.type.value_type)):
        return None
    texts = array.flatten()
    if texts.null_count or pc.any(pc.match_substring(texts, _BETWEEN)).as_py():
        return None
    if (pc.min(pc.binary_length(texts)).as_py() or 0) == 0 and len(texts):
        return None
    try:
        joined = distinct(pc.binary_join(array, pa.scalar(_BETWEEN, array.type.value_type)))
    except pa.ArrowException:
        return None
    values: list[object] = [
        text.split(_BETWEEN) if isinstance(text, str) and text else None if text is None else []
        for text in joined.values
    ]
    return Cells(values, joined.places)


def _values(array: Any) -> list[object]:
    type_ = array.type
    if pa.types.is_interval(type_):  # Python's value for it is a tuple of numbers
        return [_MONTHS if cell.is_valid else None for cell in array]
    try:
        if is_text(type_) or (
            not array.null_count and (pa.types.is_floating(type_) or pa.types.is_integer(type_))
        ):
            values: list[object] = array.to_numpy(zero_copy_only=False).tolist()
            return values
        values = array.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):
        return [_value(cell) for cell in array]
    return values


def _value(cell: Any) -> object:
    try:
        value: object = cell.as_py()
    except UnicodeDecodeError:
        if not is_text(cell.type):
            return _in_parts(cell)
        # a text that every reader refuses, as the same bytes are one in CSV
        return bytes(cell.as_buffer()).decode("utf-8", "surrogateescape")
    except (ValueError, OverflowError, pa.ArrowException):
        return _in_parts(cell)
    return value


def _in_parts(cell: Any) -> object:
    """A cell with something in it that Python has no value for: that alone is not read."""
    if pa.types.is_struct(cell.type):
        return {name: _value(member) for name, member in cell.items()}
    if pa.types.is_nested(cell.type) and isinstance(cell, pa.ListScalar):
        return [_value(element) for element in cell.values]
    return Unheld(_words(cell.type))


def _words(type_: Any) -> str:
    """What a cell is that Python has no value for."""
    types = pa.types
    if types.is_timestamp(type_) or types.is_date(type_):
        return TIME_BEYOND.words
    if types.is_duration(type_):
        return DURATION_BEYOND.words
    return f"a value of the Arrow type {type_}"


def _by_key(values: list[object], key: Any) -> Cells:
    known: dict[object, int] = {}
    kept: list[object] = []
    places = np.empty(len(values), np.int64)
    for row, value in enumerate(values):
        mine = key(value)
        place = len(kept) if mine is None else known.setdefault(mine, len(kept))
        if place == len(kept):
            kept.append(value)
        places[row] = place
    return Cells(kept, places)


def _exact_key(value: object) -> object:
    """A key under which nothing is kept but the very same value; None where there is none."""
    if type(value) in (str, int, float, bool, type(None)):
        return type(value), value
    return None


def _nested_key(value: object) -> object:
    if type(value) is list and all(type(element) is str for element in value):
        return tuple(value)
    return repr(value)
