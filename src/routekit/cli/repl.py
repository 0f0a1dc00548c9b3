"""``routekit repl``."""

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from routekit.cli.completion import complete_policies
from routekit.cli.inputs import clock
from routekit.cli.output import (
    FINDINGS,
    configured,
    fail,
    is_plain,
    plain_option,
    policy_or_configured,
    print_diagnostics,
    reason,
    say,
    uses_colour,
)
from routekit.repl import Conversation, Session
from routekit.repl.wording import Paint, plain
from routekit.translation import msgid, t

__all__ = ["command"]

_STYLES: dict[str, dict[str, object]] = {
    "lead": {"bold": True},
    "head": {"bold": True},
    "name": {"fg": "cyan"},
    "arrow": {"fg": "green"},
    "good": {"fg": "green"},
    "warning": {"fg": "yellow"},
    "error": {"fg": "red", "bold": True},
    "quiet": {"fg": "blue"},
}


@click.command()
@click.argument("policy_path", metavar="[POLICY]", required=False, shell_complete=complete_policies)
@click.option(
    "--now", "now_text", metavar="TIME", help=msgid("The time of decisions; `now TIME` changes it.")
)
@plain_option
def command(policy_path: str | None, now_text: str | None) -> None:
    """Try a policy: set facts, see the decision, ask why, keep what was tried as an example.

    What is typed is a fact (`customer.tier = gold`), a question (`customer.value >= 80`), or a command;
    `help` lists the commands. The policy is read again when a file of it changes; while it has errors, the
    last good one goes on answering.
    Lines that are piped in run as a script. Exit status: 0, 1 where a line failed, 2 where it could not run.

    \b
    Examples:
      routekit repl rules/telecom.route
      printf 'contact.channel = voice\\ncustomer.tier = gold\\nwhy\\n' | routekit repl rules/telecom.route
    """
    policy_path = policy_or_configured(policy_path)
    is_script = not sys.stdin.isatty()
    if not is_script and any(find_spec(package) is None for package in ("prompt_toolkit", "pygments")):
        raise fail(
            t("talking needs prompt_toolkit and pygments"),
            t("install `routekit[repl]`, or pipe the lines in"),
        )
    try:
        session = Session.of(Path(policy_path))
    except OSError as error:
        raise fail(
            t(
                "the policy `{policy_path}` cannot be read: {error}",
                policy_path=policy_path,
                error=reason(error),
            ),
            t("name the first file of a policy, such as rules/telecom.route"),
        ) from None
    session.columns = configured().columns
    colour = uses_colour(to_error=False)
    paint: Paint = _paint if colour else plain
    conversation = Conversation(session, paint)
    if session.versions.good is not None:
        session.clock = clock(now_text, session.version.policy.checked.timezone)
    if is_script:
        _play(conversation, policy_path)
    else:
        from routekit.repl.terminal import talk

        talk(conversation, colour=colour, simple=is_plain())


def _play(conversation: Conversation, path: str) -> None:
    from routekit.repl.conversation import play

    if conversation.session.versions.good is None:
        print_diagnostics(conversation.session.versions.errors)
        raise fail(
            t("the policy `{path}` has errors", path=path),
            t("mend them first: `routekit check {path}` lists all findings", path=path),
        )
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    if not play(conversation, sys.stdin, lambda text: say(text)):
        raise click.exceptions.Exit(FINDINGS)


def _paint(role: str, text: str) -> str:
    return click.style(text, **_STYLES[role]) if role in _STYLES else text  # type: ignore[arg-type]
