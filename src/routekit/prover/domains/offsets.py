"""How far from a time its tests look: by how much they shift it, and whether they ask only for its day."""

from datetime import timedelta

from routekit.policy import expressions as e
from routekit.prover.domains.terms import ArmOf, Atom, walk
from routekit.schema.types import Value

__all__ = ["constants", "is_daily", "shifts"]

_FARTHEST = timedelta(days=40)


def constants(test: Atom) -> list[Value]:
    """The values that are written out in a test."""
    values: list[Value] = []
    for part in walk(test):
        if isinstance(part, e.Constant):
            values.append(part.value)
        elif isinstance(part, e.InSet):
            values += part.values
    return values


def is_daily(test: Atom) -> bool:
    """Whether a test asks only for the day of a time, and so comes out the same from midnight to midnight."""
    if isinstance(test, ArmOf) or not any(isinstance(part, e.Call) for part in walk(test)):
        return False
    waiting: list[e.Expr] = [test]
    while waiting:
        part = waiting.pop()
        match part:
            case e.Call("day" | "month" | "weekday" | "date", e.Now() | e.FieldRef() | e.SignalRef()):
                continue
            case e.Now() | e.FieldRef() | e.SignalRef() | e.Call() | e.CalendarOpen() | e.Arithmetic():
                return False
        waiting += e.children(part)
    return True


def shifts(test: Atom) -> set[timedelta]:
    """How far from the time itself a test looks, in either direction."""
    found = {timedelta(0)}
    for part in walk(test):
        match part:
            case e.Arithmetic("+", _, e.Constant(timedelta() as shift)):
                found.add(shift)
            case e.Arithmetic("-", _, e.Constant(timedelta() as shift)):
                found.add(-shift)
            case e.Constant(timedelta() as shift) if abs(shift) <= _FARTHEST:
                found |= {shift, -shift} if not _is_simple(test) else set()
    return {min(max(shift, -_FARTHEST), _FARTHEST) for shift in found}


def _is_simple(test: Atom) -> bool:
    return all(
        not isinstance(part, e.Arithmetic)
        or (part.operator in ("+", "-") and isinstance(part.right, e.Constant))
        for part in walk(test)
    )
