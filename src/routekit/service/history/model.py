"""What is remembered of customers: touches and their outcomes, incidents, offers shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from routekit.policy.model import Cap
from routekit.schema.writing import JSON
from routekit.service.contact_events import ContactEvent

__all__ = [
    "JSON",
    "MOST_INCIDENTS",
    "MOST_SHOWN",
    "MOST_TOUCHES",
    "Claim",
    "Granted",
    "Incident",
    "Outcome",
    "Past",
    "Showing",
    "Touch",
]

MOST_TOUCHES = 200
MOST_SHOWN = 1_000
MOST_INCIDENTS = 50
"""How many of a customer's newest a :class:`Past` holds; claims are counted by the store, without bound."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a touch, told later: ``resolved``, ``abandoned``, …; ``note`` is the answer given."""

    result: str
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact with a customer, as it was decided.

    ``id`` is the decision's; ``at`` its ``now``, in UTC. The contact came in on ``inbound`` and was served
    on ``channel``. ``capped`` names those of the ``offers`` that have caps: they count as shown, once with
    the claim of the same id. ``facts`` holds the contact's values that history features ask about, and what
    the context tells, by their paths (``contact.intent``). ``incident`` is the id of the one it belongs to.
    ``happened`` are the events that are known of it, in the order of time; what they come to is its
    ``outcome``, unless that was told later and by itself.
    """

    id: str
    customer: str
    at: datetime
    channel: str
    queue: str
    rule: str
    inbound: str | None = None
    agent: str | None = None
    offers: tuple[str, ...] = ()
    capped: tuple[str, ...] = ()
    facts: Mapping[str, JSON] = field(default_factory=dict)
    outcome: Outcome | None = None
    incident: str | None = None
    happened: tuple[ContactEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """A matter that runs across channels until it is closed; ``about`` is what contacts about it name."""

    id: str
    customer: str
    opened: datetime
    about: str | None = None
    title: str = ""
    queue: str | None = None
    closed: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed is None


@dataclass(frozen=True, slots=True)
class Showing:
    """A capped offer that was shown, or granted to be shown, with the decision ``id``."""

    offer: str
    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one customer.

    ``touches`` and ``shown`` stand newest first, ``incidents`` open ones first. ``problem`` says what failed,
    without personal data; the rest is then what this process knows itself, which may be nothing.

    >>> Past.EMPTY.touches, Past.EMPTY.problem
    ((), None)
    """

    EMPTY: ClassVar["Past"]

    touches: tuple[Touch, ...] = ()
    incidents: tuple[Incident, ...] = ()
    shown: tuple[Showing, ...] = ()
    problem: str | None = None

    @property
    def is_away(self) -> bool:
        """Whether the store could not be asked."""
        return self.problem is not None


Past.EMPTY = Past()


@dataclass(frozen=True, slots=True)
class Claim:
    """Asks whether capped offers may be shown to a customer: each with all its caps.

    ``id`` is the decision's: the same claim made twice counts once. Time is the store's, never the contact's.
    """

    id: str
    customer: str
    offers: tuple[tuple[str, tuple[Cap, ...]], ...]


@dataclass(frozen=True, slots=True)
class Granted:
    """Which of the claimed offers may be shown; ``problem`` says why the store could not be asked."""

    offers: frozenset[str]
    problem: str | None = None
