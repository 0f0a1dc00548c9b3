"""Memory across channels: what happened with a customer, in a store that many processes share."""

from typing import TYPE_CHECKING

from routekit.service.history.keeper import Keeper, WhenAway
from routekit.service.history.model import (
    JSON,
    Claim,
    Granted,
    Incident,
    Outcome,
    Past,
    Showing,
    Touch,
)
from routekit.service.history.store import HistoryStore, StoreBusyError, StoreError, UnstorableError

__all__ = [
    "JSON",
    "Claim",
    "Granted",
    "HistoryStore",
    "Incident",
    "Keeper",
    "Outcome",
    "Past",
    "Showing",
    "StoreBusyError",
    "StoreError",
    "Touch",
    "UnstorableError",
    "WhenAway",
]
