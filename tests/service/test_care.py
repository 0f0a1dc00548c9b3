"""Reaches handed out by a router: claimed before, so that nobody makes one twice, whoever asks and where."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routekit import Policy
from routekit.service import Customers, Keeper, Router, SQLiteStore
from routekit.service.history import HistoryStore
from tests.service.memory import MemoryStore
from tests.service.servers import postgres_cluster, postgres_server, redis_server
from tests.service.stores import open_store

__all__ = ["open_store", "postgres_cluster", "postgres_server", "redis_server"]

POLICY = """\
policy shop
record contact { channel one of voice, sms }
record customer { id text ?  bought time ?  consents set of text = {} }
channel voice { assisted }
channel sms { self_service }
queue general { on voice }
message hello { sms "Hello" }
offers { altogether at most 1 per 30d  offer gift }
route { otherwise queue general }
care {
  consent customer.consents
  altogether at most 2 per 30d
  reach first after customer.bought by 7d for 3d on sms then message hello at most 1 per 90d
  reach second after customer.bought by 7d for 3d on sms then message hello
  reach third after customer.bought by 7d for 3d on sms then message hello
}
"""


def customer(name: str = "c-1", ago: timedelta = timedelta(days=8)) -> dict[str, object]:
    bought = (datetime.now(UTC) - ago).isoformat()
    return {"customer": {"id": name, "bought": bought, "consents": ["sms"]}}


def router(store: HistoryStore, **more: object) -> Router:
    keeper = Keeper(store, deadline=timedelta(seconds=10))
    return Router(Policy.from_text(POLICY), history=keeper, **more)  # type: ignore[arg-type]


def test_what_was_handed_out_is_never_handed_out_again(open_store: Callable[[], HistoryStore]) -> None:
    with router(open_store()) as one, router(open_store()) as other:
        found = one.due_sync(customer())
        assert not found.problems
        assert [(reach.name, reach.channel, reach.message) for reach in found] == [
            ("first", "sms", "hello"),
            ("second", "sms", "hello"),
        ]
        assert [(other.name, other.why) for other in found.others] == [("third", "capped")]
        assert len({reach.to_dict()["id"] for reach in found}) == 2
        for again in (one.due_sync(customer()), asyncio.run(other.due(customer()))):
            assert not again
            assert {item.name: item.why for item in again.others} == dict.fromkeys(
                ("first", "second", "third"), "capped"
            )
        assert one.route_sync({"contact": {"channel": "sms"}, **customer()}).offers == ("gift",)
        assert one.erase_sync("c-1") == 4
        assert len(one.due_sync(customer())) == 2


def test_many_who_ask_at_once_get_each_reach_once(open_store: Callable[[], HistoryStore]) -> None:
    routers = [router(open_store()) for _ in range(4)]
    names = [f"c-{number}" for number in range(10)]
    with ThreadPoolExecutor(8) as pool:
        turns = [(name, one) for _ in range(2) for name in names for one in routers]
        asked = [(name, pool.submit(one.due_sync, customer(name))) for name, one in turns]
        found = Counter((name, reach.name) for name, answer in asked for reach in answer.result())
    for one in routers:
        one.close()
    assert set(found.values()) == {1}
    assert len(found) == 2 * len(names)


def test_many_processes_send_nothing_twice(tmp_path: Path) -> None:
    policy = tmp_path / "shop.route"
    policy.write_text(POLICY, encoding="utf-8")
    script = """
import sys
from datetime import UTC, datetime, timedelta
from routekit import Policy
from routekit.service import Router, SQLiteStore
with Router(Policy.from_path(sys.argv[1]), history=SQLiteStore(sys.argv[2])) as router:
    for number in range(30):
        bought = (datetime.now(UTC) - timedelta(days=8)).isoformat()
        records = {"customer": {"id": f"c-{number}", "bought": bought, "consents": ["sms"]}}
        for reach in router.due_sync(records):
            print(number, reach.name)
"""
    call = [sys.executable, "-c", script, str(policy), str(tmp_path / "h.db")]
    asking = [subprocess.Popen(call, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    sent = Counter(line for one in asking for line in one.communicate(timeout=120)[0].splitlines())
    assert set(sent.values()) == {1}
    assert len(sent) == 60


@pytest.mark.parametrize("records", [{"customer": {"id": None}}, "nobody"])
def test_who_cannot_be_told_from_others_is_not_turned_to(records: object) -> None:
    with router(SQLiteStore(":memory:")) as one:
        found = one.due_sync(records)
    assert not found
    said = "reached cannot be counted, so nothing is due: `customer.id` is missing"
    assert said in map(str, found.problems)


@pytest.mark.parametrize("call", ["past", "claim"])
def test_nothing_is_due_while_the_history_is_away(call: str) -> None:
    store = MemoryStore(is_local=False)
    with router(store) as one:

        def fails(name: str) -> None:
            if name == call:
                raise ConnectionError(name)

        store.before = fails
        found = one.due_sync(customer())
        assert not found
        assert any(problem.path == "reached" for problem in found.problems)
        store.recover()


def test_the_customer_is_looked_up_and_his_past_counts() -> None:
    known = customer()["customer"]
    assert isinstance(known, dict)

    async def look_up(_: object) -> dict[str, object]:
        return known

    customers = Customers(look_up)
    with router(SQLiteStore(":memory:"), customers=customers) as one:
        made = [{"name": "elsewhere", "at": datetime.now(UTC).isoformat()}]
        found = one.due_sync({"customer": {"id": "c-1"}, "reached": made})
    assert [reach.name for reach in found] == ["first"]


def test_what_may_be_made_later_is_handed_out_where_it_is_asked_for() -> None:
    night = datetime.now(UTC).replace(hour=23, minute=0)
    text = POLICY.replace("care {", "care {\n  quiet 21:00-09:00")
    with Router(Policy.from_text(text), history=SQLiteStore(":memory:")) as one:
        records = customer()
        found = one.due_sync(records, now=night)
        assert not found
        assert sorted(other.why for other in found.others) == ["capped", "not yet", "not yet"]
        assert len(one.due_sync(records, now=night, within=timedelta(hours=12))) == 2


def test_a_router_without_a_history_hands_nothing_out() -> None:
    with Router(Policy.from_text(POLICY)) as one, pytest.raises(RuntimeError, match="no history"):
        one.due_sync(customer())
    with pytest.raises(RuntimeError, match="closed"):
        one.due_sync(customer())
