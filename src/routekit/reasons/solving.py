"""Where a sum turns: the value of one field at which two sides of a test are equal, the rest as it is."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TypeVar

from routekit.policy import expressions as e
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.reasons.counterfactuals import Situation, Spend, Variable
from routekit.schema.times import in_bounds
from routekit.schema.types import Date, Duration, Integer, Number, Time, Type, Value

__all__ = ["turning_points"]

Moment = TypeVar("Moment", datetime, date)

MOST_VALUES = 20
_HALVINGS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def turning_points(
    test: e.Expr, variable: Variable, type_: Type, situation: Situation, spend: Spend
) -> Iterator[Value]:
    """Yields values of a field of that type at which the answer of a test may turn."""
    start = _amount(situation.get(variable))
    if start is None:
        start = _start(type_, situation)
    if start is None:
        return
    # a count goes up by steps, and turns on both sides of the step on which the sides are equal
    steps = (0.5, -0.5) if _counts(test) else (0.0,)
    for (left, right), step in product(_sides(test), steps):

        def gap(
            amount: float, left: e.Expr = left, right: e.Expr = right, step: float = step
        ) -> float | None:
            spend(1)
            value = _value(type_, amount)
            if value is None:
                return None
            scope = situation.put(variable, value).scope()
            low, high = _amount(scope.value(left)), _amount(scope.value(right))
            return None if low is None or high is None else low - high + step

        root = _root(gap, start, type_)
        value = None if root is None else _value(type_, root, exact=True)
        if value is not None:
            yield value


def _counts(test: e.Expr) -> bool:
    calls = (part for part in e.parts(test) if isinstance(part, e.Call))
    return any(FUNCTIONS[call.function].known is Known.RISING for call in calls)


def _sides(test: e.Expr) -> list[tuple[e.Expr, e.Expr]]:
    match test:
        case e.Compare(_, left, right):
            return [(left, right)]
        case e.InRange(operand, low, high):
            return [(operand, low), (operand, high)]
        case e.InSet(operand, values):
            return [(operand, e.Constant(value)) for value in [*values][:MOST_VALUES]]
        case _:
            return []


def _root(gap: Callable[[float], float | None], start: float, type_: Type) -> float | None:
    """Where a function that grows or falls evenly is nought; by halves where it does not do so evenly."""
    first = gap(start)
    unit = 1.0 if isinstance(type_, Integer | Number | Date) else 60.0
    second = gap(start + unit)
    if first is None or second is None:
        return None
    if first == 0:
        return start
    if second != first:
        guess = start - first * unit / (second - first)
        found = gap(guess)
        if found is not None and abs(found) <= 1e-9 * max(1.0, abs(first)):
            return guess
    return _by_halves(gap, start, first, unit)


def _by_halves(gap: Callable[[float], float | None], start: float, first: float, unit: float) -> float | None:
    for reach in (unit * 10**power for power in range(10)):
        for end in (start + reach, start - reach):
            other = gap(end)
            if other is not None and (other > 0) is not (first > 0):
                return _halved(gap, start, end, first > 0)
    return None


def _halved(gap: Callable[[float], float | None], near: float, far: float, sign: bool) -> float | None:
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        found = gap(middle)
        if found is None:
            return None
        if (found > 0) is sign:
            near = middle
        else:
            far = middle
    return far


def _start(type_: Type, situation: Situation) -> float | None:
    match type_:
        case Integer(low, high) | Number(low, high):
            return float(low if low is not None else high if high is not None else 0)
        case Duration(low, high):
            return _amount(low or (high if high is not None and high < timedelta(0) else timedelta(0)))
        case Time(low, high):
            return _amount(_clamped(situation.facts.now, low, high))
        case Date(low, high):
            return _amount(_clamped(situation.facts.now.date(), low, high))
        case _:
            return None


def _clamped(value: Moment, low: Moment | None, high: Moment | None) -> Moment:
    """A moment, or the bound that it lies beyond."""
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


def _amount(value: object) -> float | None:
    match value:
        case bool():
            return None
        case int() | float():
            return float(value)
        case datetime():
            return (value - _EPOCH) / _SECOND
        case date():
            return float(value.toordinal())
        case timedelta():
            return value / _SECOND
        case _:
            return None


def _value(type_: Type, amount: float, *, exact: bool = False) -> Value | None:
    """An amount as a value; where ``exact``, in what such values are written in."""
    try:
        match type_:
            case Integer() | Number():
                return round(amount, 9) if exact else amount
            case Time():
                moment = _EPOCH + timedelta(seconds=round(amount, 0 if exact else 6))
                return moment if in_bounds(moment) else None
            case Date():
                return date.fromordinal(round(amount))
            case Duration():
                return timedelta(seconds=round(amount, 0 if exact else 6))
            case _:
                return None
    except (OverflowError, ValueError):
        return None
