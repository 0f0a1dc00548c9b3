"""The rows of a batch whose decision the masks of their values settle, whatever else stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from routekit.batch.arrow import distinct, is_present, take
from routekit.batch.encoding import Encoder
from routekit.batch.layout import Layout, Spot
from routekit.batch.masks import ColumnMasks, Joined
from routekit.batch.screen import Screen, Screened
from routekit.schema.types import Choice, Text

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]

__all__ = ["Filtered", "MaskFilter"]

_CHANNEL = ("contact", "channel")
_WORD = 64
_MOST_LISTED = 1 << 22
"""Keys of settled decisions that are looked up in a list; more are few among many, and kept in a dict."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """``numbers`` say which settled decision is that of each of ``rows``, None for all; ``left`` are the rows
    that are not settled."""

    rows: "Places | None"
    numbers: "Places"
    left: "Places"


class MaskFilter:
    """Sieves batches by the masks of one policy; it learns the masks of the values that it meets."""

    __slots__ = (
        "_channel",
        "_channels",
        "_columns",
        "_count",
        "_joined",
        "_known",
        "_layout",
        "_masks",
        "_numbers",
        "_open",
        "_screens",
        "_sets",
        "_settled",
        "_tested",
    )

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        rows = layout.rows
        self._screens = tuple(Screen(spot) for spot in layout.spots)
        self._settled = np.array(
            [bool(rows.settled >> (rows.rules + rows.extras - 1 - rule) & 1) for rule in range(rows.rules)]
            + [False]
        )
        self._channel, self._channels = _channel(layout.spots)
        words = -(-rows.extras // _WORD)
        opened = rows.open << (words * _WORD - rows.extras)
        self._open = [opened >> (_WORD * (words - 1 - word)) & (1 << _WORD) - 1 for word in range(words)]
        self.clear()

    def clear(self) -> None:
        """Forgets the values that it met."""
        rows = self._layout.rows
        self._columns = tuple(Encoder(spot) for spot in self._layout.spots)
        self._tested = [place for place, spot in enumerate(self._layout.spots) if spot.tests or spot.masks]
        self._masks = [ColumnMasks(self._layout.spots[place], rows.possible) for place in self._tested]
        self._joined = Joined(rows, self._masks)
        self._sets: dict[tuple[int, ...], int] = {}
        self._numbers = np.full(0, -1, np.int64)
        self._known: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return max(self._count, len(self._sets), *map(len, self._columns))

    def settle(self, arrays: Sequence[Any], count: int, decide: "Callable[[Places], None]") -> Filtered:
        """Sieves the rows of a batch, given as the columns of the layout's spots.

        ``decide`` is asked to decide some rows, whose decisions get the next numbers in their order.
        """
        screened = [self._screen(place, array, count) for place, array in enumerate(arrays)]
        odd = None
        for each in screened:
            if each.odd is not None:
                odd = each.odd if odd is None else odd | each.odd
        numbers = [
            masks.numbers(screened[place].classes, screened[place].odd, _Raw(arrays[place]))
            for place, masks in zip(self._tested, self._masks, strict=True)
        ]
        keys = self._joined.keys(numbers, count)
        first = self._joined.first(keys)
        good = self._settled.take(first)
        if odd is not None:
            good &= ~odd
        extras = self._joined.extras(keys)
        for word, undecided in zip(extras, self._open, strict=True):
            if undecided:
                good &= (word & np.uint64(undecided)) == 0
        rows = None if good.all() else np.flatnonzero(good)
        left = np.flatnonzero(~good)
        key = first
        if self._channel is not None:
            key = key * self._channels + screened[self._channel].classes
        if extras:
            key = key + self._extras_of(extras) * (len(self._settled) * self._channels)
        if rows is not None:
            key = key.take(rows)
        return Filtered(rows, self._numbers_of(key, rows, decide), left)

    def _numbers_of(
        self, key: "Places", rows: "Places | None", decide: "Callable[[Places], None]"
    ) -> "Places":
        """The number of the decision that each key settles; ``rows`` are where the keys stand."""
        size = max(len(self._sets), 1) * len(self._settled) * self._channels
        if size > _MOST_LISTED:
            found, samples, places = np.unique(key, return_index=True, return_inverse=True)
            wanted = found.tolist()
            unknown = [place for place, each in enumerate(wanted) if each not in self._known]
            if unknown:
                decide(samples[unknown] if rows is None else rows[samples[unknown]])
                self._known |= {wanted[place]: self._count + more for more, place in enumerate(unknown)}
                self._count += len(unknown)
            return np.array([self._known[each] for each in wanted], np.int64).take(places.reshape(-1))
        if size > len(self._numbers):
            more = np.full(2 * size - len(self._numbers), -1, np.int64)
            self._numbers = np.concatenate([self._numbers, more])
        numbers = self._numbers.take(key)
        if numbers.min(initial=0) < 0:
            new = np.flatnonzero(numbers < 0)
            found, samples = np.unique(key[new], return_index=True)
            samples = new[samples]
            decide(samples if rows is None else rows[samples])
            self._numbers[found] = np.arange(self._count, self._count + len(found))
            self._count += len(found)
            numbers = self._numbers.take(key)
        return numbers

    def _extras_of(self, extras: "Sequence[Words]") -> "Places":
        """A number for each set of extras that rows have."""
        if len(extras) == 1:
            sets, places = np.unique(extras[0], return_inverse=True)
            keys = [(word,) for word in sets.tolist()]
        else:
            sets, places = np.unique(np.stack(extras, axis=1), axis=0, return_inverse=True)
            keys = [tuple(words) for words in sets.tolist()]
        numbers = [self._sets.setdefault(key, len(self._sets)) for key in keys]
        return np.array(numbers, np.int64).take(places.reshape(-1))

    def _screen(self, place: int, array: Any, count: int) -> Screened:
        screen = self._screens[place]
        spot = self._layout.spots[place]
        if array is None:
            return screen.missing(count)
        if spot.path == ("offers_shown",):
            return Screened(0, is_present(array))
        found = screen.screen(array)
        if found is not None:
            return found
        column = self._columns[place]
        codes = column.codes(distinct(array))
        odd = np.array(column.bad, np.bool_).take(codes)
        return Screened(np.array(column.values, np.int64).take(codes), odd if odd.any() else None)


def _channel(spots: Sequence[Spot]) -> tuple[int | None, int]:
    """The place of the inbound channel's column, where it can be a decision's channel, and its classes."""
    for place, spot in enumerate(spots):
        if spot.path == _CHANNEL and isinstance(spot.field.type, Choice | Text) and spot.values is not None:
            return place, spot.values.size
    return None, 1


@dataclass(frozen=True, slots=True)
class _Raw:
    """What was sent in a row of a column."""

    array: Any

    def __call__(self, row: int) -> object:
        if self.array is None:
            return None
        return distinct(take(self.array, np.array([row], np.int64))).spread()[0]
