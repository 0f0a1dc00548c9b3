"""One run, from the check of every engine to the plot.

``python -m benchmarks.run [--small] [--rules 10,100,1000,10000] [--out FOLDER]``
"""

import argparse
import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.batch import measure_batch
from benchmarks.engines import Adapter, Ready, find
from benchmarks.isolation import import_time, measure_alone
from benchmarks.loading import measure_loading
from benchmarks.progress import Step, progress
from benchmarks.report import as_json, as_markdown, ratios
from benchmarks.results import FLOOR, ROUTEKIT, Machine, Results, Single
from benchmarks.timing import Effort, WrongAnswerError, check, latency, load, throughput
from benchmarks.workload import Order, first_match, make_rules, traffic


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run measures, and how long."""

    rules: tuple[int, ...]
    batch_contacts: int
    weigh_all: bool
    effort: Effort


FULL = Plan(rules=(10, 100, 1_000, 10_000), batch_contacts=20_000, weigh_all=True, effort=Effort())
SMALL = Plan(
    rules=(10, 100),
    batch_contacts=5_000,
    weigh_all=False,
    effort=Effort(check=0.5, throughput=0.3, throughput_rounds=25, latency=0.1, latency_rounds=3),
)
BATCH_RULES = 1_000


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark; 1 where an engine decided wrongly, 2 for bad usage."""
    options = _options(arguments)
    plan = SMALL if options.small else FULL
    if options.rules:
        plan = replace(plan, rules=options.rules)
    try:
        results = measure(plan)
    except WrongAnswerError as error:
        print(error, file=sys.stderr)
        return 1
    print(ratios(results))
    for name, reason in results.missing.items():
        print(f"left out: {name}: {reason}", file=sys.stderr)
    if options.out is not None:
        _write(results, options.out)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description="routekit beside its peers."
    )
    parser.add_argument("--small", action="store_true", help="10 and 100 rules, half a minute, for CI")
    parser.add_argument("--rules", type=_counts, help="numbers of rules, such as 10,100,1000,10000")
    parser.add_argument("--out", type=Path, help="write results.json, results.md and the plot there")
    return parser.parse_args(arguments)


def _counts(text: str) -> tuple[int, ...]:
    counts = tuple(sorted({int(part) for part in text.split(",")}))
    if counts[0] < 1:
        raise ValueError("at least one rule")
    return counts


def measure(plan: Plan) -> Results:
    """One run: every engine on every policy, then what is measured apart."""
    found = find()
    weighed = [
        each.name
        for each in found.adapters
        if each.name == ROUTEKIT or (plan.weigh_all and each.name != FLOOR)
    ]
    cells = [(count, order) for count in plan.rules for order in Order]
    most = plan.rules[-1]
    batch_rules = min(most, BATCH_RULES)
    with progress(3 * len(cells) + len(plan.rules) + len(weighed) + 2) as step:
        singles = [
            single
            for count, order in cells
            for single in _measure_cell(found.adapters, count, order, plan.effort, step)
        ]
        loadings = []
        for count in plan.rules:
            step(f"{count:,} rules: reading, checking, compiling")
            loadings.append(measure_loading(count))
        step(f"{batch_rules:,} rules: batch")
        batches, skipped = measure_batch(batch_rules, plan.batch_contacts)
        alone = {}
        for name in weighed:
            step(f"{most:,} rules: {name} alone in a process")
            alone[name] = measure_alone(name, most)
        step("import")
        imported = import_time()
    return Results(
        machine=Machine.here(),
        versions=_versions(found.adapters),
        singles=singles,
        loadings=loadings,
        alone=alone,
        alone_rules=most,
        batches=batches,
        batch_rules=batch_rules,
        imported=imported,
        missing=found.missing | skipped,
    )


def _versions(adapters: Sequence[Adapter]) -> dict[str, str]:
    packages = [each.package for each in adapters if each.package] + ["lark", "polars", "pyarrow"]
    return {package: _version(package) for package in packages}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _measure_cell(
    adapters: tuple[Adapter, ...], count: int, order: Order, effort: Effort, step: Step
) -> list[Single]:
    """All engines on one policy: loaded, checked, and only then timed."""
    label = f"{count:,} rules, {order.value}"
    step(f"{label}: loading and checking")
    rules = make_rules(count, order)
    contacts = traffic()
    expected = [first_match(rules, contact) for contact in contacts]
    ready: dict[str, Ready] = {}
    loads: dict[str, float] = {}
    checked: dict[str, int] = {}
    for adapter in adapters:
        name = adapter.name
        ready[name], loads[name] = load(adapter.prepare(rules), contacts[0])
        checked[name] = check(name, ready[name], contacts, expected, effort)
    gc.collect()
    gc.freeze()
    step(f"{label}: throughput, in turns")
    seconds = throughput(ready, contacts, effort)
    step(f"{label}: latency")
    latencies = {name: latency(engine, contacts, effort) for name, engine in ready.items()}
    gc.unfreeze()
    return [
        Single(
            engine=name,
            rules=count,
            order=order.value,
            checked=checked[name],
            seconds=seconds[name],
            p50=latencies[name].p50,
            p99=latencies[name].p99,
            load=loads[name],
        )
        for name in ready
    ]


def _write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(as_json(results), encoding="utf-8")
    (folder / "results.md").write_text(as_markdown(results), encoding="utf-8")
    try:
        from benchmarks.plot import draw
    except ImportError as error:
        print(f"no plot: {error}", file=sys.stderr)
    else:
        draw(results, folder)
    print(f"written to {folder}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
