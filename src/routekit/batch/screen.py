"""In which cell of its partition each value of a column lies, at once where its type allows.

A cell that may have a problem, or is of a type that needs a closer look, is reported as one to look at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from routekit.batch.arrow import Objects, is_text
from routekit.batch.layout import Spot
from routekit.batch.numbers import numbers_of, plain_numbers
from routekit.batch.vectors import EXACT, number_of
from routekit.batch.walls import Walls
from routekit.schema.types import Choice, Date, Duration, Flag, Integer, Number, Text, Time, Type, Value

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["Screen", "Screened"]

_MOST_LISTED = 4096


@dataclass(frozen=True, slots=True)
class Screened:
    """The classes of a column's cells, one for all where ``classes`` is a number.

    ``odd`` are the cells to look at, None for none of them; their class means nothing.
    """

    classes: "Places | int"
    odd: "Marks | None"


class Screen:
    """Screens the cells of one column; immutable."""

    __slots__ = ("_cuts", "_ends", "_listed", "_names", "_spot", "_walls")

    def __init__(self, spot: Spot, walls: Walls) -> None:
        self._spot = spot
        self._walls = walls
        values, type_ = spot.values, spot.field.type
        names: tuple[object, ...] = ()
        if isinstance(type_, Choice):
            names = type_.names
        elif values is not None and isinstance(type_, Text):
            names = tuple(values.keys or ())
        self._names = pa.array(names, pa.string())
        self._cuts: Any = None
        self._listed: Any = None
        if values is not None and isinstance(type_, Time | Date | Duration):
            cuts = [number_of(cut) for cut in values.cuts]
            self._cuts = None if None in cuts else np.array(cuts, np.int64)
        self._ends = _ends_of(type_)
        if values is None or not isinstance(type_, Integer | Number) or not _are_exact(values.cuts):
            return
        if values.keys is None:
            self._cuts = np.array(values.cuts, np.float64)
        if isinstance(type_, Integer):
            low, high = type_.low, type_.high
            if (
                low is not None
                and high is not None
                and max(abs(low), abs(high)) < EXACT
                and high - low < _MOST_LISTED
            ):
                self._listed = np.array([values.cell(value) for value in range(low, high + 1)], np.int64)

    def screen(self, array: Any) -> Screened | None:
        """The classes of a column; None where its cells have to be read one by one."""
        if isinstance(array, Objects) or self._spot.values is None:
            return None
        type_, field = array.type, self._spot.field
        if array.null_count == len(array):
            return self.missing(len(array))
        if pa.types.is_dictionary(type_):
            return self._by_dictionary(array)
        valid = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None
        found: Screened | None = None
        match field.type:
            case Choice() | Text() if is_text(type_):
                found = self._texts(array, valid)
            case Flag() if pa.types.is_boolean(type_):
                found = Screened(1 - plain_numbers(array.cast(pa.uint8())), None)  # yes is the first cell
            case Integer() | Number() if pa.types.is_integer(type_) or pa.types.is_floating(type_):
                found = self._numbers(plain_numbers(array))
            case Time() | Date() | Duration():
                found = self._moments(array)
        if found is None or valid is None:
            return found
        return self._with_missing(found, valid)

    def missing(self, count: int) -> Screened:
        """The class of cells that are all missing."""
        odd = np.ones(count, np.bool_) if self._spot.field.is_required else None
        return Screened(self._missing_class(), odd)

    def _missing_class(self) -> int:
        values = self._spot.values
        return 0 if values is None else values.cell(self._spot.field.default)

    def _with_missing(self, found: Screened, valid: "Marks") -> Screened:
        classes = found.classes
        if self._spot.is_asked:
            classes = np.where(valid, classes, self._missing_class())
        odd = None if found.odd is None else found.odd & valid
        if self._spot.field.is_required:
            odd = ~valid if odd is None else odd | ~valid
        return Screened(classes, odd)

    def _by_dictionary(self, array: Any) -> Screened | None:
        inner = self.screen(array.dictionary)
        if inner is None:
            return None
        count = len(array.dictionary)
        classes = inner.classes if isinstance(inner.classes, np.ndarray) else np.full(count, inner.classes)
        odd = np.zeros(count, np.bool_) if inner.odd is None else inner.odd
        places = array.indices
        if places.null_count:
            missing = self.missing(1)
            classes = np.append(classes, missing.classes)
            odd = np.append(odd, missing.odd is not None)
            places = places.cast(pa.int64()).fill_null(count)
        rows = places.to_numpy(zero_copy_only=False)
        return Screened(classes.take(rows), odd.take(rows) if odd.any() else None)

    def _moments(self, array: Any) -> Screened | None:
        numbers = numbers_of(array, self._spot.field.type, self._walls)
        if numbers is None or self._ends is None or (self._spot.is_asked and self._cuts is None):
            return None
        values, odd = numbers
        for end, is_beyond in zip(self._ends, (np.less, np.greater), strict=True):
            if end is not None and (beyond := is_beyond(values, end)).any():
                odd = beyond if odd is None else odd | beyond
        if not self._spot.is_asked:
            return Screened(0, odd)
        return Screened(np.searchsorted(self._cuts, values, "right") if len(self._cuts) else 0, odd)

    def _texts(self, array: Any, valid: "Marks | None") -> Screened:
        other = len(self._names)
        if isinstance(self._spot.field.type, Text):
            longest = pc.max(pc.binary_length(array)).as_py()
            odd = None
            if longest > self._spot.longest:
                odd = plain_numbers(pc.binary_length(array)) > self._spot.longest
            return Screened(self._places(array) if other else 0, odd)
        places = self._places(array)
        missing = 0 if valid is None else array.null_count
        odd = places == other if np.count_nonzero(places == other) > missing else None
        return Screened(places if self._spot.is_asked else 0, odd)

    def _places(self, array: Any) -> "Places":
        """Where each text stands among the names, behind them all where it is none."""
        names = self._names if self._names.type == array.type else self._names.cast(array.type)
        found = pc.index_in(array, value_set=names)
        if found.null_count:
            found = found.fill_null(len(names))
        places: Places = found.to_numpy(zero_copy_only=False)
        return places

    def _numbers(self, values: Any) -> Screened | None:
        low, high = self._bounds()
        if self._spot.is_asked and self._cuts is None and self._listed is None:
            return None
        floats = values.dtype.kind == "f"
        with np.errstate(invalid="ignore"):
            sane = (values > -EXACT) & (values < EXACT)
            if floats and isinstance(self._spot.field.type, Integer):
                sane &= values == np.floor(values)
            if low is not None:
                sane &= values >= low
            if high is not None:
                sane &= values <= high
        odd = None if sane.all() else ~sane
        if not self._spot.is_asked:
            return Screened(0, odd)
        if odd is not None:
            values = np.where(odd, 0 if low is None else low, values)
        if self._listed is not None:
            return Screened(self._listed.take(values.astype(np.int64) - low), odd)
        return Screened(np.searchsorted(self._cuts, values.astype(np.float64), "right"), odd)

    def _bounds(self) -> tuple[float | None, float | None]:
        type_ = self._spot.field.type
        assert isinstance(type_, Integer | Number)
        return type_.low, type_.high


def _ends_of(type_: Type) -> tuple[int | float | None, int | float | None] | None:
    """The bounds of moments or spans as numbers; None where one has no number."""
    if not isinstance(type_, Time | Date | Duration):
        return None, None
    ends = number_of(type_.low), number_of(type_.high)
    return None if ends.count(None) > (type_.low, type_.high).count(None) else ends


def _are_exact(cuts: Iterable[Value]) -> bool:
    return all(isinstance(cut, int | float) and abs(cut) < EXACT for cut in cuts)
