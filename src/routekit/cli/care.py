"""``routekit care``."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from routekit.cli.completion import complete_policies
from routekit.cli.inputs import clock, input_option, open_for, path_of, report_unknown
from routekit.cli.output import (
    FINDINGS,
    fail,
    plain_option,
    print_error,
    read_policy,
    say,
    with_progress,
    write,
)
from routekit.cli.unreadable import Unreadable
from routekit.engine.care_schedule import CareSchedule
from routekit.engine.policy import Policy
from routekit.intake import Intake
from routekit.policy.care_decision import DueReach, OtherReach
from routekit.policy.decision import Problem
from routekit.policy.doubt import Doubt
from routekit.policy.model import CheckedPolicy
from routekit.reference import care
from routekit.schema.times import utc_now
from routekit.translation import msgid, t

__all__ = ["command"]

_LONGEST = timedelta(days=2 * 366)


@click.command()
@click.argument("policy_path", metavar="POLICY", shell_complete=complete_policies)
@click.argument("customers_path", metavar="[CUSTOMERS]", required=False, type=click.Path())
@click.option(
    "--from", "first_text", metavar="TIME", help=msgid("The beginning of the period; now by default.")
)
@click.option(
    "--until", "until_text", metavar="TIME", help=msgid("Its end, itself outside; a day later by default.")
)
@click.option("--why", is_flag=True, help=msgid("Also say why the others are not made as the period begins."))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "pretty"]),
    help=msgid(
        "json: a customer a line. pretty: a reach a line. By default pretty in a terminal, else json."
    ),
)
@input_option
@plain_option
def command(
    policy_path: str,
    customers_path: str | None,
    first_text: str | None,
    until_text: str | None,
    why: bool,
    format_: str | None,
    kind: str | None,
) -> None:
    """List whom the company turns to by itself: calls, messages and surveys that are due in a period.

    CUSTOMERS is a file (.jsonl, .json, .csv, .xlsx, .ods, .parquet), or - for standard input: each a customer
    as a contact has him, with `reached` for what was made before. Each reach stands at the first instant at
    which it may be made, not in quiet hours and with its queue open, and counts for the caps of those behind
    it.
    Exit status: 0, 1 where lines could not be read, 2 where it could not run.

    \b
    Examples:
      routekit care examples/services/follow_up.route examples/services/follow_up.jsonl --from 2026-11-23
      echo '{"customer": {"id": "c-1"}}' | routekit care examples/services/follow_up.route - --why
    """
    policy = read_policy(policy_path)
    if not policy.checked.care.reaches:
        raise fail(
            t("the policy `{path}` has no `care`", path=policy_path),
            t("it says whom to turn to: `care { reach … }`"),
        )
    first, until = _period(policy, first_text, until_text)
    customers = open_for(path_of(customers_path, f"routekit care {policy_path}"), kind, policy)
    listing = _Listing(policy.checked, first, until, why)
    as_json = (format_ or ("pretty" if sys.stdout.isatty() else "json")) == "json"
    counts, broken = Counter[str](), False
    unreadable = Unreadable(customers)
    for row in with_progress(t("looking"), customers.rows, customers.total, lambda item: item.size):
        if row.broken:
            print_error(f"{row.place}: {row.broken}")
            broken = True
            continue
        found = listing.of(row.contact)
        unreadable.note(row.place, found.problems)
        counts.update(["customers", *["reached"] * bool(found.reaches), *["reaches"] * len(found.reaches)])
        if as_json:
            write(json.dumps(found.document(row.place), allow_nan=False))
        else:
            for line in found.lines(row.place):
                say(line)
    if not as_json:
        say(
            t(
                "{reaches:,} reaches to {reached:,} of {customers:,} customers",
                reaches=counts["reaches"],
                reached=counts["reached"],
                customers=counts["customers"],
            )
        )
    unreadable.report()
    report_unknown(customers.unknown)
    if broken:
        raise click.exceptions.Exit(FINDINGS)


def _period(policy: Policy, first_text: str | None, until_text: str | None) -> tuple[datetime, datetime]:
    first = clock(_with_clock(first_text), policy.checked.timezone) or utc_now()
    until = clock(_with_clock(until_text), policy.checked.timezone) or first + timedelta(days=1)
    if not first < until <= first + _LONGEST:
        raise fail(t("`--until` is a time behind `--from`, two years at most"))
    return first, until


def _with_clock(text: str | None) -> str | None:
    """A day alone is its midnight."""
    return f"{text}T00:00" if text is not None and len(text) == len("2026-11-23") else text


@dataclass(frozen=True, slots=True)
class _Found:
    """What is made for one customer, why others are not, and what was wrong with what is known of him."""

    reaches: tuple[DueReach, ...]
    others: tuple[OtherReach, ...]
    problems: tuple[Problem, ...]

    def document(self, place: str) -> dict[str, object]:
        found: dict[str, object] = {"customer": place, "reaches": [reach.to_dict() for reach in self.reaches]}
        if self.others:
            found["others"] = [other.to_dict() for other in self.others]
        return {
            **found,
            "problems": [{"path": problem.path, "message": problem.message} for problem in self.problems],
        }

    def lines(self, place: str) -> Iterator[str]:
        if self.reaches or self.others:
            yield place
        for reach in self.reaches:
            what = [t("queue {queue}", queue=reach.queue)] if reach.queue else []
            what += [t("message {message}", message=reach.message)] if reach.message else []
            at = reach.not_before.isoformat(sep=" ", timespec="minutes")
            yield t(
                "  {at}  {name} by {channel}, {listed}, priority {priority}",
                at=at,
                name=reach.name,
                channel=reach.channel,
                listed=t(", ").join(what),
                priority=reach.priority,
            )
        for other in self.others:
            yield t("  not {name}: {text}", name=other.name, text=other.text)


class _Listing:
    def __init__(self, policy: CheckedPolicy, first: datetime, until: datetime, why: bool) -> None:
        self._policy, self._doubt = policy, Doubt(policy)
        self._schedule = CareSchedule(policy)
        self._intake = Intake(policy)
        self._first, self._until = first, until
        self._why = why

    def of(self, records: object) -> _Found:
        facts = self._intake.read(records, self._first, arrives=False)
        reaches = tuple(self._schedule.of(facts, self._first, self._until))
        now = care(self._policy, facts, self._doubt)
        made = {reach.name for reach in reaches}
        others = tuple(other for other in now.others if other.name not in made) if self._why else ()
        return _Found(reaches, others, now.problems)
