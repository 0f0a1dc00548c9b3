"""``routekit fmt``."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import (
    FINDINGS,
    UNABLE,
    fail,
    policies_or_configured,
    print_diagnostics,
    reason,
    say,
    uses_colour,
    write,
)
from routekit.engine.files import replace_file
from routekit.layout import UnreadablePolicyError, laid_out
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.translation import clauses, msgid, plural, t

__all__ = ["command"]

_STANDARD_INPUT = "-"
_MOST_BYTES = 4 * MOST_CHARACTERS
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True, slots=True)
class _Text:
    """What was read from a file, and how it is laid out."""

    name: str
    before: str
    after: str

    @property
    def changes(self) -> bool:
        return self.before != self.after


@click.command()
@click.argument("policies", nargs=-1, metavar="[POLICY…]", shell_complete=complete_policies)
@click.option(
    "--check", "is_check", is_flag=True, help=msgid("Write nothing; name the files that would change.")
)
@click.option("--diff", "is_diff", is_flag=True, help=msgid("Write nothing; show what would change."))
def command(policies: tuple[str, ...], is_check: bool, is_diff: bool) -> None:
    """Lay policies out in the one way: same meaning, every comment kept.

    Files are rewritten in place, with the line ends that they have. A folder stands for all .route files in
    it and below it, and - for standard input, which is written to standard output. A file with syntax errors
    is left as it is. Without POLICY those of the project are laid out, which stand in `[tool.routekit]` of
    its pyproject.toml.
    Exit status: 0, 1 where files would change (--check and --diff), 2 where one cannot be read or written.

    \b
    Examples:
      routekit fmt rules/telecom.route
      routekit fmt rules --check
      routekit fmt rules --diff
      cat rules/telecom.route | routekit fmt -
    """
    policies = policies_or_configured(policies)
    if _STANDARD_INPUT in policies:
        if len(policies) > 1:
            raise fail(t("`-` stands alone"), t("lay out files and standard input one after the other"))
        _lay_out_standard_input(writes=not (is_check or is_diff), shows=is_diff)
        return
    writes = not (is_check or is_diff)
    changed = same = failed = 0
    for path in _files(policies):
        text = _read(path) if path is not None else None
        if text is None:
            failed += 1
        elif not text.changes:
            same += 1
        elif writes and not _write(Path(text.name), text.after):
            failed += 1
        else:
            changed += 1
            if is_diff:
                _show(text)
            elif is_check:
                say(text.name)
    say(_summary(changed, same, failed, writes=writes), err=not writes)
    if failed:
        raise click.exceptions.Exit(UNABLE)
    if changed and not writes:
        raise click.exceptions.Exit(FINDINGS)


def _lay_out_standard_input(*, writes: bool, shows: bool) -> None:
    text = _laid_out("<standard input>", sys.stdin.buffer.read(_MOST_BYTES + 1))
    if text is None:
        raise click.exceptions.Exit(UNABLE)
    if writes:
        write(text.after, nl=False)
    elif text.changes:
        if shows:
            _show(text)
        else:
            say(text.name)
        raise click.exceptions.Exit(FINDINGS)


# files


def _files(paths: tuple[str, ...]) -> Iterator[Path | None]:
    """The files that paths stand for, each once; None for a folder that holds no policy."""
    seen: set[str] = set()
    for path in map(Path, paths):
        if not path.is_dir():
            found = [path]
        else:
            found = sorted(file for file in path.rglob("*.route") if _is_shown(file.relative_to(path)))
            if not found:
                fail(t("the folder `{path}` holds no .route files", path=path))
                yield None
        for file in found:
            place = os.path.realpath(file)  # which a loop of links does not stop
            if place not in seen:
                seen.add(place)
                yield file


def _is_shown(path: Path) -> bool:
    return not any(part.startswith(".") for part in path.parts)


def _read(path: Path) -> _Text | None:
    """A file and how it is laid out; None, and why on standard error, where it cannot be."""
    try:
        if path.exists() and not path.is_file():
            fail(
                t("`{path}` is no file that can be written", path=path),
                t("name a file, a folder, or - for standard input"),
            )
            return None
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        fail(t("the policy `{path}` cannot be read: {error}", path=path, error=reason(error)))
        return None
    return _laid_out(str(path), data)


def _laid_out(name: str, data: bytes) -> _Text | None:
    if len(data) > _MOST_BYTES:
        fail(t("the policy `{name}` has more than {most_bytes:,} bytes", name=name, most_bytes=_MOST_BYTES))
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fail(
            t("the policy `{name}` is not UTF-8: line {line} holds other bytes", name=name, line=line),
            t("save it as UTF-8"),
        )
        return None
    try:
        after = laid_out(text, name)
        has_crlf = "\r\n" in text and text.count("\n") == text.count("\r\n")
        return _Text(name, text, after.replace("\n", "\r\n") if has_crlf else after)
    except UnreadablePolicyError as error:
        print_diagnostics(error.diagnostics)
        return None


def _write(path: Path, text: str) -> bool:
    """Puts a text in place of a file in one step, so that nobody ever reads half of it; whether it could."""
    try:
        replace_file(path, text.encode())
    except OSError as error:
        fail(t("the policy `{path}` cannot be written: {error}", path=path, error=reason(error)))
        return False
    return True


# what is said


def _show(text: _Text) -> None:
    """Prints a unified diff, in colours where they can be shown."""
    colour = uses_colour(to_error=False)
    before, after = (_lines(each.replace("\r\n", "\n")) for each in (text.before, text.after))
    for line in unified_diff(before, after, text.name, text.name):
        shown = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        painted = click.style(shown, fg=_COLOURS.get(line[0])) if colour else shown
        say(painted, nl=False)


def _lines(text: str) -> list[str]:
    *whole, rest = text.split("\n")
    return [line + "\n" for line in whole] + ([rest] if rest else [])


def _summary(changed: int, same: int, failed: int, *, writes: bool) -> str:
    what = (
        plural("{number} file laid out", "{number} files laid out", changed)
        if writes
        else plural("{number} file to be laid out", "{number} files to be laid out", changed)
    )
    stay = plural("{number} left as it is", "{number} left as they are", same)
    said = [what, stay, *([t("{failed} with errors", failed=failed)] if failed else [])]
    return clauses(said)
