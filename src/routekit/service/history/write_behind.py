"""Writes behind: one thread that takes what is queued to the store, again and again until it is there."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby

from routekit.engine.log import log
from routekit.schema.times import utc_now
from routekit.service.circuit_breaker import CircuitBreaker
from routekit.service.contact_events import ContactEvent
from routekit.service.history.model import Incident, Touch
from routekit.service.history.past import Change, Closed, Concluded, outcome_of
from routekit.service.history.store import ContentionError, HistoryStore, StoreError, UnstorableError
from routekit.service.history.write_queue import WriteQueue

__all__ = ["WriteBehind"]

_BATCH = 256
_GATHERING = 0.02
"""Seconds that a batch gathers: a thread that woke for each contact would hold up those who decide."""

_RETRY = 0.5
"""Seconds after which a store that failed is asked again."""

_LOOK_EVERY = 10.0
"""Seconds between two looks at what is wrong with a store that answers."""

_KINDS = {
    Touch: "touches",
    Concluded: "outcomes",
    ContactEvent: "events",
    Incident: "incidents",
    Closed: "ends of incidents",
}

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
        self.known_troubles: tuple[str, ...] = ()
        self._deferred: dict[int, float] = {}
        self.begin_anew()

    def begin_anew(self) -> None:
        """As a forked child must, where the thread is not."""
        self.turn = threading.Lock()
        """Held while a batch is on its way."""
        self._starting = threading.Lock()
        self._news = threading.Event()
        self._thread: threading.Thread | None = None
        self._looked = threading.Event()
        self._looked_at = -_LOOK_EVERY

    def wake(self) -> None:
        """Wakes the thread: there is something to write, or somebody to ask whether it is back."""
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

    def close(self, timeout: float) -> int:
        """Writes what is queued, as far as the time allows; the rest, whose number is returned, is lost."""
        with self._starting:
            self.is_closing = True
        self._news.set()
        if self._thread is not None:
            self._thread.join(timeout)
        left = self._queue.first(self._queue.capacity)
        if left:
            self._queue.begin_anew()
            self.lost += len(left)
            kinds = Counter(_KINDS[type(change)] for change in left.values())
            log(
                logging.ERROR,
                "history not written at the end",
                number=len(left),
                kinds=", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())),
                reason=self._writes.reason or "the time to write it was up",
            )
        return len(left)

    def lose(self, reason: str, number: int = 1) -> None:
        """Counts what there is no room for, or what no store can hold; the first is logged."""
        if not self.lost:
            log(logging.ERROR, "history is lost", number=number, reason=reason)
        self.lost += number

    # ── a store that answers, but not well ────────────────────────────────────

    def look_at_store(self) -> None:
        """Has the store asked soon what is wrong with it."""
        self._looked_at = -_LOOK_EVERY
        self.wake()

    def troubles(self, patience: float) -> tuple[str, ...]:
        """Tells what the store said last of itself; the first time it is waited for, so many seconds."""
        if self._can_look and not self.is_closing and self._is_time_to_look:
            self.wake()
            self._looked.wait(patience)
        return self.known_troubles

    @property
    def _can_look(self) -> bool:
        return callable(getattr(self._store, "troubles", None))

    @property
    def _is_time_to_look(self) -> bool:
        return time.monotonic() - self._looked_at >= _LOOK_EVERY

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        try:
            troubles = tuple(self._store.troubles())  # type: ignore[attr-defined]
        except Exception:  # it is away: the breakers tell of that
            self._looked.set()
            return
        new = [trouble for trouble in troubles if trouble not in self.known_troubles]
        for trouble in new:
            log(logging.ERROR, "history store", trouble=trouble)
        self.known_troubles = troubles
        self._looked.set()

    # ── the thread ────────────────────────────────────────────────────────────

    def _run(self) -> None:
        while True:
            if not self._is_troubled and not self._queue:
                if self.is_closing:
                    return
                self._news.wait()
            self._news.clear()
            if self._can_look and not self.is_closing and self._is_time_to_look:
                self._look()
            if not self.is_closing and len(self._queue) < _BATCH:
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
        """Writes a batch; whether the store took it, or what it could of it."""
        with self.turn:
            batch = self._in_turn()
            if not batch:
                return False
            if self._whole is not None:
                return self._write_run(batch)
            kinds = groupby(batch.items(), key=lambda item: type(item[1]))
            return all(self._write_run(dict(run)) for _, run in kinds)

    def _in_turn(self) -> dict[int, Change]:
        """The oldest changes, without what must wait for a lock and what comes behind that."""
        now = time.monotonic()
        self._deferred = {
            number: until for number, until in self._deferred.items() if number in self._queue and until > now
        }
        batch = self._queue.first(_BATCH + len(self._deferred))
        if not self._deferred:
            return batch
        waiting: set[str] = set()
        ready: dict[int, Change] = {}
        for number, change in batch.items():
            about = _about(change)
            if number in self._deferred or about & waiting:
                waiting |= about
            else:
                ready[number] = change
        return ready

    def _write_run(self, run: dict[int, Change]) -> bool:
        """Writes changes; where the store cannot take one of them now, or ever, the others are written."""
        try:
            if not self._try(lambda: self._store_all(list(run.values())), self._writes):
                return False
            self.written += len(run)
        except UnstorableError as error:
            if len(run) > 1:
                return self._write_halves(run)
            self.lose(error.reason)
        except ContentionError:
            if len(run) > 1:
                return self._write_halves(run)
            self._deferred = {**self._deferred, **dict.fromkeys(run, time.monotonic() + _RETRY)}
            return True
        self._queue.done(run)
        return True

    def _write_halves(self, run: dict[int, Change]) -> bool:
        """Writes a half by itself, then the other, without what is about a change that must wait."""
        numbers = list(run)
        first, second = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
        is_written = self._write_run({number: run[number] for number in first})
        if self._writes.is_open:
            return False
        waiting = [run[number] for number in first if number in self._queue]
        about = {name for change in waiting for name in _about(change)}
        rest = {number: run[number] for number in second if not _about(run[number]) & about}
        return (not rest or self._write_run(rest)) and is_written

    @property
    def _whole(self) -> Callable[[Sequence[Change]], object] | None:
        """How a store takes changes of all kinds together, where it can."""
        return getattr(self._store, "write", None)

    def _store_all(self, changes: list[Change]) -> None:
        whole = self._whole
        if whole is not None:
            whole(changes)
            return
        touches = [change for change in changes if isinstance(change, Touch)]
        if touches:
            self._store.record(touches)
        events = [change for change in changes if isinstance(change, ContactEvent)]
        keep: Callable[[Sequence[ContactEvent]], object] | None = getattr(self._store, "happened", None)
        if events and keep is not None:
            keep(events)
        elif events:  # a store of somebody else that knows of outcomes alone
            for touch in {event.of for event in events}:
                self._conclude(touch, [event for event in events if event.of == touch])
        for change in changes:
            match change:
                case Concluded(id, outcome):
                    self._store.conclude(id, outcome)
                case Incident():
                    self._store.open_incident(change)
                case Closed(id, at):
                    self._store.close_incident(id, at)

    def _conclude(self, id: str, events: Sequence[ContactEvent]) -> None:
        outcome = outcome_of(events)
        if outcome is not None:
            self._store.conclude(id, outcome)

    def _try(self, call: Callable[[], object], breaker: CircuitBreaker) -> bool:
        """Whether the store could do it; raises where it never can, or where only this must wait."""
        try:
            call()
        except (UnstorableError, ContentionError):
            raise
        except StoreError as error:
            breaker.failed(error.reason)
            return False
        except Exception as error:  # a store of somebody else may raise anything
            raise UnstorableError(type(error).__name__) from error
        breaker.succeeded()
        return True


def _about(change: Change) -> set[str]:
    """What changes must be written in their order for: a customer, a touch, an incident."""
    return {change.id, getattr(change, "customer", change.id)}
