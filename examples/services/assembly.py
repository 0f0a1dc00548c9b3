"""A router made of its parts, as the settings say: the place to look at for a service of your own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from examples.services.directory import Directory
from examples.services.settings import Settings
from routekit.service import (
    Customers,
    DecisionLog,
    FileSink,
    Keeper,
    LiveSignals,
    PolicySource,
    Rollout,
    Router,
    Signature,
    StdoutSink,
)

if TYPE_CHECKING:
    from routekit.service.history import HistoryStore

__all__ = ["Assembly", "assembled", "source_of"]


def source_of(settings: Settings) -> PolicySource:
    """Where the policy comes from; nothing is read before it is started."""
    return PolicySource(
        settings.policy,
        signature=Signature.hmac(settings.policy_key.encode()) if settings.policy_key else None,
        rollout=Rollout(canary=settings.canary, shadow=settings.shadow),
        live=LiveSignals(),
        last_good=settings.last_good,
        token=settings.policy_token,
    )


@dataclass(frozen=True, slots=True)
class Assembly:
    """A router, and those of its parts that write behind it."""

    router: Router
    keeper: Keeper | None
    log: DecisionLog | None

    def flush(self, seconds: float) -> None:
        """Waits until what was decided is written down, but no longer than that for each part."""
        if self.keeper is not None:
            self.keeper.flush(timedelta(seconds=seconds))
        if self.log is not None:
            self.log.flush(seconds)


def assembled(settings: Settings, source: PolicySource, key: str) -> Assembly:
    """A router by the policy of a source; ``key`` is the field by which the directory knows customers.

    Raises ``PolicyRefused`` for a first version that must not serve, ``SourceUnreachable`` where there is
    none to be had. A history that is down is no hindrance: it is used as soon as it is up.
    """
    source.start()
    directory = Directory(settings.customers, settings.customers_delay)
    look_up = directory.by_phone if key == "customer.phone" else directory.by_id
    store = None if settings.history == "off" else _store(settings.history)
    keeper = None if store is None else Keeper(store)
    log = None if settings.log == "off" else DecisionLog(_sink(settings.log))
    customers = Customers(look_up, key=key, unknown_ttl=60)
    return Assembly(
        Router(source, customers=customers, history=keeper, log=log, live=source.live), keeper, log
    )


def _store(address: str) -> "HistoryStore":
    if address.startswith(("postgresql://", "postgres://")):
        from routekit.service import PostgresStore

        return PostgresStore(address)
    if address.startswith(("redis://", "rediss://")):
        from routekit.service import RedisStore

        return RedisStore(address)
    from routekit.service import SQLiteStore

    return SQLiteStore(address)


def _sink(where: str) -> FileSink | StdoutSink:
    return StdoutSink() if where == "-" else FileSink(where)
