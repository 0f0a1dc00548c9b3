"""Bad days of a router whose history lies in another machine: gone, hung, back again."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from routekit.service import Keeper, PostgresStore, RedisStore, Routed, Router
from routekit.service.history import HistoryStore
from tests.service.servers import Server, postgres_cluster, postgres_server, redis_server
from tests.service.test_router_history import POLICY, contact

__all__ = ["postgres_cluster", "postgres_server", "redis_server"]

PATIENCE = 60.0


@pytest.fixture(params=["redis", "postgres"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def router(server: Server) -> Iterator[Router]:
    store: HistoryStore = (
        RedisStore(server.url) if server.url.startswith("redis") else PostgresStore(server.url)
    )
    keeper = Keeper(store, deadline=timedelta(seconds=1))
    with Router(POLICY, history=keeper) as router:
        yield router


def cancelling(router: Router, customer: str) -> Routed:
    return router.route_sync(contact(customer, "cancel"))


def until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def test_a_server_that_is_killed_and_comes_back(server: Server, router: Router) -> None:
    assert cancelling(router, "c-1").offers == ("gift",)
    keeper = router.history
    assert keeper is not None
    assert keeper.flush(timedelta(seconds=PATIENCE))
    server.kill()
    away = [cancelling(router, "c-1") for _ in range(5)]
    assert {decision.offers for decision in away} == {("points",)}, "what cannot be counted is withheld"
    assert all(
        {problem.path for problem in decision.problems} == {"history", "offers_shown"} for decision in away
    )
    until(lambda: router.health().to_dict()["status"] == "degraded")
    assert len(cancelling(router, "c-1").past.touches) >= 5, "what this process knows itself"
    server.start()
    until(lambda: router.health().to_dict()["status"] == "ok")
    assert keeper.flush(timedelta(seconds=PATIENCE))
    decision = cancelling(router, "c-1")
    assert (decision.problems, decision.offers) == ((), ("points",))
    assert len(decision.past.touches) == 7, "nothing of the time without the store is lost"
    assert cancelling(router, "c-2").offers == ("gift",)


def test_a_server_that_hangs(server: Server, router: Router) -> None:
    assert cancelling(router, "c-1").offers == ("gift",)
    server.pause()
    try:
        for _ in range(3):
            cancelling(router, "c-1")

        async def many() -> list[Routed]:
            return await asyncio.gather(*(router.route(contact(f"c-{n}", "cancel")) for n in range(100)))

        decisions = asyncio.run(many())
        assert {decision.offers for decision in decisions} == {("points",)}
        assert all(decision.problems for decision in decisions)
        assert len({decision.id for decision in decisions}) == 100
    finally:
        server.resume()
    until(lambda: router.health().to_dict()["status"] == "ok")
    until(lambda: not cancelling(router, "c-1").problems)
    assert cancelling(router, "c-1").offers == ("points",)
    assert cancelling(router, "new").offers == ("gift",)


def test_a_server_that_is_restarted_under_load(server: Server, router: Router) -> None:
    async def day() -> list[tuple[int, Routed]]:
        found: list[tuple[int, Routed]] = []
        over = asyncio.Event()

        async def customer(number: int) -> None:
            while not over.is_set():
                found.append((number, await router.route(contact(f"c-{number}", "cancel"))))
                await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(customer(number)) for number in range(8)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.restart)
        end, since = time.monotonic() + PATIENCE, len(found)
        while time.monotonic() < end:  # each customer's connection is asked again, and answers
            if len(found) > since + 80 and not any(decision.problems for _, decision in found[-40:]):
                break
            await asyncio.sleep(0.1)
        over.set()
        await asyncio.gather(*tasks)
        return found

    found = asyncio.run(day())
    assert not any(decision.problems for _, decision in found[-4:])
    gifts = Counter(number for number, decision in found if decision.offers == ("gift",))
    assert gifts == dict.fromkeys(range(8), 1)
