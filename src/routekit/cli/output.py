"""What all commands say in the same way: diagnostics, failures, colours."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from pathlib import Path
from shutil import get_terminal_size
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import click

from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import plain, pretty, visible
from routekit.translation import t

if TYPE_CHECKING:
    from rich.console import Console

    from routekit.cli.config import Settings
    from routekit.engine.policy import Policy

# The engine, the checker and rich are imported by what needs them: `routekit --help` needs none of them.

__all__ = [
    "FINDINGS",
    "PROGRESS_AFTER",
    "Finite",
    "UNABLE",
    "configured",
    "console",
    "fail",
    "is_plain",
    "paint",
    "plain_option",
    "policies_given",
    "policies_or_configured",
    "policy_or_configured",
    "put",
    "print_diagnostics",
    "print_error",
    "print_warning",
    "read_policy",
    "reason",
    "say",
    "uses_colour",
    "with_progress",
    "write",
    "write_file",
]

Command = TypeVar("Command", bound=Callable[..., Any])
Item = TypeVar("Item")

PROGRESS_AFTER = 1.0
"""Seconds that a run may take before it shows its progress."""

FINDINGS, UNABLE = 1, 2
"""Exit statuses: something was found; it could not run."""

_COLOURS = {"error": "red", "warning": "yellow", "frame": "blue", "help": "cyan"}


_PLAIN = "routekit.plain"
_STYLE = re.compile(r"(\x1b\[(?:[01]|22|3[1-6])m)")


def plain_option(command: Command) -> Command:
    """Gives a command ``--plain``; what it prints by this module follows it."""

    def remember(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        ctx.meta[_PLAIN] = value

    option = click.option(
        "--plain",
        is_flag=True,
        expose_value=False,
        callback=remember,
        help=t("For screen readers: sentences, without drawings and colours."),
    )
    return option(command)


class Finite(click.FloatRange):
    """A number within a range; ``nan`` and ``inf``, which are in every range, are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(t("{value!r} is no number that can be reached.", value=value), param, ctx)
        return number


def is_plain() -> bool:
    """Checks whether the command was asked for ``--plain``."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_PLAIN))


def uses_colour(*, to_error: bool) -> bool:
    """Checks whether colours are wanted and can be shown there."""
    stream = sys.stderr if to_error else sys.stdout
    if os.environ.get("NO_COLOR") or is_plain():
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def console() -> "Console":
    """Makes rich's view of standard output, with colours where they are wanted."""
    from rich.console import Console

    colour = uses_colour(to_error=False)
    return Console(no_color=not colour, force_terminal=colour or None, highlight=False)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Prints a text for people, in which no character is left that a terminal would obey.

    Of the escape codes only those stay that :func:`click.style` makes of a command's own styles, and they
    only where colours are shown. What cannot be written to standard error is let go.
    """
    colour = uses_colour(to_error=err)
    pieces = _STYLE.split(text) if colour else [text]
    shown = "".join(piece if place % 2 else visible(piece) for place, piece in enumerate(pieces))
    try:
        click.echo(shown, sys.stderr if err else sys.stdout, nl=nl, color=colour)
    except OSError:
        if not err:
            raise


def write(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Prints a document for machines, in UTF-8 whatever the terminal has."""
    click.echo(text.encode("utf-8", "backslashreplace"), err=err, nl=nl)


def write_file(path: str | Path, text: str, *, encoding: str = "utf-8", errors: str = "strict") -> None:
    """Writes a text to a file, its line ends as they are; one that cannot be written ends the command."""
    try:
        Path(path).write_text(text, encoding=encoding, errors=errors, newline="")
    except OSError as error:
        raise fail(t("`{path}` cannot be written: {error}", path=path, error=reason(error))) from None


def put(text: str, output: str | Path | None, *, nl: bool = True) -> None:
    """Writes a document to a file, or prints it where none is named."""
    if output is None:
        write(text, nl=nl)
    else:
        write_file(output, text + ("\n" if nl else ""))


def paint(role: str, text: str) -> str:
    """Returns a text in the colour of its role."""
    return click.style(text, fg=_COLOURS.get(role), bold=role in ("error", "warning"))


def print_diagnostics(found: Iterable[Diagnostic], *, as_sentences: bool = False) -> None:
    """Prints diagnostics for people, to standard error, and where to read more."""
    found = list(found)
    colour = uses_colour(to_error=True)
    width = get_terminal_size().columns if sys.stderr.isatty() else None
    for diagnostic in found:
        if as_sentences or is_plain():
            text = plain(diagnostic)
        else:
            text = pretty(diagnostic, paint, width=width) if colour else pretty(diagnostic, width=width)
        say(f"{text}\n", err=True)
    if found:
        first = min(found, key=lambda item: item.severity)  # an error, where there is one
        say(
            t("for more about an error: routekit explain-code {code}", code=first.code)
            if first.severity == "error"
            else t("for more about a warning: routekit explain-code {code}", code=first.code),
            err=True,
        )


def print_error(message: str, hint: str = "") -> None:
    """Says on standard error what is wrong, and what to do."""
    colour = uses_colour(to_error=True)
    label = paint("error", t("error")) if colour else t("error")
    say(t("{head}: {text}", head=label, text=message) + (f"\n  {hint}" if hint else ""), err=True)


def print_warning(message: str) -> None:
    """Says on standard error what is surely not meant, though the command runs."""
    colour = uses_colour(to_error=True)
    label = paint("warning", t("warning")) if colour else t("warning")
    say(t("{head}: {text}", head=label, text=message), err=True)


def fail(message: str, hint: str = "") -> click.exceptions.Exit:
    """Says why a command cannot run, and what to do; raise what it returns."""
    print_error(message, hint)
    return click.exceptions.Exit(UNABLE)


def reason(error: OSError) -> str:
    """Tells why a file could not be read, in plain words."""
    return (error.strerror or str(error)).lower()


def configured() -> "Settings":
    """Returns the project's settings, from ``[tool.routekit]``."""
    from routekit.cli.config import ConfigError, read_settings

    try:
        return read_settings()
    except ConfigError as error:
        raise fail(str(error), error.hint) from None


def policies_or_configured(given: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the policies that a command was given, else those of the project."""
    policies = given or configured().policies
    if not policies:
        raise fail(
            t("no policy was given"),
            t("name its first file, or list it under `policies` of `[tool.routekit]` in pyproject.toml"),
        )
    return policies


def policies_given(given: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the policies that a command was given, else the project's; a folder stands for those in it."""
    from routekit.trials.finding import policies_at

    found: dict[str, None] = {}
    for path in policies_or_configured(given):
        inside = policies_at(path)
        if not inside:
            raise fail(
                t("no policy found in `{path}`", path=path), t("policies are files that end in `.route`")
            )
        found.update(dict.fromkeys(inside))
    return tuple(found)


def policy_or_configured(given: str | None) -> str:
    """Returns the policy that a command was given, else the only one of the project."""
    if given is not None:
        return given
    policies = policies_or_configured(())
    if len(policies) > 1:
        raise fail(
            t("no policy was given, and the project has several"),
            t("name one of {listed}", listed=t(", ").join(policies)),
        )
    return policies[0]


def read_policy(path: str) -> "Policy":
    """Returns the policy of a command that needs a good one."""
    from routekit.engine.errors import PolicyError
    from routekit.engine.policy import Policy

    try:
        return Policy.from_path(path)
    except OSError as error:
        raise fail(t("the policy `{path}` cannot be read: {error}", path=path, error=reason(error))) from None
    except PolicyError as error:
        print_diagnostics(found for found in error.diagnostics if found.severity == "error")
        raise fail(
            t("the policy `{path}` has errors", path=path),
            t("mend them first: `routekit check {path}` lists all findings", path=path),
        ) from None


def with_progress(
    doing: str, items: Iterator[Item], total: int | None, size: Callable[[Item], int] = lambda _: 1
) -> Iterator[Item]:
    """Yields the items; a terminal shows how far they are. ``size`` is an item's part of all."""
    if not sys.stderr.isatty() or is_plain():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    started, done = monotonic(), 0
    progress = Progress(
        TextColumn(doing),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%" if total else "{task.completed:,.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task: TaskID | None = None
    try:
        for item in items:
            yield item
            done += size(item)
            if task is not None:
                progress.update(task, completed=done)
            elif monotonic() - started > PROGRESS_AFTER:
                task = progress.add_task("", total=total, completed=done)
                progress.start()
    finally:
        progress.stop()
