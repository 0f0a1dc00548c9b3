"""``routekit decide``."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from time import monotonic
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from routekit.cli.contacts import KINDS, Part, Row, contacts_for
from routekit.cli.output import FINDINGS, fail, paint, read_policy, uses_colour
from routekit.cli.summary import Summary
from routekit.engine.engine import Engine
from routekit.engine.errors import InvalidContact
from routekit.policy.decision import Decision
from routekit.schema.times import parse_time, zone

__all__ = ["command"]

Item = TypeVar("Item", Row, Part)

PROGRESS_AFTER = 1.0
"""Seconds that a run may take before it shows its progress."""


@click.command()
@click.argument("policy_path", metavar="POLICY")
@click.argument("contacts_path", metavar="[CONTACTS]", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "table"]),
    help="json: a decision a line. table: a summary. By default a table in a terminal, else json.",
)
@click.option(
    "--input", "kind", type=click.Choice(KINDS), help="The kind of CONTACTS, where its name does not tell."
)
@click.option("--now", "now_text", metavar="TIME", help="The clock for contacts without a time of their own.")
@click.option("--strict", is_flag=True, help="Refuse contacts with problems instead of deciding them.")
def command(
    policy_path: str,
    contacts_path: str | None,
    format_: str | None,
    kind: str | None,
    now_text: str | None,
    strict: bool,
) -> None:
    """Decide contacts: who gets which service, on which channel, with which offers.

    CONTACTS is a file (.jsonl, .csv, .parquet), or - for standard input, a contact a line. In tables a
    column is named after its field (contact.channel, customer.value, live.general.waiting), and an empty
    cell is a missing value.
    Exit status: 0, 1 where lines could not be read or were refused, 2 where it could not run.

    \b
    Examples:
      routekit decide rules/telecom.route examples/contacts/telecom.jsonl
      routekit decide rules/telecom.route examples/contacts/telecom.csv --format json
      echo '{"contact": {"channel": "voice", "intent": "cancel"}}' | routekit decide rules/telecom.route -
    """
    policy = read_policy(policy_path)
    engine = Engine(policy)
    now = _clock(now_text, policy.checked.timezone)
    path = contacts_path or ("-" if not sys.stdin.isatty() else None)
    if path is None:
        raise fail("no contacts were given", f"name a file: `routekit decide {policy_path} CONTACTS.jsonl`")
    contacts = contacts_for(policy, path, kind)
    as_table = (format_ or ("table" if sys.stdout.isatty() else "json")) == "table"
    summary = Summary(policy.checked)
    if contacts.parts is None or strict:
        for row in _with_progress(contacts.rows, contacts.total):
            _decide(row, engine, now, strict, summary, as_table)
    else:
        for part in _with_progress(contacts.parts, contacts.total):
            _decide_part(part, engine, now, summary, as_table)
    if as_table:
        colour = uses_colour(to_error=False)
        summary.print(Console(no_color=not colour, force_terminal=colour or None))
    if summary.broken:
        raise click.exceptions.Exit(FINDINGS)


def _decide(
    row: Row, engine: Engine, now: datetime | None, strict: bool, summary: Summary, as_table: bool
) -> None:
    if row.broken:
        _report(row.place, row.broken, summary)
        return
    try:
        decision = engine.decide(row.contact, now=now, strict=strict)
    except InvalidContact as error:
        _report(row.place, f"is refused: {error}", summary)
        return
    summary.add(decision)
    if not as_table:
        click.echo(_line(decision))


def _decide_part(part: Part, engine: Engine, now: datetime | None, summary: Summary, as_table: bool) -> None:
    for row in part.broken:
        _report(row.place, row.broken, summary)
    if part.batch is None:
        for row in part.rows():
            _decide(row, engine, now, False, summary, as_table)
        return
    decided = engine.decide_each(part.batch, now=now)
    counts = Counter(decided.places)
    for place, count in counts.items():
        summary.add(decided.decisions[place], count)
    if not as_table:
        lines = {place: _line(decided.decisions[place]) for place in counts}
        click.echo("\n".join(map(lines.__getitem__, decided.places)))


def _line(decision: Decision) -> str:
    return json.dumps(decision.to_dict(), allow_nan=False)


def _clock(text: str | None, timezone: str) -> datetime | None:
    if text is None:
        return None
    moment = parse_time(text, zone(timezone))
    if moment is None:
        raise fail(f"`{text}` is no time", "write it like 2026-11-23T10:00 or 2026-11-23T10:00:00+08:00")
    return moment


def _report(place: str, message: str, summary: Summary) -> None:
    summary.broken += 1
    colour = uses_colour(to_error=True)
    label = paint("error", "error") if colour else "error"
    click.echo(f"{label}: {place} {message}", err=True, color=colour)


def _with_progress(items: Iterator[Item], total: int | None) -> Iterator[Item]:
    """The rows or parts; a long run shows on a terminal how far it is."""
    if not sys.stderr.isatty():
        yield from items
        return
    started, done = monotonic(), 0
    progress = Progress(
        TextColumn("deciding"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%" if total else "{task.completed:,.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task: TaskID | None = None
    try:
        for item in items:
            yield item
            done += item.size
            if task is not None:
                progress.update(task, completed=done)
            elif monotonic() - started > PROGRESS_AFTER:
                task = progress.add_task("", total=total, completed=done)
                progress.start()
    finally:
        progress.stop()
