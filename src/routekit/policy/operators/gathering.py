"""What the values of cases that hold come to: the first of them, their sum, the least or the greatest."""

from collections.abc import Iterable
from datetime import timedelta

from routekit.policy.expressions import Cases
from routekit.policy.operators.arithmetic import ARITHMETIC
from routekit.schema.types import Choice, Duration, Type, Value

__all__ = ["gathered", "nothing_of"]


def gathered(expr: Cases, values: Iterable[Value | None]) -> Value | None:
    """Gives the value of cases, of the values of those that hold, in their order; reads no more than needed.

    >>> from routekit.schema.types import Integer
    >>> gathered(Cases("max", (), Integer()), [3, None, 5])
    5
    """
    if expr.gather == "first":
        return next(iter(values), None)
    known = [value for value in values if value is not None]
    if expr.gather == "sum":
        return _total(nothing_of(expr.type), known)
    if not known:
        return None
    rank = expr.type.rank if isinstance(expr.type, Choice) else {}
    best = min if expr.gather == "min" else max
    return best(known, key=lambda value: rank[str(value)] if rank else value)


def nothing_of(type_: Type) -> Value:
    """Gives the sum of no values at all."""
    return timedelta(0) if isinstance(type_, Duration) else 0


def _total(total: Value, values: Iterable[Value]) -> Value | None:
    add = ARITHMETIC["+"].meaning
    for value in values:
        found = add(total, value)
        if found is None:
            return None
        total = found
    return total
