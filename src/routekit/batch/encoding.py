"""Dictionary encoding of columns: equal codes for cells that count the same; distinct rows of codes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
from typing import TYPE_CHECKING

import numpy as np

from routekit.batch.arrow import Cells
from routekit.batch.layout import Spot
from routekit.schema.reading import Fault
from routekit.schema.types import Value

if TYPE_CHECKING:
    import numpy.typing as npt

    Codes = npt.NDArray[np.int64]

__all__ = ["Encoder", "distinct_rows"]

_MOST_KEY = 1 << 62
_SPARSE = 4


def distinct_rows(columns: "Iterable[tuple[Places, int]]", count: int) -> "tuple[Places, Places]":
    """A row of each combination, and for each row the place of its combination among these.

    A column is given as the codes of its rows and a number that they are all below.
    """
    key = np.zeros(count, np.int64)
    size = 1
    for codes, below in columns:
        if size * below >= _MOST_KEY:
            first, key = _distinct(key, size)
            size = len(first)
        key = key * below + codes if size > 1 else codes
        size *= max(below, 1)
    return _distinct(key, size)


def _distinct(key: "Places", size: int) -> "tuple[Places, Places]":
    if size > _SPARSE * len(key):
        _, first, places = np.unique(key, return_index=True, return_inverse=True)
        return first, places.reshape(-1)
    some = np.full(size, -1, np.int64)
    some[key] = np.arange(len(key))  # of several rows any one will do
    present = np.flatnonzero(some >= 0)
    first = some[present]
    some[present] = np.arange(len(present))
    return first, some[key]


_REMEMBERED = (str, int, float, bool, type(None))


class Encoder:
    """Numbers what is found in a column, and keeps a sample of each number.

    ``bad`` says of each code whether it stands for a problem, ``values`` in which cell of values it is.
    """

    __slots__ = ("_codes", "_known", "bad", "samples", "spot", "values")

    def __init__(self, spot: Spot) -> None:
        self.spot = spot
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._known: dict[object, int] = {}
        self._codes: dict[object, int] = {}
        self.samples: list[object] = []
        self.bad: list[bool] = []
        self.values: list[int] = []

    def __len__(self) -> int:
        return len(self.samples)

    def codes(self, cells: Cells) -> "Codes":
        """The code of each row."""
        codes = np.fromiter(map(self._code_of, cells.values), np.int64, len(cells.values))
        return codes[cells.places]

    def _code_of(self, sent: object) -> int:
        if type(sent) not in _REMEMBERED:
            return self._read(sent)
        key = type(sent), sent
        code = self._known.get(key)
        if code is None:
            code = self._known[key] = self._read(sent)
        return code

    def _read(self, sent: object) -> int:
        spot = self.spot
        raw = spot.raw(sent)
        value = spot.value(raw)
        if isinstance(value, Fault):
            stands, key = spot.field.default, ("fault", value.text)
        else:
            stands, key = value, self._key(value)  # type: ignore[assignment]
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.samples)
            self.samples.append(raw)
            self.bad.append(isinstance(value, Fault))
            self.values.append(code if spot.values is None else spot.values.cell(stands))
        return code

    def _key(self, value: Value | None) -> object:
        """What tells apart two values that may lead to different decisions."""
        spot = self.spot
        if not spot.exact and spot.values is not None:
            return spot.values.cell(value)
        try:
            hash(value)
        except TypeError:
            return "repr", repr(value)
        return type(value), value
