"""One version of a policy made ready, which versions serve, and how a new one comes into use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.policy.decision import Decision
from routekit.policy.splits import WHOLE, point
from routekit.service.policies.bundle import Document
from routekit.service.policies.events import JSON

__all__ = ["Canary", "Observe", "Revision", "Rollout", "Serving"]


@dataclass(frozen=True, slots=True)
class Canary:
    """The customers who meet the candidate first: the points of a line below ``below``, of 10⁸.

    The same key falls on the same point in every process, and a larger share keeps everybody of a smaller.
    """

    below: int
    key: tuple[str, str]
    seed: str

    @property
    def share(self) -> float:
        """The share, 0 to 1."""
        return self.below / WHOLE

    def takes(self, key: object) -> bool:
        """Checks whether a customer is among them; one without a key, or with none that can be used, is not.

        >>> canary = Rollout(canary="50%").sample
        >>> [canary.takes(key) for key in ("c-1", "c-2", "c-3", "c-4", None)]
        [False, False, True, False, False]
        """
        if not isinstance(key, str | int | float | date | timedelta):
            return False
        try:
            return point(self.seed, key) < self.below
        except ValueError:  # half of a surrogate pair, a number too long to be written
            return False

    def key_of(self, contact: object) -> object:
        """Returns the value of the key in a contact, None where there is none."""
        record = dict.get(contact, self.key[0]) if isinstance(contact, dict) else None
        return dict.get(record, self.key[1]) if isinstance(record, dict) else None


@dataclass(frozen=True, slots=True)
class Rollout:
    """How a new version comes into use; at once where nothing is said.

    ``canary`` is the share of the customers who meet it first, ``"10%"``; ``key`` the field that tells them
    apart, ``seed`` which of them it is. ``shadow`` has it decide beside the old one instead, with no effect
    but counts of the differences; a path names another policy that does so all the time. The version is
    promoted after ``hold``, or, without one, by ``PolicySource.promote()``. Raises ``ValueError`` for a
    share or a key that cannot be read.

    >>> Rollout(canary="10%").sample
    Canary(below=10000000, key=('customer', 'id'), seed='canary')
    >>> Rollout(canary="110%")
    Traceback (most recent call last):
    ValueError: `110%` is no share: write one from 0% to 100%, such as "10%"
    """

    canary: str | None = None
    key: str = "customer.id"
    hold: timedelta | None = None
    shadow: bool | str | Path = False
    seed: str = "canary"

    def __post_init__(self) -> None:
        if self.canary is not None:
            _points(self.canary)
        if self.key.count(".") != 1:
            raise ValueError(f"`{self.key}` is no key: write a record and its field, such as `customer.id`")
        if self.hold is not None and self.hold <= timedelta():
            raise ValueError("`hold` is how long a new version is tried: a positive time")

    @property
    def sample(self) -> Canary | None:
        """The customers who meet a new version first."""
        if self.canary is None:
            return None
        record, field = self.key.split(".")
        return Canary(_points(self.canary), (record, field), self.seed)

    @property
    def is_stepwise(self) -> bool:
        """Whether a new version waits to be promoted."""
        return self.canary is not None or self.shadow is True


def _points(share: str) -> int:
    try:
        percent = float(share.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not share.strip().endswith("%") or not 0 <= percent <= 100:
        raise ValueError(f'`{share}` is no share: write one from 0% to 100%, such as "10%"')
    return round(percent * WHOLE / 100)


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
    document: "Document | None" = field(default=None, repr=False, compare=False)
    """The version as it came, to be kept as the last good one."""

    def __str__(self) -> str:
        return f"{self.policy.name} {self.serial} ({self.fingerprint})"

    def to_dict(self) -> dict[str, JSON]:
        """Returns the revision in a few facts, as JSON has them."""
        return {
            "policy": self.policy.name,
            "serial": self.serial,
            "fingerprint": self.fingerprint,
            "source": self.source,
            "read_at": self.read_at.isoformat(timespec="milliseconds"),
        }


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
        """Finds who decides for a customer; ``key`` is the value of the canary's key, or None."""
        if self.canary is not None and self.candidate is not None and self.canary.takes(key):
            return self.candidate
        return self.current

    def revision_of(self, contact: object) -> Revision:
        """Returns the revision that decides a contact, by the key that the canary finds in it."""
        return self.current if self.canary is None else self.revision_for(self.canary.key_of(contact))

    def observe(self, contact: object, now: datetime, decision: Decision, id: str) -> None:
        """Has the shadow, where there is one, decide the contact too; never waits, never raises.

        ``contact`` and ``now`` are what the engine was given for ``decision``, as it came out; the contact
        must not be changed afterwards. A decision of another revision than the current one is passed over.
        """
        if self.beside is not None and decision.revision == self.current.fingerprint:
            self.beside(contact, now, decision, id)
