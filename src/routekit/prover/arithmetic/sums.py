"""Sides of comparisons as sums of columns: of fields, and of what is not taken apart.

Whole numbers, days and ticks of time are exact. A float is rounded with every operation; by how much at most,
for the size of each column, goes with the sum. What is written as ``0.3`` is three tenths, and rounded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from fractions import Fraction

from routekit.policy import expressions as e
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.ordinals import rank
from routekit.prover.arithmetic.tableau import Quantity, over, size
from routekit.schema.types import Value

__all__ = ["DAY", "Kind", "Sum", "SumReader", "quantity"]

DAY = timedelta(days=1) // timedelta(microseconds=1)
_ROUNDED = Fraction(1, 1 << 51)
"""More than one operation and the reading of its operands as floats round by, whatever else was rounded."""
_TINY = Fraction(1, 1 << 200)
"""More than what is lost by a product too small for a float."""
_EXACT = 1 << 53


class Kind(Enum):
    """What a sum is counted in."""

    WHOLE = "whole numbers"
    FLOAT = "numbers that may be rounded"
    TICKS = "ticks of a moment or a span"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Sum:
    """``parts`` and ``constant`` added up; each column's size times its ``doubt`` is what may be lost."""

    kind: Kind
    parts: Mapping[e.Expr, Quantity] = field(default_factory=dict)
    constant: Quantity = 0
    doubts: Mapping[e.Expr, Quantity] = field(default_factory=dict)
    doubt: Quantity = 0

    @property
    def is_exact(self) -> bool:
        return not self.doubts and not self.doubt

    def times(self, factor: Quantity) -> "Sum":
        """The sum so many times, not rounded."""
        larger = size(factor)
        return Sum(
            self.kind,
            {name: part * factor for name, part in self.parts.items()} if factor else {},
            self.constant * factor,
            {name: part * larger for name, part in self.doubts.items()},
            self.doubt * larger,
        )

    def plus(self, other: "Sum", kind: Kind) -> "Sum":
        """Both together, not rounded."""
        return Sum(
            kind,
            _added(self.parts, other.parts),
            self.constant + other.constant,
            _added(self.doubts, other.doubts),
            self.doubt + other.doubt,
        )

    def rounded(self) -> "Sum":
        """What a float makes of it."""
        lost = {name: _ROUNDED * size(part) for name, part in self.parts.items()}
        doubt = self.doubt + _ROUNDED * size(self.constant) + _TINY
        return Sum(Kind.FLOAT, self.parts, self.constant, _added(self.doubts, lost), doubt)


class SumReader:
    """Reads expressions; ``kind_of`` tells what a field is counted in, None where it is no quantity."""

    def __init__(self, kind_of: Callable[[e.Expr], Kind | None]) -> None:
        self._kind_of = kind_of

    def read(self, expr: e.Expr) -> Sum | None:
        """The expression as a sum where all that it needs is there; None where it is no quantity.

        Of ``x else y`` it is to be decided before which of them it is, or it is not taken apart.
        """
        match expr:
            case e.Constant(value):
                return quantity(value)
            case e.FieldRef() | e.SignalRef() | e.Now():
                return self._column(expr, self._kind_of(expr))
            case e.Bounded(operand):
                return self.read(operand)
            case e.Arithmetic(operator, left, right):
                one, other = self.read(left), self.read(right)
                if one is None or other is None:
                    return None
                return self._worked_out(operator, one, other) or self._opaque(expr, one, other)
            case e.Else(first, second):
                return self._column(expr, self._either(first, second))
            case e.Call(_, arguments, None):
                return self._column(expr, self._result(expr.function, arguments))
            case _:
                return None

    def _column(self, expr: e.Expr, kind: Kind | None) -> Sum | None:
        return None if kind is None else Sum(kind, {expr: 1})

    def _result(self, function: str, arguments: tuple[e.Expr, ...]) -> Kind | None:
        """What the result of a function is counted in."""
        row = FUNCTIONS[function]
        if row.known in (Known.LEAST, Known.LARGEST):
            kinds = {None if (inner := self.read(part)) is None else inner.kind for part in arguments}
            return kinds.pop() if len(kinds) == 1 else None
        kinds = {_KINDS.get(type(result).__name__) for result in row.of.values()}
        return kinds.pop() if len(kinds) == 1 else None

    def _either(self, first: e.Expr, second: e.Expr) -> Kind | None:
        """What one of two is counted in, whichever it is."""
        kinds = {None if side is None else side.kind for side in (self.read(first), self.read(second))}
        return Kind.FLOAT if kinds == {Kind.WHOLE, Kind.FLOAT} else kinds.pop() if len(kinds) == 1 else None

    def _opaque(self, expr: e.Expr, one: Sum, other: Sum) -> Sum | None:
        """What is not taken apart, such as a product of two fields."""
        if Kind.DAYS in (one.kind, other.kind):
            return self._column(expr, Kind.DAYS)
        numbers = one.kind in _NUMBERS and other.kind in _NUMBERS
        return self._column(expr, Kind.FLOAT) if numbers else None

    def _worked_out(self, operator: str, one: Sum, other: Sum) -> Sum | None:
        match operator:
            case "+" | "-":
                return self._added(operator, one, other)
            case "*" | "/" if one.kind in _NUMBERS and other.kind in _NUMBERS:
                if operator == "/":
                    if other.parts or other.doubts or size(other.constant) <= 2 * other.doubt:
                        return None
                    doubt = over(2 * other.doubt, other.constant * other.constant)
                    return one.times(over(1, other.constant)).plus(_lost(one, doubt), Kind.FLOAT).rounded()
                if one.parts and other.parts:
                    return None
                if one.parts:
                    one, other = other, one
                if one.doubts:
                    return None
                product = other.times(one.constant).plus(_lost(other, one.doubt), other.kind)
                if one.kind is other.kind is Kind.WHOLE or (
                    one.kind is Kind.WHOLE and _is_shift(one.constant)
                ):
                    kind = Kind.WHOLE if one.kind is other.kind is Kind.WHOLE else Kind.FLOAT
                    return Sum(kind, product.parts, product.constant, product.doubts, product.doubt)
                return product.rounded()
            case _:
                return None

    def _added(self, operator: str, one: Sum, other: Sum) -> Sum | None:
        sign = 1 if operator == "+" else -1
        match one.kind, other.kind:
            case Kind.DAYS, Kind.DAYS:
                return one.plus(other.times(-1), Kind.TICKS).times(DAY) if sign < 0 else None
            case Kind.DAYS, Kind.TICKS if not other.parts:
                return one.plus(_whole_days(other, sign), Kind.DAYS)
            case Kind.TICKS, Kind.DAYS if not one.parts and sign > 0:
                return other.plus(_whole_days(one, sign), Kind.DAYS)
            case Kind.TICKS, Kind.TICKS:
                return one.plus(other.times(sign), Kind.TICKS)
            case (Kind.WHOLE, Kind.WHOLE):
                return one.plus(other.times(sign), Kind.WHOLE)
            case (Kind.WHOLE | Kind.FLOAT, Kind.WHOLE | Kind.FLOAT):
                return one.plus(other.times(sign), Kind.FLOAT).rounded()
            case _:
                return None


_NUMBERS = Kind.WHOLE, Kind.FLOAT
_KINDS = {"Integer": Kind.WHOLE, "Number": Kind.FLOAT, "Date": Kind.DAYS, "Duration": Kind.TICKS}


def quantity(value: Value | None) -> Sum | None:
    """A value that is written out; None where it is no quantity."""
    match value:
        case bool() | str() | frozenset() | None:
            return None
        case int():
            return Sum(Kind.WHOLE, constant=value)
        case float():
            written = Fraction(repr(value))
            constant = written.numerator if written.denominator == 1 else written
            is_exact = written == Fraction(value)
            return Sum(Kind.FLOAT, constant=constant, doubt=0 if is_exact else _ROUNDED * size(written))
        case datetime() | timedelta():
            return Sum(Kind.TICKS, constant=rank(value))
        case date():
            return Sum(Kind.DAYS, constant=rank(value))


def _lost(one: Sum, doubt: Quantity) -> Sum:
    """What a product loses since its constant may be another by so much."""
    if not doubt:
        return Sum(one.kind)
    lost = {name: doubt * size(part) for name, part in one.parts.items()}
    more = {name: doubt * part for name, part in one.doubts.items()}
    return Sum(one.kind, {}, 0, _added(lost, more), doubt * (size(one.constant) + one.doubt))


def _is_shift(factor: Quantity) -> bool:
    """Whether a product with a factor is exact: by a power of two, upwards."""
    power = size(factor)
    return isinstance(power, int) and 0 < power < _EXACT and power & (power - 1) == 0


def _whole_days(span: Sum, sign: int) -> Sum:
    days, constant = size(span.constant) // DAY, span.constant
    return Sum(Kind.DAYS, constant=sign * (days if constant > 0 else -days))


def _added(one: Mapping[e.Expr, Quantity], other: Mapping[e.Expr, Quantity]) -> dict[e.Expr, Quantity]:
    found = dict(one)
    for name, part in other.items():
        found[name] = found.get(name, 0) + part
    return {name: part for name, part in found.items() if part}
