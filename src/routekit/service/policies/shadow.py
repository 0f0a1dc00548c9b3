"""A revision that decides beside the one that serves: only the differences are counted and logged."""

import logging
from collections import Counter
from datetime import datetime
from queue import Empty, Full, Queue
from threading import Event, Thread

from routekit.engine.log import log
from routekit.policy.decision import Decision
from routekit.policy.outcome_parts import Kind, differing
from routekit.service.policies.events import JSON, Events
from routekit.service.policies.revision import Revision

__all__ = ["Shadowing"]

CAPACITY = 1_000


class Shadowing:
    """Decides contacts again by another revision, in a thread; what does not fit its queue is dropped."""

    def __init__(self, current: Revision, other: Revision, events: Events, capacity: int = CAPACITY) -> None:
        self.current = current
        self.other = other
        self.decided = self.different = self.dropped = self.failed = 0
        self.kinds: Counter[str] = Counter()
        self._events = events
        self._waiting: Queue[tuple[object, datetime, Decision, str]] = Queue(capacity)
        self._ended = Event()
        self._thread = Thread(target=self._run, name="routekit shadow", daemon=True)
        self._thread.start()

    def observe(self, contact: object, now: datetime, decision: Decision, id: str) -> None:
        """Takes a decided contact in, where there is room."""
        try:
            self._waiting.put_nowait((contact, now, decision, id))
        except Full:
            self.dropped += 1

    def close(self) -> None:
        """Ends the thread; what still waits is dropped."""
        self._ended.set()

    def counts(self) -> dict[str, int]:
        return {
            "decided": self.decided,
            "different": self.different,
            "dropped": self.dropped,
            "failed": self.failed,
        }

    def status(self) -> dict[str, JSON]:
        return {
            "revision": self.other.fingerprint,
            "beside": self.current.fingerprint,
            **self.counts(),
            "different_in": dict(self.kinds),
        }

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._compare(*self._waiting.get(timeout=0.2))
            except Empty:
                continue
            except Exception as error:  # a contact that its owner changed meanwhile, say
                self.failed += 1
                log(logging.WARNING, "shadow failed", error=type(error).__name__)

    def _compare(self, contact: object, now: datetime, decision: Decision, id: str) -> None:
        other = self.other.engine.decide(contact, now=now)
        parts = differing(decision, other)
        self.decided += 1
        if not parts:
            return
        self.different += 1
        kinds: list[JSON] = [part.name for part in parts]
        self.kinds.update(part.name for part in parts)
        changes: dict[str, JSON] = {
            part.name: [getattr(decision, part.name), getattr(other, part.name)]
            for part in parts
            if part.kind in (Kind.NAME, Kind.INTEGER)  # what a policy writes, and no value of a contact
        }
        self._events.tell(
            "differs",
            id=id,
            revision=decision.revision,
            shadow=other.revision,
            kinds=kinds,
            changes=changes,
        )
