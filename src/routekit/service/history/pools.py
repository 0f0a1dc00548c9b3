"""Calls to a store, in threads: so many at once, each with its deadline; what hangs keeps no place."""

import asyncio
import concurrent.futures as futures
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from time import monotonic
from typing import Generic, Protocol, TypeVar

from routekit.engine.forks import anew_after_fork
from routekit.service.history.store import ContentionError

__all__ = ["CallPool", "Pool"]

_PATIENCE = 20
"""So many deadlines a call may wait for its turn: the queue of this process is no fault of the store."""

_HANGING = 24
"""Calls that may hang beside those that run; beyond them a call that hangs keeps its place."""

Answer = TypeVar("Answer")


class _Call(Generic[Answer]):
    """One call in a thread: since when it runs, and whether it still has a place.

    ``end`` comes whatever the call gave: a future with an error would complain where nobody asks any more.
    """

    __slots__ = ("answer", "customer", "end", "error", "has_place", "is_hanging", "started")

    answer: Answer

    def __init__(self, customer: str | None) -> None:
        self.end: futures.Future[None] = futures.Future()
        self.error: BaseException | None = None
        self.customer = customer
        self.started: float | None = None
        self.has_place = True
        self.is_hanging = False


class CallPool:
    """Runs calls in threads, ``at_once`` of them, for threads and event loops that wait.

    The ``deadline`` (seconds) counts from when a call has begun. Past it the call is left to itself, and its
    place goes to the next one; ``hanging`` says how many of a customer's calls were left so and have not
    returned, so that he is not waited for again.

    >>> pool = CallPool("calls", at_once=2, deadline=1.0)
    >>> pool.call_sync(lambda: 42)
    42
    >>> pool.close()
    """

    def __init__(self, name: str, at_once: int, deadline: float) -> None:
        self._name, self._at_once, self._deadline = name, at_once, deadline
        self.begin_anew()

    def begin_anew(self) -> None:
        """As a forked child must, where the threads are not."""
        self._lock = Lock()
        self._free = self._at_once
        self._waiting: deque[futures.Future[bool]] = deque()
        self._hanging = 0
        self._hanging_of: Counter[str] = Counter()
        self._threads: futures.ThreadPoolExecutor | None = None
        self._is_closed = False

    def hanging(self, customer: str) -> int:
        """Tells how many calls about a customer have gone past their deadline and not returned yet."""
        return self._hanging_of[customer] if self._hanging else 0

    async def call(self, call: Callable[[], Answer], customer: str | None = None) -> Answer:
        """Runs a call, and gives what it gives, for an event loop.

        Raises what it raises, ``TimeoutError`` past its deadline, ``ContentionError`` where no turn came.
        """
        turn = self._turn()
        if turn is not None:
            try:
                await asyncio.wait((asyncio.wrap_future(turn),), timeout=_PATIENCE * self._deadline)
            except BaseException:
                self._leave(turn)
                raise
            self._check(turn)
        made = self._start(call, customer)
        end = asyncio.wrap_future(made.end)
        try:
            while (left := self._left(made)) > 0:
                await asyncio.wait((end,), timeout=left)
            return self._result(made)
        except BaseException:
            self._give_up(made)
            raise
        finally:
            end.cancel()  # whoever answers later need not look for this loop

    def call_sync(self, call: Callable[[], Answer], customer: str | None = None) -> Answer:
        """As :meth:`call`, for a thread that waits."""
        turn = self._turn()
        if turn is not None:
            futures.wait((turn,), timeout=_PATIENCE * self._deadline)
            self._check(turn)
        made = self._start(call, customer)
        while (left := self._left(made)) > 0:
            futures.wait((made.end,), timeout=left)
        return self._result(made)

    def submit(self, call: Callable[[], Answer]) -> "futures.Future[Answer]":
        """Runs a call that takes as long as it takes, beside the others."""
        return self._executor().submit(call)

    def turn_away(self) -> None:
        """Sends away whoever waits for his turn: the store is away."""
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
        for turn in waiting:
            if turn.set_running_or_notify_cancel():
                turn.set_result(False)

    def close(self) -> None:
        self._is_closed = True
        self.turn_away()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    # ── turns ─────────────────────────────────────────────────────────────────

    def _turn(self) -> "futures.Future[bool] | None":
        """A place at once, or the turn to be waited for."""
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                return None
            turn: futures.Future[bool] = futures.Future()
            self._waiting.append(turn)
            return turn

    def _check(self, turn: "futures.Future[bool]") -> None:
        if not turn.done() and turn.cancel():
            raise ContentionError("too many calls wait for their turn")
        if not turn.result():
            raise ContentionError("it has gone away meanwhile")

    def _leave(self, turn: "futures.Future[bool]") -> None:
        if not turn.cancel() and turn.result():
            self._next()

    def _next(self) -> None:
        """Gives a place to the one who has waited longest."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                turn = self._waiting.popleft()
            if turn.set_running_or_notify_cancel():
                turn.set_result(True)
                return

    # ── calls ─────────────────────────────────────────────────────────────────

    def _executor(self) -> futures.ThreadPoolExecutor:
        if self._threads is None:
            with self._lock:
                if self._threads is None:
                    self._threads = futures.ThreadPoolExecutor(self._at_once + _HANGING, self._name)
        return self._threads

    def _start(self, call: Callable[[], Answer], customer: str | None) -> _Call[Answer]:
        made: _Call[Answer] = _Call(customer)
        try:
            self._executor().submit(self._run, call, made)
        except RuntimeError:  # it was closed, or no thread is to be had
            self._next()
            raise ContentionError("no thread is to be had for it") from None
        return made

    def _run(self, call: Callable[[], Answer], made: _Call[Answer]) -> None:
        made.started = monotonic()
        if made.end.set_running_or_notify_cancel():  # so that nobody can cancel it from now on
            try:
                made.answer = call()
            except BaseException as error:
                made.error = error
            made.end.set_result(None)
        with self._lock:
            has_place, made.has_place = made.has_place, False
            if made.is_hanging:
                self._count_hanging(made, -1)
        if has_place:
            self._next()

    def _left(self, made: _Call[Answer]) -> float:
        """Seconds that a call still has; none once it is answered."""
        if made.end.done():
            return 0.0
        started = made.started
        return self._deadline if started is None else self._deadline - (monotonic() - started)

    def _result(self, made: _Call[Answer]) -> Answer:
        if not made.end.done():
            self._give_up(made)
            raise TimeoutError
        if made.error is not None:
            raise made.error
        return made.answer

    def _give_up(self, made: _Call[Answer]) -> None:
        with self._lock:
            if made.end.done() or made.is_hanging:
                return
            made.is_hanging = True
            self._count_hanging(made, 1)
            goes_on = made.has_place and self._hanging <= _HANGING
            if goes_on:
                made.has_place = False
        if goes_on:
            self._next()

    def _count_hanging(self, made: _Call[Answer], by: int) -> None:
        self._hanging += by
        if made.customer is not None:
            self._hanging_of[made.customer] += by
            if not self._hanging_of[made.customer]:
                del self._hanging_of[made.customer]


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
        self._room = None if most is None else Semaphore(most)
        self._idle: deque[Connection] = deque()
        self.generation = 0
        anew_after_fork(self)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lends one to this thread alone; where the block raises it is closed, since it may be broken."""
        generation = self.generation
        connection = self.take()
        try:
            yield connection
        except BaseException:
            self.drop(connection)
            raise
        self.give_back(connection, generation)

    def take(self) -> Connection:
        if self._room is not None and not self._room.acquire(blocking=False):
            raise ContentionError(f"all {self._most} connections are in use")
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except BaseException:
            self._leave()
            raise

    def drop(self, connection: Connection) -> None:
        """Closes one that may be broken."""
        self._leave()
        connection.close()

    def give_back(self, connection: Connection, generation: int) -> None:
        if generation == self.generation:
            self._idle.append(connection)
        else:
            connection.close()
        self._leave()

    def _leave(self) -> None:
        if self._room is not None:
            self._room.release()

    def close(self) -> None:
        """Closes all; those in use as they come back."""
        self.generation += 1
        while self._idle:
            self._idle.pop().close()

    def begin_anew(self) -> None:
        _inherited.append(self._idle)
        self._idle = deque()
        self._room = None if self._most is None else Semaphore(self._most)
        self.generation += 1
