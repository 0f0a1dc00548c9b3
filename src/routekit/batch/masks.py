"""Which rule comes first in each row of a table: the masks of its values, joined a word at a time."""

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from routekit.batch.layout import Rows, Spot
from routekit.schema.reading import Fault

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["Joined", "ColumnMasks"]

_WORD = 64
_MOST_WORDS = 1 << 15
"""Of one table: a quarter of a megabyte, since several must stay in the processor's cache together."""
_WORTH_LEAVING = 0.1
"""The share of rows that must have found their rule before the others are gone on with alone."""
_ONE = np.uint64(1)


class ColumnMasks:
    """The mask of each class of one column's values; a mask that several classes have is kept once."""

    __slots__ = ("_every", "_known", "_numbers", "_spot", "masks")

    def __init__(self, spot: Spot, every: int) -> None:
        self._spot = spot
        self._every = every
        self._known: dict[int, int] = {}
        self._numbers = np.full(16 if spot.values is None else spot.values.size, -1, np.int64)
        self.masks: list[int] = []

    def numbers(
        self, classes: "Places | int", odd: "Marks | None", raw_at: Callable[[int], object]
    ) -> "Places | int":
        """The number of each row's mask, any where ``odd``; ``raw_at`` gives what was sent in a row."""
        if not isinstance(classes, np.ndarray):
            self._reserve(classes)
            if self._numbers[classes] < 0:
                self._add(classes, raw_at(0))
            return int(self._numbers[classes])
        self._reserve(int(classes.max(initial=0)))
        numbers = self._numbers.take(classes)
        if numbers.min(initial=0) < 0:
            # the class of an odd cell is not that of its value, from which nothing must be learnt
            unknown = np.flatnonzero(numbers < 0 if odd is None else (numbers < 0) & ~odd)
            found, first = np.unique(classes[unknown], return_index=True)
            for place, row in zip(found.tolist(), unknown[first].tolist(), strict=True):
                self._add(place, raw_at(row))
            if not self.masks:
                self._number(self._every)
            numbers = np.maximum(self._numbers.take(classes), 0)
        return numbers

    def _reserve(self, place: int) -> None:
        if place >= len(self._numbers):
            more = np.full(2 * place + 1 - len(self._numbers), -1, np.int64)
            self._numbers = np.concatenate([self._numbers, more])

    def _add(self, place: int, sent: object) -> None:
        mask = self._spot.masks[place] if self._spot.masks else self._tested(sent)
        self._numbers[place] = self._number(mask)

    def _tested(self, sent: object) -> int:
        value = self._spot.value(self._spot.raw(sent))
        if isinstance(value, Fault):
            value = self._spot.field.default
        mask = self._every
        for test, asking in self._spot.tests:
            if mask & asking and test(value) is not True:
                mask &= ~asking
        return mask

    def _number(self, mask: int) -> int:
        number = self._known.setdefault(mask, len(self.masks))
        if number == len(self.masks):
            self.masks.append(mask)
        return number


class Joined:
    """Tables of the masks of several columns joined beforehand; made anew when a column has a new mask."""

    __slots__ = ("_groups", "_masks", "_rows", "_sizes", "_tables")

    def __init__(self, rows: Rows, masks: Sequence[ColumnMasks]) -> None:
        self._rows = rows
        self._masks = masks
        self._sizes: list[int] = []
        self._groups: list[list[int]] = []
        self._tables: list[tuple[Words, Words]] = []

    def keys(self, numbers: "Sequence[Places | int]", count: int) -> "list[Places]":
        """Where each row stands in each table."""
        sizes = [len(masks.masks) for masks in self._masks]
        if sizes != self._sizes or not self._tables:
            self._build(sizes)
        keys: list[Places] = []
        for group in self._groups:
            key: Places | int = 0
            for place in group:
                key = key * sizes[place] + numbers[place]
            keys.append(key if isinstance(key, np.ndarray) else np.full(count, key, np.int64))
        return keys

    def _build(self, sizes: list[int]) -> None:
        words = -(-self._rows.rules // _WORD) + -(-self._rows.extras // _WORD)
        self._sizes = sizes
        self._groups = []
        left = sorted(range(len(sizes)), key=lambda place: -sizes[place])
        while left:
            group = [left.pop(0)]
            for place in tuple(left):
                if prod(sizes[each] for each in (*group, place)) * words <= _MOST_WORDS:
                    group.append(place)
                    left.remove(place)
            self._groups.append(group)
        self._groups = self._groups or [[]]
        self._tables = [self._table(group) for group in self._groups]

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
