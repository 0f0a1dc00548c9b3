"""An event loop in a thread of its own, for callers who have none."""

import asyncio
from collections.abc import Coroutine
from threading import Lock, Thread
from typing import TypeVar

from routekit.engine.forks import anew_after_fork

__all__ = ["LoopThread"]

Result = TypeVar("Result")


class LoopThread:
    """Runs coroutines for threads that wait for them; its thread starts with the first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    def run(self, coroutine: Coroutine[object, object, Result], timeout: float | None = None) -> Result:
        """Runs a coroutine; raises ``TimeoutError`` where that takes too long, and what it raises."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._started())
        try:
            return future.result(timeout)
        finally:
            future.cancel()

    def close(self) -> None:
        """Ends the thread, and what still runs in it; a coroutine that blocks is left to itself."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=1)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=0.5))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
