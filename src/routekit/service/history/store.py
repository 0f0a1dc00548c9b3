"""What a store of history does, whichever it is, and how it fails."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from routekit.service.history.model import Claim, Incident, Outcome, Past, Touch

__all__ = [
    "ContentionError",
    "HistoryStore",
    "StoreBusyError",
    "StoreError",
    "StoreLostError",
    "UnstorableError",
]


class StoreError(Exception):
    """The store could not do it; ``reason`` holds no personal data and no password."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class StoreBusyError(StoreError):
    """Another one is writing, and the caller did not want to wait."""


class ContentionError(StoreBusyError):
    """The store is well; others stand in the way of this one call: a lock on one customer, say."""


class StoreLostError(StoreError):
    """The store has lost what it held, so that caps cannot be kept by it until somebody accepts that."""


class UnstorableError(StoreError):
    """The store is well, but cannot hold this: trying again is of no use."""


class HistoryStore(Protocol):
    """Remembers what happened with customers. Safe from any thread, and in processes forked later.

    Every call but ``close`` raises :class:`StoreError` where the store cannot do it, and nothing else.
    None of them connects before it is first called.

    A store may have more. ``write(changes)`` takes touches, outcomes and incidents together, in their order.
    ``happened(events)`` keeps what became of touches, each event once, also where it comes before its touch.
    ``troubles()`` says what is wrong with it although it answers, and ``accept_loss()`` that somebody knows
    what it has lost. ``channel`` carries messages between the workers that share it.
    """

    @property
    def is_local(self) -> bool:
        """Whether reading takes microseconds and waits for no network, so that an event loop may do it."""

    def past(self, customer: str, since: datetime) -> Past:
        """Reads what is known of a customer since an instant: newest touches and offers shown, incidents."""

    def record(self, touches: Sequence[Touch]) -> None:
        """Keeps touches, each once by its id. None at all still asks whether the store can be written."""

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:
        """Tells which of the offers may be shown; those are counted in the same step, over all processes.

        Without ``wait`` a local store that somebody else is writing raises :class:`StoreBusyError` at once.
        """

    def conclude(self, id: str, outcome: Outcome) -> bool:
        """Adds what became of a touch; whether there is one with this id."""

    def open_incident(self, incident: Incident) -> None:
        """Keeps an incident, once by its id."""

    def close_incident(self, id: str, at: datetime) -> bool:
        """Closes an incident; whether there is an open one with this id."""

    def erase(self, customer: str) -> int:
        """Removes everything of a customer, for good; how many things that were."""

    def expire(self, before: datetime) -> int:
        """Removes touches and offers shown before an instant, and incidents closed before it; how many.

        What caps still count must be kept: the instant lies further back than the longest of them.
        """

    def close(self) -> None:
        """Lets go of files and connections; what is called later opens them again."""
