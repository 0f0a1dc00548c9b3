"""TaskRouter's clock, in UTC: hours and minutes as calendars, the day of the week as a test.

``taskrouter.currentTime`` is the time as a number, 1830 for half past six in the evening. A comparison
with it holds at certain minutes of the day, and those are the open hours of a calendar.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from routekit.importers.names import Names
from routekit.importers.twilio.conditions import FALSE, TRUE, Condition, Test
from routekit.importers.twilio.expression_parser import Compare, Key, Listing, Term, Value

__all__ = ["Clock", "is_clock"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_READINGS: dict[str, Callable[[int], int]] = {
    "currenttime": lambda minute: minute // 60 * 100 + minute % 60,
    "currenthour": lambda minute: minute // 60,
    "currentmin": lambda minute: minute % 60,
    "currentminute": lambda minute: minute % 60,
}
_PREFIX = {"==": "at", "<": "before", "<=": "until", ">": "after", ">=": "from"}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def is_clock(term: Term) -> bool:
    """Checks whether a term is a reading of TaskRouter's clock.

    >>> is_clock(Key(("taskrouter", "currentTime")))
    True
    """
    return isinstance(term, Key) and len(term.path) == 2 and term.path[0].lower() == "taskrouter"


@dataclass(slots=True)
class Clock:
    """The calendars that comparisons with the clock need, by their hours."""

    calendars: dict[str, str] = field(default_factory=dict)
    is_asked: bool = False
    _names: Names = field(default_factory=Names)

    def test(self, leaf: Compare, wanted: bool) -> Condition | None:
        """Writes the condition for a comparison with the clock to come out as wanted; None without one."""
        operator, clock, other = leaf.operator, leaf.left, leaf.right
        if not is_clock(clock):
            operator, clock, other = _MIRROR.get(operator, operator), leaf.right, leaf.left
            if leaf.operator not in ("==", "!=", *_MIRROR):
                return None
        if not isinstance(clock, Key):
            return None
        if operator in ("!=", "not in"):
            operator, wanted = {"!=": "==", "not in": "in"}[operator], not wanted
        constants = _constants(other, operator)
        if constants is None or operator not in ("==", "in", *_MIRROR):
            return None
        reading = clock.path[1].lower()
        if reading == "dayofweek":
            return self._day(operator, constants, wanted)
        if reading not in _READINGS:
            return None
        numbers = [_number(constant) for constant in constants]
        if any(number is None for number in numbers):
            return None
        return self._time(reading, operator, [number for number in numbers if number is not None], wanted)

    def _day(
        self, operator: str, constants: list[str | Decimal | bool | None], wanted: bool
    ) -> Condition | None:
        if operator not in ("==", "in"):
            return None
        named = {constant.strip().lower()[:3] for constant in constants if isinstance(constant, str)}
        days = [day for day in DAYS if day in named]
        if not days or len(days) == len(DAYS):
            return TRUE if bool(days) == wanted else FALSE
        self.is_asked = True
        if len(days) == 1:
            return Test(f"weekday(now) is {'' if wanted else 'not '}{days[0]}")
        return Test(f"weekday(now) {'' if wanted else 'not '}in {{{', '.join(days)}}}")

    def _time(self, reading: str, operator: str, numbers: list[Decimal], wanted: bool) -> Condition:
        read = _READINGS[reading]
        minutes = [_holds(operator, read(minute), numbers) for minute in range(24 * 60)]
        if all(minutes) or not any(minutes):
            return TRUE if minutes[0] == wanted else FALSE
        self.is_asked = True
        hours = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in _spans(minutes))
        if hours not in self.calendars:
            wish = "some_times"
            if operator in _PREFIX and reading == "currenttime" and 0 <= numbers[0] < 2400:
                wish = f"{_PREFIX[operator]}_{int(numbers[0]):04d}"
            elif operator in _PREFIX:
                unit = "hour" if reading == "currenthour" else "minute"
                wish = f"{_PREFIX[operator]}_{unit}_{max(0, int(numbers[0]))}"
            self.calendars[hours] = self._names.unique(wish)
        return Test(f"{self.calendars[hours]} is {'' if wanted else 'not '}open")


def _constants(term: Term, operator: str) -> list[str | Decimal | bool | None] | None:
    """The constants that the clock is compared with; None where one is no constant."""
    terms = term.items if isinstance(term, Listing) else (term,)
    if isinstance(term, Listing) != (operator == "in"):
        return None
    values = [item.value for item in terms if isinstance(item, Value) and not item.is_placeholder]
    return values if len(values) == len(terms) else None


def _number(value: str | Decimal | bool | None) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return None


def _holds(operator: str, reading: int, numbers: list[Decimal]) -> bool:
    match operator:
        case "==" | "in":
            return reading in numbers
        case "<":
            return reading < numbers[0]
        case "<=":
            return reading <= numbers[0]
        case ">":
            return reading > numbers[0]
        case _:
            return reading >= numbers[0]


def _spans(minutes: list[bool]) -> list[tuple[int, int]]:
    """The stretches of the day that hold, each up to, not including, its end."""
    edges = [
        minute
        for minute in range(len(minutes) + 1)
        if (minute > 0 and minutes[minute - 1]) != (minute < len(minutes) and minutes[minute])
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
