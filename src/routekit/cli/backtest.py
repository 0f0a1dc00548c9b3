"""``routekit backtest``."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from routekit.analysis import diff
from routekit.backtest.backtest import change_of
from routekit.backtest.load import Handling
from routekit.backtest.outcomes import Outcomes, outcomes_of
from routekit.backtest.page import backtest_page
from routekit.backtest.report import backtest_as_json, backtest_lines
from routekit.backtest.results import Backtest, backtested
from routekit.backtest.run import run, run_log
from routekit.cli.completion import complete_policies
from routekit.cli.diff import checked_out
from routekit.cli.inputs import clock, input_option, open_for, report_unknown
from routekit.cli.log_options import Span, entries_of, watched
from routekit.cli.logs import is_log, log_lines, log_size, logged
from routekit.cli.output import (
    FINDINGS,
    plain_option,
    print_error,
    put,
    read_policy,
    say,
    with_progress,
)
from routekit.cli.prove import Progress, seconds_option, years_option
from routekit.diff import Key
from routekit.erlang import Target
from routekit.policy.model import CheckedPolicy
from routekit.prover.limits import Years
from routekit.readers import Row
from routekit.schema.times import parse_duration, utc_now
from routekit.translation import msgid, t

__all__ = ["command"]


def _target(_context: click.Context, _parameter: click.Parameter, text: str) -> Target:
    share, _, within = text.partition("/")
    span = parse_duration(within)
    if not share.isdigit() or not 0 < int(share) < 100 or span is None or span < timedelta(0):
        raise click.BadParameter(t("a service level is written `80/20s`: 80 percent within 20 seconds"))
    return Target(int(share) / 100, span)


@click.command()
@click.argument("old_path", metavar="OLD", shell_complete=complete_policies)
@click.argument("new_path", metavar="NEW", shell_complete=complete_policies)
@click.argument("contacts_path", metavar="CONTACTS|LOG", type=click.Path())
@input_option
@click.option(
    "--now", "now_text", metavar="TIME", help=msgid("The clock for contacts without a time of their own.")
)
@click.option(
    "--handling",
    metavar="[QUEUE=]DURATION",
    multiple=True,
    help=msgid("How long a contact takes an agent, of all queues or of one; may be repeated."),
)
@click.option("--patience", type=Span(), help=msgid("How long one waits before he gives up, in the mean."))
@click.option(
    "--target",
    callback=_target,
    default="80/20s",
    show_default=True,
    metavar="PERCENT/TIME",
    help=msgid("The service level that people are counted for."),
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help=msgid("How many processes decide; of a log one does."),
)
@click.option("--all", "all_", is_flag=True, help=msgid("All groups and queues, not the largest."))
@seconds_option
@years_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help=msgid("html is one page, to be opened in a browser."),
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=msgid("The file that is written.")
)
@plain_option
def command(
    old_path: str,
    new_path: str,
    contacts_path: str,
    kind: str | None,
    now_text: str | None,
    handling: tuple[str, ...],
    patience: timedelta | None,
    target: Target,
    jobs: int,
    all_: bool,
    timeout: float,
    years: Years,
    format_: str,
    output: Path | None,
) -> None:
    """Tell what a new version of a policy would have done to contacts that came.

    CONTACTS is a file of contacts (.jsonl, .csv, .parquet) or the decision log of a service, each contact of
    which is decided again, by both versions and at its time. Those that are treated differently are counted
    by the groups that `routekit diff` proves, each with its condition; then cost, offers, self-service, and
    the load of each queue in the busiest half hour of the week. With a handling time that load is told in
    erlangs, with the people it takes for a service level: by Erlang A where the patience is known, else by
    Erlang C. A log with outcomes tells both, and how those fared who move. OLD and NEW may be
    `REVISION:PATH`, from git.
    Exit status: 0, 1 where lines could not be read, 2 where it could not run.

    \b
    Examples:
      routekit backtest released/bank.route rules/bank.route examples/contacts/bank.jsonl --handling 300s
      routekit backtest old.route new.route yesterday.csv --handling 4m --handling general=6m --patience 3m
      routekit backtest old.route new.route decisions.jsonl --format html -o change.html
    """
    with ExitStack() as stack:
        old, new = (read_policy(stack.enter_context(checked_out(path))) for path in (old_path, new_path))
        times = _handling(new.checked, handling, patience)
        progress = Progress()
        difference = diff(old, new, timeout=timeout, progress=progress.step, years=years)
        progress.clear()
        change = change_of(old, new, difference, clock(now_text, new.checked.timezone) or utc_now())
        outcomes = Outcomes()
        if kind is None and is_log(contacts_path):
            broken: list[str] = []
            lines = log_lines([contacts_path])
            lines = with_progress(t("deciding again"), lines, log_size([contacts_path]), lambda row: row.size)
            moved: dict[str, Key] = {}
            tally = run_log(old, new, change, logged(lines, broken), moved)
            tally.broken = len(broken)
            outcomes = outcomes_of(
                old.checked, partial(entries_of, [contacts_path]), moved, target.within, watched
            )
        else:
            contacts = open_for(contacts_path, kind, old, new)
            rows = with_progress(t("deciding"), contacts.rows, contacts.total, lambda item: item.size)
            parts = contacts.parts and with_progress(
                t("deciding"), contacts.parts, contacts.total, lambda item: item.size
            )
            tally = run(change, replace(contacts, rows=rows, parts=parts), _report, jobs=jobs)
            report_unknown(contacts.unknown)
    found = backtested(new.checked, difference, tally, times, target, outcomes)
    if format_ == "text" and output is None:
        for line in backtest_lines(found, everything=all_):
            say(line)
    else:
        put(_WRITTEN[format_](found), output)
        if output is not None:
            say(t("written to {path}", path=output), err=True)
    if tally.broken:
        raise click.exceptions.Exit(FINDINGS)


_WRITTEN: dict[str, Callable[[Backtest], str]] = {
    "text": lambda found: "\n".join(backtest_lines(found, everything=True)),
    "json": lambda found: json.dumps(backtest_as_json(found), indent=2),
    "html": backtest_page,
}


def _report(row: Row) -> None:
    print_error(f"{row.place} {row.broken}")


def _handling(
    policy: CheckedPolicy, given: tuple[str, ...], patience: timedelta | None
) -> dict[str, Handling]:
    """The handling times that are given, those of one queue before that of all."""
    found: dict[str, Handling] = {}
    for text in sorted(given, key=lambda text: "=" in text):
        queue, _, span = text.rpartition("=")
        time = parse_duration(span)
        if time is None or time <= timedelta(0):
            raise click.UsageError(
                t("`{text}` is no handling time, such as `300s` or `general=5m`", text=text)
            )
        if queue and queue not in policy.queues:
            listed = t(", ").join(policy.queues)
            raise click.UsageError(
                t("the policy has no queue `{queue}`: there are {listed}", queue=queue, listed=listed)
            )
        found |= dict.fromkeys([queue] if queue else policy.queues, Handling(time, "assumed", patience))
    return found
