"""What would mend a finding: data, applied elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from routekit.diagnostics.source import Span

__all__ = ["Advice", "Edit", "Fix", "without_overlaps"]


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
        """The fix that writes something else in one place."""
        return Fix(f"write `{text}`", (Edit(span, text),))

    @staticmethod
    def words(span: Span, words: str) -> "Fix":
        """The fix that writes words for a sign, with the space around them that they need."""
        whole = span.source.text
        before = "" if whole[max(0, span.start - 1) : span.start].isspace() else " "
        after = "" if whole[span.end : span.end + 1].isspace() else " "
        return Fix(f"write `{words}`", (Edit(span, f"{before}{words}{after}"),))


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
