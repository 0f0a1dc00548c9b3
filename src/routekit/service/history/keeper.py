"""What stands between a router and a store: deadlines, a breaker, writing behind, and no exception."""

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from routekit.service.history.model import JSON, Claim, Granted, Incident, Outcome, Past, Touch
from routekit.service.history.store import HistoryStore

__all__ = ["Keeper", "WhenAway"]

WhenAway: TypeAlias = Literal["withhold", "count_here"]


class Keeper:
    """Signatures; the bodies follow."""

    def __init__(
        self,
        store: HistoryStore,
        *,
        deadline: timedelta = timedelta(milliseconds=50),
        when_away: WhenAway = "withhold",
        capacity: int = 10_000,
    ) -> None:
        raise NotImplementedError

    def past_at_hand(self, customer: str, since: datetime) -> Past | None:
        """Where it can be had without waiting: of a local store, or nothing while the store is away."""
        raise NotImplementedError

    async def past(self, customer: str, since: datetime) -> Past:
        """What is known, within the deadline; never raises."""
        raise NotImplementedError

    def past_sync(self, customer: str, since: datetime) -> Past:
        """The same for threads."""
        raise NotImplementedError

    def claim_at_hand(self, claim: Claim) -> Granted | None:
        """Where it can be had without waiting."""
        raise NotImplementedError

    async def claim(self, claim: Claim) -> Granted:
        """Which capped offers may be shown, within the deadline; never raises."""
        raise NotImplementedError

    def claim_sync(self, claim: Claim) -> Granted:
        """The same for threads."""
        raise NotImplementedError

    def record(self, touch: Touch) -> None:
        """Behind: never waits, never raises."""
        raise NotImplementedError

    def conclude(self, id: str, outcome: Outcome) -> None:
        """Behind, in the order of the calls; never waits, never raises."""
        raise NotImplementedError

    def open_incident(self, incident: Incident) -> None:
        """Behind; never waits, never raises."""
        raise NotImplementedError

    def close_incident(self, id: str, at: datetime) -> None:
        """Behind; never waits, never raises."""
        raise NotImplementedError

    async def erase(self, customer: str) -> int:
        """Everything of a customer, pending or stored; raises StoreError where it could not be done."""
        raise NotImplementedError

    def erase_sync(self, customer: str) -> int:
        """The same for threads."""
        raise NotImplementedError

    def status(self) -> dict[str, JSON]:
        """What a health page shows."""
        raise NotImplementedError

    def flush(self, timeout: timedelta = timedelta(seconds=5)) -> bool:
        """Waits until all that was recorded is written; whether it is."""
        raise NotImplementedError

    def close(self, timeout: timedelta = timedelta(seconds=5)) -> None:
        """Writes what is pending, as far as the time allows, and closes the store."""
        raise NotImplementedError
