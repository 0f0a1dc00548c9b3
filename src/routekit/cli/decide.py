"""``routekit decide``."""

import json
import sys
from collections.abc import Iterator
from time import monotonic

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from routekit.cli.contacts import KINDS, Contacts, Row
from routekit.cli.inputs import clock, open_for, path_of
from routekit.cli.output import FINDINGS, paint, read_policy, uses_colour
from routekit.cli.summary import Summary
from routekit.engine.engine import Engine
from routekit.engine.errors import InvalidContact

__all__ = ["command"]

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
    now = clock(now_text, policy.checked.timezone)
    path = path_of(contacts_path, f"routekit decide {policy_path}")
    contacts = open_for(path, kind, policy)
    as_table = (format_ or ("table" if sys.stdout.isatty() else "json")) == "table"
    summary = Summary(policy.checked)
    for row in _with_progress(contacts):
        if row.broken:
            _report(row.place, row.broken, summary)
            continue
        try:
            decision = engine.decide(row.contact, now=now, strict=strict)
        except InvalidContact as error:
            _report(row.place, f"is refused: {error}", summary)
            continue
        summary.add(decision)
        if not as_table:
            click.echo(json.dumps(decision.to_dict(), allow_nan=False))
    if as_table:
        colour = uses_colour(to_error=False)
        summary.print(Console(no_color=not colour, force_terminal=colour or None))
    if summary.broken:
        raise click.exceptions.Exit(FINDINGS)


def _report(place: str, message: str, summary: Summary) -> None:
    summary.broken += 1
    colour = uses_colour(to_error=True)
    label = paint("error", "error") if colour else "error"
    click.echo(f"{label}: {place} {message}", err=True, color=colour)


def _with_progress(contacts: Contacts) -> Iterator[Row]:
    """The rows; a long run shows on a terminal how far it is."""
    if not sys.stderr.isatty():
        yield from contacts.rows
        return
    started, done = monotonic(), 0
    progress = Progress(
        TextColumn("deciding"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%" if contacts.total else "{task.completed:,.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task: TaskID | None = None
    try:
        for row in contacts.rows:
            yield row
            done += row.size
            if task is not None:
                progress.update(task, completed=done)
            elif monotonic() - started > PROGRESS_AFTER:
                task = progress.add_task("", total=contacts.total, completed=done)
                progress.start()
    finally:
        progress.stop()
