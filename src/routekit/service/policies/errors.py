"""Why a version does not serve: it must not, or it cannot be had."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import pretty
from routekit.service.policies.events import JSON

__all__ = ["PolicyRefused", "Refusal", "SourceUnreachable"]

MOST_SHOWN = 20


class PolicyRefused(Exception):  # noqa: N818 - says what happened
    """A version that must not serve: ``reasons`` in words, ``diagnostics`` where the checker found errors."""

    def __init__(self, *reasons: str, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.reasons = reasons
        self.diagnostics = tuple(diagnostics)
        super().__init__(*reasons)

    def __str__(self) -> str:
        shown = [pretty(found) for found in self.diagnostics[:MOST_SHOWN]]
        return "\n\n".join(["\n".join(self.reasons), *shown])


class SourceUnreachable(OSError):  # noqa: N818 - says what happened
    """An address from which no version can be had now; the message says why, without passwords."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A version that was refused last, and why; over once another one is accepted."""

    error: PolicyRefused
    at: datetime

    def is_for(self, error: PolicyRefused) -> bool:
        """Whether the same was found before."""
        return (error.reasons, error.diagnostics) == (self.error.reasons, self.error.diagnostics)

    def to_dict(self) -> dict[str, JSON]:
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "reasons": [*self.error.reasons],
            "diagnostics": [*_diagnostics(self.error.diagnostics)],
        }


def _diagnostics(found: Iterable[Diagnostic]) -> list[JSON]:
    shown: list[JSON] = []
    for item in [*found][:MOST_SHOWN]:
        line, column = item.span.source.position(item.span.start)
        place: dict[str, JSON] = {"file": item.span.source.name, "line": line, "column": column}
        shown.append({**place, "code": item.code, "message": item.message, "help": item.help})
    return shown
