"""The functions and operators of the language, a row each: what they take and what comes of them."""

from dataclasses import dataclass

from routekit.schema.types import WEEKDAYS, Date, Duration, Integer, Time, Type

__all__ = ["FUNCTIONS", "MOMENT_ARITHMETIC", "Function"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one argument; ``of`` maps each type it takes to the type it gives."""

    name: str
    of: dict[type[Time] | type[Date], Type]


FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("hour", {Time: Integer(0, 23)}),
        Function("weekday", {Time: WEEKDAYS, Date: WEEKDAYS}),
        Function("day", {Time: Integer(1, 31), Date: Integer(1, 31)}),
        Function("month", {Time: Integer(1, 12), Date: Integer(1, 12)}),
        Function("date", {Time: Date()}),
    )
}

MOMENT_ARITHMETIC: dict[tuple[type[Type], str, type[Type]], Type] = {
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
"""Arithmetic on moments and spans; a date counts the whole days of a duration."""
