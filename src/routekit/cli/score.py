"""``routekit score``."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

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
from routekit.cli.output import (
    FINDINGS,
    Finite,
    fail,
    is_plain,
    plain_option,
    put,
    read_policy,
    say,
)
from routekit.translation import msgid, t

if TYPE_CHECKING:
    from routekit.performance.joining import LogFindings
    from routekit.performance.score import Score

__all__ = ["command"]

_MOST_DIFFERENCES = 12
_MOST_GROUPS = 40


@click.command()
@logs_argument
@click.option(
    "--policy",
    "policy_path",
    metavar="POLICY",
    shell_complete=complete_policies,
    help=msgid("The policy that says what channels cost, and which segments and matters contacts have."),
)
@click.option(
    "--by",
    metavar="FIELD,…",
    help=msgid(
        "What contacts are grouped by: channel, queue, segment, matter, day …, or fields by their"
        " paths; by default channel, segment and matter."
    ),
)
@click.option(
    "--least",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help=msgid("Hide groups of fewer contacts."),
)
@click.option(
    "--within",
    type=Span(),
    default="20s",
    show_default=True,
    metavar="TIME",
    help=msgid("Answered in that time counts for the service level."),
)
@click.option(
    "--satisfied",
    type=Finite(),
    default=4,
    show_default=True,
    metavar="SCORE",
    help=msgid("A rating from this score on is a good one."),
)
@matter_option
@key_option
@format_option
@output_option
@plain_option
def command(
    logs: tuple[str, ...],
    policy_path: str | None,
    by: str | None,
    least: int,
    within: timedelta,
    satisfied: float,
    matter: str,
    key: str,
    format_: str,
    output: str | None,
) -> None:
    """Score what became of contacts: efficiency beside effect, by channel, segment and matter.

    LOG is a decision log with the outcomes that services tell by `router.happened`, or that
    `routekit outcomes import` brings in from call detail records; also compressed by gzip, or - for standard
    input. Lines may stand in any order. Each figure says of how many contacts it is known; what is not known
    is not shown. A row that is cheaper and worse than the row beside it has a mark, !.
    Exit status: 0, 1 where lines could not be read, 2 where it could not run.

    \b
    Examples:
      routekit score decisions.jsonl --policy rules/telecom.route
      routekit score decisions.jsonl.*.gz --by channel,contact.intent --within 30s
      routekit score decisions.jsonl --format html -o score.html
    """
    from routekit.performance.grouping import ContactReader, UnknownGroupError, usual_groups
    from routekit.performance.measures import Settings
    from routekit.performance.score import TooManyGroupsError, score_of
    from routekit.performance.score_report import score_as_csv, score_as_dict

    if format_ == "text" and output is not None:
        raise fail(t("text goes to the terminal"), t("add --format json, csv or html to write a file"))
    policy = None if policy_path is None else read_policy(policy_path).checked
    names = tuple(name for part in by.split(",") if (name := part.strip())) if by else usual_groups(policy)
    try:
        reader = ContactReader(names, policy=policy, matter=matter, key=key)
        settings = Settings(within.total_seconds(), satisfied)
        found = score_of(entries_of(logs, reader), names, settings, least=least, policy=policy, watch=watched)
    except (UnknownGroupError, TooManyGroupsError) as error:
        raise fail(str(error)) from None
    tell_findings(found.findings)
    match format_:
        case "json":
            put(json.dumps(score_as_dict(found), indent=2), output)
        case "csv":
            put(score_as_csv(found), output, nl=False)
        case "html":
            from routekit.performance.score_page import score_page

            put(score_page(found, logs), output, nl=False)
        case _:
            _tell(found)
    if found.findings.broken:
        raise click.exceptions.Exit(FINDINGS)


def _tell(found: "Score") -> None:
    from routekit.performance.score_report import (
        EFFECT,
        EFFICIENCY,
        aligned,
        difference_said,
        hidden_said,
        key_said,
        left_said,
        marks_said,
        score_head,
        score_rows,
        title_of,
    )

    say(span_said(found.findings))
    if is_plain():
        for head, row in _sentences(found):
            say(f"{head}: {row}")
    else:
        for title, shown in ((t("efficiency"), EFFICIENCY), (t("effect"), EFFECT)):
            for line in aligned(
                title, score_head(found, shown), score_rows(found, shown, _MOST_GROUPS), len(found.by)
            ):
                say(line)
    for line in (left_said(found, _MOST_GROUPS), *marks_said(found), hidden_said(found)):
        if line:
            say(line)
    sure = [one for one in found.comparisons if one.difference.is_found and one.is_effect]
    if sure:
        say(t("the same matter by another channel: shares that differ, in points, with the 95 % interval"))
    for one in sorted(sure, key=lambda one: -abs(one.difference.value))[:_MOST_DIFFERENCES]:
        rest = key_said([name for name in found.by if name != "channel"], one.key)
        pair = t("{channel} against {other}", channel=one.channel, other=one.other)
        about = f"{rest}: " if rest else ""
        say(f"  {about}{pair}: {title_of(one.measure)} {difference_said(one)}")
    if len(sure) > _MOST_DIFFERENCES:
        say(t("  and {number:,} more; --format json has them all", number=len(sure) - _MOST_DIFFERENCES))


def _sentences(found: "Score") -> "list[tuple[str, str]]":
    from routekit.performance.score_report import EFFECT, EFFICIENCY, score_head, score_rows

    shown = (*EFFICIENCY, *EFFECT[1:])
    head = score_head(found, shown)
    count = len(found.by)
    lines = []
    for row in score_rows(found, shown):
        cells = [f"{what} {value}" if value else "" for what, value in zip(head, row, strict=True)]
        lines.append((t(", ").join(filter(None, cells[:count])), t("; ").join(cells[count:])))
    return lines


def span_said(findings: "LogFindings") -> str:
    """Returns how many contacts and events a log tells of, and over which time."""
    from routekit.performance.log_entries import instant

    if not findings.contacts:
        return t("the logs tell of no contact")
    return t(
        "{contacts:,} contacts and {events:,} events, {begin} to {end} UTC",
        contacts=findings.contacts,
        events=sum(findings.events.values()),
        begin=f"{instant(findings.begin):%Y-%m-%d %H:%M}",
        end=f"{instant(findings.end):%Y-%m-%d %H:%M}",
    )
