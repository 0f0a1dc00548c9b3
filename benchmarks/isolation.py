"""What is measured in processes of its own: memory, and the import.

``python -m benchmarks.isolation ENGINE RULES`` is the process that loads one engine and prints what
it holds.
"""

import gc
import json
import re
import subprocess
import sys
import tracemalloc
from dataclasses import asdict, dataclass
from importlib.metadata import requires
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.engines import Adapter, find
from benchmarks.timing import Effort, latency
from benchmarks.workload import Order, make_rules, traffic

__all__ = ["Alone", "Imported", "import_time", "measure_alone"]

MEGABYTE = 1_000_000
IMPORTS = 15
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Alone:
    """An engine in a process of its own: megabytes that it holds, and latency with nothing frozen.

    ``resident`` is the growth of the process, ``objects`` what Python allocated for it (which
    misses what a Rust or C++ engine holds).
    """

    resident: float
    objects: float
    p50: float
    p99: float | None


@dataclass(frozen=True, slots=True)
class Imported:
    """The import of ``Engine`` and ``Policy`` in fresh processes, and the optional packages it brought in."""

    best: float
    median: float
    optional: tuple[str, ...]


def measure_alone(engine: str, rules: int) -> Alone:
    """Loads one engine in a new process."""
    return Alone(**_child("-m", "benchmarks.isolation", engine, str(rules)))


def import_time() -> Imported:
    """What the import takes, many times over, and which optional packages it brought in."""
    optional = sorted(
        {
            re.split(r"[^\w.-]", requirement, maxsplit=1)[0].replace("-", "_")
            for requirement in requires("routekit") or ()
            if "extra ==" in requirement
        }
        - {"routekit"}
    )
    program = (
        "import json, sys, time\n"
        "start = time.perf_counter()\n"
        "from routekit import Engine, Policy\n"
        "taken = time.perf_counter() - start\n"
        f"loaded = [name for name in {optional!r} if name in sys.modules]\n"
        "print(json.dumps({'taken': taken, 'loaded': loaded}))"
    )
    runs = [_child("-c", program) for _ in range(IMPORTS)]
    taken = [1000 * run["taken"] for run in runs]
    return Imported(min(taken), median(taken), tuple(runs[0]["loaded"]))


def _child(*arguments: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def _alone(adapter: Adapter, count: int) -> Alone:
    """In the new process: weighs the engine, times it, then loads it again to count its objects."""
    prepared = adapter.prepare(make_rules(count, Order.SPECIFIC))
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    ready = prepared()
    ready.decide(traffic()[0])
    gc.collect()
    resident = process.memory_info().rss - before
    took = latency(ready, traffic(), Effort())
    del ready
    gc.collect()
    tracemalloc.start()
    held = prepared()
    held.decide(traffic()[0])
    gc.collect()
    objects = tracemalloc.get_traced_memory()[0]
    del held
    tracemalloc.stop()
    return Alone(resident / MEGABYTE, objects / MEGABYTE, took.p50, took.p99)


def _main(name: str, count: str) -> None:
    adapter = next(adapter for adapter in find().adapters if adapter.name == name)
    print(json.dumps(asdict(_alone(adapter, int(count)))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
