"""``routekit bench``."""

import json
import platform
import sys
from collections.abc import Iterator
from itertools import islice

import click
from rich import box
from rich.table import Table

from routekit.cli.completion import complete_policies
from routekit.cli.inputs import input_option, open_for, report_unknown
from routekit.cli.output import (
    FINDINGS,
    Finite,
    console,
    fail,
    is_plain,
    plain_option,
    policy_or_configured,
    print_error,
    read_policy,
    say,
    write,
)
from routekit.engine.examples import contact_of
from routekit.engine.policy import Policy
from routekit.engine.speed import DisagreementError, Speed, measure
from routekit.reasons.words import count
from routekit.translation import msgid, t

__all__ = ["command"]

MOST_CONTACTS = 10_000
FORMAT_VERSION = 1


@click.command()
@click.argument("policy_path", metavar="[POLICY]", required=False, shell_complete=complete_policies)
@click.argument("contacts_path", metavar="[CONTACTS]", required=False, type=click.Path())
@input_option
@click.option(
    "--seconds",
    type=Finite(min=0.05, max=600),
    default=2.0,
    show_default=True,
    help=msgid("How long each way of deciding is measured."),
)
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@plain_option
def command(
    policy_path: str | None, contacts_path: str | None, kind: str | None, seconds: float, format_: str
) -> None:
    """Measure how fast a policy decides on this machine: one contact at a time, and as a table.

    CONTACTS is a file (.jsonl, .csv, .xlsx, .ods, .parquet), or - for standard input, of which the first
    10,000 are taken; without it the policy's own examples are. Every contact is first decided by the
    reference evaluator too, and the decisions are compared. Speeds differ between machines, the ratios much
    less.
    Exit status: 0, 1 where decisions differ, 2 where it could not run.

    \b
    Examples:
      routekit bench rules/telecom.route examples/contacts/telecom.jsonl
      routekit bench rules/telecom.route --format json
    """
    policy_path = policy_or_configured(policy_path)
    policy = read_policy(policy_path)
    contacts = _contacts(policy, policy_path, contacts_path, kind)
    try:
        speed = measure(policy, contacts, seconds=seconds, step=_step)
    except DisagreementError as error:
        _step("")
        print_error(str(error), t("please report it, with the policy and the contact"))
        raise click.exceptions.Exit(FINDINGS) from None
    _step("")
    if format_ == "json":
        write(json.dumps(_as_json(policy, speed), indent=2))
        return
    if is_plain():
        for sentence in _sentences(policy, speed):
            say(sentence)
    else:
        console().print(_head(policy, speed), highlight=False)
        console().print(_table(speed))
    for reason in speed.left_out:
        say(t("left out: {reason}", reason=reason), err=True)


def _contacts(policy: Policy, policy_path: str, path: str | None, kind: str | None) -> list[object]:
    if path is None:
        contacts: list[object] = [contact_of(example) for example in policy.checked.examples]
        if not contacts:
            raise fail(
                t("no contacts were given, and the policy has no examples"),
                t(
                    "name a file: `{command} CONTACTS.jsonl`",
                    command=f"routekit bench {policy_path}",
                ),
            )
        return contacts
    opened = open_for(path, kind, policy)
    rows = list(islice(opened.rows, MOST_CONTACTS))
    contacts = [row.contact for row in rows if not row.broken]
    for row in rows:
        if row.broken:
            print_error(f"{row.place} {row.broken}")
    if not contacts:
        raise fail(t("`{path}` holds no contacts that can be read", path=path))
    report_unknown(opened.unknown)
    return contacts


def _step(text: str) -> None:
    """Shows on a terminal what is being measured, in one line that goes again."""
    if sys.stderr.isatty() and not is_plain():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _head(policy: Policy, speed: Speed) -> str:
    return t(
        "{name} {revision}: {rules}, made ready in {time}; {contacts}\nPython {version}, {machine}",
        name=policy.name,
        revision=policy.revision,
        rules=count(len(policy.checked.rule_names), "rule"),
        time=_time(speed.compiling),
        contacts=count(speed.contacts, "contact"),
        version=platform.python_version(),
        machine=platform.machine(),
    )


def _sentences(policy: Policy, speed: Speed) -> Iterator[str]:
    yield _head(policy, speed)
    for pace in speed.paces:
        tail = "" if pace.p99 is None else t(", 99 of 100 within {time}", time=_time(pace.p99))
        yield t(
            "{name}: {number:,.0f} decisions a second, {time} each{tail}",
            name=t(pace.name),
            number=1 / pace.seconds,
            time=_time(pace.seconds),
            tail=tail,
        )


def _table(speed: Speed) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(t("way"))
    for heading in (t("decisions a second"), t("each"), "p50", "p99", t("speed")):
        table.add_column(heading, justify="right")
    first = speed.paces[0].seconds
    for pace in speed.paces:
        table.add_row(
            t(pace.name),
            f"{1 / pace.seconds:,.0f}",
            _time(pace.seconds),
            "" if pace.p50 is None else _time(pace.p50),
            "" if pace.p99 is None else _time(pace.p99),
            _ratio(first / pace.seconds),
        )
    return table


def _as_json(policy: Policy, speed: Speed) -> dict[str, object]:
    first = speed.paces[0].seconds
    return {
        "format_version": FORMAT_VERSION,
        "policy": policy.name,
        "revision": policy.revision,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rules": len(policy.checked.rule_names),
        "contacts": speed.contacts,
        "compiling_seconds": speed.compiling,
        "ways": [
            {
                "name": pace.name,
                "seconds": pace.seconds,
                "p50": pace.p50,
                "p99": pace.p99,
                "speed": first / pace.seconds,
            }
            for pace in speed.paces
        ],
        "left_out": list(speed.left_out),
    }


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _ratio(ratio: float) -> str:
    return f"{ratio:.2g}×" if ratio < 10 else f"{ratio:.0f}×"
