"""``routekit scenario``: scenarios of simulations."""

import gzip
import json
from pathlib import Path

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import fail, print_warning, put, read_policy, reason, with_progress, write
from routekit.schema.times import zone
from routekit.simulation.from_log import read_log, scenario_text
from routekit.simulation.reading import scenario_schema
from routekit.translation import msgid, plural, t

__all__ = ["command"]

_GZIP = b"\x1f\x8b"


@click.group()
def command() -> None:
    """Write the scenario of a simulation, from a decision log; or its JSON Schema.

    \b
    Examples:
      routekit scenario from decisions.jsonl --policy rules/telecom.route -o november.toml
      routekit scenario schema > scenario.schema.json
    """


@command.command("from")
@click.argument("log_path", metavar="LOG", type=click.Path())
@click.option(
    "--policy", "policy_path", metavar="POLICY", shell_complete=complete_policies,
    help=msgid("The policy that decided, whose timezone counts; else UTC does."),
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False), help=msgid("Write the scenario to a file."))
def from_log(log_path: str, policy_path: str | None, output: str | None) -> None:
    """Fill a scenario in with what a decision log with outcomes knows.

    LOG is a decision log of a service (.jsonl, also compressed by gzip). What the log knows is marked
    measured; what it does not, such as who was on duty, is a guess to be looked at. Exit status: 0, 2 where
    it could not run.

    \b
    Example:
      routekit scenario from decisions.jsonl -o november.toml
    """
    local = zone("UTC" if policy_path is None else read_policy(policy_path).checked.timezone)
    try:
        with Path(log_path).open("rb") as file:
            packed = file.peek(2)[:2] == _GZIP
            with gzip.open(file) if packed else file as lines:
                known = read_log(with_progress(t("reading"), iter(lines), None))
    except OSError as error:
        raise fail(
            t("the log `{path}` cannot be read: {error}", path=log_path, error=reason(error))
        ) from None
    if known.broken:
        print_warning(
            plural(
                "{number} line of the log cannot be read",
                "{number} lines of the log cannot be read",
                known.broken,
            )
        )
    folder = Path(output).parent if output is not None else Path()
    path = Path(log_path)
    try:
        told = path.relative_to(folder) if path.is_relative_to(folder) else path.absolute()
        text = scenario_text(known, local, told.as_posix())
    except ValueError as error:
        raise fail(str(error)) from None
    put(text, output, nl=False)


@command.command()
def schema() -> None:
    """Print the JSON Schema of scenarios, for editors that complete and check them.

    \b
    Example:
      routekit scenario schema > scenario.schema.json
    """
    write(json.dumps(scenario_schema(), indent=2))
