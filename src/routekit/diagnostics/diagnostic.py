"""A diagnostic is data; how it looks is decided by the renderers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from routekit.diagnostics.codes import CODES, Severity
from routekit.diagnostics.fix import Advice, Fix
from routekit.diagnostics.source import Span
from routekit.diagnostics.suggest import closest

__all__ = ["Diagnostic", "Label", "Reporter", "sort_by_place"]

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
        """A help line that names the closest candidate, else ``otherwise``.

        ``at`` is where the name stands, if writing the candidate there is all that it takes.
        """
        if self._suggestions >= MOST_SUGGESTIONS:
            return Advice(otherwise)
        self._suggestions += 1
        best = closest(name, candidates)
        if best is None:
            return Advice(otherwise)
        return Advice(f"did you mean `{best}`?", None if at is None else Fix.replace(at, best))

    @property
    def has_errors(self) -> bool:
        return any(found.severity == "error" for found in self.found)


def sort_by_place(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In the order a reader meets them: file by file as they were read, top to bottom."""
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
