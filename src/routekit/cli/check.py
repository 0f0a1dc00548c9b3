"""``routekit check``."""

import click

from routekit.cli.output import FINDINGS, fail, print_diagnostics, reason
from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import RENDERERS
from routekit.engine.errors import PolicyError
from routekit.engine.policy import Policy

__all__ = ["command"]

_FOR_PEOPLE = ("pretty", "compact")


@click.command()
@click.argument("policies", nargs=-1, required=True, metavar="POLICY…")
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(RENDERERS)),
    default="pretty",
    show_default=True,
    help="How findings are written; json, github and sarif go to standard output.",
)
@click.option("--errors-only", is_flag=True, help="Leave warnings out; only errors count as findings.")
def command(policies: tuple[str, ...], format_: str, errors_only: bool) -> None:
    """Find errors in policies, and what is legal but surely not meant.

    Name the first file of each policy; the files that it brings in are checked with it.
    Exit status: 0 nothing found, 1 findings, 2 a file cannot be read.

    \b
    Examples:
      routekit check rules/telecom.route
      routekit check rules/*.route --format github
    """
    found: list[Diagnostic] = []
    for path in policies:
        found += [item for item in _findings(path) if not errors_only or item.severity == "error"]
    found = list(dict.fromkeys(found))  # a file that two policies bring in is checked with each
    if format_ == "pretty":
        print_diagnostics(found)
    elif found or format_ not in (*_FOR_PEOPLE, "github"):
        click.echo(RENDERERS[format_](found), err=format_ in _FOR_PEOPLE)
    if format_ in _FOR_PEOPLE:
        click.echo(_summary(found, len(policies)))
    if found:
        raise click.exceptions.Exit(FINDINGS)


def _findings(path: str) -> tuple[Diagnostic, ...]:
    try:
        return Policy.from_path(path).warnings
    except PolicyError as error:
        return error.diagnostics
    except OSError as error:
        raise fail(
            f"the policy `{path}` cannot be read: {reason(error)}",
            "name the first file of a policy, such as rules/telecom.route",
        ) from None


def _summary(found: list[Diagnostic], policies: int) -> str:
    what = f"{policies} policies" if policies > 1 else "1 policy"
    if not found:
        return f"{what} checked: nothing found"
    errors = sum(item.severity == "error" for item in found)
    return f"{what} checked: {_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
