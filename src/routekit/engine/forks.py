"""What must begin anew in a forked process: locks that another thread held, threads that are not there."""

import os
from threading import Condition
from typing import Protocol
from weakref import WeakSet

__all__ = ["Forked", "Gate", "anew_after_fork"]

_LONGEST = 10.0
"""Seconds that a fork waits for what must not be cut in two."""


class Forked(Protocol):
    """What a process cannot take over from the one that it was forked from."""

    def begin_anew(self) -> None:
        """Starts over in the child, where no other thread runs yet."""


_known: WeakSet[Forked] = WeakSet()


def anew_after_fork(item: Forked) -> None:
    """Has ``begin_anew`` of an item called in each forked child, for as long as somebody holds the item."""
    _known.add(item)


class Gate:
    """Keeps forks out of what a library does under locks of its own, which the child would find locked.

    >>> gate = Gate()
    >>> with gate:
    ...     pass
    """

    def __init__(self) -> None:
        self._inside = 0
        self._is_closed = False
        self._changed = Condition()
        _gates.add(self)

    def __enter__(self) -> None:
        with self._changed:
            while self._is_closed:
                self._changed.wait()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            if self._is_closed:
                self._changed.notify_all()

    def close(self) -> None:
        """Lets nobody in any more, and waits until nobody is inside."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._inside, timeout=_LONGEST)

    def open(self) -> None:
        """Lets in who has waited."""
        with self._changed:
            self._is_closed = False
            self._changed.notify_all()

    def begin_anew(self) -> None:
        """Starts over in a forked child, where nobody is inside."""
        self._inside, self._is_closed, self._changed = 0, False, Condition()


_gates: WeakSet[Gate] = WeakSet()


def _before() -> None:
    for gate in list(_gates):
        gate.close()


def _in_parent() -> None:
    for gate in list(_gates):
        gate.open()


def _in_child() -> None:
    for gate in list(_gates):
        gate.begin_anew()
    for item in list(_known):
        item.begin_anew()


if hasattr(os, "register_at_fork"):  # systems without fork need nothing of this
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
