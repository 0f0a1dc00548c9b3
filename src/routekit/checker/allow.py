"""Warnings that an author silences in place: ``# allow RK403: the night team feeds it by hand``."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import get_args

from routekit.diagnostics import CODES, MAP_CODES, Diagnostic, Reporter, Source, Span, sort_by_place
from routekit.policy.contact_map import Allowed
from routekit.syntax import tree
from routekit.syntax.tree import Comment, Declaration, File
from routekit.translation import t

__all__ = ["allowed_on_map", "without_allowed"]

_CODE = re.compile(r"rk\w+", re.IGNORECASE)
_BEGINS_WITH_CODE = re.compile(r"rk\w*\d", re.IGNORECASE)
_ABOUT_ALLOW = frozenset({"RK451", "RK452", "RK453"})

Place = tuple[Source, int]
"""A file and where an item of it begins."""

NOWHERE = -1

_ITEMS = (
    *get_args(Declaration), tree.FieldNode, tree.FeatureNode, tree.CalendarClause, tree.Wording,
    tree.RuleNode, tree.GroupNode, tree.TableNode, tree.Row, tree.OtherwiseNode, tree.OfferNode,
    tree.NeverNode, tree.ExampleRow,
)  # fmt: skip
"""What a comment may speak of, whatever the lines are on which it is written."""


@dataclass(slots=True)
class _Allow:
    """One code of a comment, the item that it speaks of, and whether it has silenced anything there."""

    code: str
    span: Span
    reason: str
    place: Place
    used: bool = field(default=False, compare=False)


def without_allowed(
    files: Sequence[File], found: Iterable[Diagnostic]
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Tells what is found but not allowed, and the allowed warnings with their reasons; both in order.

    What is wrong with an ``allow`` is found too. Whether one silences anything is said only of a policy
    without errors, since with them not all warnings are looked for, and not of what the contact map finds,
    which is looked for elsewhere.
    """
    reporter, found = Reporter(), list(found)
    commented = {file.source: _Items(file) for file in files if _may_allow(file)}
    if not commented:
        return sort_by_place(found), ()

    def place(span: Span) -> Place:
        items = commented.get(span.source)
        return span.source, NOWHERE if items is None else items.around(span.start)

    warnings: dict[Place, list[str]] = {}
    for item in found:
        if item.severity == "warning":
            warnings.setdefault(place(item.span), []).append(item.code)
    allows = [allow for items in commented.values() for allow in _allows(items, warnings, reporter)]
    by_item: dict[tuple[Place, str], _Allow] = {}
    for allow in allows:
        by_item.setdefault((allow.place, allow.code), allow)
    kept, allowed = [], []
    for item in found:
        match = by_item.get((place(item.span), item.code))
        if match is None:
            kept.append(item)
        else:
            match.used = True
            allowed.append(replace(item, allowed=match.reason))
    if not any(item.severity == "error" for item in kept):
        for allow in allows:
            if not allow.used and allow.code not in MAP_CODES.values():
                reporter.report(
                    "RK453",
                    t("there is no {code} to allow here", code=allow.code),
                    allow.span,
                    help=t("remove it, or move it to what the warning is about, or above that"),
                )
    return sort_by_place([*kept, *reporter.found]), sort_by_place(allowed)


def allowed_on_map(files: Iterable[File]) -> tuple[Allowed, ...]:
    """Lists what the policy lets its contact map leave unsaid; what is wrong with that is told elsewhere."""
    every = [_Items(file) for file in files if _may_allow(file)]
    return tuple(
        Allowed(allow.code, allow.reason, items.head_of(allow.place[1]))
        for items in every
        for allow in _allows(items, {}, Reporter())
        if allow.code in MAP_CODES.values() and allow.place[1] != NOWHERE
    )


class _Items:
    """The items of a file, by the places that they take."""

    def __init__(self, file: File) -> None:
        self.file = file
        spans = sorted({(item.span.start, -item.span.end) for item in _items(file.declarations)})
        self._starts = [start for start, _ in spans]
        self._ends = [-end for _, end in spans]
        self._around: list[int] = []
        open_: list[int] = []
        for number, start in enumerate(self._starts):
            while open_ and self._ends[open_[-1]] <= start:
                open_.pop()
            self._around.append(open_[-1] if open_ else NOWHERE)
            open_.append(number)

    def around(self, offset: int) -> int:
        """Where the smallest item begins that an offset lies in; ``NOWHERE`` for none."""
        number = bisect_right(self._starts, offset) - 1
        while number >= 0 and self._ends[number] <= offset:
            number = self._around[number]
        return self._starts[number] if number >= 0 else NOWHERE

    def head_of(self, begin: int) -> Span:
        """The span of the item that begins there, as far as no other one begins inside of it."""
        number = bisect_right(self._starts, begin) - 1
        end = min([self._ends[number], *self._starts[number + 1 : number + 2]])
        return Span(self.file.source, begin, end)

    def of_comments(self) -> list[tuple[Comment, int]]:
        """Each comment, in their order, with where the item begins that it speaks of.

        That is the item of the word before it on its line; of a comment on a line of its own, that of the
        next word behind it.
        """
        text, end = self.file.source.text, len(self.file.source.text)
        behind = NOWHERE
        found: list[tuple[Comment, int]] = []
        for comment in reversed(self.file.comments):
            rest = text[comment.span.end : end]
            if rest.strip():
                behind = self.around(end - len(rest.lstrip()))
            begin = text.rfind("\n", 0, comment.span.start) + 1
            before = text[begin : comment.span.start].rstrip()
            found.append((comment, self.around(begin + len(before) - 1) if before else behind))
            end = comment.span.start
        return found[::-1]


def _items(nodes: Iterable[tree.Node]) -> Iterator[tree.Node]:
    for node in nodes:
        yield node
        for each in fields(node):
            value = getattr(node, each.name)
            if isinstance(value, tuple):
                yield from _items(part for part in value if isinstance(part, _ITEMS))


def _may_allow(file: File) -> bool:
    return any(_what_is_allowed(comment.text) for comment in file.comments)


def _allows(items: _Items, warnings: Mapping[Place, list[str]], reporter: Reporter) -> Iterator[_Allow]:
    source = items.file.source
    for comment, item in items.of_comments():
        said = _what_is_allowed(comment.text)
        if not said:
            continue
        listed, _, reason = said.partition(":")
        codes = list(_CODE.finditer(listed))
        if not reason.strip() or _CODE.sub("", listed).replace("and", "").strip(" \t,"):
            reporter.report(
                "RK451",
                t("this `allow` gives no reason, so it silences nothing"),
                comment.span,
                help=t(
                    "say why behind a colon: `# allow {listed}: …`",
                    listed=", ".join(code.group() for code in codes),
                ),
            )
            continue
        start = comment.span.end - len(said)
        for code in codes:
            span = Span(source, start + code.start(), start + code.end())
            if _can_be_allowed(code.group(), span, warnings.get((source, item), []), reporter):
                yield _Allow(code.group(), span, reason.strip(), (source, item))


def _what_is_allowed(comment: str) -> str:
    """What stands behind `# allow`; empty where the comment is about something else."""
    words = comment.lstrip("#").lstrip()
    said = words[len("allow") :].lstrip(" \t:")
    is_allow = words[: len("allow")].lower() == "allow" and _BEGINS_WITH_CODE.match(said)
    return said if is_allow else ""


def _can_be_allowed(code: str, span: Span, here: list[str], reporter: Reporter) -> bool:
    known = CODES.get(code)
    if known is None:
        advice = reporter.did_you_mean(code, here, t("`routekit explain-code` lists all codes"), at=span)
        reporter.report("RK452", t("there is no code `{code}`", code=code), span, help=advice)
        return False
    if known.severity == "error":
        message = t("`{code}` is an error; only warnings can be allowed", code=code)
        reporter.report("RK452", message, span, help=t("mend what it names, and remove this"))
        return False
    if code in _ABOUT_ALLOW:
        message = t("`{code}` is about `allow` itself and cannot be allowed", code=code)
        reporter.report("RK452", message, span, help=t("remove it"))
        return False
    return True
