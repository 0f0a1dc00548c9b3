"""What a router adds to a decision, and whether what hangs holds it up.

``python -m benchmarks.service [--small]``

The telecom pack: customers that are cached, a history in SQLite, a log to a file.
Contacts come in bursts, 2,000 a second. Each is decided bare and routed, one behind the other, so that both
meet the same machine; a router whose log or store hangs takes turns with one whose does not.
"""

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter

from routekit import Engine, Policy
from routekit.service import Customers, DecisionLog, FileSink, Router, SQLiteStore
from routekit.service.history import Claim, Past

RULES = Path(__file__).parents[1] / "rules"
CONTACTS = Path(__file__).parents[1] / "examples" / "contacts" / "telecom.jsonl"

MOST_ADDED = 60
"""Microseconds that a router may add at the median, on a machine that does nothing else."""

MOST_MOVED = 1.10
"""How much longer the 99th percentile may become while a log or a store hangs."""

BURST, PAUSE = 20, 0.01
CONTACTS_OF_A_ROUND = 1_000
MOST_CUSTOMERS = 1_000
WARMING = 3
ROUNDS = 24

Contact = dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Work:
    """Contacts as a channel sends them, as they are when all is known, and the customers behind them."""

    policy: Policy
    sent: list[Contact]
    whole: list[Contact]
    customers: Mapping[str, Mapping[str, object]]


class Distant(SQLiteStore):
    """A store behind a network, which hangs while ``hung`` is not set."""

    is_local = False

    def __init__(self, path: Path, hung: Event) -> None:
        super().__init__(path)
        self._hung = hung

    def past(self, customer: str, since: datetime) -> Past:
        self._hung.wait()
        return super().past(customer, since)

    def claim(self, claim: Claim, *, wait: bool = True) -> frozenset[str]:
        self._hung.wait()
        return super().claim(claim, wait=wait)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; 1 where a router decides otherwise than its engine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a few seconds, for CI")
    rounds = 2 if parser.parse_args(arguments).small else ROUNDS
    work = _work()
    gc.collect()
    gc.freeze()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        return asyncio.run(_measure(work, Path(folder), rounds, stack))


def _work() -> Work:
    policy = Policy.from_path(RULES / "telecom.route")
    lines = [json.loads(line) for line in CONTACTS.read_text(encoding="utf-8").splitlines()]
    sent: list[Contact] = []
    whole: list[Contact] = []
    customers: dict[str, Mapping[str, object]] = {}
    for number, contact in enumerate(islice(cycle(lines), MOST_CUSTOMERS)):
        key = f"c-{number}"
        customers[key] = {**contact.get("customer", {}), "id": key}
        sent.append({**contact, "customer": {"id": key}})
        whole.append({**contact, "customer": {**customers[key]}})
    return Work(policy, sent, whole, customers)


def _router(work: Work, store: SQLiteStore, *sinks: object) -> Router:
    async def look_up(key: str | int) -> Mapping[str, object] | None:
        return work.customers.get(str(key))

    log = DecisionLog(*sinks)  # type: ignore[arg-type]
    return Router(work.policy, customers=Customers(look_up), history=store, log=log)


async def _measure(work: Work, folder: Path, rounds: int, stack: ExitStack) -> int:
    over, never = Event(), Event()
    never.set()
    ok = stack.enter_context(_router(work, SQLiteStore(folder / "ok.db"), FileSink(folder / "ok.jsonl")))
    told = stack.enter_context(
        _router(work, SQLiteStore(folder / "told.db"), FileSink(folder / "told.jsonl"), lambda _: None)
    )
    mute = stack.enter_context(
        _router(work, SQLiteStore(folder / "mute.db"), FileSink(folder / "mute.jsonl"), lambda _: over.wait())
    )
    far = stack.enter_context(
        _router(work, Distant(folder / "far.db", never), FileSink(folder / "far.jsonl"))
    )
    lost = stack.enter_context(
        _router(work, Distant(folder / "lost.db", over), FileSink(folder / "lost.jsonl"))
    )
    stack.callback(over.set)  # the routers close behind this
    if not await _agree(ok, work):
        print("a router decides otherwise than its engine", file=sys.stderr)
        return 1
    engine = Engine(work.policy)
    pairs = [await _beside(ok, engine, work, number * CONTACTS_OF_A_ROUND) for number in range(rounds)]
    bare, routed = min(pairs, key=lambda pair: _at(0.5, pair[1]) - _at(0.5, pair[0]))
    added = _at(0.5, routed) - _at(0.5, bare)
    print(f"{'':18}{'p50':>9}{'p99':>9}   µs, of {len(bare):,} contacts in the quietest round")
    for name, taken in (("decide", bare), ("route", routed)):
        print(f"{name:18}{_at(0.5, taken):9.1f}{_at(0.99, taken):9.1f}")
    print(f"added at the median: {added:.1f} µs; at most {MOST_ADDED} on an idle machine")
    for name, healthy, hung in (("log", told, mute), ("store", far, lost)):
        moved = await _moved(healthy, hung, work, rounds)
        print(f"p99 while a {name} hangs, to that while none does: {moved:.2f}; below {MOST_MOVED:.2f}")
    if rounds < ROUNDS:
        print("a small run shows that all works; its 99th percentiles are those of a few contacts")
    return 0


async def _agree(router: Router, work: Work) -> bool:
    """Whether each customer's first contact is decided as the engine decides it."""
    engine = Engine(work.policy)
    agree = all(
        [
            (await router.route(sent)).rule == engine.decide(whole).rule
            for sent, whole in zip(work.sent, work.whole, strict=True)
        ]
    )
    await _warm(router, work)
    return agree


async def _beside(router: Router, engine: Engine, work: Work, start: int) -> tuple[list[float], list[float]]:
    """Microseconds of each contact, bare and routed."""
    bare, routed = [], []
    decide, route = engine.decide, router.route
    async for sent, whole in _bursts(work, start):
        before = perf_counter()
        decide(whole)
        between = perf_counter()
        await route(sent)
        end = perf_counter()
        bare.append((between - before) * 1e6)
        routed.append((end - between) * 1e6)
    return bare, routed


async def _moved(healthy: Router, hung: Router, work: Work, rounds: int) -> float:
    """How much longer the 99th percentile is with what hangs; the two take turns, contact by contact."""
    taken: dict[Router, list[float]] = {healthy: [], hung: []}
    for router in taken:
        await _warm(router, work)
    for number in range(rounds):
        turns = (healthy, hung) if number % 2 else (hung, healthy)
        async for sent, _ in _bursts(work, number * CONTACTS_OF_A_ROUND):
            for router in turns:
                start = perf_counter()
                await router.route(sent)
                taken[router].append((perf_counter() - start) * 1e6)
    return _at(0.99, taken[hung]) / _at(0.99, taken[healthy])


async def _warm(router: Router, work: Work) -> None:
    """Has every customer known, and offered what there is to offer: what comes first is no measure."""
    for _ in range(WARMING):
        for sent in work.sent:
            await router.route(sent)
        await asyncio.sleep(PAUSE)


async def _bursts(work: Work, start: int) -> AsyncIterator[tuple[Contact, Contact]]:
    """A thousand contacts from a place on, as a busy service gets them; the customers come round again."""
    both = zip(cycle(work.sent), cycle(work.whole), strict=True)
    for place, pair in enumerate(islice(both, start, start + CONTACTS_OF_A_ROUND)):
        if place % BURST == 0:
            await asyncio.sleep(PAUSE)
        yield pair


def _at(share: float, taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * share)]


if __name__ == "__main__":
    sys.exit(main())
