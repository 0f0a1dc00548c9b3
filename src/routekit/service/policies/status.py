"""What a source says of itself, as JSON has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from routekit.diagnostics import Diagnostic
from routekit.service.policies.errors import PolicyRefused
from routekit.service.policies.events import JSON
from routekit.service.policies.revision import Revision

__all__ = ["Refusal", "as_json"]

_MOST_SHOWN = 20


def as_json(revision: Revision) -> dict[str, JSON]:
    """A revision in a few facts."""
    return {
        "policy": revision.policy.name,
        "serial": revision.serial,
        "fingerprint": revision.fingerprint,
        "source": revision.source,
        "read_at": revision.read_at.isoformat(timespec="milliseconds"),
    }


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
    for item in [*found][:_MOST_SHOWN]:
        line, column = item.span.source.position(item.span.start)
        place: dict[str, JSON] = {"file": item.span.source.name, "line": line, "column": column}
        shown.append({**place, "code": item.code, "message": item.message, "help": item.help})
    return shown
