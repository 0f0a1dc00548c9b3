"""What one worker tells the others that share its store: erasures, signals, steps of the policy."""

import json
import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from threading import Event, Lock, Thread
from time import monotonic
from typing import TypeAlias
from uuid import uuid4

from routekit.engine.forks import anew_after_fork
from routekit.engine.live import LiveSignals
from routekit.engine.log import log
from routekit.service.customers import Customers
from routekit.service.history.channels import KEPT_FOR, Channel, Heard, position
from routekit.service.history.model import JSON
from routekit.service.history.resilient_store import Keeper
from routekit.service.history.store import StoreError
from routekit.service.keys import Key, customer_of
from routekit.service.policies import PolicySource

__all__ = ["Control", "Follow", "Follower", "digest_of"]

Follow: TypeAlias = Callable[[str, Mapping[str, JSON]], object]
"""Does what another worker tells, by its kind; raises ``ValueError`` where that cannot be done here."""

_NOTE_EVERY = 5.0
"""Seconds between two signs of life."""

_MOST_WAITING = 1_000


def digest_of(customer: str) -> str:
    """Makes what workers speak of a customer by, without naming him.

    >>> digest_of("c-1")
    'a6f7ef47ee8dc84a'
    """
    return sha256(customer.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Control:
    """Sends and hears messages by a thread, every few moments; nobody waits for it.

    ``follow`` is called with what other workers tell. A worker that was cut off for longer than messages are
    kept, or whose store has lost them, is told ``missed``.
    """

    def __init__(self, channel: Channel, follow: Follow, every: float) -> None:
        self._channel = channel
        self._follow = follow
        self._every = every
        self._ended = Event()
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """Returns a worker of its own, as a forked child is."""
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:4]}"
        self._lock = Lock()
        self._waiting: deque[str] = deque(maxlen=_MOST_WAITING)
        self._news = Event()
        self._after: str | None = None
        self._heard_at = monotonic()
        self._noted: tuple[str, float] = ("", float("-inf"))
        self._sent: tuple[str, str] | None = None
        self._workers: tuple[Heard, ...] = ()
        self._problem: str | None = None
        self._unfollowed = 0
        self._thread: Thread | None = None
        if not self._ended.is_set():
            self._thread = Thread(target=self._run, name="routekit control", daemon=True)
            self._thread.start()

    def tell(self, kind: str, **facts: JSON) -> None:
        """Has the other workers told; never waits."""
        message = {"from": self.worker, "kind": kind, "facts": facts}
        self._waiting.append(json.dumps(message, separators=(",", ":")))
        self._news.set()

    def close(self) -> None:
        """Sends what waits, says goodbye, and ends the thread; a store that hangs is left to itself."""
        self._ended.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)

    def status(self) -> dict[str, JSON]:
        """Tells who listens, as JSON takes it, and who has heard what this worker told last."""
        last, workers = self._sent, self._workers
        others = [one for one in workers if one.worker != self.worker]
        told: dict[str, JSON] | None = None
        if last is not None:
            id, kind = last
            heard = [one.worker for one in others if position(one.last) >= position(id)]
            told = {
                "kind": kind,
                "heard_by": [*heard],
                "not_heard_by": [one.worker for one in others if one.worker not in heard],
            }
        return {
            "worker": self.worker,
            "others": [{"worker": one.worker, "seen_ago": one.seconds} for one in others],
            "told_last": told,
            "waiting": len(self._waiting),
            "unfollowed": self._unfollowed,
            "problem": self._problem,
        }

    # ── the thread ────────────────────────────────────────────────────────────

    def _run(self) -> None:
        while not self._ended.is_set():
            self._news.wait(self._every)
            self._news.clear()
            self._go_round()
        try:
            self._channel.leave(self.worker)
        except Exception:  # it is forgotten in time
            return

    def _go_round(self) -> None:
        try:
            self._send()
            self._hear()
            self._note()
            self._problem = None
        except StoreError as error:
            self._problem = error.reason
        except Exception as error:  # a channel of somebody else may raise anything
            self._problem = type(error).__name__

    def _send(self) -> None:
        while self._waiting:
            if self._after is None:  # a worker that begins by telling has heard nothing before it
                self._hear()
            text = self._waiting[0]
            self._sent = self._channel.send(text), json.loads(text)["kind"]
            self._waiting.popleft()

    def _hear(self) -> None:
        after = self._after
        messages, newest = self._channel.receive(after)
        is_lost = after is not None and position(newest) < position(after)
        is_late = after is not None and monotonic() - self._heard_at > KEPT_FOR
        self._heard_at = monotonic()
        if is_lost or is_late:
            self._do("missed", {})
        self._after = messages[-1].id if messages else newest if after is None or is_lost else after
        for message in messages:
            self._take(message.text)

    def _take(self, text: str) -> None:
        try:
            read = json.loads(text)
            sender, kind, facts = read["from"], str(read["kind"]), dict(read["facts"])
        except (ValueError, TypeError, KeyError):
            log(logging.WARNING, "control message not understood")
            return
        if sender != self.worker:
            self._do(kind, facts)

    def _do(self, kind: str, facts: Mapping[str, JSON]) -> None:
        try:
            self._follow(kind, facts)
        except ValueError as error:
            self._unfollowed += 1
            log(logging.WARNING, "control message not followed", kind=kind, reason=str(error))
        except Exception as error:
            self._unfollowed += 1
            log(logging.ERROR, "control message failed", kind=kind, error=type(error).__name__)

    def _note(self) -> None:
        """Says what was heard, and asks who else has heard what."""
        last, at = self._noted
        after = self._after or ""
        is_open = self._sent is not None and any(
            position(one.last) < position(self._sent[0]) for one in self._workers
        )
        is_due = monotonic() - at >= _NOTE_EVERY
        if after != last or is_due:
            self._channel.note(self.worker, after)
            self._noted = after, monotonic()
        if after != last or is_due or is_open:
            self._workers = tuple(self._channel.workers())


class Follower:
    """Does in one worker what another one tells."""

    def __init__(
        self, source: PolicySource, customers: Customers | None, keeper: Keeper, live: LiveSignals, key: Key
    ) -> None:
        self._source = source
        self._customers = customers
        self._keeper = keeper
        self._live = live
        self._key = key

    def follow(self, kind: str, facts: Mapping[str, JSON]) -> None:
        """Does what a message says; raises ``ValueError`` where that cannot be done here."""
        match kind, facts:
            case "erase", {"customer": str(customer)}:
                self._keeper.forget_all(lambda known: digest_of(customer_of(known)) == customer)
                if self._customers is not None and self._customers.key == self._key:
                    self._customers.forget_all(lambda known: digest_of(known) == customer)
                elif self._customers is not None:  # he is known there by something else
                    self._customers.clear()
            case "invalidate", {"customer": str(customer)}:
                if self._customers is not None:
                    self._customers.forget_all(lambda known: digest_of(known) == customer)
            case "invalidate" | "missed", _:
                if self._customers is not None:
                    self._customers.clear()
            case "switch", {"name": str(name), "on": bool(on)}:
                until, who, why = (facts.get(name) for name in ("until", "who", "why"))
                self._live.switch(
                    name,
                    on,
                    until=datetime.fromisoformat(until) if isinstance(until, str) else None,
                    who=who if isinstance(who, str) else None,
                    why=why if isinstance(why, str) else None,
                )
            case "signal", {"queue": str(queue), "signals": dict(signals)}:
                self._live.update(queue, **signals)
            case "rollback" | "promote" | "withdraw", {"fingerprint": str(fingerprint)}:
                self._source.follow(kind, fingerprint)
            case _:
                raise ValueError("this worker does not know such a message")
