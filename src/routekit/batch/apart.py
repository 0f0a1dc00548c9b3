"""What tells the decisions of rows apart for which the same rule came first, by the same channel.

That are the extras that hold, the values that a rule asks for, the arm of its split, the caps that are used
up, and which of two offers is worth more.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from routekit.batch.calls import Calls, calls_of
from routekit.batch.encoding import distinct_rows
from routekit.batch.layout import Apart, Layout
from routekit.batch.shown import ShownOffers
from routekit.batch.vectors import Kind
from routekit.batch.working_out import Rows
from routekit.policy import expressions as e
from routekit.policy.model import Offer, Split
from routekit.policy.splits import point
from routekit.schema.types import Value

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]
    Words = npt.NDArray[np.uint64]

__all__ = ["Differences"]

_WORD = 64
_MOST_BITS = 62
_FEW = 1 << 20


class Differences:
    """Numbers what tells decisions apart, always by the same numbers; of one policy's tables."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._offers = layout.policy.offers
        self.capped = tuple(offer for offer in self._offers if offer.caps)
        shared = [cap for offer in self.capped for cap in offer.caps if cap.is_shared]
        self._shared = [*{(cap.over, cap.per, cap.most): cap for cap in shared}.values()]
        over = (name for cap in shared for name in sorted(cap.over or ()))
        self.counted = (*dict.fromkeys((*(offer.name for offer in self.capped), *over)),)
        """The names of offers whose showings count, those that have a cap first."""
        pairs = [*combinations(range(len(self._offers)), 2)]
        is_fixed = [offer.has_fixed_worth for offer in self._offers]
        self._pairs = [(a, b) for a, b in pairs if not (is_fixed[a] and is_fixed[b])]
        self.covers_offers = max(len(self._pairs), len(self.capped)) <= _MOST_BITS
        self._values: dict[object, int] = {}
        self._sets: dict[tuple[int, ...], int] = {}

    def __len__(self) -> int:
        return max(len(self._values), len(self._sets))

    def numbers(
        self,
        first: "Places",
        good: "Marks",
        extras: "Sequence[Words]",
        rows: Rows,
        shown: ShownOffers,
        calls: list[Calls],
    ) -> "Places | int":
        """A number for each row: where two rows of one rule have the same, so do their decisions.

        But for when their plans call back, which is added to ``calls``.
        """
        of_rules = self._of_rules(first, good, rows, calls)
        apart = [*extras, *of_rules, *self._of_offers(extras, good, rows, shown)]
        if not apart:
            return 0
        samples, places = distinct_rows([_coded(each) for each in apart], len(first))
        keys = zip(*(each.take(samples).tolist() for each in apart), strict=True)
        numbers = [self._sets.setdefault(key, len(self._sets)) for key in keys]
        return np.array(numbers, np.int64).take(places)

    @property
    def sets(self) -> int:
        """How many numbers there are."""
        return max(len(self._sets), 1)

    def _of_rules(self, first: "Places", good: "Marks", rows: Rows, calls: list[Calls]) -> "list[Places]":
        width = max(map(_width, self._layout.apart.values()), default=0)
        if not width:
            return []
        parts = [np.zeros(len(first), np.int64) for _ in range(width)]
        for rule in np.flatnonzero(np.bincount(first[good])).tolist():
            apart = self._layout.apart.get(rule)
            if apart is None:
                continue
            at = np.flatnonzero((first == rule) & good)
            some = rows.some(at)
            for part, numbers in zip(parts, self._of_rule(apart, some, at, calls), strict=False):
                part[at] = numbers
            rows.note(some, at)
        return parts

    def _of_rule(self, apart: Apart, rows: Rows, at: "Places", calls: list[Calls]) -> "Iterable[Places]":
        for step in apart.calls:
            called, known = calls_of(step, rows, at)
            calls.append(called)
            yield known.astype(np.int64)
        for expr in apart.values:
            codes, samples = rows.codes(expr)
            yield self._numbered(codes, samples)
        if apart.split is not None:
            codes, samples = rows.codes(apart.split.key)
            used, places = distinct_rows([(codes, len(samples))], len(codes))
            arms = [_arm(apart.split, samples[code]) for code in codes.take(used).tolist()]
            yield np.array(arms, np.int64).take(places)

    def _numbered(self, codes: "Places", samples: Sequence[Value | None]) -> "Places":
        used, places = distinct_rows([(codes, len(samples))], len(codes))
        values = [samples[code] for code in codes.take(used).tolist()]
        numbers = [self._values.setdefault((type(value), value), len(self._values)) for value in values]
        return np.array(numbers, np.int64).take(places)

    # ── offers ────────────────────────────────────────────────────────────────

    def _of_offers(
        self, extras: "Sequence[Words]", good: "Marks", rows: Rows, shown: ShownOffers
    ) -> "list[Places]":
        count, parts = len(good), []
        if self.capped and len(shown.rows):
            now = np.broadcast_to(rows.vector(e.Now()).values, count)
            used_up = np.zeros(count, np.int64)
            for place, offer in enumerate(self.capped):
                used_up |= shown.used_up(place, offer, now, count).astype(np.int64) << place
            parts.append(used_up)
            parts += [shown.times(cap, self.counted, now, count) for cap in self._shared]
        if self._pairs:
            allowed = [self._is_allowed(extras, place) for place in range(len(self._offers))]
            several = np.flatnonzero(good & (sum(each.astype(np.int8) for each in allowed) > 1))
            order = np.zeros(count, np.int64)
            if several.size:
                some = rows.some(several)
                order[several] = self._order([each[several] for each in allowed], some)
                rows.note(some, several)
            parts.append(order)
        return parts

    def _is_allowed(self, extras: "Sequence[Words]", place: int) -> "Marks":
        """Where the masks allow an offer; offers stand behind all else, the first of them highest."""
        bit = len(self._offers) - 1 - place + len(extras) * _WORD - self._layout.rows.extras
        word = extras[len(extras) - 1 - bit // _WORD]
        found: Marks = (word >> np.uint64(bit % _WORD) & np.uint64(1)).astype(np.bool_)
        return found

    def _order(self, allowed: "Sequence[Marks]", rows: Rows) -> "Places":
        """For each pair of offers, whether the second is worth more."""
        worths = [_worth(offer, rows) for offer in self._offers]
        order: Any = 0
        for number, (a, b) in enumerate(self._pairs):
            is_more = allowed[a] & allowed[b] & (worths[b] > worths[a])
            order = order | is_more.astype(np.int64) << number
        found: Places = order
        return found


def _width(apart: Apart) -> int:
    """By how many numbers the decisions of a rule are told apart."""
    return len(apart.values) + len(apart.calls) + (apart.split is not None)


def _worth(offer: Offer, rows: Rows) -> Any:
    if offer.worth is None:
        return np.float64(0)
    worth = rows.vector(offer.worth)
    if worth.kind is not Kind.NUMBER:
        rows.odd = np.bool_(True)
        return np.float64(0)
    return np.where(worth.known, worth.values, 0.0)


def _arm(split: Split, key: object) -> int:
    """The arm of a split that a key falls on."""
    if key is None or isinstance(key, frozenset):
        return len(split.arms) - 1
    place = point(split.seed, key)  # type: ignore[arg-type]
    return next(number for number, arm in enumerate(split.arms) if place < arm.up_to)


def _coded(values: Any) -> "tuple[Places, int]":
    """Numbers as codes, and what they are all below."""
    most = int(values.max(initial=0))
    if most < _FEW:
        return values.astype(np.int64), most + 1
    found, codes = np.unique(values, return_inverse=True)
    return codes.reshape(-1), len(found)
