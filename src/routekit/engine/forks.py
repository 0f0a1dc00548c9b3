"""What must begin anew in a forked process: locks that another thread held, threads that are not there."""

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["Forked", "anew_after_fork"]


class Forked(Protocol):
    """What a process cannot take over from the one that it was forked from."""

    def begin_anew(self) -> None:
        """Called in the child, where no other thread runs yet."""


_known: WeakSet[Forked] = WeakSet()


def anew_after_fork(item: Forked) -> None:
    """Has ``begin_anew`` of an item called in each forked child, for as long as somebody holds the item."""
    _known.add(item)


def _in_child() -> None:
    for item in list(_known):
        item.begin_anew()


if hasattr(os, "register_at_fork"):  # systems without fork need nothing of this
    os.register_at_fork(after_in_child=_in_child)
