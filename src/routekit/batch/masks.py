"""Which rule comes first in each row of a table: the masks of its values, joined a word at a time."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from routekit.batch.layout import Rows, Spot

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["AskedMasks", "ColumnMasks", "Joined"]

_WORD = 64
_MOST_WORDS = 1 << 15
"""Of one table: a quarter of a megabyte, since several must stay in the processor's cache together."""
_WORTH_LEAVING = 0.1
"""The share of rows that must have found their rule before the others are gone on with alone."""
_ONE = np.uint64(1)


class ColumnMasks:
    """The mask of each class of one column's values; a mask that several classes have is kept once."""

    __slots__ = ("_numbers", "masks")

    def __init__(self, spot: Spot) -> None:
        known: dict[int, int] = {}
        numbers = [known.setdefault(mask, len(known)) for mask in spot.masks]
        self._numbers = np.array(numbers, np.int64)
        self.masks = [*known]

    def numbers(self, classes: "Places | int") -> "Places | int":
        """The number of each row's mask."""
        if isinstance(classes, np.ndarray):
            return self._numbers.take(classes, mode="clip")  # the class of an odd cell means nothing
        return int(self._numbers[classes])


class AskedMasks:
    """The masks of a few conditions, one for each way in which they may hold.

    ``asking`` are the rows that ask for each of them.
    """

    __slots__ = ("masks",)

    def __init__(self, asking: Sequence[int], every: int) -> None:
        self.masks = [every]
        for rows in asking:
            self.masks = [mask & ~rows for mask in self.masks] + self.masks

    def numbers(self, holding: "Sequence[Marks | np.bool_]") -> "Places | int":
        """The number of each row's mask, of where each condition holds."""
        number: Places | int = 0
        for place, holds in enumerate(holding):
            if isinstance(holds, np.ndarray) and holds.ndim:
                number = number + (holds.astype(np.int64) << place)
            else:
                number = number + (int(holds) << place)
        return number


class Joined:
    """Tables of the masks of several columns joined beforehand."""

    __slots__ = ("_groups", "_masks", "_rows", "_sizes", "_tables")

    def __init__(self, rows: Rows, masks: "Sequence[ColumnMasks | AskedMasks]") -> None:
        self._rows = rows
        self._masks = masks
        self._sizes = [len(each.masks) for each in masks]
        self._groups = self._grouped() or [[]]
        self._tables = [self._table(group) for group in self._groups]

    def keys(self, numbers: "Sequence[Places | int]", count: int) -> "list[Places]":
        """Where each row stands in each table."""
        keys: list[Places] = []
        for group in self._groups:
            key: Places | int = 0
            for place in group:
                key = key * self._sizes[place] + numbers[place]
            keys.append(key if isinstance(key, np.ndarray) else np.full(count, key, np.int64))
        return keys

    def _grouped(self) -> list[list[int]]:
        words = -(-self._rows.rules // _WORD) + -(-self._rows.extras // _WORD)
        groups: list[list[int]] = []
        left = sorted(range(len(self._sizes)), key=lambda place: -self._sizes[place])
        while left:
            group = [left.pop(0)]
            for place in tuple(left):
                if prod(self._sizes[each] for each in (*group, place)) * words <= _MOST_WORDS:
                    group.append(place)
                    left.remove(place)
            groups.append(group)
        return groups

    def _table(self, group: list[int]) -> "tuple[Words, Words]":
        low = (1 << self._rows.extras) - 1
        halves = []
        for shift, kept, width in ((self._rows.extras, -1, self._rows.rules), (0, low, self._rows.extras)):
            table = np.full((-(-width // _WORD), 1), ~np.uint64(0))
            for place in group:
                masks = _words([(mask >> shift) & kept for mask in self._masks[place].masks], width)
                table = (table[:, :, None] & masks[:, None, :]).reshape(
                    len(table), table.shape[1] * masks.shape[1]
                )
            if not group:
                table = _words([(self._rows.possible >> shift) & kept], width)
            halves.append(table)
        return halves[0], halves[1]

    def first(self, keys: "Sequence[Places]") -> "Places":
        """The first rule of each row that its masks allow; the number of rules where they allow none."""
        rules, count = self._rows.rules, len(keys[0])
        first = np.full(count, rules, np.int64)
        rows: Places | None = None  # those that are left, all at first
        room, other_room = np.empty(count, np.uint64), np.empty(count, np.uint64)
        for word in range(-(-rules // _WORD)):
            left = len(keys[0])
            found, other = room[:left], other_room[:left]
            # no key lies outside; with `clip` the values go straight to their room
            self._tables[0][0][word].take(keys[0], out=found, mode="clip")
            for (table, _), key in zip(self._tables[1:], keys[1:], strict=True):
                found &= table[word].take(key, out=other, mode="clip")
            hit = np.flatnonzero(found)
            at = hit if rows is None else rows[hit]
            new = first[at] == rules
            hit, at = hit[new], at[new]
            first[at] = word * _WORD + _leading(found[hit])
            if hit.size < _WORTH_LEAVING * left:
                continue
            keep = np.flatnonzero((first if rows is None else first[rows]) == rules)
            if not keep.size:
                break
            rows = keep if rows is None else rows[keep]
            keys = [key.take(keep) for key in keys]
        return first

    def extras(self, keys: "Sequence[Places]") -> "list[Words]":
        """What the masks allow of the extras, a word at a time."""
        found = []
        for word in range(-(-self._rows.extras // _WORD)):
            joined = self._tables[0][1][word].take(keys[0])
            for (_, table), key in zip(self._tables[1:], keys[1:], strict=True):
                joined &= table[word].take(key)
            found.append(joined)
        return found


def _words(masks: Sequence[int], width: int) -> "Words":
    """Masks as columns of words, the highest bit first."""
    count = -(-width // _WORD)
    data = b"".join((mask << (count * _WORD - width)).to_bytes(count * 8, "big") for mask in masks)
    return np.frombuffer(data, ">u8").astype(np.uint64).reshape(len(masks), count).T.copy()


def _leading(words: "Words") -> "Places":
    """How many zeros stand before the first bit of each word, which has one."""
    # the next bit is cleared, so that no rounding carries the number to the next power of two
    alone = (words & ~(words >> _ONE)).astype(np.float64)
    return 1086 - (alone.view(np.int64) >> 52)
