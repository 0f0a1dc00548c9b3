"""``routekit init``."""

import pkgutil
from pathlib import Path

import click

from routekit.cli.output import fail, reason, say
from routekit.translation import msgid, t

__all__ = ["command"]

_AROUND = {
    "README.md": "README.md",
    ".github/workflows/policy.yml": "policy.yml",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
}
"""What stands around any policy, each with the file of ``project/`` that it is made of."""

_FILES = {"policy.route": "policy.route", "contacts.jsonl": "contacts.jsonl", **_AROUND}

PACKS = ("airline", "bank", "telecom", "utility")
"""Whole policies that come with the library."""


@click.command()
@click.argument("folder", required=False, default=".", type=click.Path(file_okay=False), metavar="[FOLDER]")
@click.option(
    "--pack",
    type=click.Choice(PACKS),
    help=msgid("Begin with a whole policy of such a company, and its contacts."),
)
def command(folder: str, pack: str | None) -> None:
    """Make a small project that runs: a policy with examples, contacts, settings and a CI file.

    FOLDER is the current one by default. Nothing that is there is overwritten. With --pack the policy is one
    of a whole company, in `rules`, with the files that it brings in and contacts to try it on.
    Exit status: 0, or 2 where files are in the way or cannot be written.

    \b
    Examples:
      routekit init
      routekit init my_policy
      routekit init my_company --pack telecom

    The last one makes my_company/rules/telecom.route.
    """
    root = Path(folder)
    project = _small_project() if pack is None else _pack(pack)
    policy, contacts = next(iter(project)), next(name for name in project if name.endswith(".jsonl"))
    in_the_way = [name for name in project if (root / name).exists() or (root / name).is_symlink()]
    if in_the_way:
        raise fail(
            t(
                "{listed} would be overwritten",
                listed=t(", ").join(f"`{root / name}`" for name in in_the_way),
            ),
            t("choose an empty folder: `routekit init my_policy`"),
        )
    settings = root / "pyproject.toml"
    has_settings = settings.exists() or settings.is_symlink()
    own_settings = _template("pyproject.toml", policy, contacts)
    files = project if has_settings else {**project, "pyproject.toml": own_settings}
    made: list[Path] = []
    try:
        for name, data in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(data)
            made.append(path)
    except OSError as error:
        raise fail(
            t("`{path}` cannot be written: {error}", path=error.filename or root, error=reason(error))
        ) from None
    for path in made:
        say(t("made {path}", path=path))
    if has_settings:
        say(t("\n{settings} stays as it is; for commands without POLICY add to it:\n", settings=settings))
        say(own_settings.decode(), nl=False)
    say(t("\nwhat to do next:"))
    if folder != ".":
        say(f"  cd {folder}")
    say(f"  routekit check {policy}")
    say(f"  routekit test {policy}")
    say(f"  routekit decide {policy} {contacts} --format table")
    say(t("  open {policy} and change a rule", policy=policy))


def _small_project() -> dict[str, bytes]:
    """The files of a project with a policy of one page, the policy first."""
    return {name: _template(template) for name, template in _FILES.items()}


def _pack(name: str) -> dict[str, bytes]:
    """The files of a project with a whole policy, the policy first."""
    from routekit.trials.finding import files_of  # with the checker, which no other project needs

    root = _packs()
    policy, contacts = root / "rules" / f"{name}.route", root / "examples" / "contacts"
    if not policy.is_file():
        raise fail(t("the packs are not installed with this copy of routekit"), t("install it from a wheel"))
    files = [policy, *sorted(files_of(policy) - {policy}), *sorted(contacts.glob(f"{name}.*"))]
    project = {file.relative_to(root).as_posix(): file.read_bytes() for file in files}
    own = f"rules/{name}.route", f"examples/contacts/{name}.jsonl"
    return {**project, **{path: _template(template, *own) for path, template in _AROUND.items()}}


def _packs() -> Path:
    """The folder in which the packs lie: that of the installed library, or of its repository."""
    package = Path(__file__).parents[1]
    installed = package / "packs"
    return installed if installed.is_dir() else package.parents[1]


def _template(name: str, policy: str = "policy.route", contacts: str = "contacts.jsonl") -> bytes:
    """A file of ``project/``, which speaks of a policy and of contacts by their names."""
    data = pkgutil.get_data("routekit.cli", f"project/{name}")
    assert data is not None
    text = data.decode("utf-8").replace("policy.route", policy).replace("contacts.jsonl", contacts)
    return text.encode("utf-8")
