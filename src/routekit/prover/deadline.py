"""How long an analysis may take."""

from collections.abc import Callable
from time import monotonic

__all__ = ["TIMEOUT", "TimeUpError", "deadline", "hurry"]

TIMEOUT = 60.0
"""Seconds for everything that is asked of one policy."""


class TimeUpError(Exception):
    """What was begun is given up, since the time is up."""


def deadline(seconds: float) -> Callable[[], bool]:
    """Says whether the time is up."""
    until = monotonic() + seconds
    return lambda: monotonic() > until


def hurry(late: Callable[[], bool]) -> Callable[[], None]:
    """Raises ``TimeUpError`` when the time is up; to be called within long loops."""

    def check() -> None:
        if late():
            raise TimeUpError

    return check
