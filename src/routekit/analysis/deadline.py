"""How long an analysis may take."""

from collections.abc import Callable
from time import monotonic

__all__ = ["TIMEOUT", "deadline"]

TIMEOUT = 60.0
"""Seconds for everything that is asked of one policy."""


def deadline(seconds: float) -> Callable[[], bool]:
    """Says whether the time is up."""
    until = monotonic() + seconds
    return lambda: monotonic() > until
