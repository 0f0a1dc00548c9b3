"""Values of many contacts at once, and what arithmetic, comparisons and clocks make of them, with numpy.

Numbers, moments and spans lie as numbers, all else as codes of samples. What is not done by numpy is done by
an operator's own meaning, once for each combination of values that there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from routekit.schema.types import Date, Duration, Flag, Integer, Number, Time, Type, Value

if TYPE_CHECKING:
    import numpy.typing as npt

    Marks = npt.NDArray[np.bool_] | np.bool_
    Places = npt.NDArray[np.int64]
    Array: TypeAlias = npt.NDArray[Any]

__all__ = [
    "EXACT",
    "LONGEST",
    "Kind",
    "Vector",
    "chosen",
    "codes_of",
    "constant",
    "kind_of",
    "number_of",
    "typed",
]

EXACT = 1 << 53
"""Below it, whole numbers and floats are one to one."""
LONGEST = 1 << 61
"""In microseconds: two spans below it can be added."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)


class Kind(Enum):
    """What the values of a vector are: flags, floats, or whole numbers of microseconds, days or a code."""

    TRUTH = "flags"
    NUMBER = "floats"
    TIME = "microseconds since 1970"
    DATE = "days since 1970"
    SPAN = "microseconds"
    CODE = "places among samples"


_KINDS: dict[type[Type], Kind] = {
    Flag: Kind.TRUTH,
    Integer: Kind.NUMBER,
    Number: Kind.NUMBER,
    Time: Kind.TIME,
    Date: Kind.DATE,
    Duration: Kind.SPAN,
}


def kind_of(type_: Type) -> Kind:
    """How the values of a type lie."""
    return _KINDS.get(type(type_), Kind.CODE)


@dataclass(frozen=True, slots=True)
class Vector:
    """A value for each row, or one for all; ``known`` tells where there is one.

    Of codes, ``samples`` are what they stand for.
    """

    kind: Kind
    values: "Array"
    known: "Marks"
    samples: Sequence[Value | None] = ()

    def sides(self) -> "tuple[Marks, Marks]":
        """Where a condition is true, and where it is false."""
        if self.kind is Kind.TRUTH:
            return self.values & self.known, ~self.values & self.known
        true = np.array([sample is True for sample in self.samples], np.bool_)
        false = np.array([sample is False for sample in self.samples], np.bool_)
        return true.take(self.values), false.take(self.values)


def number_of(value: Value | None) -> int | float | bool | None:
    """A value as a vector of its kind has it; None for one that has no place in it."""
    match value:
        case bool():
            return value
        case int() | float():
            return float(value) if abs(value) < EXACT else None
        case datetime():
            return (value - _EPOCH) // _MICROSECOND
        case date():
            return value.toordinal() - _FIRST_DAY
        case timedelta():
            span = value // _MICROSECOND
            return span if abs(span) < LONGEST else None
        case _:
            return None


def _value_of(number: Any, kind: Kind) -> Value:
    value: Value = number
    match kind:
        case Kind.TIME:
            value = _EPOCH + timedelta(microseconds=number)
        case Kind.DATE:
            value = date.fromordinal(number + _FIRST_DAY)
        case Kind.SPAN:
            value = timedelta(microseconds=number)
        case Kind.NUMBER:
            value = int(number) if number.is_integer() else number
    return value


_TYPES: dict[Kind, Any] = {
    Kind.TRUTH: np.bool_,
    Kind.NUMBER: np.float64,
    Kind.TIME: np.int64,
    Kind.DATE: np.int64,
    Kind.SPAN: np.int64,
}


def constant(value: Value | None, kind: Kind) -> Vector:
    """A value that is the same in all rows."""
    number = number_of(value)
    if kind is Kind.CODE or (number is None and value is not None):
        return Vector(Kind.CODE, np.int64(0), np.bool_(value is not None), (value,))  # type: ignore[arg-type]
    return Vector(kind, _TYPES[kind](number or 0), np.bool_(value is not None))


def typed(kind: Kind, places: "Places", samples: Sequence[Value | None]) -> Vector:
    """Codes of samples as a vector of a kind, of codes where a sample has no place in it."""
    known = np.array([sample is not None for sample in samples], np.bool_).take(places)
    numbers = [number_of(sample) for sample in samples]
    if kind is Kind.CODE or any(
        number is None and sample is not None for number, sample in zip(numbers, samples, strict=True)
    ):
        return Vector(Kind.CODE, places, known, samples)
    values = np.array([number or 0 for number in numbers], _TYPES[kind])
    return Vector(kind, values.take(places), known)


def codes_of(vector: Vector, count: int) -> "tuple[Places, Sequence[Value | None]]":
    """A vector as codes of samples, None among them where values are missing."""
    if vector.kind is Kind.CODE:
        return np.broadcast_to(vector.values, count), vector.samples
    if vector.kind is Kind.TRUTH:
        codes = np.where(vector.known, vector.values, 2).astype(np.int64)
        return np.broadcast_to(codes, count), (False, True, None)
    found, places = np.unique(np.broadcast_to(vector.values, count), return_inverse=True)
    samples: list[Value | None] = [_value_of(number, vector.kind) for number in found.tolist()]
    places = np.where(vector.known, places.reshape(-1), len(samples))
    return places, [*samples, None]


def chosen(where: "Marks", first: Vector, second: Vector, count: int) -> Vector:
    """The first vector's values where they are asked for, else the second's."""
    known = np.where(where, first.known, second.known)
    if first.kind is second.kind and first.kind is not Kind.CODE:
        return Vector(first.kind, np.where(where, first.values, second.values), known)
    codes, samples = codes_of(first, count)
    others, more = codes_of(second, count)
    return Vector(Kind.CODE, np.where(where, codes, others + len(samples)), known, [*samples, *more])
