"""``routekit init``."""

import pkgutil
from pathlib import Path

import click

from routekit.cli.output import fail, reason, say

__all__ = ["command"]

_FILES = {
    "policy.route": "policy.route",
    "contacts.jsonl": "contacts.jsonl",
    "README.md": "README.md",
    ".github/workflows/policy.yml": "policy.yml",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
}
"""What a project has, each with the file of ``project/`` that it is made of."""


@click.command()
@click.argument("folder", required=False, default=".", type=click.Path(file_okay=False), metavar="[FOLDER]")
def command(folder: str) -> None:
    """Make a small project that runs: a policy with examples, contacts, settings and a CI file.

    FOLDER is the current one by default. Nothing that is there is overwritten.
    Exit status: 0, or 2 where files are in the way or cannot be written.

    \b
    Examples:
      routekit init
      routekit init my_policy

    Larger policies to copy from stand in the repository of the library, such as rules/telecom.route.
    """
    root = Path(folder)
    in_the_way = [name for name in _FILES if (root / name).exists() or (root / name).is_symlink()]
    if in_the_way:
        raise fail(
            f"{', '.join(f'`{root / name}`' for name in in_the_way)} would be overwritten",
            "choose an empty folder: `routekit init my_policy`",
        )
    settings = root / "pyproject.toml"
    has_settings = settings.exists() or settings.is_symlink()
    files = _FILES if has_settings else {**_FILES, "pyproject.toml": "pyproject.toml"}
    made: list[Path] = []
    try:
        for name, template in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(_template(template))
            made.append(path)
    except OSError as error:
        raise fail(f"`{error.filename or root}` cannot be written: {reason(error)}") from None
    for path in made:
        say(f"made {path}")
    if has_settings:
        say(f"\n{settings} stays as it is; for commands without POLICY add to it:\n")
        say(_template("pyproject.toml").decode(), nl=False)
    say("\nwhat to do next:")
    if folder != ".":
        say(f"  cd {folder}")
    say("  routekit check policy.route")
    say("  routekit test policy.route")
    say("  routekit decide policy.route contacts.jsonl --format table")
    say("  open policy.route and change a rule")


def _template(name: str) -> bytes:
    data = pkgutil.get_data("routekit.cli", f"project/{name}")
    assert data is not None
    return data
