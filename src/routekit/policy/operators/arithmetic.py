"""Arithmetic on numbers, durations, dates and times, a row an operator."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from operator import add, mul, sub, truediv

from routekit.policy.operators import Operator
from routekit.schema.reading import LARGEST_INTEGER
from routekit.schema.times import in_bounds
from routekit.schema.types import Date, Duration, Integer, Number, Time, Type, Value

__all__ = ["ARITHMETIC", "Arithmetic", "result_of"]

_DAY, _NOTHING = timedelta(days=1), timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Operator):
    """``left NAME right``; of two operators, the one of the higher ``precedence`` binds more tightly.

    An operator that ``is_monotone`` rises or falls all along each of its sides, so that its values over two
    ranges lie between those at their ends; ``but_for_zero``: not where the right side may be zero.
    """

    precedence: int
    is_monotone: bool = False
    but_for_zero: bool = False


def _bounded(work_out: Callable[[Value, Value], Value]) -> Callable[[Value, Value], Value | None]:
    """Arithmetic whose result is missing where it is not to be had."""

    def meaning(left: Value, right: Value) -> Value | None:
        try:
            result = work_out(left, right)
        except (ZeroDivisionError, OverflowError):
            return None
        if isinstance(result, int):
            return result if abs(result) <= LARGEST_INTEGER else None
        if isinstance(result, float):
            return result if isfinite(result) else None
        if isinstance(result, datetime):
            return result if in_bounds(result) else None
        return result

    meaning.__name__ = work_out.__name__
    return meaning


def _in_whole_days(work_out: Callable[[Value, Value], Value]) -> Callable[[Value, Value], Value]:
    """Addition or subtraction in which a date is moved by the whole days of a duration, whatever its sign."""

    def meaning(left: Value, right: Value) -> Value:
        if type(left) is date and type(right) is timedelta:
            right = _whole_days(right)
        elif type(right) is date and type(left) is timedelta:
            left = _whole_days(left)
        return work_out(left, right)

    meaning.__name__ = work_out.__name__
    return meaning


def _whole_days(span: timedelta) -> timedelta:
    days = abs(span) // _DAY
    return timedelta(days if span > _NOTHING else -days)


ARITHMETIC: dict[str, Arithmetic] = {
    row.name: row
    for row in (
        Arithmetic(name="+", meaning=_bounded(_in_whole_days(add)), precedence=0, is_monotone=True),
        Arithmetic(name="-", meaning=_bounded(_in_whole_days(sub)), precedence=0, is_monotone=True),
        Arithmetic(name="*", meaning=_bounded(mul), precedence=1, is_monotone=True),
        Arithmetic(name="/", meaning=_bounded(truediv), precedence=1, is_monotone=True, but_for_zero=True),
    )
}

_MOMENTS: dict[tuple[type[Type], str, type[Type]], Type] = {
    (Time, "-", Time): Duration(),
    (Time, "+", Duration): Time(),
    (Time, "-", Duration): Time(),
    (Duration, "+", Time): Time(),
    (Date, "-", Date): Duration(),
    (Date, "+", Duration): Date(),
    (Date, "-", Duration): Date(),
    (Duration, "+", Date): Date(),
    (Duration, "+", Duration): Duration(),
    (Duration, "-", Duration): Duration(),
}
"""What comes of arithmetic on moments and spans; a date counts the whole days of a duration."""


def result_of(operator: str, left: Type, right: Type) -> Type | None:
    """Returns the type of what arithmetic makes of two types; None where they do not go together.

    >>> result_of("/", Integer(0, 9), Integer()), result_of("-", Time(), Time())
    (Number(low=None, high=None), Duration(low=None, high=None))
    """
    if isinstance(left, Integer | Number) and isinstance(right, Integer | Number):
        whole = isinstance(left, Integer) and isinstance(right, Integer) and operator != "/"
        return Integer() if whole else Number()
    return _MOMENTS.get((type(left), operator, type(right)))
