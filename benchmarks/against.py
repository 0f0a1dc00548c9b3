"""This revision beside another one, such as ``git worktree add --detach /tmp/base REVISION`` makes.

``python -m benchmarks.against /tmp/base`` (two minutes) prints ratios: how many times as fast this one is. A
process of each revision decides the same contacts in turns, so that noise hits both alike; plain rules are
those of the benchmark, packs are each revision's own. Start-ups are those of fresh processes, the quickest
of many.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

__all__ = ["main", "work"]

HERE = Path(__file__).parents[1]
PACKS = ("telecom", "bank", "airline", "utility")
PLAIN = (10, 100, 1_000)
TURNS, ROUNDS, LOADS, STARTS = 8, 12, 3, 12
IMPORT = "from routekit import Engine, Policy"


class Side:
    """A process of one revision, which does what it is told, line by line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {**os.environ, "PYTHONPATH": str(root / "src")}
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def ask(self, **task: object) -> list[float]:
        """The seconds that a task took: of each contact, or of one load."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(task), file=self._process.stdin, flush=True)
        answer: list[float] = json.loads(self._process.stdout.readline())
        return answer

    def start(self) -> float:
        """The seconds of the processor that a fresh process takes to import the library."""
        before = _children()
        subprocess.run([sys.executable, "-c", IMPORT], env=self.environment, check=True)
        return _children() - before

    def end(self) -> None:
        self._process.communicate()


def _children() -> float:
    taken = os.times()
    return taken.children_user + taken.children_system


# ── what a worker does ────────────────────────────────────────────────────────


def work(lines: Iterator[str]) -> None:
    """Loads policies and decides contacts, as told; imports no more of the benchmark than this file."""
    from routekit import Engine, Policy

    decide: Callable[[Any], object] = repr
    contacts: list[Any] = []
    for line in lines:
        task = json.loads(line)
        if "load" in task:
            start = perf_counter()
            text = task["load"]
            policy = Policy.from_path(text) if text.endswith(".route") else Policy.from_text(text)
            decide = Engine(policy).decide
            contacts = task["contacts"]
            decide(contacts[0])
            taken = [perf_counter() - start]
        else:
            taken = [float("inf")] * len(contacts)
            for _ in range(ROUNDS):
                for place, contact in enumerate(contacts):
                    start = perf_counter()
                    decide(contact)
                    taken[place] = min(taken[place], perf_counter() - start)
        print(json.dumps(taken), flush=True)


# ── who compares ──────────────────────────────────────────────────────────────


def compare(sides: Sequence[Side], loads: Sequence[str], contacts: Sequence[Any]) -> tuple[float, float]:
    """How many times as fast the second side decides, and loads."""
    loading = [float("inf")] * 2
    deciding = [[float("inf")] * len(contacts) for _ in sides]
    for _ in range(LOADS):
        for number, (side, load) in enumerate(zip(sides, loads, strict=True)):
            loading[number] = min(loading[number], *side.ask(load=load, contacts=contacts))
    for _ in range(TURNS):
        for number, side in enumerate(sides):
            deciding[number] = [*map(min, deciding[number], side.ask())]
    return sum(deciding[0]) / sum(deciding[1]), loading[0] / loading[1]


def _cases(roots: Sequence[Path]) -> Iterator[tuple[str, list[str], list[Any]]]:
    from benchmarks.engines.routekit_policy import render
    from benchmarks.workload import Order, make_rules, traffic

    for count in PLAIN:
        text = render(make_rules(count, Order.SPECIFIC))
        yield f"{count:,} plain rules", [text, text], [*traffic()]
    for pack in PACKS:
        lines = (HERE / "examples" / "contacts" / f"{pack}.jsonl").read_text().splitlines()
        loads = [str(root / "rules" / f"{pack}.route") for root in roots]
        yield pack, loads, [json.loads(line) for line in lines]


def main() -> int:
    """Compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("other", type=Path, help="a checkout of the other revision")
    options = parser.parse_args()
    roots = [options.other.resolve(), HERE]
    sides = [*map(Side, roots)]
    print("times as fast      one decision   from the text to the first decision")
    for name, loads, contacts in _cases(roots):
        deciding, loading = compare(sides, loads, contacts)
        print(f"{name:18} {deciding:12.2f}× {loading:12.2f}×")
    starts = [
        min(taken) for taken in zip(*([side.start() for side in sides] for _ in range(STARTS)), strict=True)
    ]
    print(f"{'import':18} {starts[0] / starts[1]:12.2f}×")
    for side in sides:
        side.end()
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--worker"]:
        work(iter(sys.stdin.readline, ""))
    else:
        sys.exit(main())
