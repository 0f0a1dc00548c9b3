"""``routekit completion``, and what a shell offers to complete: policies, and codes of diagnostics."""

import os
from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from routekit.cli.output import write
from routekit.diagnostics.codes import CODES

__all__ = ["command", "complete_codes", "complete_policies"]

MOST_FOLDERS = 200


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options, policies and codes in a shell.

    \b
    Examples:
      echo 'eval "$(routekit completion bash)"' >> ~/.bashrc
      echo 'eval "$(routekit completion zsh)"' >> ~/.zshrc
      routekit completion fish > ~/.config/fish/completions/routekit.fish

    Then `routekit check rules/tel<TAB>` becomes `routekit check rules/telecom.route`.
    """
    kind = get_completion_class(shell)
    assert kind is not None
    completer = kind(ctx.find_root().command, {}, "routekit", "_ROUTEKIT_COMPLETE")
    write(ShellComplete.source(completer))  # that of bash would first ask bash for its version


def complete_policies(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns the ``.route`` files that begin so, those in folders below too."""
    folder = os.path.dirname(incomplete)  # noqa: PTH120 - a path would lose the `./` that was typed
    return [CompletionItem(path) for path in _policies(folder) if path.startswith(incomplete)]


def _policies(folder: str) -> Iterator[str]:
    for seen, (here, folders, files) in enumerate(os.walk(folder or ".")):
        if seen == MOST_FOLDERS:
            return
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(files):
            if name.endswith(".route"):
                path = os.path.join(here, name)  # noqa: PTH118
                yield path if folder else path.removeprefix(f".{os.sep}")


def complete_codes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns the codes that begin so, with what they mean."""
    return [
        CompletionItem(code.id, help=code.summary)
        for code in CODES.values()
        if code.id.startswith(incomplete.upper())
    ]
