"""Pauses the garbage collector while a policy is read and compiled.

What is read stays, and there is ever more of it: the collector would walk all of it again and again, which
takes a third of the time that a large policy needs.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from routekit.engine.forks import anew_after_fork

__all__ = ["resting_collector"]


class _Pause:
    """The pause of this process: the first who enters stops the collector, the last who leaves starts it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside: set[object] = set()
        self._was_on = False
        anew_after_fork(self)

    def enter(self) -> object:
        """Stops the collector; what it returns is given to ``leave``."""
        token = object()
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside.add(token)
        return token

    def leave(self, token: object) -> None:
        """Starts the collector again, if it ran and nobody else is inside."""
        with self._lock:
            if token in self._inside:  # a forked child has let go of all tokens
                self._inside.remove(token)
                self._restore()

    def begin_anew(self) -> None:
        """Ends the pauses of threads that a forked child does not have."""
        self._lock = Lock()
        if self._inside:
            self._inside.clear()
            self._restore()

    def _restore(self) -> None:
        if not self._inside and self._was_on:
            gc.enable()


_pause = _Pause()


@contextmanager
def resting_collector() -> Iterator[None]:
    """Collects no garbage within, in any thread.

    Several threads may be within at once: collection goes on when the last of them has left, and only where
    it was on before the first came.

    >>> with resting_collector():
    ...     gc.isenabled()
    False
    """
    token = _pause.enter()
    try:
        yield
    finally:
        _pause.leave(token)
