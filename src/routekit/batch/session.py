"""Decides record batches: rows that must come out alike are decided once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from routekit.batch.answers import Answers
from routekit.batch.arrow import Cells, distinct, take
from routekit.batch.calls import Calls
from routekit.batch.contacts import Path, contacts_of, find, misfit, put
from routekit.batch.decided import Decided
from routekit.batch.encoding import Encoder, distinct_rows
from routekit.batch.layout import Layout
from routekit.batch.mask_filter import MaskFilter
from routekit.policy.decision import Decision

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

__all__ = ["Session"]

MOST_REMEMBERED = 1 << 17
"""Values of a column, and decisions; beyond it all is forgotten, so that a long run keeps its memory."""
_FEWEST_TO_FILTER = 64
_Key = tuple[int, ...]


class Session:
    """What is known of the tables of one policy; not for two threads at once."""

    __slots__ = (
        "_answers",
        "_columns",
        "_decide",
        "_decided",
        "_filter",
        "_layout",
        "_now",
        "_settled",
        "_settled_decisions",
    )

    def __init__(self, layout: Layout, decide: Callable[[object, datetime], Decision]) -> None:
        self._layout = layout
        self._decide = decide
        self._answers = Answers(layout.policy)
        self._columns = tuple(Encoder(spot) for spot in layout.spots)
        self._decided: dict[_Key, Decision] = {}
        self._filter = MaskFilter(layout) if layout.rows.settled else None
        self._settled_decisions: list[Decision] = []
        self._settled = self._answers.columns(())
        self._now: datetime | None = None

    def decide(self, columns: Mapping[str, Any], count: int, now: datetime) -> Any:
        """The decisions of a batch, given as its columns by name, as a record batch."""
        settled, others, places, calls = self._places(columns, count, now, with_calls=True)
        if not settled:
            return self._answers.batch(self._answers.columns(others), places)
        decided = self._settled.joined(self._answers.columns(others)) if others else self._settled
        return self._answers.batch(decided, places, settled, calls)

    def decided(self, columns: Mapping[str, Any], count: int, now: datetime) -> Decided:
        """The decisions of a batch as they are."""
        settled, others, places, _ = self._places(columns, count, now, with_calls=False)
        return Decided([*settled, *others], places.tolist())

    def _places(
        self, columns: Mapping[str, Any], count: int, now: datetime, *, with_calls: bool
    ) -> "tuple[Sequence[Decision], Sequence[Decision], Places, Sequence[Calls]]":
        """The settled decisions, none where nothing was filtered; the others; each row's place in both.

        ``with_calls`` some settled decisions stand for rows that are called back at other times: theirs.
        """
        self._forget(now)
        arrays = [find(columns, spot.path) for spot in self._layout.spots]
        strange = {top: found for top in self._layout.tops if (found := misfit(columns, top)) is not None}
        if self._filter is None or count < _FEWEST_TO_FILTER or strange:
            book = self._combine(_Rows(arrays, strange, None, count), now)
            return (), book.decisions, book.places, ()
        filtered = self._filter.settle(
            arrays,
            count,
            now,
            lambda rows: self._settle(_Rows(arrays, {}, rows, len(rows)), now),
            with_calls=with_calls,
        )
        if filtered.rows is None:
            return self._settled_decisions, (), filtered.numbers, filtered.calls
        book = self._combine(_Rows(arrays, {}, filtered.left, len(filtered.left)), now)
        places = np.empty(count, np.int64)
        places[filtered.rows] = filtered.numbers
        places[filtered.left] = book.places + len(self._settled_decisions)
        return self._settled_decisions, book.decisions, places, filtered.calls

    def _settle(self, rows: "_Rows", now: datetime) -> None:
        """Decides rows that stand for all that are settled as they are."""
        decided = [self._decide(contact, now) for contact in self._contacts(rows, rows.cells())]
        self._settled_decisions += decided
        self._settled = self._settled.joined(self._answers.columns(decided))

    def _forget(self, now: datetime) -> None:
        if self._filter is not None and len(self._filter) > MOST_REMEMBERED:
            self._filter.clear()
            self._settled_decisions = []
            self._settled = self._answers.columns(())
        if max(len(self._decided), *map(len, self._columns)) > MOST_REMEMBERED:
            self._decided.clear()
            for column in self._columns:
                column.clear()
        if now != self._now and self._layout.uses_now:
            self._decided.clear()
        self._now = now

    def _combine(self, rows: "_Rows", now: datetime) -> "_Book":
        """Decides rows, each combination once where enough of them are seen again."""
        cells, book = rows.cells(), _Book()
        if rows.strange or self._are_different(cells, rows.count):
            contacts = self._contacts(rows, cells)
            book.places = np.array([book.number(self._decide(each, now)) for each in contacts], np.int64)
            return book
        codes = [column.codes(each) for column, each in zip(self._columns, cells, strict=True)]
        coded = [
            (code, len(column))
            for code, column, array in zip(codes, self._columns, rows.arrays, strict=True)
            if array is not None
        ]
        first, places = distinct_rows(coded, rows.count)
        samples = [code.take(first).tolist() for code in codes]
        keys: list[_Key] = list(zip(*samples, strict=True)) if samples else [()] * len(first)
        unknown = [place for place, key in enumerate(keys) if key not in self._decided]
        sent = [
            [column.samples[sample[place]] for place in unknown]
            for column, sample in zip(self._columns, samples, strict=True)
        ]
        for place, contact in zip(unknown, contacts_of(self._paths(), sent, len(unknown)), strict=True):
            self._decided[keys[place]] = self._decide(contact, now)
        numbers = [book.number(self._decided[key]) for key in keys]
        book.places = np.array(numbers, np.int64).take(places)
        return book

    def _are_different(self, cells: Sequence[Cells], count: int) -> bool:
        """Whether too few rows share all the values that count as they are."""
        exact = [
            (each.places, len(each.values))
            for each, spot in zip(cells, self._layout.spots, strict=True)
            if spot.exact or spot.values is None
        ]
        if any(2 * below > count for _, below in exact if below <= count):
            return count > 1
        return 2 * len(distinct_rows(exact, count)[0]) > count > 1

    def _contacts(self, rows: "_Rows", cells: Sequence[Cells]) -> list[object]:
        paths: list[Path] = []
        values: list[list[object]] = []
        for spot, array, each in zip(self._layout.spots, rows.arrays, cells, strict=True):
            if array is not None:
                paths.append(spot.path)
                values.append(Cells([spot.raw(sent) for sent in each.values], each.places).spread())
        contacts = contacts_of(paths, values, rows.count)
        for top, array in rows.strange.items():
            put(contacts, top, distinct(rows.of(array)).spread())
        return contacts

    def _paths(self) -> list[Path]:
        return [spot.path for spot in self._layout.spots]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a batch, all where ``some`` is None; ``strange`` stands in the place of records."""

    arrays: Sequence[Any]
    strange: Mapping[Path, Any]
    some: "Places | None"
    count: int

    def of(self, array: Any) -> Any:
        return array if self.some is None else take(array, self.some)

    def cells(self) -> list[Cells]:
        missing = Cells([None], np.zeros(self.count, np.int64))
        return [missing if array is None else distinct(self.of(array)) for array in self.arrays]


class _Book:
    """Decisions, each once, and which is that of each row."""

    __slots__ = ("_numbers", "decisions", "places")

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.places: Places = np.zeros(0, np.int64)
        self._numbers: dict[int, int] = {}

    def number(self, decision: Decision) -> int:
        number = self._numbers.setdefault(id(decision), len(self.decisions))
        if number == len(self.decisions):
            self.decisions.append(decision)
        return number
