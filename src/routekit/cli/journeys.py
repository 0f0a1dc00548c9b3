"""``routekit journeys``."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from routekit.cli.completion import complete_policies
from routekit.cli.log_options import (
    Span,
    entries_of,
    format_option,
    key_option,
    logs_argument,
    matter_option,
    output_option,
    tell_findings,
    watched,
)
from routekit.cli.output import FINDINGS, fail, plain_option, put, read_policy, reason, say
from routekit.translation import msgid, t

if TYPE_CHECKING:
    from routekit.performance.journeys import Export

__all__ = ["command"]


@click.command()
@logs_argument
@click.option(
    "--policy",
    "policy_path",
    metavar="POLICY",
    shell_complete=complete_policies,
    help=msgid("The policy whose contact map is laid beside: matters, touchpoints, ways between queues."),
)
@click.option(
    "--gap",
    type=Span(),
    default="7d",
    show_default=True,
    metavar="TIME",
    help=msgid("Contacts about one matter belong together where they lie no further apart."),
)
@matter_option
@key_option
@format_option
@output_option
@click.option(
    "--xes",
    metavar="FILE",
    type=click.Path(),
    help=msgid("Write the episodes as XES too, for tools of process mining."),
)
@click.option(
    "--ocel",
    metavar="FILE",
    type=click.Path(),
    help=msgid("Write the episodes as OCEL 2.0 JSON too."),
)
@plain_option
def command(
    logs: tuple[str, ...],
    policy_path: str | None,
    gap: timedelta,
    matter: str,
    key: str,
    format_: str,
    output: str | None,
    xes: str | None,
    ocel: str | None,
) -> None:
    """Follow customers through logs: paths, returns, repeats, steps that were reached, callbacks kept.

    LOG is a decision log with outcomes, as for `routekit score`. An episode is what one customer went through
    about one matter; customers are told apart by a pseudonym or an id. With --policy, touchpoints that no
    contact passed and ways that the contact map does not have are named.
    Exit status: 0, 1 where lines could not be read, 2 where it could not run.

    \b
    Examples:
      routekit journeys decisions.jsonl
      routekit journeys decisions.jsonl --policy rules/telecom.route --format html -o journeys.html
      routekit journeys decisions.jsonl --xes journeys.xes --ocel journeys.json
    """
    from routekit.performance.grouping import ContactReader
    from routekit.performance.journeys import journeys_of
    from routekit.performance.journeys_report import journeys_as_csv, journeys_as_dict, journeys_lines

    if format_ == "text" and output is not None:
        raise fail(t("text goes to the terminal"), t("add --format json, csv or html to write a file"))
    policy = None if policy_path is None else read_policy(policy_path).checked
    reader = ContactReader((), policy=policy, matter=matter, key=key)
    with ExitStack() as stack:
        exports = [*_exports(stack, xes, ocel)]
        found = journeys_of(entries_of(logs, reader), policy=policy, gap=gap, exports=exports, watch=watched)
    tell_findings(found.findings)
    match format_:
        case "json":
            put(json.dumps(journeys_as_dict(found), indent=2), output)
        case "csv":
            put(journeys_as_csv(found), output, nl=False)
        case "html":
            from routekit.performance.journeys_page import journeys_page

            put(journeys_page(found, logs), output, nl=False)
        case _:
            for line in journeys_lines(found):
                say(line)
    if found.findings.broken:
        raise click.exceptions.Exit(FINDINGS)


def _exports(stack: ExitStack, xes: str | None, ocel: str | None) -> "Iterator[Export]":
    from routekit.performance.ocel import OcelFile
    from routekit.performance.xes import XesFile

    if xes is not None:
        yield stack.enter_context(XesFile(stack.enter_context(_opened(xes))))
    if ocel is not None:
        yield stack.enter_context(OcelFile(stack.enter_context(_opened(ocel))))


@contextmanager
def _opened(path: str) -> Iterator[IO[str]]:
    try:
        stream = Path(path).open("w", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed below
    except OSError as error:
        raise fail(t("`{path}` cannot be written: {error}", path=path, error=reason(error))) from None
    with stream:
        yield stream
