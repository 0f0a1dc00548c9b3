"""``routekit outline``."""

import json

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import FINDINGS, plain_option, read_policy, write
from routekit.cli.prove import Progress, print_lines, seconds_option, years_option
from routekit.prover.limits import Years
from routekit.prover.outline import outline
from routekit.prover.outline_report import outline_as_json, outline_as_markdown, outline_lines
from routekit.prover.report import FORMAT_VERSION
from routekit.translation import msgid

__all__ = ["command"]


@click.command()
@click.argument("policy_path", metavar="POLICY", shell_complete=complete_policies)
@seconds_option
@years_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["pretty", "markdown", "json"]),
    default="pretty",
    show_default=True,
    help=msgid("How it is written."),
)
@plain_option
def command(policy_path: str, timeout: float, years: Years, format_: str) -> None:
    """Tell who gets what: a policy read from its outcomes, not from its rules.

    For each queue, all that is given there: priority, skills, words, what happens as a contact waits; and for
    each who gets it, by the condition of its rule and the earlier rules that take some of these contacts
    before. That there are such contacts, and which rules take them, is proved as `routekit prove` does.
    Offers and what is adjusted afterwards follow.
    Exit status: 0 all is told, 1 some of it is unknown, 2 it could not run.

    \b
    Examples:
      routekit outline rules/bank.route
      routekit outline rules/telecom.route --format markdown
    """
    policy = read_policy(policy_path)
    show = Progress()
    found = outline(policy.checked, timeout=timeout, years=years, progress=show.step)
    show.clear()
    if format_ == "json":
        write(json.dumps({"format_version": FORMAT_VERSION, **outline_as_json(found)}, indent=2))
    elif format_ == "markdown":
        write(outline_as_markdown(found), nl=False)
    else:
        print_lines(outline_lines(found))
    if found.reason or any(comers.come is None for row in found.rows for comers in row.comers):
        raise click.exceptions.Exit(FINDINGS)
