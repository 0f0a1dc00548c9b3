"""Connections that threads take turns with, and that a forked process does not share."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from routekit.engine.forks import anew_after_fork
from routekit.service.history.store import ContentionError

__all__ = ["Pool"]


class Closeable(Protocol):
    def close(self) -> None: ...


Connection = TypeVar("Connection", bound=Closeable)

_inherited: list[object] = []
"""What a forked process got from its parent: to close it here would disturb it there."""


class Pool(Generic[Connection]):
    """As many connections as are needed at once, ``most`` at most; the one used last is used next."""

    def __init__(self, connect: Callable[[], Connection], most: int | None = None) -> None:
        self._connect = connect
        self._most = most
        self._in_use = 0
        self._idle: deque[Connection] = deque()
        self.generation = 0
        anew_after_fork(self)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One for this thread alone; where the block raises it is closed, since it may be broken."""
        generation = self.generation
        connection = self.take()
        try:
            yield connection
        except BaseException:
            self.drop(connection)
            raise
        self.give_back(connection, generation)

    def take(self) -> Connection:
        if self._most is not None and self._in_use >= self._most:
            raise ContentionError(f"all {self._most} connections are in use")
        self._in_use += 1
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except BaseException:
            self._in_use -= 1
            raise

    def drop(self, connection: Connection) -> None:
        """Closes one that may be broken."""
        self._in_use -= 1
        connection.close()

    def give_back(self, connection: Connection, generation: int) -> None:
        self._in_use -= 1
        if generation == self.generation:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Closes all; those in use as they come back."""
        self.generation += 1
        while self._idle:
            self._idle.pop().close()

    def begin_anew(self) -> None:
        _inherited.append(self._idle)
        self._idle = deque()
        self._in_use = 0
        self.generation += 1
