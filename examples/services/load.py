"""How many contacts a service routes, and how fast: beside the same service returning a constant.

    python -m examples.services.load --rate 2000

It asks for decisions (/contacts) and for constants (/constant), in turns, so that whatever else the machine
does falls on both: first flat out, then at a fixed rate, counting each latency from when the request was due.
It stays on this machine unless `--any-host` is given.
"""

import ipaddress
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import click
from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from examples.services.open_loop import Result, Target, percentile, run

CONTACTS = Path(__file__).parents[1] / "contacts" / "telecom.jsonl"


@dataclass(frozen=True)
class Plan:
    """What is measured: each path in turn, `rounds` times for `seconds`, by `processes` together."""

    host: str
    port: int
    paths: tuple[str, str]
    bodies: tuple[bytes, ...]
    connections: int
    processes: int
    seconds: float
    rounds: int

    def measure(self, path: str, rate: float | None) -> Result:
        target = Target(self.host, self.port, path, self.bodies, max(1, self.connections // self.processes))
        if self.processes == 1:
            return run(target, self.seconds, rate)
        share = None if rate is None else rate / self.processes
        with ProcessPoolExecutor(self.processes, mp_context=get_context("spawn")) as pool:
            parts = [pool.submit(run, target, self.seconds, share) for _ in range(self.processes)]
            return _joined([part.result() for part in parts])

    def compare(self, rate: float | None, console: Console) -> tuple[list[Result], list[Result]]:
        """The results of each path, round by round."""
        results: tuple[list[Result], list[Result]] = ([], [])
        what = "flat out" if rate is None else f"{rate:,.0f} a second"
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True
        ) as progress:
            task = progress.add_task("")
            for place in range(self.rounds):
                for path, found in zip(self.paths, results, strict=True):
                    progress.update(task, description=f"{what}: round {place + 1} of {self.rounds}, {path}")
                    found.append(self.measure(path, rate))
        return results


def _joined(results: list[Result]) -> Result:
    """Results of the same seconds as one."""
    return replace(
        results[0],
        latencies=[latency for result in results for latency in result.latencies],
        lateness=[lateness for result in results for lateness in result.lateness],
        errors=sum((result.errors for result in results), Counter[str]()),
    )


def _table(plan: Plan, results: tuple[list[Result], list[Result]], title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("path")
    for heading in ("answers/s", "p50 ms", "p95 ms", "p99 ms", "worst ms", "errors"):
        table.add_column(heading, justify="right")
    for path, rounds in zip(plan.paths, results, strict=True):
        joined = _joined(rounds)
        times = [percentile(joined.latencies, share) * 1000 for share in (0.5, 0.95, 0.99, 1)]
        rate = median(result.rate for result in rounds)
        table.add_row(path, f"{rate:,.0f}", *(f"{time:.2f}" for time in times), str(joined.errors.total()))
    return table


def _told(plan: Plan, results: tuple[list[Result], list[Result]], console: Console) -> None:
    for path, rounds in zip(plan.paths, results, strict=True):
        for error, count in _joined(rounds).errors.most_common():
            console.print(f"  {path}: {count} × {error}")


def _bodies(path: Path, customers: int) -> tuple[bytes, ...]:
    """The contacts of a file in turn, each of the next customer; those of nobody stay so."""
    try:
        contacts = [
            json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
        ]
    except ValueError as error:
        raise click.BadParameter(
            f"`{path}` holds a line that is no JSON: {error}", param_hint="--contacts"
        ) from None
    if not contacts:
        raise click.BadParameter(f"`{path}` holds no contact", param_hint="--contacts")
    bodies = []
    for number, contact in zip(range(max(customers, len(contacts))), cycle(contacts), strict=False):
        customer = contact.get("customer") if isinstance(contact, dict) else None
        if isinstance(customer, dict) and "id" in customer:
            contact = {**contact, "customer": {**customer, "id": f"load-{number % customers}"}}
        bodies.append(json.dumps(contact).encode())
    return tuple(bodies)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@click.command(epilog="Example: python -m examples.services.load --rate 2000 --seconds 10 --rounds 5")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the service listens.")
@click.option(
    "--rate", default=2000, show_default=True, type=click.IntRange(1, 50_000), help="Contacts a second."
)
@click.option(
    "--flat-out/--no-flat-out", default=True, show_default=True, help="Look for the most it can do, too."
)
@click.option(
    "--seconds", default=4.0, show_default=True, type=click.FloatRange(0.1, 60), help="Of each round."
)
@click.option(
    "--rounds", default=3, show_default=True, type=click.IntRange(1, 20), help="Of each measurement."
)
@click.option(
    "--connections", default=16, show_default=True, type=click.IntRange(1, 256), help="That are kept open."
)
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 8), help="That send.")
@click.option("--path", default="/contacts", show_default=True, help="Where contacts are sent.")
@click.option("--against", default="/constant", show_default=True, help="What they are compared with.")
@click.option(
    "--contacts",
    default=CONTACTS,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON lines, sent in turn.  [default: examples/contacts/telecom.jsonl]",
)
@click.option(
    "--customers",
    default=5_000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="Who send them: one whom everybody is would have a history like nobody's.",
)
@click.option("--any-host", is_flag=True, help="Send to other machines, too: your own.")
def main(
    url: str,
    rate: int,
    flat_out: bool,
    seconds: float,
    rounds: int,
    connections: int,
    processes: int,
    path: str,
    against: str,
    contacts: Path,
    customers: int,
    any_host: bool,
) -> None:
    """Measure a routing service beside itself returning a constant."""
    address = urlsplit(url)
    host = address.hostname or ""
    if address.scheme != "http" or not host:
        raise click.BadParameter(f"`{url}` is no http:// address", param_hint="--url")
    if not (any_host or _is_loopback(host)):
        raise click.BadParameter(f"`{host}` is not this machine; --any-host sends there", param_hint="--url")
    bodies = _bodies(contacts, customers)
    plan = Plan(
        host,
        address.port or 80,
        (path, against),
        bodies,
        max(connections, processes),
        processes,
        seconds,
        rounds,
    )
    console = Console(highlight=False)
    try:
        failed = report(plan, rate, flat_out, console)
    except OSError:
        click.echo(
            f"nothing answers at {url}; start it with: python -m examples.services.fastapi_app", err=True
        )
        sys.exit(2)
    sys.exit(1 if failed else 0)


def report(plan: Plan, rate: int, flat_out: bool, console: Console) -> bool:
    """Measures and prints; whether anything went wrong on the way."""
    for asked in plan.paths:
        replace(plan, seconds=1.0).measure(asked, None)  # so that neither is measured cold
    failed = False
    for limit in (None, rate) if flat_out else (rate,):
        results = plan.compare(limit, console)
        what = "flat out" if limit is None else f"at {limit:,} a second, counted from when each was due"
        console.print(_table(plan, results, f"{what}; {plan.connections} connections, {plan.rounds} rounds"))
        _told(plan, results, console)
        failed = failed or any(result.errors for rounds in results for result in rounds)
        if limit is None:
            ratios = [
                ours.rate / constant.rate for ours, constant in zip(*results, strict=True) if constant.rate
            ]
            if ratios:
                each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
                console.print(f"  load reached: {median(ratios):.2f} of the constant's ({each})\n")
        else:
            late = percentile(_joined(results[0]).lateness, 0.99) * 1000
            console.print(f"  the generator itself was late by {late:.2f} ms (p99), which counts above\n")
    return failed


if __name__ == "__main__":
    main()
