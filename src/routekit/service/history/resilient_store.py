"""What stands between a router and a store: deadlines, circuit breakers, writing behind, and no exception."""

import asyncio
import atexit
import concurrent.futures as futures
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from routekit.engine.forks import anew_after_fork
from routekit.schema.times import utc_now
from routekit.service.circuit_breaker import CircuitBreaker
from routekit.service.contact_events import ContactEvent
from routekit.service.history.features import LocalCounts
from routekit.service.history.model import JSON, Claim, Granted, Incident, Outcome, Past, Touch
from routekit.service.history.past import Change, Closed, Concluded
from routekit.service.history.pools import CallPool
from routekit.service.history.store import (
    ContentionError,
    HistoryStore,
    StoreBusyError,
    StoreError,
    StoreLostError,
    UnstorableError,
)
from routekit.service.history.write_behind import WriteBehind
from routekit.service.history.write_queue import WriteQueue
from routekit.service.telemetry import Meters

__all__ = ["Keeper", "WhenAway"]

WhenAway: TypeAlias = Literal["withhold", "count_here"]

_ERASING = timedelta(minutes=1)
_BEHIND = 5.0
"""Seconds that the oldest change may wait before writing is said to be behind."""


class Keeper:
    """Keeps a store from ever holding up a decision.

    What is asked is answered within ``deadline`` from when the store is asked, by what this process knows
    itself where the store does not answer; after three failures in a row nobody waits any more until the
    store is back. Reads and claims each take ``calls_at_once`` threads at most. What is recorded is written
    behind by a thread, as often as it takes; ``capacity`` bounds what waits there (a long text takes the
    room of several), and what finds no room is lost and counted.

    While the store is away capped offers are withheld. With ``when_away="count_here"`` each process grants
    them by its own counts: a customer is then shown an offer at most as often as its cap says by each
    process, beside what the store had granted before. A store that has lost what it held withholds them
    either way.

    >>> from datetime import UTC
    >>> from routekit.service.history.sqlite import SQLiteStore
    >>> keeper = Keeper(SQLiteStore(":memory:"))
    >>> keeper.record(Touch("d-1", "c-1", utc_now(), "voice", "general", "care"))
    >>> [touch.queue for touch in keeper.past_sync("c-1", datetime(2026, 1, 1, tzinfo=UTC)).touches]
    ['general']
    >>> keeper.close()
    0
    """

    def __init__(
        self,
        store: HistoryStore,
        *,
        deadline: timedelta = timedelta(milliseconds=50),
        when_away: WhenAway = "withhold",
        capacity: int = 10_000,
        calls_at_once: int = 8,
    ) -> None:
        if calls_at_once < 1:
            raise ValueError("`calls_at_once` is 1 at least")
        self._store = store
        self._is_local = store.is_local
        self._deadline = deadline.total_seconds()
        self._queue = WriteQueue(capacity)
        self._reads, self._writes = CircuitBreaker("history"), CircuitBreaker("writing of history")
        self._writer = WriteBehind(store, self._queue, self._reads, self._writes)
        self._here = LocalCounts() if when_away == "count_here" else None
        self._unanswered = 0
        self._late: str | None = None
        """Whose claim was not answered in time last."""
        self._closed = False
        # apart, so that claims which wait for a lock hold up nobody who reads
        self._read_calls = CallPool("routekit-history", calls_at_once, self._deadline)
        self._claim_calls = CallPool("routekit-claims", calls_at_once, self._deadline)
        anew_after_fork(self)
        atexit.register(self.close)

    @property
    def store(self) -> HistoryStore:
        """The store that is kept."""
        return self._store

    # ── what is known ─────────────────────────────────────────────────────────

    def past_at_hand(self, customer: str, since: datetime) -> Past | None:
        """Tells what is known where nobody need wait for it: of a local store, or of one that is away."""
        if self._reads.is_open or self._closed:
            self._writer.wake()
            return self._unread(customer, f"is away: {self._reads.reason or 'it is closed'}")
        if not self._is_local:
            return None
        changes = self._queue.of(customer)  # before the store is read, or what is written now is in neither
        try:
            past = self._store.past(customer, since)
        except Exception as error:
            return self._failed_read(customer, error)
        self._reads.succeeded()
        return self._queue.added_to(past, changes)

    async def past(self, customer: str, since: datetime) -> Past:
        """Tells what is known of a customer since an instant, within the deadline; never raises."""
        past = self.past_at_hand(customer, since)
        if past is not None:
            return past
        changes = self._queue.of(customer)
        try:
            past = await self._read_calls.call(lambda: self._store.past(customer, since))
        except Exception as error:
            return self._failed_read(customer, error)
        self._reads.succeeded()
        return self._queue.added_to(past, changes)

    def past_sync(self, customer: str, since: datetime) -> Past:
        """Tells what is known, for a thread that may wait up to the deadline; never raises."""
        past = self.past_at_hand(customer, since)
        if past is not None:
            return past
        changes = self._queue.of(customer)
        try:
            past = self._read_calls.call_sync(lambda: self._store.past(customer, since))
        except Exception as error:
            return self._failed_read(customer, error)
        self._reads.succeeded()
        return self._queue.added_to(past, changes)

    def _failed_read(self, customer: str, error: Exception) -> Past:
        reason = self._failed(error, self._reads, self._read_calls)
        return self._unread(customer, f"could not be read: {reason}")

    def _unread(self, customer: str, problem: str) -> Past:
        return self._queue.added_to(Past(problem=problem), self._queue.of(customer))

    # ── capped offers ─────────────────────────────────────────────────────────

    def claim_at_hand(self, claim: Claim) -> Granted | None:
        """Tells which offers may be shown, where nobody need wait to know it."""
        if self._writes.is_open or self._closed:
            self._writer.wake()
            return self._uncounted(claim, self._writes.reason or "the history is closed")
        if not self._is_local:
            if self._claim_calls.hanging(claim.customer):
                return self._uncounted(claim, "an earlier claim of this customer is not answered yet")
            return None
        try:
            offers = self._store.claim(claim, wait=False)
        except StoreBusyError:
            return None
        except Exception as error:
            return self._failed_claim(claim, error)
        self._writes.succeeded()
        return Granted(offers)

    async def claim(self, claim: Claim) -> Granted:
        """Tells which offers may be shown, within the deadline; those are counted. Never raises."""
        granted = self.claim_at_hand(claim)
        if granted is not None:
            return granted
        try:
            offers = await self._claim_calls.call(lambda: self._store.claim(claim), claim.customer)
        except Exception as error:
            return self._failed_claim(claim, error)
        self._writes.succeeded()
        return Granted(offers)

    def claim_sync(self, claim: Claim) -> Granted:
        """Tells which offers may be shown, for a thread that may wait up to the deadline; never raises."""
        granted = self.claim_at_hand(claim)
        if granted is not None:
            return granted
        try:
            offers = self._claim_calls.call_sync(lambda: self._store.claim(claim), claim.customer)
        except Exception as error:
            return self._failed_claim(claim, error)
        self._writes.succeeded()
        return Granted(offers)

    def _failed_claim(self, claim: Claim, error: Exception) -> Granted:
        if isinstance(error, StoreLostError):
            self._writer.look_at_store()
            self._unanswered += 1
            return Granted(frozenset(), f"are withheld, the history cannot count them: {error.reason}")
        if isinstance(error, TimeoutError):  # it may be him alone: so he counts once
            before, self._late = self._late, claim.customer
            if before == claim.customer and not self._reads.is_failing:
                return self._uncounted(claim, self._reason(error))
        return self._uncounted(claim, self._failed(error, self._writes, self._claim_calls))

    def _uncounted(self, claim: Claim, reason: str) -> Granted:
        self._unanswered += 1
        if self._here is None:
            return Granted(frozenset(), f"are withheld, the history cannot count them: {reason}")
        offers = self._here.claim(claim, utc_now())
        return Granted(offers, f"are counted by this process alone: {reason}")

    # ── what is told ──────────────────────────────────────────────────────────

    def record(self, touch: Touch) -> None:
        """Keeps a touch; written behind. Never waits, never raises."""
        self._put(touch)

    def conclude(self, id: str, outcome: Outcome) -> None:
        """Adds what became of a touch; written behind, in the order of the calls."""
        self._put(Concluded(id, outcome))

    def happened(self, event: ContactEvent) -> None:
        """Keeps something that became of a touch; written behind, in the order of the calls."""
        self._put(event)

    def open_incident(self, incident: Incident) -> None:
        """Keeps an incident; written behind, in the order of the calls."""
        self._put(incident)

    def close_incident(self, id: str, at: datetime) -> None:
        """Closes an incident; written behind, in the order of the calls."""
        self._put(Closed(id, at))

    def _put(self, change: Change) -> None:
        if self._closed:
            self._writer.lose("it came after the end")
        elif self._queue.put(change):
            self._writer.wake()
        else:
            self._writer.lose("too much waits to be written")

    # ── erasing ───────────────────────────────────────────────────────────────

    async def erase(self, customer: str) -> int:
        """Removes everything of a customer, stored or waiting to be; how many things that were.

        Raises :class:`StoreError` where the store could not do it: who asks for this must know. Other
        processes write what waits there, so after an outage a customer is erased again.
        """
        return await asyncio.wrap_future(self._erasing(customer))

    def erase_sync(self, customer: str) -> int:
        """Removes everything of a customer, for a thread that may wait."""
        return self._erasing(customer).result()

    def _erasing(self, customer: str) -> "futures.Future[int]":
        return self._claim_calls.submit(lambda: self._erase(customer))

    def _erase(self, customer: str) -> int:
        if not self._writer.turn.acquire(timeout=_ERASING.total_seconds()):
            raise StoreError("the store is busy with other writes")
        try:
            return self.forget(customer) + self._store.erase(customer)
        finally:
            self._writer.turn.release()

    def forget(self, customer: str) -> int:
        """Drops what this process knows of a customer and has not written; how many things that were."""
        if self._here is not None:
            self._here.forget(customer)
        return self._queue.forget(customer)

    def forget_all(self, is_meant: Callable[[str], bool]) -> None:
        """Drops what this process knows of customers and has not written, of those who are meant."""
        known = {*self._queue.customers(), *(() if self._here is None else self._here.customers())}
        for customer in filter(is_meant, known):
            self.forget(customer)

    # ── the keeper itself ─────────────────────────────────────────────────────

    def status(self) -> dict[str, JSON]:
        """Tells how it goes, as JSON takes it.

        ``state`` is ``ok``, ``behind``, ``away``, ``not readable``, ``not writable`` or ``closed``.
        ``pending`` changes wait to be written, the oldest for ``oldest_waits`` seconds; ``lost`` ones never
        will be; ``unanswered`` claims could not be counted by the store. ``troubles`` are those of a store
        that answers: what it has lost, and settings by which it may lose more.
        """
        reads, writes = self._reads, self._writes
        states = {(True, True): "away", (True, False): "not readable", (False, True): "not writable"}
        waits = self._queue.oldest_waits
        state = states.get((reads.is_open, writes.is_open), "behind" if waits > _BEHIND else "ok")
        trouble = reads if reads.is_open else writes
        return {
            "state": "closed" if self._closed else state,
            "store": type(self._store).__name__,
            "problem": trouble.reason if trouble.is_open else None,
            "troubles": [*self._writer.troubles(self._deadline)],
            "away_for": round(max(reads.away_for, writes.away_for), 3),
            "pending": len(self._queue),
            "oldest_waits": round(waits, 1),
            "capacity": self._queue.capacity,
            "written": self._writer.written,
            "lost": self._writer.lost,
            "unanswered": self._unanswered,
        }

    def measure(self, meters: Meters) -> None:
        """Shows whether the store is away, and what waits for it or is lost, among other figures."""
        meters.gauge("routekit_store_away", lambda: self._reads.is_open or self._writes.is_open)
        meters.gauge("routekit_store_waiting", lambda: len(self._queue))
        meters.gauge("routekit_store_waiting_seconds", lambda: self._queue.oldest_waits)
        meters.gauge("routekit_store_lost_total", lambda: self._writer.lost)
        meters.gauge("routekit_store_troubles", lambda: len(self._writer.known_troubles))

    def flush(self, timeout: timedelta = timedelta(seconds=5)) -> bool:
        """Waits until all that was recorded is written; whether it is."""
        until = time.monotonic() + timeout.total_seconds()
        while self._queue:
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def close(self, timeout: timedelta = timedelta(seconds=5)) -> int:
        """Writes what is queued, as far as the time allows, and closes the store.

        How many changes could not be written is returned, and told the log by their kinds.
        """
        if self._closed:
            return 0
        self._closed = True
        atexit.unregister(self.close)
        left = self._writer.close(timeout.total_seconds())
        self._read_calls.close()
        self._claim_calls.close()
        self._store.close()
        return left

    def begin_anew(self) -> None:
        """As a forked child must: it has no other thread, and its parent writes what waits."""
        self._read_calls.begin_anew()
        self._claim_calls.begin_anew()
        if self._here is not None:
            self._here = LocalCounts()
        self._queue.begin_anew()
        self._writer.begin_anew()

    def _failed(self, error: Exception, breaker: CircuitBreaker, calls: CallPool) -> str:
        reason = self._reason(error)
        if isinstance(error, UnstorableError | ContentionError):
            return reason  # the store is well
        breaker.failed(reason)
        if breaker.is_open:
            calls.turn_away()
            self._writer.wake()
        return reason

    def _reason(self, error: Exception) -> str:
        if isinstance(error, StoreError):
            return error.reason
        if isinstance(error, TimeoutError):
            return f"no answer within {self._deadline * 1000:.0f} ms"
        return type(error).__name__
