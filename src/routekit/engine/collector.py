"""Reading and compiling while the garbage collector rests.

What is read stays, and there is ever more of it: the collector would walk all of it again and again, which
takes a third of the time that a large policy needs.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["resting_collector"]


@contextmanager
def resting_collector() -> Iterator[None]:
    """No garbage is collected within, in any thread; behind it the collector goes on where it was on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
