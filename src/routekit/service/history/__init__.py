"""Memory across channels: what happened with a customer, in a store that many processes share.

``model`` is what is kept, ``store`` what a store does and how it fails; ``sqlite``, ``postgres`` and
``redis`` do it. What they must not differ in is written once: ``codec`` how a touch is kept, ``past`` what
a claim is granted and what is latest, ``features`` what the ``history`` block means. ``resilient_store``
stands between a router and a store: a circuit breaker says whom nobody waits for, and a write-behind queue
holds what is not written yet, by customer, so that a process sees its own. Every write is idempotent by an
id, so that it may be tried again. A step of SQLite gives up the interpreter, and to get it back costs more
than all the rest; so ``read_cache`` holds what was read or written, until versions that processes share say
that it no longer holds.
"""

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
