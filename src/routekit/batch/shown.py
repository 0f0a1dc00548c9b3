"""The offers that the contacts of a table have been shown, and which caps they use up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from routekit.batch.arrow import Objects, is_present, is_text, plain
from routekit.batch.numbers import numbers_of
from routekit.batch.vectors import number_of
from routekit.batch.walls import Walls
from routekit.policy.model import Cap, Offer
from routekit.schema.reading import MOST_ELEMENTS
from routekit.schema.types import Time

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["ShownOffers", "shown_offers"]


@dataclass(frozen=True, slots=True)
class ShownOffers:
    """Each offer that was shown: in which row, as a place among the offers asked for (-1: none), and when.

    ``odd`` are the rows to look at.
    """

    rows: "Places"
    offers: "Places"
    at: "Places"
    odd: "Marks | None"

    @classmethod
    def unread(cls, odd: "Marks | None") -> "ShownOffers":
        """No entries, and rows that have some to look at."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, odd)

    def used_up(self, place: int, offer: Offer, now: "Places", count: int) -> "Marks":
        """The rows in which a cap of an offer alone is used up; ``now`` is that of each row."""
        own = np.flatnonzero(self.offers == place)
        found = np.zeros(count, np.bool_)
        for cap in offer.caps:
            if not cap.is_shared:
                found |= self._times(own, cap, now, count) >= cap.most
        return found

    def times(self, cap: Cap, names: Sequence[str], now: "Places", count: int) -> "Places":
        """How often a cap over several offers was made use of in each row, up to its bound."""
        if cap.over is None:
            counted = np.arange(len(self.offers))
        else:
            counted = np.flatnonzero(
                np.isin(self.offers, [place for place, name in enumerate(names) if name in cap.over])
            )
        return np.minimum(self._times(counted, cap, now, count), cap.most)

    def _times(self, counted: "Places", cap: Cap, now: "Places", count: int) -> "Places":
        rows = self.rows[counted]
        ages = now[rows] - self.at[counted]
        per = number_of(cap.per)
        within = ages >= 0 if per is None else (ages >= 0) & (ages < per)
        return np.bincount(rows[within], minlength=count)


def shown_offers(array: Any, names: Sequence[str], walls: Walls, count: int) -> ShownOffers:
    """Reads the column ``offers_shown``, where it holds lists of offers and times; all else is to look at."""
    if array is None:
        return ShownOffers.unread(None)
    present = is_present(array)
    if not present.any():
        return ShownOffers.unread(None)
    found = None if isinstance(array, Objects) else _entries(array, names, walls, count)
    return ShownOffers.unread(present) if found is None else found


def _entries(array: Any, names: Sequence[str], walls: Walls, count: int) -> ShownOffers | None:
    types = pa.types
    if not (types.is_list(array.type) or types.is_large_list(array.type)):
        return None
    inside = array.type.value_type
    if not types.is_struct(inside) or min(inside.get_field_index("offer"), inside.get_field_index("at")) < 0:
        return None
    lengths = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    rows = np.repeat(np.arange(count), lengths)
    entries = array.flatten()
    offers, at = (plain(pc.struct_field(entries, name)) for name in ("offer", "at"))
    numbers = numbers_of(at, Time(), walls)
    if numbers is None or not is_text(offers.type):
        return None
    times, odd_times = numbers
    bad = ~(is_present(offers) & is_present(at))
    if odd_times is not None:
        bad |= odd_times
    odd = lengths > MOST_ELEMENTS
    odd[rows[bad]] = True
    places = pc.index_in(offers, value_set=pa.array(names, offers.type)).fill_null(-1)
    return ShownOffers(
        rows,
        places.to_numpy(zero_copy_only=False).astype(np.int64),
        times,
        odd if odd.any() else None,
    )
