"""``routekit prove``."""

import json
import sys
from collections.abc import Iterable
from time import monotonic

import click

from routekit.analysis import prove
from routekit.cli.completion import complete_policies
from routekit.cli.output import (
    FINDINGS,
    PROGRESS_AFTER,
    Finite,
    paint,
    plain_option,
    policies_given,
    read_policy,
    say,
    uses_colour,
    write,
)
from routekit.prover.limits import YEARS, Years, checked_years
from routekit.prover.report import FORMAT_VERSION, proof_as_json, proof_lines
from routekit.translation import msgid, t

__all__ = ["Progress", "command", "print_lines", "seconds_option", "years_option"]

_COLOURS = {"good": "green", "bad": "red", "open": "yellow"}

seconds_option = click.option(
    "--timeout",
    type=Finite(min=0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help=msgid("How long to look; what is not settled by then is unknown."),
)


def _years(context: click.Context, parameter: click.Parameter, value: str) -> Years:
    first, _, last = value.partition("..")
    if not (first.isdigit() and (last or first).isdigit()):
        raise click.BadParameter(t("years are written `2020..2030`, or as one year"), context, parameter)
    try:
        return checked_years((int(first), int(last or first)))
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None


years_option = click.option(
    "--years",
    callback=_years,
    default="..".join(map(str, YEARS)),
    show_default=True,
    metavar="FIRST..LAST",
    help=msgid("The years in which contacts come; others are left out of account."),
)


@click.command()
@click.argument("policies", nargs=-1, metavar="[POLICY…]", shell_complete=complete_policies)
@seconds_option
@years_option
@click.option(
    "--overlaps",
    is_flag=True,
    help=msgid("Also find rules and rows that hold together and give different things."),
)
@click.option("--redundant", is_flag=True, help=msgid("Also find rules, rows and guarantees that may go."))
@click.option(
    "--format", "format_", type=click.Choice(["pretty", "json"]), default="pretty", show_default=True
)
@plain_option
def command(
    policies: tuple[str, ...], timeout: float, years: Years, overlaps: bool, redundant: bool, format_: str
) -> None:
    """Prove what a policy does to every contact there can ever be.

    Each guarantee is proved, or broken by the smallest contact that breaks it; and whatever no contact can
    reach is named: rules, rows and gaps of tables, arms, steps, segments, offers. Each contact that is shown
    has been decided by the reference evaluator. A folder stands for all policies in it. Without POLICY those
    of the project are looked at, which stand in `[tool.routekit]` of its pyproject.toml.
    Exit status: 0 all is proved and nothing was found, 1 findings (unknown is one), 2 it could not run.

    \b
    Examples:
      routekit prove rules/telecom.route
      routekit prove rules --timeout 300 --format json
      routekit prove rules/bank.route --overlaps --redundant
    """
    proofs = []
    for path in policies_given(policies):
        policy = read_policy(path)
        show = Progress()
        proof = prove(
            policy,
            timeout=timeout,
            progress=show.step,
            years=years,
            overlaps=overlaps,
            redundant=redundant,
        )
        show.clear()
        proofs.append(proof)
        if format_ == "pretty":
            print_lines(proof_lines(proof))
    if format_ == "json":
        found = {"format_version": FORMAT_VERSION, "proofs": [proof_as_json(proof) for proof in proofs]}
        write(json.dumps(found, indent=2))
    if not all(proof.is_clean for proof in proofs):
        raise click.exceptions.Exit(FINDINGS)


def print_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Prints results for people, the answers in colour."""
    colour = uses_colour(to_error=False)
    for role, text in lines:
        if colour and role in _COLOURS:
            answer, colon, rest = text.partition(t(":"))
            text = click.style(answer, fg=_COLOURS[role], bold=True) + colon + rest
        elif colour and role == "head":
            text = click.style(text, bold=True)
        say(text)


class Progress:
    """What is looked at, in one line of a terminal that goes again."""

    def __init__(self) -> None:
        self._since = monotonic()
        self._shown = False

    def step(self, done: int, total: int, what: str) -> None:
        if sys.stderr.isatty() and monotonic() - self._since > PROGRESS_AFTER:
            self._shown = True
            text = t("{done} of {total}: {what}", done=done, total=total, what=what)
            click.echo(
                f"\r\x1b[K{paint('help', text) if uses_colour(to_error=True) else text}", nl=False, err=True
            )

    def clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
