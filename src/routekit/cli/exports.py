"""``routekit export``: parts of a policy for other systems."""

from pathlib import Path

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import fail, put, read_policy, say
from routekit.translation import msgid, t

__all__ = ["command"]


@click.group()
def command() -> None:
    """Write parts of a policy for other systems.

    \b
    Examples:
      routekit export dmn rules/telecom.route fault_desk -o fault_desk.dmn
    """


@command.command()
@click.argument("policy_path", metavar="POLICY", shell_complete=complete_policies)
@click.argument("table")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=msgid("Where the model goes; by default to standard output."),
)
def dmn(policy_path: str, table: str, output: Path | None) -> None:
    """Write a table of a policy as a decision table of DMN.

    TABLE is one of `route`, or a value by cases. What its columns read becomes input data, what its rows give
    outputs; the hit policy is FIRST. What DMN cannot say is refused by name.
    Exit status: 0, 2 where there is no such table or it cannot be said.

    \b
    Examples:
      routekit export dmn rules/telecom.route fault_desk
      routekit export dmn rules/telecom.route fault_desk -o fault_desk.dmn
    """
    from routekit.importers.dmn.export import exported, tables_of
    from routekit.importers.dmn.feel import NotSaidError

    policy = read_policy(policy_path).checked
    try:
        text = exported(policy, table)
    except KeyError:
        listed = t(", ").join(tables_of(policy)) or t("none")
        raise fail(
            t("the policy has no table `{table}`: there are {listed}", table=table, listed=listed)
        ) from None
    except NotSaidError as error:
        raise fail(t("DMN cannot say `{table}`: {error}", table=table, error=error)) from None
    put(text, output, nl=False)
    if output is not None:
        say(t("written to {path}", path=output), err=True)
