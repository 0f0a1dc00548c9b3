"""``routekit ask``."""

import json

import click

from routekit.analysis import ask
from routekit.cli.output import FINDINGS, fail, print_diagnostics, read_policy, write
from routekit.cli.prove import print_lines, seconds_option, years_option
from routekit.engine.errors import PolicyError
from routekit.prover.limits import Years
from routekit.prover.report import FORMAT_VERSION, reply_as_json, reply_lines
from routekit.translation import t

__all__ = ["command"]


@click.command()
@click.argument("policy_path", metavar="POLICY")
@click.argument("question")
@seconds_option
@years_option
@click.option(
    "--format", "format_", type=click.Choice(["pretty", "json"]), default="pretty", show_default=True
)
def command(policy_path: str, question: str, timeout: float, years: Years, format_: str) -> None:
    """Ask whether any contact there can be comes to an outcome, or who does.

    QUESTION is `can WHEN reach THEN`: WHEN a condition as in a rule, THEN one as in a guarantee, where
    `queue portal` is short for `queue is portal`, `offer x` for `offers has x`, and `a machine` for
    `channel is self_service`. The answer is a contact that shows it, or the proof that there is none.
    `who reaches THEN`, or `who with WHEN reaches THEN`, is answered by the condition of all who do, exactly
    or at most.
    Exit status: 0 answered, yes or no, 1 unknown, 2 it could not run.

    \b
    Examples:
      routekit ask rules/telecom.route "can a contact with customer.tier is gold reach queue portal?"
      routekit ask rules/telecom.route "who reaches queue portal"
      routekit ask rules/bank.route "can fraud_alarm and contact.channel is web reach priority > 1"
    """
    policy = read_policy(policy_path)
    try:
        reply = ask(policy, question, timeout=timeout, years=years)
    except PolicyError as error:
        print_diagnostics(error.diagnostics)
        raise fail(
            t("the question cannot be read"),
            t("ask `can WHEN reach THEN` or `who reaches THEN` in the policy's words"),
        ) from None
    if format_ == "json":
        write(json.dumps({"format_version": FORMAT_VERSION, **reply_as_json(reply)}, indent=2))
    else:
        print_lines(reply_lines(reply))
    if reply.answer == "unknown":
        raise click.exceptions.Exit(FINDINGS)
