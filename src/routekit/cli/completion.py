"""``routekit completion``."""

import click
from click.shell_completion import ShellComplete, get_completion_class

from routekit.cli.output import write

__all__ = ["command"]


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
