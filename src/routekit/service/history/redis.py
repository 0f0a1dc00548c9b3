"""History in Redis, which the nodes of a service share."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

from routekit.service.contact_events import ContactEvent
from routekit.service.history import redis_scripts as scripts
from routekit.service.history.channels import RedisChannel
from routekit.service.history.codec import (
    erased_id,
    event_head,
    event_of,
    event_text,
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
from routekit.service.history.past import Change, Closed, Concluded, open_first, with_events
from routekit.service.history.redis_cluster import ClusterEpoch
from routekit.service.history.redis_scripts import Epoch, settings_troubles
from routekit.service.history.store import StoreError, UnstorableError
from routekit.service.redis_url import check_redis_url

__all__ = ["RedisStore"]


class RedisStore:
    """Remembers in keys below ``prefix``, of the server at ``url``, or of a cluster.

    All keys of a customer lie in one slot. ``timeout`` is how long the server may take over a call;
    ``retention`` how long a customer is remembered who does not come back, and a touch of one who does: it
    is longer than what caps and features look back. At most ``connections`` are open at a time. Caps are
    counted by the server's clock; the server needs ``appendonly yes`` and ``maxmemory-policy noeviction``,
    or it may forget what was counted. Needs ``pip install routekit[redis]``.
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
        connections: int | None = None,
    ) -> None:
        check_redis_url(url)
        self._url, self._prefix, self._is_cluster = url, prefix, cluster
        self._retention = int(retention / timedelta(milliseconds=1))
        self._timeout = timeout.total_seconds()
        self._connections = connections
        self._made: Any = None
        self._scripts: dict[str, Any] = {}
        self._epoch = ClusterEpoch(prefix) if cluster else Epoch(prefix)
        self.channel = RedisChannel(self._client, prefix)

    # ── reading ───────────────────────────────────────────────────────────────

    def past(self, customer: str, since: datetime) -> Past:
        touches, shown, incidents = self._run(
            scripts.PAST, customer, microseconds(since), MOST_TOUCHES, MOST_SHOWN
        )
        return Past(
            tuple(
                _with_lines(touch_of(_text(id), customer, int(at), data, outcome or None), events)
                for id, at, data, outcome, events in _by(5, touches)
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
        """Writes touches; where it fails half-way, what is kept is whole, and a next try writes the rest."""
        if touches:
            self.write(touches)
            return
        with self._client() as client:
            client.set(f"{self._prefix}:written", 1, px=self._retention)

    def write(self, changes: Sequence[Change]) -> None:
        """Takes all changes to the server in a few round trips, however many customers they are of."""
        told = [change for change in changes if isinstance(change, Concluded | Closed | ContactEvent)]
        with self._client() as client:
            owners = self._owners(client, changes, [self._pointer_to(change) for change in told])
            with client.pipeline(transaction=False) as pipeline:
                touches: list[Touch] = []
                # what happened comes last: a script adds it to a touch that is there
                for change in sorted(changes, key=lambda change: isinstance(change, ContactEvent)):
                    if isinstance(change, Touch):
                        pipeline.set(self._pointer_to(change), change.customer, px=self._retention)
                        touches.append(change)
                        continue
                    self._pipe_touches(pipeline, touches)
                    touches = []
                    self._pipe(pipeline, change, owners)
                self._pipe_touches(pipeline, touches)
                pipeline.execute()
        events = [change for change in changes if isinstance(change, ContactEvent)]
        self._keep_early(event for event in events if self._pointer_to(event) not in owners)
        self._take_early({change.id: change.customer for change in changes if isinstance(change, Touch)})

    def _owners(self, client: Any, changes: Sequence[Change], ends: Sequence[str]) -> dict[str, str]:
        """Whose touches and incidents have come to an end, by their pointers."""
        found: dict[str, str] = {}
        if ends:
            with client.pipeline(transaction=False) as pipeline:
                for pointer in ends:
                    pipeline.get(pointer)
                answers = pipeline.execute()
            found = {
                pointer: _text(owner)
                for pointer, owner in zip(ends, answers, strict=True)
                if owner is not None
            }
        new = (change for change in changes if isinstance(change, Touch | Incident))
        return {**found, **{self._pointer_to(change): change.customer for change in new}}

    def _pipe_touches(self, pipeline: Any, touches: Sequence[Touch]) -> None:
        customers = sorted(touches, key=lambda touch: touch.customer)
        for customer, theirs in groupby(customers, key=lambda touch: touch.customer):
            given: list[object] = []
            for touch in theirs:
                given += touch.id, microseconds(touch.at), touch_text(touch), len(touch.capped), *touch.capped
            self._call(pipeline, scripts.RECORD, self._tag(customer), self._retention, *given)

    def _keep_early(self, events: Iterable[ContactEvent]) -> None:
        """Keeps events for when their touch comes; those of one that was erased are dropped."""
        waiting = list(events)
        if not waiting:
            return
        with self._client() as client, client.pipeline(transaction=False) as pipeline:
            for event in waiting:
                pipeline.exists(self._pointer("erased", erased_id(event.of)))
            are_gone = pipeline.execute()
            kept = [event for event, is_gone in zip(waiting, are_gone, strict=True) if not is_gone]
            for event in kept:
                pipeline.sadd(self._pointer("early", event.of), event_text(event))
                pipeline.pexpire(self._pointer("early", event.of), self._retention)
            for event in kept:  # it may have come meanwhile, from another process that looked before
                pipeline.get(self._pointer_to(event))
            owners = pipeline.execute()[2 * len(kept) :]
        found = zip(kept, owners, strict=True)
        self._take_early({event.of: _text(owner) for event, owner in found if owner is not None})

    def _take_early(self, touches: Mapping[str, str]) -> None:
        """Adds the events that came before their touches, which are given with their customers."""
        if not touches:
            return
        with self._client() as client, client.pipeline(transaction=False) as pipeline:
            for id in touches:
                pipeline.smembers(self._pointer("early", id))
            found = dict(zip(touches, pipeline.execute(), strict=True))
            for id, lines in found.items():
                if lines:
                    events = [event_of(id, line) for line in sorted(lines)]
                    self._pipe_events(pipeline, self._tag(touches[id]), id, events)
                    pipeline.delete(self._pointer("early", id))
            pipeline.execute()

    def _pipe_events(self, pipeline: Any, tag: str, id: str, events: Iterable[ContactEvent]) -> None:
        lines = [part for event in events for part in (event_head(event), event_text(event))]
        self._call(pipeline, scripts.HAPPENED, tag, id, *lines)

    def _pipe(
        self, pipeline: Any, change: Concluded | ContactEvent | Incident | Closed, owners: dict[str, str]
    ) -> None:
        pointer = self._pointer_to(change)
        owner = owners.get(pointer)
        if owner is None:
            return  # nothing is known any more of what it ends
        tag = self._tag(owner)
        match change:
            case Concluded(id, outcome):
                self._call(pipeline, scripts.CONCLUDE, tag, id, outcome_text(outcome))
            case ContactEvent(of=id):
                self._pipe_events(pipeline, tag, id, (change,))
            case Closed(id, at):
                self._call(pipeline, scripts.CLOSE, tag, id, microseconds(at))
            case Incident(id=id):
                closed = "" if change.closed is None else microseconds(change.closed)
                pipeline.set(pointer, owner, px=self._retention)
                self._call(pipeline, scripts.OPEN, tag, self._retention, id, incident_text(change), closed)

    def _pointer_to(self, change: Change) -> str:
        kind = "incident" if isinstance(change, Incident | Closed) else "touch"
        return self._pointer(kind, change.id)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:  # noqa: ARG002 - a network waits
        given: list[object] = []
        longest = timedelta(0)
        for offer, caps in claim.offers:
            given += offer, len(caps)
            for cap in caps:
                over = () if cap.over is None else sorted(cap.over)
                several = -1 if cap.over is None else len(over)
                given += cap.most, int(cap.per / timedelta(microseconds=1)), several, *over
                longest = max(longest, cap.per)
        kept = max(self._retention, int(longest / timedelta(milliseconds=1)))
        tag = self._tag(claim.customer)
        epoch = self._epoch.at(tag)
        with self._client() as client:
            self._epoch.before_claim(client)
        arguments = (*self._epoch.known_at(epoch), kept, claim.id, *given)
        found, granted = self._run_at(scripts.CLAIM, tag, *arguments, epoch=epoch)
        with self._client() as client:
            self._epoch.learn_at(client, epoch, found)
        return frozenset(map(_text, granted))

    def conclude(self, id: str, outcome: Outcome) -> bool:
        text = outcome_text(outcome)
        return self._at(self._pointer("touch", id), scripts.CONCLUDE, id, text)

    def happened(self, events: Sequence[ContactEvent]) -> None:
        """Keeps events, each once; one whose touch is not known waits for it, until it expires."""
        self.write(events)

    def open_incident(self, incident: Incident) -> None:
        self.write((incident,))

    def close_incident(self, id: str, at: datetime) -> bool:
        return self._at(self._pointer("incident", id), scripts.CLOSE, id, microseconds(at))

    # ── removing ──────────────────────────────────────────────────────────────

    def erase(self, customer: str) -> int:
        """Removes everything of a customer; Redis' own files follow when it writes them anew."""
        self._forget_for_good(*self._run(scripts.IDS, customer))
        touches, incidents, shown, events = self._run(scripts.ERASE, customer)
        self._forget_for_good(touches, incidents)
        return len(touches) + len(incidents) + int(shown) + _lines(events)

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

    # ── what the server may have lost ─────────────────────────────────────────

    def troubles(self) -> tuple[str, ...]:
        """Tells what the server has lost, and by which settings it may lose more."""
        with self._client() as client:
            info = client.info(**({"target_nodes": "random"} if self._is_cluster else {}))
            return (*self._epoch.troubles(client), *settings_troubles(info))

    def accept_loss(self) -> None:
        """Grants claims again after a loss; customers may be shown again what they were shown before it."""
        with self._client() as client:
            self._epoch.accept(client)

    # ── keys and calls ────────────────────────────────────────────────────────

    def _tag(self, customer: str) -> str:
        """The beginning of a customer's keys: what stands in braces decides about the slot."""
        return f"{self._prefix}:{{{_quoted(customer) or '%'}}}"

    def _pointer(self, kind: str, id: str) -> str:
        """Where the customer of a touch or an incident is kept."""
        return f"{self._prefix}:{kind}:{_quoted(id)}"

    def _run(self, script: str, customer: str, *arguments: object) -> Any:
        return self._run_at(script, self._tag(customer), *arguments)

    def _run_at(self, script: str, tag: str, *arguments: object, epoch: str = "") -> Any:
        with self._client() as client:
            keys = [f"{tag}:{name}" for name in scripts.KEYS] + ([epoch] if epoch else [])
            return client.register_script(script)(keys, arguments)

    def _call(self, pipeline: Any, script: str, tag: str, *arguments: object) -> None:
        """Adds a script to a pipeline; in a cluster's by its text, since that cannot load one first."""
        keys = [f"{tag}:{name}" for name in scripts.KEYS]
        if self._is_cluster:
            pipeline.execute_command("EVAL", script, len(keys), *keys, *arguments)
        else:
            self._scripts[script](keys, arguments, client=pipeline)

    def _at(self, pointer: str, script: str, *arguments: object) -> bool:
        """Runs a script with the customer that a pointer names; whether it found what it changes."""
        with self._client() as client:
            customer = client.get(pointer)
        return customer is not None and bool(self._run(script, _text(customer), *arguments))

    def _unpoint(self, touches: Sequence[bytes], incidents: Sequence[bytes]) -> None:
        with self._client() as client:
            for id in touches:
                client.delete(self._pointer("touch", _text(id)))
            for id in incidents:
                client.delete(self._pointer("incident", _text(id)))

    def _forget_for_good(self, touches: Sequence[bytes], incidents: Sequence[bytes]) -> None:
        """Drops the pointers of what is erased, and marks the touches, so that no later event is kept."""
        with self._client() as client:
            for id in map(_text, touches):
                client.set(self._pointer("erased", erased_id(id)), 1, px=self._retention)
                client.delete(self._pointer("early", id))
        self._unpoint(touches, incidents)

    @contextmanager
    def _client(self) -> Iterator[Any]:
        try:
            if self._made is None:
                made = self._connected()
                # one object each, or a pipeline would load a script as often as it has it
                self._scripts = {text: made.register_script(text) for text in scripts.PIPED}
                self._made = made
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
            **({} if self._connections is None else {"max_connections": self._connections}),
            # a connection that a restart has broken is made anew; a server that hangs is not asked again
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )


def _by(size: int, flat: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    parts = iter(flat)
    return zip(*[parts] * size, strict=True)


def _text(value: bytes) -> str:
    return value.decode("utf-8")


def _lines(texts: Iterable[bytes]) -> int:
    """How many events these are, a line each."""
    return sum(text.count(b"\n") + 1 for text in texts)


def _with_lines(touch: Touch, lines: bytes) -> Touch:
    """A touch with the events that are kept of it."""
    if not lines:
        return touch
    return with_events(touch, (event_of(touch.id, line) for line in _text(lines).split("\n")))


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
