"""A diagnostic is data; how it looks is decided by the renderers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from routekit.diagnostics.codes import CODES, Severity
from routekit.diagnostics.source import Span
from routekit.translation import t

__all__ = [
    "Advice",
    "Diagnostic",
    "Edit",
    "Fix",
    "Label",
    "Reporter",
    "closest",
    "sort_by_place",
    "without_overlaps",
]


@dataclass(frozen=True, slots=True)
class Edit:
    """New text in the place of a span."""

    span: Span
    text: str

    def __str__(self) -> str:
        return f"{self.span.source.name}:{self.span.line}: `{self.span.text}` → `{self.text}`"


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together, with what they do in a few words."""

    description: str
    edits: tuple[Edit, ...]

    @staticmethod
    def replace(span: Span, text: str) -> "Fix":
        """Returns the fix that writes something else in one place."""
        return Fix(t("write `{text}`", text=text), (Edit(span, text),))

    @staticmethod
    def words(span: Span, words: str) -> "Fix":
        """Returns the fix that writes words for a sign, with the space around them that they need."""
        whole = span.source.text
        before = "" if whole[max(0, span.start - 1) : span.start].isspace() else " "
        after = "" if whole[span.end : span.end + 1].isspace() else " "
        return Fix(t("write `{text}`", text=words), (Edit(span, f"{before}{words}{after}"),))


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a finding, in words and, where that is plain, as a fix; false where it is empty."""

    text: str = ""
    fix: Fix | None = None

    def __bool__(self) -> bool:
        return bool(self.text)


def without_overlaps(fixes: Iterable[Fix]) -> list[Fix]:
    """Fixes that can be applied together: of any two that touch the same characters, the first."""
    taken: list[Edit] = []
    kept: dict[Fix, None] = {}
    for fix in fixes:
        if not any(_overlap(edit, other) for edit in fix.edits for other in taken):
            kept[fix] = None
            taken += fix.edits
    return list(kept)


def _overlap(one: Edit, other: Edit) -> bool:
    return (
        one.span.source.name == other.span.source.name
        and one.span.start <= other.span.end
        and other.span.start <= one.span.end
    )


MOST_SUGGESTIONS = 50
"""Looking for the likely spelling costs time; past so many mistakes nobody reads it."""


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that belongs to the diagnostic, with what is to be seen there."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong (``message``), where (``span``), and what to do (``help``).

    ``label`` is what is said right under the underlined place, ``fix`` what would mend it, and ``allowed``
    the reason for which the policy's author lets a warning be.
    """

    code: str
    message: str
    span: Span
    label: str = ""
    help: str = ""
    others: tuple[Label, ...] = ()
    fix: Fix | None = None
    allowed: str = ""

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity


@dataclass(slots=True)
class Reporter:
    """Collects diagnostics, so that one run says all that is wrong."""

    found: list[Diagnostic] = field(default_factory=list)
    _suggestions: int = 0

    def report(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        label: str = "",
        help: str | Advice = "",
        others: Iterable[Label] = (),
    ) -> None:
        advice = help if isinstance(help, Advice) else Advice(help)
        self.found.append(Diagnostic(code, message, span, label, advice.text, tuple(others), advice.fix))

    def did_you_mean(
        self, name: str, candidates: Iterable[str], otherwise: str = "", *, at: Span | None = None
    ) -> Advice:
        """Returns a help line that names the closest candidate, else ``otherwise``.

        ``at`` is where the name stands, if writing the candidate there is all that it takes.
        """
        if self._suggestions >= MOST_SUGGESTIONS:
            return Advice(otherwise)
        self._suggestions += 1
        best = closest(name, candidates)
        if best is None:
            return Advice(otherwise)
        return Advice(t("did you mean `{best}`?", best=best), None if at is None else Fix.replace(at, best))

    @property
    def has_errors(self) -> bool:
        return any(found.severity == "error" for found in self.found)


def sort_by_place(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorts as a reader meets them: file by file as they were read, top to bottom."""
    listed = list(found)
    files: dict[str, int] = {}
    for item in listed:
        files.setdefault(item.span.source.name, len(files))
    return tuple(
        sorted(
            listed,
            key=lambda item: (files[item.span.source.name], item.span.start, item.code),
        )
    )


MOST_CANDIDATES = 2_000


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Returns the candidate most like the name, or None where none has at least half the letters right.

    >>> closest("teir", ["tier", "value"])
    'tier'
    >>> closest("teir", ["birthday"])
    """
    from difflib import SequenceMatcher  # most policies are read without a suggestion

    wanted = name.casefold()
    matcher = SequenceMatcher(autojunk=False, b=wanted)
    best, best_ratio = None, 0.6
    for candidate in list(candidates)[:MOST_CANDIDATES]:
        matcher.set_seq1(candidate.casefold())
        if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
            ratio = matcher.ratio()
            if ratio > best_ratio:
                best, best_ratio = candidate, ratio
    return best
