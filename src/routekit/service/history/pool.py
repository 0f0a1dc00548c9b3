"""Connections that threads take turns with, and that a forked process does not share."""

import os
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Pool"]


class Closeable(Protocol):
    def close(self) -> None: ...


Connection = TypeVar("Connection", bound=Closeable)

_inherited: list[object] = []
"""What a forked process got from its parent: to close it here would disturb it there."""


class Pool(Generic[Connection]):
    """As many connections as are needed at once; the one used last is used next."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: deque[Connection] = deque()
        self.generation = 0
        _pools.add(self)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One for this thread alone; where the block raises it is closed, since it may be broken."""
        generation = self.generation
        connection = self.take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self.give_back(connection, generation)

    def take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def give_back(self, connection: Connection, generation: int) -> None:
        if generation == self.generation:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Closes all; those in use as they come back."""
        self.generation += 1
        while self._idle:
            self._idle.pop().close()

    def _forget(self) -> None:
        _inherited.append(self._idle)
        self._idle = deque()
        self.generation += 1


_pools: "weakref.WeakSet[Pool[Any]]" = weakref.WeakSet()


def _after_fork() -> None:
    for pool in list(_pools):
        pool._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
