"""What a routing service needs around the engine: customers, history, caps, live policies, an account.

``router`` is what a caller holds. ``pipeline`` is the way of one contact, written once as a generator that
stops only where something must be waited for, so that ``route`` and ``route_sync`` differ in nothing but
how they wait. It takes the serving version once, so each decision belongs to one revision. A contact is
never changed, only replaced by a copy with more in it. ``requirements`` is what a policy asks of all that:
members, facts to remember, caps. A refused offer is decided away by marking its cap as used up, so the same
code that decides picks the next best. ``control`` tells other workers what concerns them too.
"""

from typing import TYPE_CHECKING

__all__ = [
    "Acceptance",
    "ContactEvent",
    "Customers",
    "DecisionLog",
    "EventKind",
    "FileSink",
    "Incident",
    "Keeper",
    "LiveSignals",
    "Meters",
    "OpenTelemetrySink",
    "PolicySource",
    "PostgresStore",
    "RedisStore",
    "Rollout",
    "Routed",
    "Router",
    "SQLiteStore",
    "Signature",
    "StdoutSink",
    "StoreError",
    "StructlogSink",
]

if TYPE_CHECKING:
    from routekit.engine.live import LiveSignals
    from routekit.service.contact_events import ContactEvent, EventKind
    from routekit.service.customers import Customers
    from routekit.service.decision_log import (
        DecisionLog,
        FileSink,
        OpenTelemetrySink,
        StdoutSink,
        StructlogSink,
    )
    from routekit.service.history import Incident, Keeper, StoreError
    from routekit.service.history.postgres import PostgresStore
    from routekit.service.history.redis import RedisStore
    from routekit.service.history.sqlite import SQLiteStore
    from routekit.service.policies import Acceptance, PolicySource, Rollout, Signature
    from routekit.service.routed_decision import Routed
    from routekit.service.router import Router
    from routekit.service.telemetry import Meters
else:
    # who routes without a history imports none
    _HOMES = {
        "Acceptance": "policies",
        "ContactEvent": "contact_events",
        "Customers": "customers",
        "DecisionLog": "decision_log",
        "EventKind": "contact_events",
        "FileSink": "decision_log",
        "Incident": "history",
        "Keeper": "history",
        "Meters": "telemetry",
        "OpenTelemetrySink": "decision_log",
        "PolicySource": "policies",
        "PostgresStore": "history.postgres",
        "RedisStore": "history.redis",
        "Rollout": "policies",
        "Routed": "routed_decision",
        "Router": "router",
        "SQLiteStore": "history.sqlite",
        "Signature": "policies",
        "StdoutSink": "decision_log",
        "StoreError": "history",
        "StructlogSink": "decision_log",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in __all__:
            raise AttributeError(f"module `routekit.service` has no attribute `{name}`")
        home = f"{__name__}.{_HOMES[name]}" if name in _HOMES else "routekit.engine.live"
        value = getattr(import_module(home), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
