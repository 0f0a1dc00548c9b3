"""``routekit``: the commands, each imported when it is called."""

import codecs
import importlib
import os
import sys
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

import click

import routekit
from routekit.cli.language import chosen, complaint, language_option, translated
from routekit.cli.output import FINDINGS, UNABLE, print_error, reason
from routekit.diagnostics.diagnostic import closest
from routekit.translation import UnknownLanguageError, in_language, language, msgids, t

__all__ = [
    "abandon_output",
    "main",
    "prepare",
]


if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


_COMMANDS = msgids(
    {
        "check": "Find errors in policies, and what is surely not meant.",
        "decide": "Decide contacts: who gets which service.",
        "explain": "Say why contacts are decided as they are, and what would change it.",
        "test": "Run the policies' own examples, and say what they cover.",
        "prove": "Prove guarantees, and find what no contact can reach.",
        "diff": "Tell who is treated differently by a new version.",
        "backtest": "Tell what a new version would have done to contacts that came.",
        "ask": "Ask whether any contact can come to an outcome.",
        "map": "Draw the contact map, and find where service breaks.",
        "outline": "Tell who gets what: a policy read from its outcomes.",
        "answers": "Write what is said about each matter on each channel.",
        "care": "List whom the company turns to by itself, and when.",
        "simulate": "Simulate a policy before the queues of a scenario.",
        "scenario": "Write the scenario of a simulation, from a log; or its JSON Schema.",
        "repl": "Try a policy: set facts, see the decision, ask why.",
        "fmt": "Lay policies out in the one way.",
        "publish": "Write a policy as one document, for services that take it from HTTP or Redis.",
        "replay": "Decide the contacts of a decision log again, and show what comes out otherwise.",
        "score": "Score what became of contacts: efficiency beside effect.",
        "journeys": "Follow customers through logs: paths, returns, steps reached, callbacks kept.",
        "outcomes": "Bring in what became of contacts, from where no router saw them.",
        "history": "Remove what a service remembers of customers.",
        "bench": "Measure how fast a policy decides on this machine.",
        "table": "Write tables of rules as spreadsheets, and take their rows back.",
        "import": "Translate the routing rules of another system into a policy.",
        "export": "Write parts of a policy for other systems.",
        "init": "Make a small project that runs.",
        "explain-code": "Say what a code of a finding means, with examples.",
        "completion": "Print the script that completes commands in a shell.",
    }
)
_MODULES = {"import": "imports", "export": "exports"}
"""Commands whose name cannot be that of a module."""

INTERRUPTED = 130
"""The exit status after Ctrl-C."""


class _LateCommands(click.Group):
    """Knows the commands by name and help, and loads only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        name = _MODULES.get(cmd_name, cmd_name.replace("-", "_"))
        module = importlib.import_module(f"routekit.cli.{name}")
        return translated(module.command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        best = closest(args[0], _COMMANDS) if args[0] not in _COMMANDS else None
        if best is not None and not args[0].startswith("-"):
            ctx.fail(t("there is no command `{args}`; did you mean `{best}`?", args=args[0], best=best))
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        begun = [name for name in _COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=t(_COMMANDS[name])) for name in begun), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, t(help_)) for name, help_ in _COMMANDS.items()])


@click.command(cls=_LateCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(routekit.__version__, prog_name="routekit")
def _routekit() -> None:
    """Who gets which service: check a policy, and decide contacts by it.

    \b
    Examples:
      routekit init my_policy
      routekit check rules/telecom.route
      routekit decide rules/telecom.route examples/contacts/telecom.jsonl
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Runs the command line; exits 0 where nothing was found, 1 with findings, 2 where it could not run."""
    has_output = prepare()
    try:
        status = _run(arguments) if has_output else _unable(t("the standard output is closed"))
    except KeyboardInterrupt:
        status = INTERRUPTED
    abandon_output()
    sys.exit(status)


def _run(arguments: list[str] | None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        chosen_language, rest = chosen(arguments, os.environ)
    except UnknownLanguageError as error:
        return _unable(str(error))
    with in_language(chosen_language):
        return _run_in_language(rest)


def _run_in_language(arguments: list[str]) -> int:
    command = language_option(translated(_routekit))
    try:
        status: object = command.main(args=arguments, prog_name="routekit", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        if language() == "en":
            error.show(sys.stderr)
        else:
            print_error(*complaint(error))
        return error.exit_code
    except BrokenPipeError:
        return FINDINGS  # whoever read our output has gone; there is nobody left to tell
    except OSError as error:
        if error.filename is None:
            return _unable(t("the standard output cannot be written: {error}", error=reason(error)))
        return _unable(
            t("`{filename}` cannot be used: {error}", filename=error.filename, error=reason(error))
        )
    return status if isinstance(status, int) else 0


def _unable(message: str) -> int:
    print_error(message)
    return UNABLE


# ── streams ─────────────────────────────────────────────────────────────────────


_INSTEAD = {
    "→": "->", "←": "<-", "…": "...", "–": "-", "—": "-", "×": "x", "µ": "u", "≤": "<=", "≥": ">=", "·": ".",
    "│": "|", "─": "-", "┌": "+", "└": "+", "├": "+", "┤": "+", "┐": "+", "┘": "+", "█": "#", "•": "*",
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "≠": "!=",
}  # fmt: skip
"""Drawings and signs of the commands in letters that every terminal has."""


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_INSTEAD.get(letter, f"\\u{{{ord(letter):x}}}") for letter in text), error.end


def prepare() -> bool:
    """Makes the streams fit to be written to, whatever terminal is behind them; false without an output."""
    codecs.register_error("routekit", _instead)
    if sys.stdin is None:
        sys.stdin = TextIOWrapper(BytesIO())
    if sys.stderr is None:
        sys.stderr = TextIOWrapper(BytesIO())
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="routekit")
    return sys.stdout is not None


def abandon_output() -> None:
    """Lets what is not written yet go nowhere, so that the end of the process does not stumble over it."""
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(sink, stream.fileno())
    os.close(sink)


if __name__ == "__main__":
    main()
