"""What generated code calls: the operations of the language that are more than one of Python's."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from math import isfinite

from routekit.schema.reading import LARGEST_INTEGER
from routekit.schema.times import in_bounds, zone
from routekit.schema.types import WEEKDAYS, Value

__all__ = ["ARITHMETIC", "all_true", "any_true", "calls", "not_true"]

Binary = Callable[[Value, Value], Value | None]


def _kept(result: Value) -> Value | None:
    """A result, or missing: an integer beyond 64 bits, no finite number, a time beyond its ends."""
    if isinstance(result, int):
        return result if abs(result) <= LARGEST_INTEGER else None
    if isinstance(result, float):
        return result if isfinite(result) else None
    if isinstance(result, datetime):
        return result if in_bounds(result) else None
    return result


def _plus(left: Value, right: Value) -> Value | None:
    try:
        return _kept(left + right)  # type: ignore[operator]
    except OverflowError:
        return None


def _minus(left: Value, right: Value) -> Value | None:
    try:
        return _kept(left - right)  # type: ignore[operator]
    except OverflowError:
        return None


def _times(left: Value, right: Value) -> Value | None:
    try:
        return _kept(left * right)  # type: ignore[operator]
    except OverflowError:
        return None


def _divided(left: Value, right: Value) -> Value | None:
    try:
        return _kept(left / right)  # type: ignore[operator]
    except (ZeroDivisionError, OverflowError):
        return None


ARITHMETIC: dict[str, Binary] = {"+": _plus, "-": _minus, "*": _times, "/": _divided}


def all_true(truths: Iterable[Value | None]) -> bool | None:
    """``and`` of three-valued logic."""
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return None if unknown else True


def any_true(truths: Iterable[Value | None]) -> bool | None:
    """``or`` of three-valued logic."""
    unknown = False
    for truth in truths:
        if truth is True:
            return True
        unknown = unknown or truth is None
    return None if unknown else False


def not_true(truth: Value | None) -> bool | None:
    """``not`` of three-valued logic."""
    return None if truth is None else not truth


def calls(timezone: str) -> dict[str, Callable[[date], Value]]:
    """The language's functions, in a policy's timezone.

    >>> calls("Asia/Shanghai")["hour"](datetime.fromisoformat("2026-11-23T02:00:00+00:00"))
    10
    """
    local = zone(timezone)

    def on_wall(moment: date) -> date:
        return moment.astimezone(local) if isinstance(moment, datetime) else moment

    def hour(moment: date) -> Value:
        return moment.astimezone(local).hour if isinstance(moment, datetime) else 0

    def day_of(moment: date) -> Value:
        return moment.astimezone(local).date() if isinstance(moment, datetime) else moment

    def weekday(moment: date) -> Value:
        return WEEKDAYS.names[on_wall(moment).weekday()]

    def day(moment: date) -> Value:
        return on_wall(moment).day

    def month(moment: date) -> Value:
        return on_wall(moment).month

    return {"hour": hour, "date": day_of, "weekday": weekday, "day": day, "month": month}
