"""The values of a type cut into cells: no test against the given constants tells two of one cell apart.

Names and few whole numbers are cells of their own; of texts those that are asked for, and all others
together; anything else that has an order is cut on and behind each constant. The missing value is a cell too.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, floor, inf, nextafter

from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS
from routekit.schema.types import Choice, Flag, Integer, Number, Text, Type, Value

__all__ = ["MOST_LISTED", "Partition", "constants_of", "is_finite", "operand_of", "partition_of"]

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


def operand_of(test: e.Expr) -> e.Expr | None:
    """What a test compares with constants alone; None where it is no such test."""
    match test:
        case e.Compare(_, e.Constant(), operand) | e.Compare(_, operand, e.Constant()):
            return operand
        case e.InRange(operand, e.Constant(), e.Constant()) | e.InSet(operand):
            return operand
        case _:
            return None


def constants_of(test: e.Expr, type_: Type) -> set[Value] | None:
    """The constants that a test compares values of a type with; None where they cannot cut them exactly."""
    constants: set[Value]
    match test:
        case e.Compare(_, e.Constant(value), _) | e.Compare(_, _, e.Constant(value)):
            constants = {value}
        case e.InRange(_, e.Constant(low), e.Constant(high)):
            constants = {low, high}
        case e.InSet(_, values):
            constants = set(values)
        case _:
            constants = set()
    if isinstance(type_, Number) and any(
        not isinstance(constant, int | float) or abs(constant) >= _EXACT for constant in constants
    ):
        return None
    return constants


@dataclass(frozen=True, slots=True)
class Partition:
    """``samples`` holds a value of each cell, the missing one last.

    A value's cell is found in ``keys`` where the type has few values or is text (one not there: ``other``),
    else by bisection of ``cuts``.

    >>> by_value = partition_of(Integer(0), lambda: {10, 20})
    >>> by_value.cell(9), by_value.cell(10), by_value.cell(11), by_value.cell(None)
    (0, 1, 2, 5)
    """

    type: Type
    samples: tuple[Value | None, ...]
    keys: dict[Value, int] | None = None
    other: int | None = None
    cuts: tuple[Value, ...] = ()

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

    def satisfying(self, test: e.Expr) -> int | None:
        """The cells of known values that satisfy a test of the value against constants.

        Of constants by which the partition is cut; None for any other test.
        """
        match test:
            case e.InSet(_, values):
                return self._equal(values)
            case e.InRange(_, e.Constant(low), e.Constant(high), order) if self._is_ordered_by(order):
                return self._until(high) & ~self._before(low)
            case e.Compare(operator, _, e.Constant(value), order):
                return self._compared(operator, value, order)
            case e.Compare(operator, e.Constant(value), _, order):
                return self._compared(COMPARISONS[operator].mirrored.name, value, order)
            case _:
                return None

    def _compared(self, operator: str, value: Value, order: Choice | None) -> int | None:
        if operator == "is":
            return self._equal((value,))
        if not self._is_ordered_by(order):
            return None
        inside = self._until(value) if operator in ("<=", ">") else self._before(value)
        return inside if operator in ("<", "<=") else (self.everywhere >> 1) & ~inside

    def _is_ordered_by(self, order: Choice | None) -> bool:
        """Whether the cells stand in the order by which a test compares."""
        return order == self.type if isinstance(self.type, Choice) else order is None

    def _equal(self, values: Iterable[Value]) -> int:
        found = 0
        for value in values:
            if self.keys is None:
                found |= self._until(value) & ~self._before(value)
            elif (place := self.keys.get(value)) is not None:
                found |= 1 << place
        return found

    def _before(self, value: Value) -> int:
        """The cells of values less than a constant."""
        return (1 << self._count(_from(value, self.type))) - 1

    def _until(self, value: Value) -> int:
        """The cells of values not greater than a constant."""
        if isinstance(self.type, Choice):
            return (1 << self._count(value) + 1) - 1
        above = _above(value, self.type)
        return self.everywhere >> 1 if above is None else (1 << self._count(above)) - 1

    def _count(self, value: Value) -> int:
        """How many cells hold only values less than an end of one."""
        match self.type:
            case Choice(names):
                return names.index(str(value))
            case Integer() if self.keys is not None:
                place = int(value) - self.lowest  # type: ignore[arg-type]
                return min(max(place, 0), self.missing)
            case _:
                return bisect_right(self.cuts, value)


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
    ends = (end for value in constants for end in (_from(value, type_), _above(value, type_)))
    cuts = tuple(sorted({end for end in ends if end is not None}))
    if not cuts:
        return Partition(type_, (0, None))  # any value will do: it is asked only whether there is one
    try:
        lowest = _below(cuts[0])
    except OverflowError:
        lowest = cuts[0]  # no value lies below, so this cell is empty
    return Partition(type_, (lowest, *cuts, None), cuts=cuts)


def _above(value: Value, type_: Type) -> Value | None:
    """The least value of a type greater than one; None where there is none."""
    try:
        match value:
            case bool() | str() | frozenset():
                return None
            case int() | float():
                return floor(value) + 1 if isinstance(type_, Integer) else nextafter(float(value), inf)
            case datetime() | timedelta():
                return value + timedelta(microseconds=1)
            case date():
                return value + timedelta(days=1)
    except OverflowError:
        return None


def _from(value: Value, type_: Type) -> Value:
    """The least value of a type not less than one."""
    return ceil(value) if isinstance(value, float) and isinstance(type_, Integer) else value


def _below(value: Value) -> Value:
    """Some value less than one."""
    match value:
        case int():
            return value - 1
        case float():
            return nextafter(value, -inf)
        case datetime() | timedelta():
            return value - timedelta(microseconds=1)
        case date():
            return value - timedelta(days=1)
    raise AssertionError(f"a value without an order: {value!r}")
