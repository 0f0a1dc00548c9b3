"""``routekit``: the commands, each imported when it is called."""

import importlib
import sys
from typing import Any

import click

import routekit

__all__ = ["main"]

_COMMANDS = {
    "ask": "Ask whether any contact can come to an outcome.",
    "bench": "Measure how fast a policy decides on this machine.",
    "check": "Find errors in policies, and what is surely not meant.",
    "decide": "Decide contacts: who gets which service.",
    "prove": "Prove guarantees, and find what no contact can reach.",
}


class _LateCommands(click.Group):
    """Knows the commands by name and help, and loads only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"routekit.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_LateCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(routekit.__version__, prog_name="routekit")
def _routekit() -> None:
    """Who gets which service: check a policy, and decide contacts by it.

    \b
    Examples:
      routekit check rules/telecom.route
      routekit decide rules/telecom.route examples/contacts/telecom.jsonl
    """


def main(arguments: list[str] | None = None) -> Any:
    """Runs the command line; exits 0 where nothing was found, 1 with findings, 2 where it could not run."""
    try:
        return _routekit.main(args=arguments, prog_name="routekit")
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody left to tell
        sys.exit(1)


if __name__ == "__main__":
    main()
