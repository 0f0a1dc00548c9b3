"""``routekit explain``."""

import json
from collections.abc import Iterator
from itertools import islice

import click

from routekit.cli.completion import complete_policies
from routekit.cli.inputs import clock, input_option, open_for, path_of, report_unknown
from routekit.cli.output import (
    FINDINGS,
    fail,
    plain_option,
    policy_or_configured,
    print_error,
    read_policy,
    say,
    uses_colour,
    write,
)
from routekit.cli.results import KINDS, Results, format_of, keep_option, open_results, output_option
from routekit.cli.unreadable import Unreadable
from routekit.diagnostics.folding import line_width
from routekit.engine.engine import Engine
from routekit.readers import Row
from routekit.reasons import Explanation, UnknownNameError, check_names
from routekit.reasons.html import document
from routekit.reasons.text import WIDTH, to_text
from routekit.schema.times import utc_now
from routekit.translation import msgid, t

__all__ = ["command"]

FEW = 10
"""Contacts that are explained at once for people, where no limit is given."""

_STYLES = {"lead": {"bold": True}, "head": {"bold": True}, "name": {"fg": "cyan"}, "arrow": {"fg": "green"}}


@click.command()
@click.argument("policy_path", metavar="[POLICY]", required=False, shell_complete=complete_policies)
@click.argument("contacts_path", metavar="[CONTACTS]", required=False, type=click.Path())
@click.option(
    "--rule", metavar="NAME", help=msgid("Also say why not this rule, and what would make it decide.")
)
@click.option(
    "--offer", metavar="NAME", help=msgid("Also say why not this offer, and what would make it be made.")
)
@click.option(
    "--all", "all_rules", is_flag=True, help=msgid("Name every earlier rule, not the nearest alone.")
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html", *KINDS]),
    help=msgid(
        "json: an explanation a line. html: a page. csv, xlsx, parquet: a row a contact, with its reason. "
        "By default what the file of -o ends like, else text."
    ),
)
@output_option
@keep_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=msgid("How many contacts at most, 0 for all; by default 10, and all as json."),
)
@input_option
@click.option(
    "--now", "now_text", metavar="TIME", help=msgid("The clock for contacts without a time of their own.")
)
@click.option("--show-private", is_flag=True, help=msgid("Tell the values of private fields too."))
@plain_option
def command(
    policy_path: str | None,
    contacts_path: str | None,
    rule: str | None,
    offer: str | None,
    all_rules: bool,
    format_: str | None,
    output: str | None,
    keep: str | None,
    limit: int | None,
    kind: str | None,
    now_text: str | None,
    show_private: bool,
) -> None:
    """Say why contacts are decided as they are, and what would change it.

    For each contact: the decision, its rule and the facts behind it; each earlier rule with what kept it
    from deciding; the offers; and the smallest change of the contact that leads elsewhere. Values of fields
    that the policy marks `private` are told as (private).
    CONTACTS is a file (.jsonl, .csv, .xlsx, .ods, .parquet), or - for standard input, as for
    `routekit decide`.
    Exit status: 0, 1 where lines could not be read, 2 where it could not run.

    \b
    Examples:
      routekit explain rules/telecom.route examples/contacts/telecom.jsonl --limit 1
      routekit explain rules/telecom.route examples/contacts/telecom.csv --rule keep_high_value
      echo '{"contact": {"channel": "voice", "intent": "cancel"}}' | routekit explain rules/telecom.route -
    """
    policy_path = policy_or_configured(policy_path)
    policy = read_policy(policy_path)
    engine = Engine(policy)
    try:
        check_names(policy.checked, rule, offer)
    except UnknownNameError as error:
        raise fail(str(error)) from None
    now = clock(now_text, policy.checked.timezone) or utc_now().replace(microsecond=0)
    format_ = format_of(format_, output) or "text"
    path = path_of(contacts_path, f"routekit explain {policy_path}")
    contacts = open_for(path, kind, policy)
    broken, is_by_clock = 0, False
    unreadable = Unreadable(contacts)
    most = limit if limit is not None else (FEW if format_ in ("text", "html") else 0)

    def explained(results: Results | None = None) -> Iterator[tuple[Row, Explanation]]:
        nonlocal broken, is_by_clock
        for row in islice(contacts.rows, most or None):
            if row.broken:
                broken += 1
                print_error(f"{row.place} {row.broken}")
                if results is not None:
                    results.add_undecided(row, row.broken)
                continue
            found = engine.explain(row.contact, now=now, rule=rule, offer=offer, show_private=show_private)
            is_by_clock = is_by_clock or found.now == now
            unreadable.note(row.place, found.decision.problems)
            yield row, found

    if format_ in KINDS:
        with open_results(output, format_, keep, policy.checked, contacts, path, with_reason=True) as results:
            for row, found in explained(results):
                results.add(row, found.decision, found.summary)
    elif format_ == "json":
        for row, found in explained():
            write(json.dumps({**found.to_dict(), "place": row.place}, allow_nan=False))
    else:
        by_place = ((row.place, found) for row, found in explained())
        if format_ == "html":
            for piece in document(by_place):
                write(piece)
        else:
            _print(by_place, all_rules=all_rules)
    if limit is None and most and next(contacts.rows, None) is not None:
        say(t("the first {most} contacts are shown; --limit 0 shows all", most=most), err=True)
    if is_by_clock and now_text is None:
        again = f"--now {now:%Y-%m-%dT%H:%M:%SZ}"
        say(
            t("contacts without a time are explained as of now; {again} tells the same again", again=again),
            err=True,
        )
    unreadable.report()
    report_unknown(contacts.unknown)
    if broken:
        raise click.exceptions.Exit(FINDINGS)


def _print(explained: Iterator[tuple[str, Explanation]], *, all_rules: bool) -> None:
    colour = uses_colour(to_error=False)
    first: tuple[str, Explanation] | None = None
    for number, (place, explanation) in enumerate(explained):
        if number == 0:
            first = place, explanation
            continue
        if first is not None:
            _print_one(*first, colour=colour, all_rules=all_rules, several=True)
            first = None
        _print_one(place, explanation, colour=colour, all_rules=all_rules, several=True)
    if first is not None:
        _print_one(*first, colour=colour, all_rules=all_rules, several=False)


def _print_one(place: str, explanation: Explanation, *, colour: bool, all_rules: bool, several: bool) -> None:
    paint_ = _paint if colour else _plain
    text = to_text(explanation, all_rules=all_rules, paint=paint_, width=line_width(WIDTH))
    head = f"{paint_('head', f'── {place}')}\n" if several else ""
    say(f"{head}{text}" + ("\n" if several else ""))


def _paint(role: str, text: str) -> str:
    return click.style(text, **_STYLES[role])  # type: ignore[arg-type]


def _plain(_: str, text: str) -> str:
    return text
