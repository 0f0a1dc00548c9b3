"""What the commands that read logs with outcomes have in common: their lines, and how far they are."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import click

from routekit.cli.logs import log_lines, log_size
from routekit.cli.output import print_error, print_warning, with_progress
from routekit.performance.joining import MOST_PLACES, LogFindings
from routekit.performance.log_entries import Entry, Reader, read_entry
from routekit.performance.score_report import findings_said
from routekit.translation import msgid, t

__all__ = [
    "Span",
    "entries_of",
    "format_option",
    "logs_argument",
    "matter_option",
    "key_option",
    "output_option",
    "tell_findings",
    "watched",
]

logs_argument = click.argument("logs", metavar="LOG…", nargs=-1, required=True, type=click.Path())

matter_option = click.option(
    "--matter", metavar="FIELD", default="contact.intent", show_default=True,
    help=msgid("The field that says what a contact is about, where no policy declares matters."),
)  # fmt: skip
key_option = click.option(
    "--key", metavar="FIELD", default="customer.id", show_default=True,
    help=msgid("The field by which customers are told apart, by its pseudonym where the log masks it."),
)  # fmt: skip

format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help=msgid("How it is written; html is one page that needs nothing beside it."),
)
output_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    help=msgid("Where it goes; by default to standard output."),
)


class Span(click.ParamType[timedelta]):
    """A duration as policies write it."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Returns the duration."""
        from routekit.schema.times import parse_duration

        span = value if isinstance(value, timedelta) else parse_duration(str(value))
        if span is None or span < timedelta(0):
            self.fail(t("`{value}` is no duration; write `20s`, `2m`, `7d`.", value=value), param, ctx)
        return span


def entries_of(logs: Sequence[str], reader: Reader) -> Iterator[Entry]:
    """Yields what the lines of logs hold; a terminal shows how far they are. A log that cannot be read ends
    the command."""
    rows = with_progress(t("reading"), log_lines(logs), log_size(logs), lambda row: row.size)
    return (read_entry(row, reader) for row in rows)


_STEPS = {"joining": msgid("joining"), "customers": msgid("following customers")}


def watched(doing: str, items: Iterator[Any], total: int) -> Iterator[Any]:
    """Yields the items of a step of the work; a terminal shows how far it is."""
    return with_progress(t(_STEPS.get(doing, doing)), items, total)


def tell_findings(findings: LogFindings) -> None:
    """Says on standard error what is amiss with the logs: broken lines at their places, all else counted."""
    for one in findings.places:
        print_error(f"{one.place} {one.message}")
    if findings.broken > MOST_PLACES:
        print_error(t("{number:,} more lines cannot be read", number=findings.broken - MOST_PLACES))
    for said in findings_said(findings):
        print_warning(said)
