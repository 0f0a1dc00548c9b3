"""A store in memory that fails as a test wants it to."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from routekit.service.history import Claim, Incident, Outcome, Past, Showing, StoreError, Touch
from routekit.service.history.features import granted

__all__ = ["MemoryStore"]


class MemoryStore:
    """Keeps history in memory; ``before`` is called with the name of each call, and may wait or raise."""

    def __init__(self, *, is_local: bool = True) -> None:
        self.is_local = is_local
        self.touches: dict[str, Touch] = {}
        self.incidents: dict[str, Incident] = {}
        self.shown: dict[str, list[Showing]] = {}
        self.before: Callable[[str], object] = lambda _: None
        self.is_closed = False
        self._lock = threading.Lock()

    def fail(self, reason: str = "the store is down") -> None:
        def raises(_: str) -> None:
            raise StoreError(reason)

        self.before = raises

    def recover(self) -> None:
        self.before = lambda _: None

    def past(self, customer: str, since: datetime) -> Past:
        self.before("past")
        with self._lock:
            touches = [
                item for item in self.touches.values() if item.customer == customer and item.at >= since
            ]
            incidents = [item for item in self.incidents.values() if item.customer == customer]
            shown = [item for item in self.shown.get(customer, ()) if item.at >= since]
        return Past(
            tuple(sorted(touches, key=lambda item: (item.at, item.id), reverse=True)),
            tuple(sorted(incidents, key=lambda item: (not item.is_open, item.opened))),
            tuple(reversed(shown)),
        )

    def record(self, touches: Sequence[Touch]) -> None:
        self.before("record")
        with self._lock:
            for touch in touches:
                self.touches.setdefault(touch.id, touch)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:
        self.before("claim")
        now = datetime.now(UTC)
        with self._lock:
            shown = self.shown.setdefault(claim.customer, [])
            offers = granted(claim, shown, now)
            counted = {item.offer for item in shown if item.id == claim.id}
            shown += [Showing(offer, now, claim.id) for offer in sorted(offers - counted)]
        return offers

    def conclude(self, id: str, outcome: Outcome) -> bool:
        self.before("conclude")
        with self._lock:
            if id not in self.touches:
                return False
            self.touches[id] = replace(self.touches[id], outcome=outcome)
            return True

    def open_incident(self, incident: Incident) -> None:
        self.before("open_incident")
        self.incidents.setdefault(incident.id, incident)

    def close_incident(self, id: str, at: datetime) -> bool:
        self.before("close_incident")
        found = self.incidents.get(id)
        if found is None or not found.is_open:
            return False
        self.incidents[id] = replace(found, closed=at)
        return True

    def erase(self, customer: str) -> int:
        self.before("erase")
        with self._lock:
            gone = [id for id, item in self.touches.items() if item.customer == customer]
            for id in gone:
                del self.touches[id]
            theirs = [id for id, item in self.incidents.items() if item.customer == customer]
            for id in theirs:
                del self.incidents[id]
            return len(gone) + len(theirs) + len(self.shown.pop(customer, ()))

    def expire(self, before: datetime) -> int:
        self.before("expire")
        return 0

    def close(self) -> None:
        self.is_closed = True
