"""One version of a policy made ready, and which versions serve: swapped by one reference."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.policy.decision import Decision
from routekit.service.policies.rollout import Canary

__all__ = ["Observe", "Revision", "Serving"]

Observe: TypeAlias = Callable[[object, datetime, Decision, str], None]
"""Told of a contact, the time of its decision, the decision and its id; never waits."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of a policy, compiled: ``serial`` goes forward, ``fingerprint`` is that of its text.

    ``source`` is the address it was read from, ``read_at`` when, in UTC. The decisions of ``engine`` carry
    the fingerprint as their ``revision``.
    """

    engine: Engine
    policy: Policy
    serial: int
    fingerprint: str
    source: str
    read_at: datetime
    digest: bytes = field(default=b"", repr=False)
    """A fingerprint of the bytes of its files."""

    def __str__(self) -> str:
        return f"{self.policy.name} {self.serial} ({self.fingerprint})"


@dataclass(frozen=True, slots=True)
class Serving:
    """The versions that decide now; never changed, only replaced.

    ``current`` decides, or, for the share of the ``canary``, the ``candidate``. ``shadow`` decides beside
    the current one, and only differences are counted.
    """

    current: Revision
    candidate: Revision | None = None
    canary: Canary | None = None
    shadow: Revision | None = None
    beside: Observe | None = field(default=None, repr=False, compare=False)

    def revision_for(self, key: object) -> Revision:
        """The revision that decides for a customer; ``key`` is the value of the canary's key, or None."""
        if self.canary is not None and self.candidate is not None and self.canary.takes(key):
            return self.candidate
        return self.current

    def revision_of(self, contact: object) -> Revision:
        """The revision that decides a contact, by the key that the canary finds in it."""
        return self.current if self.canary is None else self.revision_for(self.canary.key_of(contact))

    def observe(self, contact: object, now: datetime, decision: Decision, id: str) -> None:
        """Has the shadow, where there is one, decide the contact too; never waits, never raises.

        ``contact`` and ``now`` are what the engine was given for ``decision``, as it came out; the contact
        must not be changed afterwards. A decision of another revision than the current one is passed over.
        """
        if self.beside is not None and decision.revision == self.current.fingerprint:
            self.beside(contact, now, decision, id)
