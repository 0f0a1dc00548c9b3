"""What a run found, and the ratios that it is read by."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.batch import BATCH, POLARS, SINGLE, ZEN, Batch
from benchmarks.isolation import Alone, Imported
from benchmarks.loading import Loading
from benchmarks.workload import Order

__all__ = ["BASELINES", "FLOOR", "ROUTEKIT", "Figure", "Machine", "Results", "Single"]

FLOOR = "dictionary"
ROUTEKIT = "routekit"
BASELINES = (FLOOR, ROUTEKIT, "if chain")
"""What is no peer: a peer is an engine that somebody else's package brings."""

LEAST_OF_FLOOR = {10: 0.40, 100: 0.40, 1_000: 0.40, 10_000: 0.28}
LEAST_TIMES_PEER = {10: 9.0, 100: 13.0, 1_000: 25.0, 10_000: 50.0}
MOST_P99 = 4.0
LEAST_BATCH = {SINGLE: 4.0, ZEN: 60.0, POLARS: 30.0}
MOST_LOAD = 4.0
LOAD_RULES = 10_000
MOST_MEGABYTES = 150.0
MOST_MILLISECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the run was made."""

    cpu: str
    cores: int
    memory_gb: int
    system: str
    python: str

    @classmethod
    def here(cls) -> "Machine":
        """This machine."""
        return cls(
            cpu=_cpu(),
            cores=os.cpu_count() or 1,
            memory_gb=round(psutil.virtual_memory().total / 2**30),
            system=f"{platform.system()} {platform.machine()}",
            python=f"{platform.python_implementation()} {sys.version.split()[0]}",
        )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


@dataclass(frozen=True, slots=True)
class Single:
    """One engine, one policy: seconds per decision, nanoseconds at p50 and p99, seconds to load."""

    engine: str
    rules: int
    order: str
    checked: int
    seconds: float
    p50: float
    p99: float | None
    load: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio or a size: what is wanted, and what was reached, where it could be measured."""

    what: str
    setting: str
    wanted: float | None
    at_most: bool
    reached: float | None

    @property
    def met(self) -> bool | None:
        """Whether what is wanted was reached; ``None`` where that cannot be said."""
        if self.wanted is None or self.reached is None:
            return None
        return self.reached <= self.wanted if self.at_most else self.reached >= self.wanted


@dataclass(frozen=True, slots=True)
class Results:
    """All of one run."""

    machine: Machine
    versions: dict[str, str]
    singles: list[Single]
    loadings: list[Loading]
    alone: dict[str, Alone]
    alone_rules: int
    batches: list[Batch]
    batch_rules: int
    imported: Imported
    missing: dict[str, str]

    @property
    def rules(self) -> list[int]:
        """The sizes of the policies, rising."""
        return sorted({single.rules for single in self.singles})

    def single(self, engine: str, rules: int, order: Order) -> Single:
        """What one engine did on one policy."""
        return next(
            single
            for single in self.singles
            if (single.engine, single.rules, single.order) == (engine, rules, order.value)
        )

    def fastest_peer(self, rules: int, order: Order) -> Single | None:
        """The peer that takes the least for a decision."""
        peers = (
            single
            for single in self.singles
            if single.engine not in BASELINES and (single.rules, single.order) == (rules, order.value)
        )
        return min(peers, key=lambda single: single.seconds, default=None)

    def figures(self) -> list[Figure]:
        """The ratios, in the order in which they are asked for."""
        found: list[Figure] = []
        for order in Order:
            for rules in self.rules:
                routekit = self.single(ROUTEKIT, rules, order)
                floor = self.single(FLOOR, rules, order)
                setting = f"{rules:,} rules, {order.value}"
                wanted = LEAST_OF_FLOOR.get(rules)
                what = "decide, against the dictionary floor"
                found.append(Figure(what, setting, wanted, False, floor.seconds / routekit.seconds))
        for order in Order:
            for rules in self.rules:
                peer = self.fastest_peer(rules, order)
                if peer is not None:
                    routekit = self.single(ROUTEKIT, rules, order)
                    setting = f"{rules:,} rules, {order.value}, {peer.engine}"
                    wanted = LEAST_TIMES_PEER.get(rules) if order is Order.SPECIFIC else None
                    what = "decide, against the fastest peer"
                    found.append(Figure(what, setting, wanted, False, peer.seconds / routekit.seconds))
        found += [self._tail(rules) for rules in self.rules]
        found += self._batch_figures()
        for loading in self.loadings:
            setting = f"{loading.rules:,} rules"
            what = "text to engine, against lark's bare parse"
            wanted = MOST_LOAD if loading.rules == LOAD_RULES else None
            found.append(Figure(what, setting, wanted, True, loading.ratio))
        if ROUTEKIT in self.alone:
            memory = self.alone[ROUTEKIT]
            setting = f"{self.alone_rules:,} rules"
            what = "memory of an engine, growth of the process in MB"
            found.append(Figure(what, setting, MOST_MEGABYTES, True, memory.resident))
        what = "from routekit import Engine, Policy, ms"
        found.append(Figure(what, "fresh process", MOST_MILLISECONDS, True, self.imported.best))
        return found

    def _tail(self, rules: int) -> Figure:
        tails = [
            single.p99 / single.p50
            for single in (self.single(ROUTEKIT, rules, order) for order in Order)
            if single.p99 is not None
        ]
        what = "p99 against p50 of one decision, garbage collector on"
        return Figure(what, f"{rules:,} rules, either order", MOST_P99, True, max(tails, default=None))

    def _batch_figures(self) -> list[Figure]:
        seconds = {batch.name: batch.seconds for batch in self.batches}
        batch = seconds.get(BATCH)
        return [
            Figure(
                f"decide_batch, against {name}",
                f"{self.batch_rules:,} rules, {Order.SPECIFIC.value}",
                wanted,
                False,
                seconds[name] / batch if batch is not None and name in seconds else None,
            )
            for name, wanted in LEAST_BATCH.items()
        ]
