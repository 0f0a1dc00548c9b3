"""A number for each half hour of the week, as people write rosters and loads."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from routekit.translation import t

__all__ = ["HALF_HOUR", "HALF_HOURS", "WEEKDAYS", "Week", "by_half_hour", "label", "week"]

HALF_HOUR = 1800.0
"""Seconds."""
HALF_HOURS = 48
"""Of a day."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_HOURS = re.compile(r"(\d\d?):(00|30)-(\d\d?):(00|30)")


def week(given: object) -> tuple[tuple[float, ...], ...]:
    """Reads seven days of forty-eight half hours.

    A number holds all week; a list of 48 every day; a table has keys such as ``Mon-Fri 08:00-20:00``,
    ``Sat 09:00-13:00`` or ``Sun``, each with a number, or with a list for its half hours. Of several that
    speak of one half hour the last one counts; none means 0. Raises ``ValueError``.

    >>> roster = week({"Mon-Fri": 2, "Mon,Sat 08:00-09:00": [5, 6]})
    >>> roster[0][15:19], roster[5][16], sum(roster[6])
    ((2.0, 5.0, 6.0, 2.0), 5.0, 0.0)
    """
    table: list[list[float]] = [[0.0] * HALF_HOURS for _ in WEEKDAYS]
    if isinstance(given, tuple) and len(given) == len(WEEKDAYS):  # read before
        return given
    lines = given.items() if isinstance(given, dict) else [("Mon-Sun", given)]
    for written, said in lines:
        days, halves = _when(str(written))
        numbers = _numbers(said, len(halves))
        for day in days:
            for half, number in zip(halves, numbers, strict=True):
                table[day][half] = number
    return tuple(map(tuple, table))


Week: TypeAlias = Annotated[
    tuple[tuple[float, ...], ...],
    BeforeValidator(week),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "array", "items": {"type": "number", "minimum": 0}},
                {
                    "type": "object",
                    "additionalProperties": {
                        "anyOf": [
                            {"type": "number", "minimum": 0},
                            {"type": "array", "items": {"type": "number", "minimum": 0}},
                        ]
                    },
                    "examples": [{"Mon-Fri 08:00-20:00": 24, "Sat 09:00-13:00": 8}],
                },
            ]
        }
    ),
]
"""As :func:`week` reads it."""


def _when(written: str) -> tuple[list[int], list[int]]:
    days, _, hours = written.strip().partition(" ")
    found = [day for part in days.split(",") for day in _days(part)]
    if not hours.strip():
        return found, [*range(HALF_HOURS)]
    match = _HOURS.fullmatch(hours.strip())
    if match is None:
        raise ValueError(
            t("`{hours}` are no hours such as `08:00-20:30`, on full or half hours", hours=hours)
        )
    first, half, last, other = (int(group) for group in match.groups())
    start, end = first * 2 + half // 30, last * 2 + other // 30
    if not 0 <= start < end <= HALF_HOURS:
        raise ValueError(t("`{hours}` does not end behind its beginning, on the same day", hours=hours))
    return found, [*range(start, end)]


def _days(written: str) -> Iterable[int]:
    first, _, last = written.partition("-")
    for name in (first, last or first):
        if name not in WEEKDAYS:
            raise ValueError(
                t("`{name}` is no weekday: write `Mon` to `Sun`, `Mon-Fri` or `Sat,Sun`", name=name)
            )
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return range(start, end + 1) if start <= end else [*range(start, 7), *range(end + 1)]


def _numbers(said: Any, count: int) -> list[float]:
    numbers = said if isinstance(said, list | tuple) else [said] * count
    if len(numbers) != count:
        raise ValueError(t("has {number} numbers for {count} half hours", number=len(numbers), count=count))
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 1e9:
            raise ValueError(t("holds what is no number from 0 on"))
    return [float(number) for number in numbers]


def by_half_hour(
    table: tuple[tuple[float, ...], ...], begin: datetime, count: int, local: tzinfo
) -> list[float]:
    """Reads a week off the clock on the wall, for so many half hours from an instant on."""
    return [table[at.weekday()][at.hour * 2 + at.minute // 30] for at in _local(begin, count, local)]


def label(half: int, begin: datetime, local: tzinfo) -> str:
    """Names a half hour of a run: ``Mon 10:00``."""
    at = (begin + timedelta(seconds=half * HALF_HOUR)).astimezone(local)
    return f"{WEEKDAYS[at.weekday()]} {at:%H:%M}"


def _local(begin: datetime, count: int, local: tzinfo) -> Iterator[datetime]:
    for half in range(count):
        yield (begin + timedelta(seconds=half * HALF_HOUR)).astimezone(local)
