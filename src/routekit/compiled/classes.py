"""The values of one base cut into classes, none of which a condition can tell from another of its own."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, floor, inf, nextafter

from routekit.policy import expressions as e
from routekit.schema.types import Choice, Flag, Integer, Number, Text, Type, Value

__all__ = ["Classes", "classes_of", "edges_of", "is_finite"]

_MOST_VALUES = 1024
_EXACT = 1 << 52
"""Below it, no whole number stands between a float and the next."""


def is_finite(type_: Type, *, trusted: bool = True) -> bool:
    """Whether a type has few enough values to list; bounds are believed only of values that were read."""
    match type_:
        case Choice() | Flag():
            return True
        case Integer(int(low), int(high)):
            return trusted and high - low < _MOST_VALUES
        case _:
            return False


def edges_of(test: e.Expr, type_: Type) -> set[Value] | None:
    """The constants that a test compares values of a type with; None where they cannot cut them exactly."""
    edges: set[Value]
    match test:
        case e.Compare(_, e.Constant(value), _) | e.Compare(_, _, e.Constant(value)):
            edges = {value}
        case e.InRange(_, e.Constant(low), e.Constant(high)):
            edges = {low, high}
        case e.InSet(_, values):
            edges = set(values)
        case _:
            edges = set()
    if isinstance(type_, Number) and any(
        not isinstance(edge, int | float) or abs(edge) >= _EXACT for edge in edges
    ):
        return None
    return edges


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


@dataclass(frozen=True, slots=True)
class Classes:
    """``samples`` holds a value of each class, the missing one last.

    A value's class is found in ``keys`` where the base has few values or is text (one not there: ``other``),
    else by bisection of ``cuts``.
    """

    type: Type
    samples: tuple[Value | None, ...]
    keys: dict[Value, int] | None = None
    other: int | None = None
    cuts: tuple[Value, ...] = ()

    @property
    def everywhere(self) -> int:
        """All the classes, a bit each, the first at the lowest."""
        return (1 << len(self.samples)) - 1

    @property
    def lowest(self) -> int:
        """The least of the values, where they are whole numbers that are listed."""
        lowest = self.samples[0]
        assert isinstance(lowest, int)
        return lowest

    @property
    def missing(self) -> int:
        """The class of the missing value."""
        return len(self.samples) - 1

    def satisfying(self, test: e.Expr) -> int | None:
        """The classes whose values satisfy a test against constants; None for any other test."""
        match test:
            case e.Compare("is", _, e.Constant(value)):
                return self._equal((value,))
            case e.InSet(_, values):
                return self._equal(values)
            case e.InRange(_, e.Constant(low), e.Constant(high), order) if self._is_ordered_by(order):
                return self._until(high) & ~self._before(low)
            case e.Compare(operator, _, e.Constant(value), order) if self._is_ordered_by(order):
                inside = self._until(value) if operator in ("<=", ">") else self._before(value)
                return inside if operator in ("<", "<=") else (self.everywhere >> 1) & ~inside
            case _:
                return None

    def _is_ordered_by(self, order: Choice | None) -> bool:
        """Whether the classes stand in the order by which a test compares."""
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
        """The classes of values less than one that the tests name."""
        return (1 << self._count(_from(value, self.type))) - 1

    def _until(self, value: Value) -> int:
        """The classes of values not greater than one that the tests name."""
        if isinstance(self.type, Choice):
            return (1 << self._count(value) + 1) - 1
        above = _above(value, self.type)
        return self.everywhere >> 1 if above is None else (1 << self._count(above)) - 1

    def _count(self, value: Value) -> int:
        """How many classes hold only values less than one that the tests name."""
        match self.type:
            case Choice(names):
                return names.index(str(value))
            case Integer() if self.keys is not None:
                place = int(value) - self.lowest  # type: ignore[arg-type]
                return min(max(place, 0), self.missing)
            case _:
                return bisect_right(self.cuts, value)


def classes_of(type_: Type, edges: Callable[[], set[Value]]) -> Classes:
    """The classes of a base; ``edges`` tells what its values are compared with, where that matters."""
    values: tuple[Value, ...]
    match type_:
        case Choice(names):
            values = names
        case Flag():
            values = (True, False)
        case Integer(int(low), int(high)) if is_finite(type_):
            values = tuple(range(low, high + 1))
        case Text():
            texts = sorted(str(edge) for edge in edges())
            other = "\0" * (1 + max(map(len, texts), default=0))
            return Classes(type_, (*texts, other, None), _numbered(tuple(texts)), len(texts))
        case _:
            return _cut(type_, edges())
    return Classes(type_, (*values, None), _numbered(values))


def _numbered(values: tuple[Value, ...]) -> dict[Value, int]:
    return {value: place for place, value in enumerate(values)}


def _cut(type_: Type, edges: set[Value]) -> Classes:
    ends = {end for edge in edges for end in (_from(edge, type_), _above(edge, type_)) if end is not None}
    cuts = tuple(sorted(ends))
    if not cuts:
        return Classes(type_, (0, None))  # any value will do: it is asked only whether there is one
    try:
        lowest = _below(cuts[0])
    except OverflowError:
        lowest = cuts[0]  # no value lies below, so this class is empty
    return Classes(type_, (lowest, *cuts, None), cuts=cuts)
