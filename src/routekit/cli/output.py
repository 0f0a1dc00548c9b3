"""What all commands say in the same way: diagnostics, failures, colours."""

import os
import sys
from collections.abc import Iterable

import click

from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import pretty
from routekit.engine.errors import PolicyError
from routekit.engine.policy import Policy

__all__ = ["FINDINGS", "UNABLE", "fail", "paint", "print_diagnostics", "read_policy", "uses_colour"]

FINDINGS, UNABLE = 1, 2
"""Exit statuses: something was found; it could not run."""

_COLOURS = {"error": "red", "warning": "yellow", "frame": "blue", "help": "cyan"}


def uses_colour(*, to_error: bool) -> bool:
    """Whether colours are wanted and can be shown there."""
    stream = sys.stderr if to_error else sys.stdout
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def paint(role: str, text: str) -> str:
    """A text in the colour of its role."""
    return click.style(text, fg=_COLOURS.get(role), bold=role in ("error", "warning"))


def print_diagnostics(found: Iterable[Diagnostic]) -> None:
    """Prints diagnostics for people, to standard error."""
    colour = uses_colour(to_error=True)
    for diagnostic in found:
        text = pretty(diagnostic, paint) if colour else pretty(diagnostic)
        click.echo(f"{text}\n", err=True, color=colour)


def fail(message: str, hint: str = "") -> click.exceptions.Exit:
    """Says why a command cannot run, and what to do; raise what it returns."""
    colour = uses_colour(to_error=True)
    label = paint("error", "error") if colour else "error"
    click.echo(f"{label}: {message}" + (f"\n  {hint}" if hint else ""), err=True, color=colour)
    return click.exceptions.Exit(UNABLE)


def reason(error: OSError) -> str:
    """Why a file could not be read, in plain words."""
    return (error.strerror or str(error)).lower()


def read_policy(path: str) -> Policy:
    """The policy of a command that needs a good one."""
    try:
        return Policy.from_path(path)
    except OSError as error:
        raise fail(f"the policy `{path}` cannot be read: {reason(error)}") from None
    except PolicyError as error:
        print_diagnostics(found for found in error.diagnostics if found.severity == "error")
        raise fail(
            f"the policy `{path}` has errors", f"mend them first: `routekit check {path}` lists all findings"
        ) from None
