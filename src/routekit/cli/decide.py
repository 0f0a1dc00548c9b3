"""``routekit decide``."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from heapq import merge

import click

from routekit.cli.completion import complete_policies
from routekit.cli.inputs import clock, input_option, open_for, path_of, report_unknown
from routekit.cli.output import (
    FINDINGS,
    configured,
    console,
    is_plain,
    plain_option,
    policy_or_configured,
    print_error,
    read_policy,
    say,
    with_progress,
    write,
)
from routekit.cli.results import KINDS, Results, format_of, keep_option, open_results, output_option
from routekit.cli.summary import Tally
from routekit.cli.unreadable import Unreadable
from routekit.engine.engine import Engine
from routekit.engine.errors import InvalidContact
from routekit.policy.decision import Decision
from routekit.readers import Part, Row, kind_of
from routekit.translation import msgid, t

__all__ = ["command"]


@click.command()
@click.argument("policy_path", metavar="[POLICY]", required=False, shell_complete=complete_policies)
@click.argument("contacts_path", metavar="[CONTACTS]", required=False, type=click.Path())
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "table", *KINDS]),
    help=msgid(
        "json: a decision a line. table: a summary. csv, xlsx, parquet: a row a contact. "
        "By default what the file of -o ends like, or a summary in a terminal, else json."
    ),
)
@output_option
@keep_option
@input_option
@click.option(
    "--now", "now_text", metavar="TIME", help=msgid("The clock for contacts without a time of their own.")
)
@click.option(
    "--switch", "switches", metavar="NAME", multiple=True, help=msgid("Turn a switch on; may be repeated.")
)
@click.option(
    "--strict", is_flag=True, help=msgid("Refuse contacts with problems; unknown fields are a finding.")
)
@plain_option
def command(
    policy_path: str | None,
    contacts_path: str | None,
    format_: str | None,
    output: str | None,
    keep: str | None,
    kind: str | None,
    now_text: str | None,
    switches: tuple[str, ...],
    strict: bool,
) -> None:
    """Decide contacts: who gets which service, on which channel, with which offers.

    CONTACTS is a file (.jsonl, .json, .csv, .xlsx, .ods, .parquet), or - for standard input, a contact a line
    or one list of them. In tables a column is named after its field (contact.channel, customer.value,
    live.general.waiting), by the field's own name or title, or as --map says, and an empty cell is a missing
    value. Values that cannot be read are named by line and heading, fields that the policy does not have at
    the end. Without POLICY the project's is taken, from `[tool.routekit]` in pyproject.toml.
    Exit status: 0, 1 where lines could not be read or were refused, 2 where it could not run.

    \b
    Examples:
      routekit decide rules/telecom.route examples/contacts/telecom.jsonl
      routekit decide rules/telecom.route examples/contacts/telecom.csv --format json
      routekit decide rules/telecom.route examples/contacts/telecom.csv -o decisions.xlsx
      echo '{"contact": {"channel": "voice", "intent": "cancel"}}' | routekit decide rules/telecom.route -
    """
    if policy_path is not None and contacts_path is None and _are_contacts(policy_path):
        policy_path, contacts_path = None, policy_path
    policy_path = policy_or_configured(policy_path)
    policy = read_policy(policy_path)
    engine = Engine(policy)
    for name in switches:
        _turn_on(engine, name)
    now = clock(now_text, policy.checked.timezone)
    path = path_of(contacts_path, f"routekit decide {policy_path}")
    contacts = open_for(path, kind, policy)
    to = format_of(format_, output) or ("table" if sys.stdout.isatty() else "json")
    tally = Tally(policy.checked)
    run = _Run(engine, now, strict, tally, Unreadable(contacts), to == "json")
    with ExitStack() as opened:
        if to in KINDS:
            run.results = opened.enter_context(open_results(output, to, keep, policy.checked, contacts, path))
        if contacts.parts is None or strict or switches:  # tables are decided without the board
            for row in with_progress("deciding", contacts.rows, contacts.total, lambda item: item.size):
                run.decide(row)
        else:
            for part in with_progress("deciding", contacts.parts, contacts.total, lambda item: item.size):
                run.decide_part(part)
    if to == "table":
        _print(tally)
    elif output is not None:
        say(f"{output}: {tally.head()}")
    run.unreadable.report()
    unknown = report_unknown(contacts.unknown, strict=strict)
    if tally.broken or unknown:
        raise click.exceptions.Exit(FINDINGS)


def _turn_on(engine: Engine, name: str) -> None:
    known = [switch.name for switch in engine.policy.checked.switches]
    if name not in known:
        listed = (
            t("there are {listed}", listed=t(", ").join(known)) if known else t("the policy declares none")
        )
        raise click.UsageError(t("the policy has no switch `{name}`: {listed}", name=name, listed=listed))
    engine.live.switch(name)


@dataclass
class _Run:
    """Decides contacts, row by row or in parts, and sends each decision where it is to go."""

    engine: Engine
    now: datetime | None
    strict: bool
    tally: Tally
    unreadable: Unreadable
    as_lines: bool
    results: Results | None = None

    def decide(self, row: Row) -> None:
        """Decides one contact."""
        if row.broken:
            self._refuse(row, row.broken)
            return
        try:
            decision = self.engine.decide(row.contact, now=self.now, strict=self.strict)
        except InvalidContact as error:
            self._refuse(row, t("is refused: {error}", error=error))
            return
        self.tally.add(decision)
        self.unreadable.note(row.place, decision.problems)
        if self.results is not None:
            self.results.add(row, decision)
        elif self.as_lines:
            write(_line(decision))

    def decide_part(self, part: Part) -> None:
        """Decides some rows of a table at once."""
        if part.batch is None:
            for row in _in_order(part):
                self.decide(row)
            return
        decided = self.engine.decide_each(part.batch, now=self.now)
        counts = Counter(decided.places)
        for place, count in counts.items():
            self.tally.add(decided.decisions[place], count)
        if any(decided.decisions[place].problems for place in counts):
            for number, place in zip(part.numbers, decided.places, strict=True):
                self.unreadable.note(f"{part.source}{number}", decided.decisions[place].problems)
        if self.results is None:
            for row in part.broken:
                self._refuse(row, row.broken)
            if self.as_lines:
                lines = {place: _line(decided.decisions[place]) for place in counts}
                write("\n".join(map(lines.__getitem__, decided.places)))
            return
        places = iter(decided.places)
        for row in _in_order(part):
            if row.broken:
                self._refuse(row, row.broken)
            else:
                self.results.add(row, decided.decisions[next(places)])

    def _refuse(self, row: Row, why: str) -> None:
        self.tally.broken += 1
        print_error(f"{row.place} {why}")
        if self.results is not None:
            self.results.add_undecided(row, why)


def _in_order(part: Part) -> Iterator[Row]:
    return merge(part.broken, part.rows(), key=lambda row: row.number)


def _line(decision: Decision) -> str:
    return json.dumps(decision.to_dict(), allow_nan=False)


def _are_contacts(path: str) -> bool:
    """Whether the only path that was given names contacts, and the policy is to be the project's."""
    return (path == "-" or kind_of(path) is not None) and bool(configured().policies)


def _print(tally: Tally) -> None:
    if is_plain():
        for sentence in tally.sentences():
            say(sentence)
        return
    from routekit.cli.summary import print_tables

    print_tables(tally, console())
