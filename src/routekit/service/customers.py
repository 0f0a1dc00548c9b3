"""Who the customer is: a provider's answer, kept for a while, asked for once however many wait for it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from threading import Lock
from time import monotonic
from typing import NoReturn, TypeAlias
from weakref import WeakKeyDictionary

from cachetools import TLRUCache

from routekit.engine.forks import anew_after_fork
from routekit.schema.reading import MOST_ELEMENTS, MOST_TEXT
from routekit.service.circuit_breaker import CircuitBreaker
from routekit.service.keys import Key, KeyValue
from routekit.service.loops import LoopThread
from routekit.service.telemetry import Meters

__all__ = ["Customers", "Known", "Lookup"]

Lookup: TypeAlias = Callable[[KeyValue], Awaitable[Mapping[str, object] | None]]
"""What a service knows of a customer, by the value of the key; None where it knows nothing."""

_MOST_FIELDS = 256
_PATIENCE = 5.0
"""Seconds, beyond the deadline, that a look-up is left to run, so that the next contact has its answer."""

_RETRY = 0.5
"""Seconds after which a provider that is away is asked again, behind a contact."""

_InFlight: TypeAlias = "dict[KeyValue, asyncio.Task[_CacheEntry]]"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer: fields of the record, none where nothing is.

    ``problem`` says what failed, by its kind alone.
    """

    fields: Mapping[str, object]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _CacheEntry:
    """An answer in the cache: fresh up to an instant, and of use up to a later one."""

    known: Known
    fresh: float
    until: float


class _NonsenseError(Exception):
    """The provider gave something that is no record."""


class Customers:
    """Looks customers up, once for all who wait, and keeps the answers.

    ``lookup`` is any async callable from the value of ``key`` to a mapping of fields of ``record``, or None
    for a customer that it does not know. Its answer is kept ``ttl`` seconds, that of an unknown customer
    ``unknown_ttl``, for the ``size`` customers seen last. A contact waits at most ``deadline`` seconds; where
    the provider fails or is late, what was known up to ``stale_for`` seconds ago stands in, else the contact
    is decided as it is, and the failure is named in the decision's problems. After three failures in a row
    nobody waits any more until the provider answers again. At most ``most_waiting`` look-ups run at a time.

    >>> async def look_up(customer):
    ...     return {"tier": "gold", "value": 92} if customer == "c-1" else None
    >>> customers = Customers(look_up)
    >>> asyncio.run(customers.find("c-1")).fields
    {'tier': 'gold', 'value': 92}
    >>> customers.at_hand("c-1").fields
    {'tier': 'gold', 'value': 92}
    """

    def __init__(
        self,
        lookup: Lookup,
        *,
        key: str = "customer.id",
        record: str = "customer",
        ttl: float = 300.0,
        unknown_ttl: float = 10.0,
        stale_for: float = 3_600.0,
        size: int = 100_000,
        deadline: float = 0.2,
        most_waiting: int = 1_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if min(ttl, unknown_ttl, deadline, size, most_waiting) <= 0 or stale_for < 0:
            raise ValueError("`ttl`, `unknown_ttl`, `deadline`, `size` and `most_waiting` are above 0")
        self.key = Key.parse(key)
        self.record = record
        self.deadline = deadline
        self._lookup = lookup
        self._ttl, self._unknown_ttl, self._stale_for = ttl, unknown_ttl, stale_for
        self._most = most_waiting
        self._clock = clock
        self._cache: TLRUCache[KeyValue, _CacheEntry] = TLRUCache(
            size, lambda _, entry, __: entry.until, timer=clock
        )
        self._counts: Counter[str] = Counter()
        self._breaker = CircuitBreaker("the customers' provider")
        self._probed_at = 0.0
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """Starts over in a forked process: what was known stays, look-ups under way are the parent's."""
        self._lock = Lock()
        self._running: set[asyncio.Task[_CacheEntry]] = set()
        self._late: set[asyncio.Task[_CacheEntry]] = set()
        self._flights: WeakKeyDictionary[asyncio.AbstractEventLoop, _InFlight] = WeakKeyDictionary()

    def at_hand(self, key: KeyValue) -> Known | None:
        """Tells what is known without asking, None where the provider must be asked."""
        entry = self._cached(key)
        if entry is not None and entry.fresh > self._clock():
            return entry.known
        if self._breaker.is_open and monotonic() - self._probed_at < _RETRY:
            return self._unasked(entry)
        return None

    async def find(self, key: KeyValue) -> Known:
        """Tells what is known of a customer; never raises, and waits no longer than the deadline.

        Nobody waits for a provider that is away, nor for one that failed last where an older answer is kept:
        he is asked behind the contact.
        """
        before = self._cached(key)
        if before is not None and before.fresh > self._clock():
            return before.known
        if self._breaker.is_open or (before is not None and self._breaker.is_failing):
            if monotonic() - self._probed_at >= _RETRY:
                self._probed_at = monotonic()
                self._flight(key)
            return self._unasked(before)
        flight = self._flight(key)
        if flight is None:
            return self._failed(before, "TooManyLookups")
        await asyncio.wait((flight,), timeout=self.deadline)
        if not flight.done():
            self._miss(flight, "TimeoutError")
            return self._failed(before, "TimeoutError")
        if flight.cancelled():
            return self._failed(before, "CancelledError")
        error = flight.exception()
        if error is not None:
            return self._failed(before, _kind(error))
        return flight.result().known

    def _unasked(self, entry: _CacheEntry | None) -> Known:
        return self._failed(entry, self._breaker.reason, "is not waited for, the provider is away")

    def _miss(self, flight: "asyncio.Task[_CacheEntry]", kind: str) -> None:
        """Counts a look-up that failed or is late, once however many wait for it."""
        with self._lock:
            is_known = flight in self._late
            self._late.add(flight)
        if not is_known:
            self._breaker.failed(kind)

    def find_sync(self, key: KeyValue, loop: LoopThread) -> Known:
        """As :meth:`find`, for a thread that waits; the provider is asked on that loop."""
        known = self.at_hand(key)
        if known is not None:
            return known
        try:
            return loop.run(self.find(key), timeout=1.1 * self.deadline + 0.01)
        except TimeoutError:  # the provider blocks the loop
            return self._failed(self._cached(key), "TimeoutError")

    def invalidate(self, key: KeyValue) -> None:
        """Forgets a customer; an answer that is under way is not kept."""
        with self._lock:
            self._cache.pop(key, None)
            for flights in self._flights.values():
                flights.pop(key, None)

    def forget(self, customer: str) -> None:
        """Forgets a customer, whether he is known by that text or by the number that it writes."""
        self.invalidate(customer)
        if customer.lstrip("-").isdigit() and customer.isascii():
            self.invalidate(int(customer))

    def forget_all(self, is_meant: Callable[[str], bool]) -> None:
        """Forgets the customers who are meant, also those whose answers are under way."""
        with self._lock:
            known = {*self._cache, *(key for flights in self._flights.values() for key in flights)}
        for key in known:
            if is_meant(str(key)):
                self.invalidate(key)

    def clear(self) -> None:
        """Forgets all customers."""
        with self._lock:
            self._cache.clear()
            for flights in self._flights.values():
                flights.clear()

    def status(self) -> dict[str, object]:
        """Counts look-ups, as JSON takes it: the customers that are kept, look-ups by how they ended."""
        with self._lock:
            away = self._breaker.is_open
            return {
                "state": "away" if away else "ok",
                "problem": self._breaker.reason if away else None,
                "away_for": round(self._breaker.away_for, 3),
                "kept": self._cache.currsize,
                "waiting": len(self._running),
                "look_ups": dict(sorted(self._counts.items())),
            }

    def measure(self, meters: Meters) -> None:
        """Shows how look-ups ended, among other figures."""
        for result in ("found", "unknown", "failed", "late", "not_answered", "stale_served"):
            meters.gauge("routekit_customers_total", partial(self._counts.__getitem__, result), result=result)

    def _cached(self, key: KeyValue) -> _CacheEntry | None:
        with self._lock:
            try:
                entry: _CacheEntry = self._cache[key]
            except KeyError:
                return None
        return entry

    def _flight(self, key: KeyValue) -> "asyncio.Task[_CacheEntry] | None":
        """The look-up of a key that is under way on this loop, started where there is none."""
        loop = asyncio.get_running_loop()
        with self._lock:
            flights = self._flights.setdefault(loop, {})
            flight = flights.get(key)
            if flight is not None:
                return flight
            if len(self._running) >= self._most:
                return None
        flight = loop.create_task(self._ask(key))
        with self._lock:  # nobody else starts look-ups on this loop
            flights[key] = flight
            self._running.add(flight)
        limit = loop.call_later(self.deadline + _PATIENCE, self._give_up, flights, key, flight)
        late = loop.call_later(self.deadline, self._miss, flight, "TimeoutError")
        flight.add_done_callback(lambda _: limit.cancel())
        flight.add_done_callback(lambda _: late.cancel())
        flight.add_done_callback(partial(self._land, flights, key))
        return flight

    async def _ask(self, key: KeyValue) -> _CacheEntry:
        answer = await _TimedAwaitable(self._lookup, key, self.deadline)
        known = Known(_taken(answer))
        now = self._clock()
        if answer is None:
            return _CacheEntry(known, now + self._unknown_ttl, now + self._unknown_ttl)
        return _CacheEntry(known, now + self._ttl, now + self._ttl + self._stale_for)

    def _land(self, flights: _InFlight, key: KeyValue, flight: "asyncio.Task[_CacheEntry]") -> None:
        error = None if flight.cancelled() else flight.exception()
        is_counted = flight in self._late
        if not flight.cancelled() and not is_counted:
            if error is None:
                self._breaker.succeeded()
            else:
                self._miss(flight, _kind(error))
        with self._lock:
            self._running.discard(flight)
            self._late.discard(flight)
            is_wanted = flights.get(key) is flight  # it may have been invalidated, or given up
            if is_wanted:
                del flights[key]
            if flight.cancelled() or error is not None:
                self._counts["failed"] += 1
            else:
                entry = flight.result()
                self._counts["found" if entry.known.fields else "unknown"] += 1
                if is_wanted:
                    self._cache[key] = entry

    def _give_up(self, flights: _InFlight, key: KeyValue, flight: "asyncio.Task[_CacheEntry]") -> None:
        """Ends a look-up that takes much too long; one that does not listen is left to itself."""
        if flight.done():
            return
        with self._lock:
            if flights.get(key) is flight:
                del flights[key]
        flight.cancel()

    def _failed(self, entry: _CacheEntry | None, kind: str, what: str = "could not be looked up") -> Known:
        """The contact as it is, or what was known before."""
        with self._lock:
            self._counts["late" if kind == "TimeoutError" else "not_answered"] += 1
            self._counts["stale_served"] += entry is not None
        failure = f"{what}: {kind}"
        if entry is None:
            return Known({}, failure)
        return Known(entry.known.fields, f"{failure}; what was known before is used")


def _kind(error: BaseException) -> str:
    return "NoRecord" if isinstance(error, _NonsenseError) else type(error).__name__


class _TimedAwaitable:
    """Awaits a look-up, step by step: one that holds up the event loop beyond the deadline is too late.

    The loop may be busy with other things; only the look-up's own steps are counted.
    """

    def __init__(self, lookup: Lookup, key: KeyValue, deadline: float) -> None:
        self._lookup = lookup
        self._key = key
        self._deadline = deadline

    def __await__(self) -> Generator[object, object, object]:
        start = monotonic()
        answer: object = self._lookup(self._key)
        self._check(start)
        if not isawaitable(answer):
            return answer
        steps = answer.__await__()
        go_on, value = getattr(steps, "send", lambda _: next(steps)), None
        while True:
            start = monotonic()
            try:
                waited_for = go_on(value)
            except StopIteration as end:
                self._check(start)
                return end.value
            self._check(start)
            try:
                go_on, value = getattr(steps, "send", go_on), (yield waited_for)
            except BaseException as error:
                go_on, value = getattr(steps, "throw", _raised), error

    def _check(self, start: float) -> None:
        if monotonic() - start > self._deadline:
            raise TimeoutError


def _raised(error: BaseException) -> NoReturn:
    raise error


class _TooLarge:
    """Stands for a value that is not kept; the policy finds it of no type that it knows."""


_TOO_LARGE = _TooLarge()


def _taken(answer: object) -> Mapping[str, object]:
    """A copy of the provider's answer, which may go on to change its own."""
    if answer is None:
        return {}
    if not isinstance(answer, Mapping) or len(answer) > _MOST_FIELDS:
        raise _NonsenseError
    fields = {name: _own(value) for name, value in answer.items()}
    if not all(type(name) is str for name in fields):
        raise _NonsenseError
    return fields


def _own(value: object) -> object:
    if isinstance(value, str | bytes | bytearray) and len(value) > MOST_TEXT:
        return _TOO_LARGE
    if isinstance(value, list | tuple | set | frozenset | dict):
        if len(value) > MOST_ELEMENTS:
            return _TOO_LARGE
        return value.copy() if isinstance(value, list | set | dict) else value
    return value
