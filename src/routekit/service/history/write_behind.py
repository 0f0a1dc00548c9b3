"""Writes behind: one thread that takes what is queued to the store, again and again until it is there."""

import logging
import threading
import time
from collections.abc import Callable
from itertools import groupby

from routekit.engine.log import log
from routekit.schema.times import utc_now
from routekit.service.circuit_breaker import CircuitBreaker
from routekit.service.history.model import Incident, Touch
from routekit.service.history.past import Change, Closed, Concluded
from routekit.service.history.store import HistoryStore, StoreError, UnstorableError
from routekit.service.history.write_queue import WriteQueue

__all__ = ["WriteBehind"]

_BATCH = 256
_GATHERING = 0.02
"""Seconds that a batch gathers: a thread that woke for each contact would hold up those who decide."""

_RETRY = 0.5
"""Seconds after which a store that failed is asked again."""

_PROBED = ""
"""Whom a probe asks for."""


class WriteBehind:
    """Takes changes from a queue to a store, and finds out when a store is back that was away."""

    def __init__(
        self, store: HistoryStore, queue: WriteQueue, reads: CircuitBreaker, writes: CircuitBreaker
    ) -> None:
        self._store = store
        self._queue = queue
        self._reads, self._writes = reads, writes
        self.written = self.lost = 0
        self.is_closing = False
        self.begin_anew()

    def begin_anew(self) -> None:
        """As a forked child must, where the thread is not."""
        self.turn = threading.Lock()
        """Held while a batch is on its way."""
        self._starting = threading.Lock()
        self._news = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There is something to write, or somebody to ask whether it is back."""
        if not self._news.is_set():
            self._news.set()
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self.is_closing:
                thread = threading.Thread(target=self._run, name="routekit-history", daemon=True)
                thread.start()
                self._thread = thread

    def close(self, timeout: float) -> None:
        """Writes what is queued, as far as the time allows; the rest is lost and counted."""
        with self._starting:
            self.is_closing = True
        self._news.set()
        if self._thread is not None:
            self._thread.join(timeout)
        left = len(self._queue)
        if left:
            self._queue.begin_anew()
            self._lose(left, "the time to write it was up")

    def lose(self, reason: str) -> None:
        """One that there is no room for."""
        self._lose(1, reason)

    def _lose(self, number: int, reason: str) -> None:
        if not self.lost:
            log(logging.ERROR, "history is lost", number=number, reason=reason)
        self.lost += number

    # ── the thread ────────────────────────────────────────────────────────────

    def _run(self) -> None:
        while True:
            if not self._is_troubled and not self._queue:
                if self.is_closing:
                    return
                self._news.wait()
            self._news.clear()
            if not self.is_closing:
                time.sleep(_GATHERING)
            if self._queue:
                went_well = self._write()
            elif self._writes.is_open:
                went_well = self._try(lambda: self._store.record(()), self._writes)
            else:
                went_well = True
            if self._reads.is_open:
                went_well &= self._try(lambda: self._store.past(_PROBED, utc_now()), self._reads)
            if not went_well:
                if self.is_closing and self._writes.is_open:
                    return
                self._rest()

    @property
    def _is_troubled(self) -> bool:
        return self._reads.is_open or self._writes.is_open

    def _rest(self) -> None:
        until = time.monotonic() + (0.05 if self.is_closing else _RETRY)
        while time.monotonic() < until:
            time.sleep(0.05)
            if self.is_closing:
                return

    def _write(self) -> bool:
        """Writes a batch; whether the store took it."""
        with self.turn:
            batch = self._queue.first(_BATCH)
            for _, run in groupby(batch.items(), key=lambda item: type(item[1])):
                if not self._write_run(dict(run)):
                    return False
        return True

    def _write_run(self, run: dict[int, Change]) -> bool:
        """Writes changes of one kind; where the store cannot hold one of them the others are written."""
        try:
            if not self._try(lambda: self._store_all(list(run.values())), self._writes):
                return False
            self.written += len(run)
        except UnstorableError as error:
            if len(run) > 1:
                return all(self._write_run({number: change}) for number, change in run.items())
            self._lose(1, error.reason)
        self._queue.done(run)
        return True

    def _store_all(self, changes: list[Change]) -> None:
        touches = [change for change in changes if isinstance(change, Touch)]
        if touches:
            self._store.record(touches)
        for change in changes:
            match change:
                case Concluded(id, outcome):
                    self._store.conclude(id, outcome)
                case Incident():
                    self._store.open_incident(change)
                case Closed(id, at):
                    self._store.close_incident(id, at)

    def _try(self, call: Callable[[], object], breaker: CircuitBreaker) -> bool:
        """Whether the store could do it; raises UnstorableError where it never can."""
        try:
            call()
        except UnstorableError:
            raise
        except StoreError as error:
            breaker.failed(error.reason)
            return False
        except Exception as error:  # a store of somebody else may raise anything
            raise UnstorableError(type(error).__name__) from error
        breaker.succeeded()
        return True
