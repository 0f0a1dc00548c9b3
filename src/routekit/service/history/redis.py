"""History in Redis, which the nodes of a service share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import quote

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as error:
    raise ImportError("RedisStore needs redis: pip install routekit[redis]") from error

from routekit.service.history import redis_scripts as scripts
from routekit.service.history.codec import (
    incident_of,
    incident_text,
    instant_of,
    microseconds,
    outcome_text,
    touch_of,
    touch_text,
)
from routekit.service.history.model import (
    MOST_SHOWN,
    MOST_TOUCHES,
    Claim,
    Incident,
    Outcome,
    Past,
    Showing,
    Touch,
)
from routekit.service.history.past import open_first
from routekit.service.history.store import StoreError, UnstorableError

__all__ = ["RedisStore"]


class RedisStore:
    """Remembers in keys below ``prefix``, of the server at ``url``, or of a cluster.

    All keys of a customer lie in one slot. ``timeout`` is how long the server may take over a call;
    ``retention`` how long a customer is remembered who does not come back, and a touch of one who does: it
    is longer than what caps and features look back. Caps are counted by the server's clock. Needs
    ``pip install routekit[redis]``.
    """

    is_local = False

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "routekit",
        retention: timedelta = timedelta(days=400),
        timeout: timedelta = timedelta(seconds=1),
        cluster: bool = False,
    ) -> None:
        self._url, self._prefix, self._is_cluster = url, prefix, cluster
        self._retention = int(retention / timedelta(milliseconds=1))
        self._timeout = timeout.total_seconds()
        self._made: Any = None

    # ── reading ───────────────────────────────────────────────────────────────

    def past(self, customer: str, since: datetime) -> Past:
        touches, shown, incidents = self._run(
            scripts.PAST, customer, microseconds(since), MOST_TOUCHES, MOST_SHOWN
        )
        return Past(
            tuple(
                touch_of(_text(id), customer, int(at), data, outcome or None)
                for id, at, data, outcome in _by(4, touches)
            ),
            open_first(
                incident_of(_text(id), customer, data, int(closed) if closed else None)
                for id, data, closed in _by(3, incidents)
                if not closed or int(closed) > microseconds(since)
            ),
            tuple(_showing(member, at) for member, at in _by(2, shown)),
        )

    # ── writing ───────────────────────────────────────────────────────────────

    def record(self, touches: Sequence[Touch]) -> None:
        """Where it fails half-way, what is kept is whole, and the rest comes with the next try."""
        if not touches:
            with self._client() as client:
                client.set(f"{self._prefix}:written", 1, px=self._retention)
        self._point((self._pointer("touch", touch.id), touch.customer) for touch in touches)
        customers = sorted(touches, key=lambda touch: touch.customer)
        for customer, theirs in groupby(customers, key=lambda touch: touch.customer):
            given: list[object] = []
            for touch in theirs:
                given += touch.id, microseconds(touch.at), touch_text(touch), len(touch.capped), *touch.capped
            self._run(scripts.RECORD, customer, self._retention, *given)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:  # noqa: ARG002 - a network waits
        given: list[object] = []
        longest = timedelta(0)
        for offer, caps in claim.offers:
            given += offer, len(caps)
            for cap in caps:
                given += cap.most, int(cap.per / timedelta(microseconds=1))
                longest = max(longest, cap.per)
        kept = max(self._retention, int(longest / timedelta(milliseconds=1)))
        return frozenset(map(_text, self._run(scripts.CLAIM, claim.customer, kept, claim.id, *given)))

    def conclude(self, id: str, outcome: Outcome) -> bool:
        text = outcome_text(outcome)
        return self._at(self._pointer("touch", id), scripts.CONCLUDE, id, text)

    def open_incident(self, incident: Incident) -> None:
        closed = "" if incident.closed is None else microseconds(incident.closed)
        text = incident_text(incident)
        self._point([(self._pointer("incident", incident.id), incident.customer)])
        self._run(scripts.OPEN, incident.customer, self._retention, incident.id, text, closed)

    def close_incident(self, id: str, at: datetime) -> bool:
        return self._at(self._pointer("incident", id), scripts.CLOSE, id, microseconds(at))

    # ── removing ──────────────────────────────────────────────────────────────

    def erase(self, customer: str) -> int:
        """Removes everything of a customer; Redis' own files follow when it writes them anew."""
        self._unpoint(*self._run(scripts.IDS, customer))
        touches, incidents, shown = self._run(scripts.ERASE, customer)
        self._unpoint(touches, incidents)
        return len(touches) + len(incidents) + int(shown)

    def expire(self, before: datetime) -> int:
        expired = 0
        for kind in ("order", "shown", "closed"):
            with self._client() as client:
                keys = list(client.scan_iter(match=f"{_escaped(self._prefix)}:{{*}}:{kind}", count=1000))
            for key in keys:
                tag = _text(key)[: -len(kind) - 1]
                touches, incidents, shown = self._run_at(scripts.EXPIRE, tag, microseconds(before))
                self._unpoint(touches, incidents)
                expired += len(touches) + len(incidents) + int(shown)
        return expired

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
            if self._is_cluster:  # whose `close` leaves what pipelines opened
                self._made.disconnect_connection_pools()
            self._made = None

    # ── keys and calls ────────────────────────────────────────────────────────

    def _tag(self, customer: str) -> str:
        """The beginning of a customer's keys: what stands in braces decides about the slot."""
        return f"{self._prefix}:{{{_quoted(customer) or '%'}}}"

    def _pointer(self, kind: str, id: str) -> str:
        """Where the customer of a touch or an incident is kept."""
        return f"{self._prefix}:{kind}:{_quoted(id)}"

    def _run(self, script: str, customer: str, *arguments: object) -> Any:
        return self._run_at(script, self._tag(customer), *arguments)

    def _run_at(self, script: str, tag: str, *arguments: object) -> Any:
        with self._client() as client:
            keys = [f"{tag}:{name}" for name in scripts.KEYS]
            return client.register_script(script)(keys, arguments)

    def _at(self, pointer: str, script: str, *arguments: object) -> bool:
        """Runs a script with the customer that a pointer names; whether it found what it changes."""
        with self._client() as client:
            customer = client.get(pointer)
        return customer is not None and bool(self._run(script, _text(customer), *arguments))

    def _point(self, pointers: Iterable[tuple[str, str]]) -> None:
        with self._client() as client, client.pipeline(transaction=False) as pipeline:
            for pointer, customer in pointers:
                pipeline.set(pointer, customer, px=self._retention)
            pipeline.execute()

    def _unpoint(self, touches: Sequence[bytes], incidents: Sequence[bytes]) -> None:
        with self._client() as client:
            for id in touches:
                client.delete(self._pointer("touch", _text(id)))
            for id in incidents:
                client.delete(self._pointer("incident", _text(id)))

    @contextmanager
    def _client(self) -> Iterator[Any]:
        try:
            if self._made is None:
                self._made = self._connected()
            yield self._made
        except (redis.RedisError, OSError, UnicodeError) as error:
            raise _store_error(error) from None

    def _connected(self) -> Any:
        connect: Callable[..., Any] = (
            redis.RedisCluster.from_url if self._is_cluster else redis.Redis.from_url
        )
        return connect(
            self._url,
            socket_timeout=self._timeout,
            socket_connect_timeout=self._timeout,
            # a connection that a restart has broken is made anew; a server that hangs is not asked again
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )


def _by(size: int, flat: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    parts = iter(flat)
    return zip(*[parts] * size, strict=True)


def _text(value: bytes) -> str:
    return value.decode("utf-8")


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _escaped(prefix: str) -> str:
    """A prefix as a pattern that means itself."""
    return "".join(f"\\{letter}" if letter in "*?[]\\^" else letter for letter in prefix)


def _showing(member: bytes, at: bytes) -> Showing:
    offer, _, id = _text(member).partition(" ")
    return Showing(offer, instant_of(int(float(at))), id)


def _store_error(error: Exception) -> StoreError:
    """What an error means, without its own text, which may hold values or the address."""
    match error:
        case UnicodeError() | redis.DataError():
            return UnstorableError("a value cannot be stored by Redis")
        case redis.TimeoutError() | TimeoutError():
            return StoreError("the server did not answer in time")
        case redis.AuthenticationError() | redis.exceptions.NoPermissionError():
            return StoreError("the server refused the user or the password")
        case redis.exceptions.BusyLoadingError():
            return StoreError("the server is loading its data")
        case redis.exceptions.OutOfMemoryError():
            return StoreError("the server's memory is full")
        case redis.exceptions.ReadOnlyError():
            return StoreError("the server is read-only")
        case redis.ConnectionError() | OSError():
            return StoreError("the server cannot be reached")
        case redis.ResponseError():
            word = str(error).split(" ", 1)[0].rstrip(":")
            if "OOM" in str(error)[:200]:
                return StoreError("the server's memory is full")
            return StoreError(f"the server answered with error {word if word.isupper() else 'ERR'}")
    return StoreError(type(error).__name__)
