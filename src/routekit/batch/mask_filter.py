"""The rows of a batch whose decision the masks of their values settle, whatever else stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from routekit.batch.apart import Differences
from routekit.batch.arrow import distinct
from routekit.batch.calls import Calls
from routekit.batch.encoding import Encoder
from routekit.batch.layout import Layout, Spot
from routekit.batch.layout import Rows as PlannedRows
from routekit.batch.masks import AskedMasks, ColumnMasks, Joined
from routekit.batch.screen import Screen, Screened
from routekit.batch.shown import ShownOffers, shown_offers
from routekit.batch.working_out import Conditions, Rows
from routekit.compiled.rows import Literal
from routekit.schema.types import Choice, Text

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["Filtered", "MaskFilter"]

_CHANNEL = ("contact", "channel")
_WORD = 64
_TOGETHER = 8
"""Conditions that share a table of the masks of all ways in which they may hold."""
_MOST_LISTED = 1 << 22
"""Keys of settled decisions that are looked up in a list; more are few among many, and kept in a dict."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """``numbers`` say which settled decision is that of each of ``rows``, None for all; ``left`` are the rows
    that are not settled. ``calls`` tell when the plans of settled rows call back in open time."""

    rows: "Places | None"
    numbers: "Places"
    left: "Places"
    calls: Sequence[Calls]


class MaskFilter:
    """Sieves batches by the masks of one policy; it learns what tells decisions apart as it meets it."""

    __slots__ = (
        "_apart",
        "_asked",
        "_asked_masks",
        "_channel",
        "_channels",
        "_columns",
        "_conditions",
        "_count",
        "_joined",
        "_known",
        "_layout",
        "_masked",
        "_masks",
        "_numbers",
        "_open",
        "_screens",
        "_settled",
        "_untimed",
    )

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        rows = layout.rows
        self._conditions = Conditions(layout.policy, {spot.leaf: spot for spot in layout.spots if spot.leaf})
        self._screens = tuple(Screen(spot, self._conditions.walls) for spot in layout.spots)
        self._settled = _marks(rows, rows.settled)
        self._untimed = _marks(rows, rows.settled & ~rows.timed)
        self._channel, self._channels = _channel(layout.spots)
        self._masked = [place for place, spot in enumerate(layout.spots) if spot.masks]
        self._masks = [ColumnMasks(layout.spots[place]) for place in self._masked]
        self._asked = [
            layout.asked[start : start + _TOGETHER] for start in range(0, len(layout.asked), _TOGETHER)
        ]
        self._asked_masks = [AskedMasks([rows_ for _, rows_ in few], rows.possible) for few in self._asked]
        self._joined = Joined(rows, [*self._masks, *self._asked_masks])
        words = -(-rows.extras // _WORD)
        opened = rows.open << (words * _WORD - rows.extras)
        self._open = [opened >> (_WORD * (words - 1 - word)) & (1 << _WORD) - 1 for word in range(words)]
        self.clear()

    def clear(self) -> None:
        """Forgets the values that it met."""
        self._columns = tuple(Encoder(spot) for spot in self._layout.spots)
        self._apart = Differences(self._layout)
        self._numbers = np.full(0, -1, np.int64)
        self._known: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return max(self._count, len(self._apart), *map(len, self._columns))

    def settle(
        self,
        arrays: Sequence[Any],
        count: int,
        now: datetime,
        decide: "Callable[[Places], None]",
        *,
        with_calls: bool,
    ) -> Filtered:
        """Sieves the rows of a batch, given as the columns of the layout's spots.

        ``now`` is the time of rows that have none. ``decide`` is asked to decide some rows, whose decisions
        get the next numbers in their order. ``with_calls`` tells whether rows may be settled but for when
        they are called back.
        """
        screened = [self._screen(place, array, count) for place, array in enumerate(arrays)]
        columns = {
            spot.leaf: array for spot, array in zip(self._layout.spots, arrays, strict=True) if spot.leaf
        }
        rows = Rows(self._conditions, columns, now, count)
        numbers = [
            masks.numbers(screened[place].classes)
            for place, masks in zip(self._masked, self._masks, strict=True)
        ]
        for few, masks in zip(self._asked, self._asked_masks, strict=True):
            numbers.append(masks.numbers([_holds(rows, literal) for literal, _ in few]))
        keys = self._joined.keys(numbers, count)
        first, extras = self._joined.first(keys), self._joined.extras(keys)
        good = (self._settled if with_calls else self._untimed).take(first)
        for each in screened:
            if each.odd is not None:
                good &= ~each.odd
        shown = self._shown(arrays, count)
        if shown.odd is not None:
            good &= ~shown.odd
        if not self._apart.covers_offers:
            for word, undecided in zip(extras, self._open, strict=True):
                if undecided:
                    good &= (word & np.uint64(undecided)) == 0
        calls: list[Calls] = []
        apart = self._apart.numbers(first, good, extras, rows, shown, calls)
        good &= ~rows.odd
        some = None if good.all() else np.flatnonzero(good)
        left = np.flatnonzero(~good)
        key = first
        if self._channel is not None:
            key = key * self._channels + screened[self._channel].classes
        key = key + apart * (len(self._settled) * self._channels)
        if some is not None:
            key = key.take(some)
        return Filtered(some, self._numbers_of(key, some, decide), left, calls)

    def _shown(self, arrays: Sequence[Any], count: int) -> ShownOffers:
        array = arrays[-1] if self._apart.capped else None
        return shown_offers(array, self._apart.counted, self._conditions.walls, count)

    def _numbers_of(
        self, key: "Places", rows: "Places | None", decide: "Callable[[Places], None]"
    ) -> "Places":
        """The number of the decision that each key settles; ``rows`` are where the keys stand."""
        size = self._apart.sets * len(self._settled) * self._channels
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

    def _screen(self, place: int, array: Any, count: int) -> Screened:
        screen = self._screens[place]
        spot = self._layout.spots[place]
        if array is None:
            return screen.missing(count)
        if spot.leaf is None:
            return Screened(0, None)
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


def _marks(rows: PlannedRows, mask: int) -> "Marks":
    """The rules of a mask; behind them stands that none comes first."""
    first = rows.rules + rows.extras - 1
    return np.array([bool(mask >> (first - rule) & 1) for rule in range(rows.rules)] + [False])


def _holds(rows: Rows, literal: Literal) -> "Marks | np.bool_":
    """Where a condition is as it is wanted."""
    true, false = rows.sides(literal.expr)
    side = true if literal.wanted.side else false
    return ~side if literal.wanted.is_denied else side
