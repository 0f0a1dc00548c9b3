"""Nobody waits for what has failed several times: it is away until it answers again."""

import logging
import time

from routekit.engine.log import log

__all__ = ["CircuitBreaker"]

_FAILURES = 3
"""So many in a row, and it is away."""


class CircuitBreaker:
    """Counts failures of one thing that may be away.

    >>> breaker = CircuitBreaker("history")
    >>> for _ in range(3): breaker.failed("the disk is full")
    >>> breaker.is_open, breaker.reason
    (True, 'the disk is full')
    >>> breaker.succeeded()
    >>> breaker.is_open
    False
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._failures = 0
        self._since = 0.0
        self.is_open = False
        self.reason = ""

    def failed(self, reason: str) -> None:
        self.reason = reason
        self._failures += 1
        if self._failures >= _FAILURES and not self.is_open:
            self._since = time.monotonic()
            self.is_open = True
            log(logging.WARNING, f"{self._what} is away", reason=reason)

    def succeeded(self) -> None:
        if not self._failures:
            return
        self._failures = 0
        if self.is_open:
            self.is_open = False
            log(logging.WARNING, f"{self._what} is back", away_for=round(time.monotonic() - self._since, 3))

    @property
    def is_failing(self) -> bool:
        """Whether the last call failed."""
        return self._failures > 0

    @property
    def away_for(self) -> float:
        """Seconds."""
        return time.monotonic() - self._since if self.is_open else 0.0
