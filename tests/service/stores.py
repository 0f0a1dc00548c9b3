"""One store of each kind as a fixture, for tests that every store must pass."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routekit.policy.model import Cap
from routekit.service.history import (
    Claim,
    HistoryStore,
    Incident,
    PostgresStore,
    RedisStore,
    SQLiteStore,
    Touch,
)

__all__ = ["EVER", "KINDS", "MONTH", "NOON", "claim", "incident", "open_store", "store", "touch"]

KINDS = ("sqlite", "memory", "postgres", "redis")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVER = datetime(2000, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.fixture(params=KINDS)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], HistoryStore]]:
    """Makes stores of one kind that share what they hold, as those of several processes do."""
    made: list[HistoryStore] = []
    make: Callable[[], HistoryStore]
    match request.param:
        case "sqlite":
            make = lambda: SQLiteStore(tmp_path / "history.db")  # noqa: E731
        case "memory":
            only = SQLiteStore(":memory:")
            make = lambda: only  # noqa: E731
        case "postgres":
            dsn = request.getfixturevalue("postgres_server").url
            long = timedelta(seconds=10)
            make = lambda: PostgresStore(dsn, timeout=long, lock_timeout=long)  # noqa: E731
        case _:
            url = request.getfixturevalue("redis_server").url
            make = lambda: RedisStore(url, timeout=timedelta(seconds=10))  # noqa: E731

    def opened() -> HistoryStore:
        made.append(make())
        return made[-1]

    yield opened
    for store in made:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], HistoryStore]) -> HistoryStore:
    return open_store()


def touch(id: str, customer: str = "c-1", ago: timedelta = timedelta(hours=1), **more: object) -> Touch:
    told: dict[str, object] = {
        "channel": "voice",
        "queue": "general",
        "rule": "care",
        "inbound": "voice",
        **more,
    }
    return Touch(id, customer, NOON - ago, **told)  # type: ignore[arg-type]


def incident(id: str, customer: str = "c-1", about: str | None = None, title: str = "") -> Incident:
    return Incident(id, customer, NOON - timedelta(days=1), about, title)


def claim(id: str, *offers: str, customer: str = "c-1", most: int = 1, per: timedelta = MONTH) -> Claim:
    return Claim(id, customer, tuple((offer, (Cap(most, per),)) for offer in offers or ("gift",)))
