"""Memory across channels: what happened with a customer, in a store that many processes share."""

from typing import TYPE_CHECKING

from routekit.service.history.context import Context
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
from routekit.service.history.resilient_store import Keeper, WhenAway
from routekit.service.history.store import (
    HistoryStore,
    StoreBusyError,
    StoreError,
    StoreLostError,
    UnstorableError,
)

if TYPE_CHECKING:
    from routekit.service.history.postgres import PostgresStore
    from routekit.service.history.redis import RedisStore
    from routekit.service.history.sqlite import SQLiteStore
else:
    # each store brings a library of its own, which only its users have or need
    _HOMES = {"PostgresStore": "postgres", "RedisStore": "redis", "SQLiteStore": "sqlite"}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "JSON",
    "Claim",
    "Context",
    "Granted",
    "HistoryStore",
    "Incident",
    "Keeper",
    "Outcome",
    "Past",
    "PostgresStore",
    "RedisStore",
    "SQLiteStore",
    "Showing",
    "StoreBusyError",
    "StoreError",
    "StoreLostError",
    "Touch",
    "UnstorableError",
    "WhenAway",
]
