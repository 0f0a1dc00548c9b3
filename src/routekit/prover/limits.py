"""How long an analysis may take, and of which years it speaks."""

from collections.abc import Callable
from datetime import date
from time import monotonic
from typing import TypeAlias

from routekit.translation import t

__all__ = ["TIMEOUT", "YEARS", "Deadline", "TimeUpError", "Years", "checked_years", "span_of"]

TIMEOUT = 60.0
"""Seconds for everything that is asked of one policy."""

Years: TypeAlias = tuple[int, int]
"""The first and the last year in which a contact may come."""

YEARS: Years = (2020, 2049)
_FIRST, _LAST, _MOST = 1900, 2199, 100


class TimeUpError(Exception):
    """What was begun is given up, since the time is up."""


class Deadline:
    """Until when an analysis may take; every loop of it asks.

    >>> Deadline(60).is_past, Deadline(0, clock=iter(range(9)).__next__).is_past
    (False, True)
    """

    def __init__(self, seconds: float, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or monotonic
        self._until = self._clock() + seconds

    @property
    def is_past(self) -> bool:
        """Whether the time is up."""
        return self._clock() > self._until

    def check(self) -> None:
        """Raises ``TimeUpError`` where the time is up."""
        if self._clock() > self._until:
            raise TimeUpError


def checked_years(years: Years) -> Years:
    """The years as they are given; raises ``ValueError`` for those that nothing can be said of.

    >>> checked_years((2020, 2030))
    (2020, 2030)
    """
    first, last = years
    if not _FIRST <= first <= last <= _LAST:
        raise ValueError(
            t("years are from {first} to {last}, the first before the last", first=_FIRST, last=_LAST)
        )
    if last - first >= _MOST:
        raise ValueError(t("at most {most} years are looked at at once", most=_MOST))
    return first, last


def span_of(years: Years) -> tuple[date, date]:
    """The first and the last day of some years."""
    return date(years[0], 1, 1), date(years[1], 12, 31)
