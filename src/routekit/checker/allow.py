"""Warnings that an author silences in place: ``# allow RK403: the night team feeds it by hand``."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from routekit.diagnostics import CODES, Diagnostic, Reporter, Span, sort_by_place
from routekit.syntax.tree import Comment, File

__all__ = ["without_allowed"]

_CODE = re.compile(r"rk\w+", re.IGNORECASE)
_BEGINS_WITH_CODE = re.compile(r"rk\w*\d", re.IGNORECASE)
_ABOUT_ALLOW = frozenset({"RK451", "RK452", "RK453"})

Place = tuple[str, int]
"""A file's name and a line of it."""


@dataclass(slots=True)
class _Allow:
    """One code of a comment, the line that it speaks of, and whether it has silenced anything there."""

    code: str
    span: Span
    reason: str
    place: Place
    used: bool = field(default=False, compare=False)


def without_allowed(
    files: Sequence[File], found: Iterable[Diagnostic]
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """What is found but not allowed, and the allowed warnings with their reasons; both in order.

    What is wrong with an ``allow`` is found too. Whether one silences anything is said only of a policy
    without errors, since with them not all warnings are looked for.
    """
    reporter, found = Reporter(), list(found)
    warnings: dict[Place, list[str]] = {}
    for item in found:
        if item.severity == "warning":
            warnings.setdefault((item.span.source.name, item.span.line), []).append(item.code)
    allows = [allow for file in files for allow in _allows(file, warnings, reporter)]
    by_line: dict[tuple[Place, str], _Allow] = {}
    for allow in allows:
        by_line.setdefault((allow.place, allow.code), allow)
    kept, allowed = [], []
    for item in found:
        match = by_line.get(((item.span.source.name, item.span.line), item.code))
        if match is None:
            kept.append(item)
        else:
            match.used = True
            allowed.append(replace(item, allowed=match.reason))
    if not any(item.severity == "error" for item in kept):
        for allow in allows:
            if not allow.used:
                reporter.report(
                    "RK453",
                    f"there is no {allow.code} to allow here",
                    allow.span,
                    help="remove it, or move it to the line of the warning or the one above",
                )
    return sort_by_place([*kept, *reporter.found]), sort_by_place(allowed)


def _allows(file: File, warnings: Mapping[Place, list[str]], reporter: Reporter) -> Iterator[_Allow]:
    own_lines = {comment.span.line for comment in file.comments if _is_alone(comment)}
    for comment in file.comments:
        said = _what_is_allowed(comment.text)
        if not said:
            continue
        listed, _, reason = said.partition(":")
        codes = list(_CODE.finditer(listed))
        if not reason.strip() or _CODE.sub("", listed).replace("and", "").strip(" \t,"):
            reporter.report(
                "RK451",
                "this `allow` gives no reason, so it silences nothing",
                comment.span,
                help=f"say why behind a colon: `# allow {', '.join(code.group() for code in codes)}: …`",
            )
            continue
        place = (file.source.name, _line_below(comment.span.line, own_lines))
        start = comment.span.end - len(said)
        for code in codes:
            span = Span(file.source, start + code.start(), start + code.end())
            if _can_be_allowed(code.group(), span, warnings.get(place, []), reporter):
                yield _Allow(code.group(), span, reason.strip(), place)


def _what_is_allowed(comment: str) -> str:
    """What stands behind `# allow`; empty where the comment is about something else."""
    words = comment.lstrip("#").lstrip()
    said = words[len("allow") :].lstrip(" \t:")
    is_allow = words[: len("allow")].lower() == "allow" and _BEGINS_WITH_CODE.match(said)
    return said if is_allow else ""


def _line_below(line: int, own_lines: set[int]) -> int:
    """The line that a comment speaks of: its own, or the first below that is more than a comment."""
    while line in own_lines:
        line += 1
    return line


def _is_alone(comment: Comment) -> bool:
    text = comment.span.source.text
    return not text[text.rfind("\n", 0, comment.span.start) + 1 : comment.span.start].strip()


def _can_be_allowed(code: str, span: Span, here: list[str], reporter: Reporter) -> bool:
    known = CODES.get(code)
    if known is None:
        advice = reporter.did_you_mean(code, here, "`routekit explain-code` lists all codes", at=span)
        reporter.report("RK452", f"there is no code `{code}`", span, help=advice)
        return False
    if known.severity == "error":
        message = f"`{code}` is an error; only warnings can be allowed"
        reporter.report("RK452", message, span, help="mend what it names, and remove this")
        return False
    if code in _ABOUT_ALLOW:
        message = f"`{code}` is about `allow` itself and cannot be allowed"
        reporter.report("RK452", message, span, help="remove it")
        return False
    return True
