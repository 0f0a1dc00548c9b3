"""``routekit check``."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import (
    FINDINGS,
    configured,
    fail,
    is_plain,
    plain_option,
    policies_given,
    print_diagnostics,
    reason,
    say,
    write,
)
from routekit.diagnostics import Diagnostic, Edit
from routekit.diagnostics.render import RENDERERS
from routekit.engine.errors import PolicyError
from routekit.engine.policy import Policy
from routekit.translation import msgid, plural, t

__all__ = ["command"]

MOST_LINES_ALIKE = 5
_FOR_PEOPLE = ("pretty", "plain", "compact")


@click.command()
@click.argument("policies", nargs=-1, metavar="[POLICY…]", shell_complete=complete_policies)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(RENDERERS)),
    help=msgid("How findings are written, pretty by default; json, github and sarif go to standard output."),
)
@click.option(
    "--errors-only/--all", default=None, help=msgid("Leave warnings out; only errors count as findings.")
)
@click.option(
    "--fix", is_flag=True, help=msgid("Mend in the files what can be mended, and report what is left.")
)
@click.option(
    "--diff", is_flag=True, help=msgid("With --fix: show the changes and leave the files as they are.")
)
@plain_option
def command(
    policies: tuple[str, ...], format_: str | None, errors_only: bool | None, fix: bool, diff: bool
) -> None:
    """Find errors in policies, and what is legal but surely not meant.

    Name the first file of each policy; the files that it brings in are checked with it. A folder stands for
    all policies in it. Without POLICY those of the project are checked, which stand in `[tool.routekit]` of
    its pyproject.toml.
    Exit status: 0 nothing found, 1 findings, 2 a file cannot be read.

    \b
    Examples:
      routekit check rules/telecom.route
      routekit check rules --format github
      routekit check rules/telecom.route --fix --diff
    """
    if diff and not fix:
        raise fail(t("`--diff` shows what `--fix` would change"), t("write `--fix --diff`"))
    settings = configured()
    policies = policies_given(policies)
    format_ = format_ or settings.format or "pretty"
    if format_ == "pretty" and is_plain():
        format_ = "plain"
    changed = False
    if fix:
        found, changed = _fix(policies, write=not diff, to_error=format_ not in _FOR_PEOPLE)
    else:
        found = [item for path in policies for item in _findings(path)]
    if settings.errors_only if errors_only is None else errors_only:
        found = [item for item in found if item.severity == "error"]
    found = list(dict.fromkeys(found))  # a file that two policies bring in is checked with each
    open_ = [item for item in found if not item.allowed]
    _print(found, format_)
    if format_ in _FOR_PEOPLE:
        fixable = 0 if fix else sum(item.fix is not None for item in open_)
        if fixable:
            say(t("{fixable} can be mended by `routekit check --fix`", fixable=fixable), err=True)
        say(_summary(open_, len(found) - len(open_), len(policies)))
    if open_ or (diff and changed):
        raise click.exceptions.Exit(FINDINGS)


def _findings(path: str) -> tuple[Diagnostic, ...]:
    try:
        policy = Policy.from_path(path)
    except PolicyError as error:
        return (*error.diagnostics, *error.allowed)
    except OSError as error:
        raise _unreadable(path, error) from None
    return (*policy.warnings, *policy.allowed)


def _unreadable(path: str, error: OSError) -> click.exceptions.Exit:
    return fail(
        t("the policy `{path}` cannot be read: {error}", path=path, error=reason(error)),
        t("name the first file of a policy, such as rules/telecom.route"),
    )


def _fix(policies: tuple[str, ...], *, write: bool, to_error: bool) -> tuple[list[Diagnostic], bool]:
    """Mends the policies, says what was changed, and gives what is left to find."""
    from routekit.engine.fixing import fix_policies

    for path in policies:
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise _unreadable(path, error) from None
    fixed = fix_policies(map(Path, policies))
    for change in fixed.changes:
        if not write:
            say(change.diff(), nl=False, err=to_error)
            continue
        try:
            change.write()
        except OSError as error:
            raise fail(
                t("`{path}` cannot be written: {error}", path=change.path, error=reason(error))
            ) from None
    for line in _lines(fixed.edits):
        say(t("mended: {line}", line=line) if write else t("to mend: {line}", line=line), err=to_error)
    for item in fixed.left:
        if item.fix is not None and not item.allowed:
            for line in _lines(item.fix.edits):
                say(
                    t("not mended, since no fewer errors would be left: {line}", line=line)
                    if write
                    else t("not to mend, since no fewer errors would be left: {line}", line=line),
                    err=to_error,
                )
    if fixed.worded:
        say(
            plural(
                "written in words: {number} comparison by `==` or `!=`",
                "written in words: {number} comparisons by `==` or `!=`",
                fixed.worded,
            )
            if write
            else plural(
                "to write in words: {number} comparison by `==` or `!=`",
                "to write in words: {number} comparisons by `==` or `!=`",
                fixed.worded,
            ),
            err=to_error,
        )
    return list(fixed.left), bool(fixed.changes)


def _lines(edits: Iterable[Edit]) -> Iterator[str]:
    """Edits a line each, but one line for what is written alike in many places of a file."""
    alike: dict[tuple[str, str, str], list[Edit]] = {}
    for edit in edits:
        alike.setdefault((edit.span.source.name, edit.span.text, edit.text), []).append(edit)
    for (name, before, after), same in alike.items():
        if len(same) > MOST_LINES_ALIKE:
            verb = t("becomes") if is_plain() else "→"
            yield t(
                "{name}: `{before}` {verb} `{after}` in {count:,} places",
                name=name,
                before=before,
                verb=verb,
                after=after,
                count=len(same),
            )
        else:
            yield from (_sentence(edit) if is_plain() else str(edit) for edit in same)


def _sentence(edit: Edit) -> str:
    where = t("{name}, line {line}", name=edit.span.source.name, line=edit.span.line)
    return t(
        "in {where}, `{before}` becomes `{after}`",
        where=where,
        before=edit.span.text,
        after=edit.text.strip(),
    )


def _print(found: list[Diagnostic], format_: str) -> None:
    shown = [item for item in found if not item.allowed]
    if format_ in ("pretty", "plain"):
        print_diagnostics(shown, as_sentences=format_ == "plain")
    elif shown or format_ not in (*_FOR_PEOPLE, "github"):
        (say if format_ in _FOR_PEOPLE else write)(RENDERERS[format_](found), err=format_ in _FOR_PEOPLE)


def _summary(found: list[Diagnostic], allowed: int, policies: int) -> str:
    what = plural("{number} policy", "{number} policies", policies)
    errors = sum(item.severity == "error" for item in found)
    warnings = len(found) - errors
    counts = t(
        "{errors}, {warnings}",
        errors=plural("{number} error", "{number} errors", errors),
        warnings=plural("{number} warning", "{number} warnings", warnings),
    )
    silenced = t(", {allowed} allowed", allowed=allowed) if allowed else ""
    return (
        t("{what} checked: {counts}{silenced}", what=what, counts=counts, silenced=silenced)
        if found
        else t("{what} checked: nothing found{silenced}", what=what, silenced=silenced)
    )
