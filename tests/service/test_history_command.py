"""``routekit history``: retention and erasure from a terminal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routekit.cli.main import _routekit
from routekit.service.history import RedisStore, SQLiteStore
from tests.service.servers import RedisServer, redis_server
from tests.service.stores import EVER, NOON, touch

__all__ = ["redis_server"]


@pytest.fixture
def path(tmp_path: Path) -> str:
    store = SQLiteStore(tmp_path / "history.db")
    old = datetime.now(UTC) - timedelta(days=500)
    store.record([touch("d-1"), touch("d-2", customer="c-2"), touch("d-3", customer="c-2", ago=NOON - old)])
    store.close()
    return str(tmp_path / "history.db")


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(_routekit, ["history", *arguments], input=typed)


def test_a_customer_is_erased(path: str) -> None:
    result = run("erase", path, "c-2")
    assert (result.exit_code, result.stdout) == (0, "erased the customer: 2 records\n")
    assert run("erase", path, "-", typed="c-2\n").stdout == "erased the customer: 0 records\n"
    store = SQLiteStore(path)
    assert store.past("c-2", EVER).touches == ()
    assert len(store.past("c-1", EVER).touches) == 1
    store.close()


def test_what_is_old_is_removed(path: str) -> None:
    result = run("expire", path, "400d")
    assert (result.exit_code, result.stdout) == (0, "removed what is older than 400d: 1 record\n")


def test_a_redis_history_is_reached_by_its_address(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url)
    store.record([touch("d-1")])
    store.close()
    assert run("erase", redis_server.url, "c-1").stdout == "erased the customer: 1 record\n"
    redis_server.stop()
    result = run("erase", redis_server.url, "c-1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the history could not do it: the server cannot be reached" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["erase", "missing.db", "c-1"], "there is no file `missing.db`"),
        (["erase", "mysql://x", "c-1"], "`mysql://` is no history"),
        (["expire", "missing.db", "soon"], "`soon` is no age"),
        (["expire", "missing.db", "0d"], "`0d` is no age"),
        (["expire", "missing.db", "999999999d"], "longer than there is time"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
