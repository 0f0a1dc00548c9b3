"""Distinct rows of several columns of codes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

__all__ = ["distinct_rows"]

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
