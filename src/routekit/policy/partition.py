"""The values of a type cut into cells: no test against the given constants tells two of one cell apart.

Names and few whole numbers are cells of their own; of texts those that are asked for, and all others
together; anything else that has an order is cut on and behind each constant. The missing value is a cell too.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from routekit.policy import expressions as e
from routekit.policy.constraints import Edge, Region, region_of
from routekit.policy.ordinals import Ordered, first_above, first_from, last_below
from routekit.schema.types import Choice, Flag, Integer, Number, Text, Type, Value

__all__ = ["MOST_LISTED", "Partition", "constants_of", "is_finite", "partition_between", "partition_of"]

MOST_LISTED = 1024
"""Whole numbers between two bounds, each of which is a cell."""
_EXACT = 1 << 52
"""Below it, no whole number stands between a float and the next."""


def is_finite(type_: Type, most: int = MOST_LISTED) -> bool:
    """Whether a type has few enough values to list.

    >>> is_finite(Integer(0, 100)), is_finite(Integer(0)), is_finite(Flag())
    (True, False, True)
    """
    match type_:
        case Choice() | Flag():
            return True
        case Integer(int(low), int(high)):
            return high - low < most
        case _:
            return False


def constants_of(test: e.Expr, type_: Type) -> set[Value] | None:
    """The constants that a test compares values of a type with; None where they cannot cut them exactly."""
    region = region_of(test)
    constants: set[Value] = set() if region is None else {*region.constants}
    if isinstance(type_, Number) and any(
        not isinstance(constant, int | float) or abs(constant) >= _EXACT for constant in constants
    ):
        return None
    return constants


@dataclass(frozen=True, slots=True)
class Partition:
    """``samples`` holds a value of each cell, the missing one last.

    A value's cell is found in ``keys`` where the type has few values or is text (one not there: ``other``),
    else by bisection of ``cuts``. No value is greater than the ``highest``, where that is known.

    >>> by_value = partition_of(Integer(0), lambda: {10, 20})
    >>> by_value.cell(9), by_value.cell(10), by_value.cell(11), by_value.cell(None)
    (0, 1, 2, 5)
    """

    type: Type
    samples: tuple[Value | None, ...]
    keys: dict[Value, int] | None = None
    other: int | None = None
    cuts: tuple[Value, ...] = ()
    highest: Value | None = None

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.samples)

    @property
    def everywhere(self) -> int:
        """All the cells, a bit each, the first at the lowest."""
        return (1 << len(self.samples)) - 1

    @property
    def lowest(self) -> int:
        """The least of the values, where they are whole numbers that are listed."""
        lowest = self.samples[0]
        assert isinstance(lowest, int)
        return lowest

    @property
    def missing(self) -> int:
        """The cell of the missing value."""
        return len(self.samples) - 1

    def cell(self, value: Value | None) -> int:
        """The cell of a value of the type."""
        if value is None:
            return self.missing
        if self.keys is None:
            return bisect_right(self.cuts, value)
        return self.keys.get(value, self.missing if self.other is None else self.other)

    def satisfying(self, region: Region) -> int | None:
        """The cells of known values in a region by which it is cut; None where that has another order."""
        if region.values is not None:
            return self._equal(region.values)
        if not self._is_ordered_by(region.order):
            return None
        inside = self.everywhere >> 1 if region.high is None else self._until(region.high)
        return inside if region.low is None else inside & ~self._before(region.low)

    def _is_ordered_by(self, order: Choice | None) -> bool:
        """Whether the cells stand in the order by which a test compares."""
        return order == self.type if isinstance(self.type, Choice) else order is None

    def _equal(self, values: Iterable[Value]) -> int:
        found = 0
        for value in values:
            if self.keys is None:
                found |= self._until((value, 0)) & ~self._before((value, 0))
            elif (place := self.keys.get(value)) is not None:
                found |= 1 << place
        return found

    def _before(self, edge: Edge) -> int:
        """The cells of values below all those from an edge on."""
        return self._below(edge[0], edge[1] > 0)

    def _until(self, edge: Edge) -> int:
        """The cells of values up to an edge."""
        return self._below(edge[0], edge[1] == 0)

    def _below(self, bound: Value, with_it: bool) -> int:
        """The cells of values less than a bound, or not greater."""
        if isinstance(self.type, Choice):
            assert isinstance(bound, int), "names are bounded by ranks"
            return (1 << bound + with_it) - 1
        end = first_above(bound, self.type) if with_it else first_from(bound, self.type)
        if end is None or (self.highest is not None and end > self.highest):  # type: ignore[operator]
            return self.everywhere >> 1
        if self.keys is None:
            return (1 << bisect_right(self.cuts, end)) - 1
        assert isinstance(end, int), "what is listed and no name is a whole number"
        return (1 << min(max(end - self.lowest, 0), self.missing)) - 1


def partition_of(type_: Type, constants: Callable[[], set[Value]], most: int = MOST_LISTED) -> Partition:
    """The partition of a type; ``constants`` tells what values are compared with, where that matters."""
    values: tuple[Value, ...]
    match type_:
        case Choice(names):
            values = names
        case Flag():
            values = (True, False)
        case Integer(int(low), int(high)) if is_finite(type_, most):
            values = tuple(range(low, high + 1))
        case Text():
            texts = sorted(str(text) for text in constants())
            other = "\0" * (1 + max(map(len, texts), default=0))
            return Partition(type_, (*texts, other, None), _numbered(texts), len(texts))
        case _:
            return _cut(type_, constants())
    return Partition(type_, (*values, None), _numbered(values))


def _numbered(values: Iterable[Value]) -> dict[Value, int]:
    return {value: place for place, value in enumerate(values)}


def _cut(type_: Type, constants: Iterable[Value]) -> Partition:
    ends = (end for value in constants for end in (first_from(value, type_), first_above(value, type_)))
    cuts = tuple(sorted({end for end in ends if end is not None}))
    if not cuts:
        return Partition(type_, (_any_of(type_), None))  # it is asked only whether there is one
    below = last_below(cuts[0])
    lowest = cuts[0] if below is None else below  # where no value lies below, this cell is empty
    return Partition(type_, (lowest, *cuts, None), cuts=cuts)


def _any_of(type_: Type) -> Value:
    """Some value of a type whose values have an order; of moments a number does as well."""
    bounds = (type_.low, type_.high) if isinstance(type_, Integer | Number) else ()
    return next((bound for bound in bounds if bound is not None), 0)


def partition_between(
    ends: tuple[Ordered, Ordered], type_: Type, regions: Iterable[Region], starts: Iterable[Ordered] = ()
) -> Partition:
    """The partition of the values of an ordered type between two, both inside, by regions without a rank.

    It is cut where a region begins or ends, and at ``starts``; the sample of a cell is its least value.

    >>> partition_between((0, 9), Integer(), [Region(low=(5, 1))], [8]).samples
    (0, 6, 8, None)
    """
    low, high = ends
    found = {*starts, *(start for region in regions for start in _starts(region, type_))}
    cuts = tuple(sorted(start for start in found if low < start <= high))  # type: ignore[operator]
    return Partition(type_, (low, *cuts, None), cuts=cuts, highest=high)


def _starts(region: Region, type_: Type) -> Iterator[Ordered]:
    """The least values in a region and behind it."""
    edges = [(value, behind) for value in region.values or () for behind in (False, True)]
    if region.low is not None:
        edges.append((region.low[0], region.low[1] > 0))
    if region.high is not None:
        edges.append((region.high[0], region.high[1] == 0))
    for value, behind in edges:
        start = first_above(value, type_) if behind else first_from(value, type_)
        if start is not None:
            yield start  # type: ignore[misc]
