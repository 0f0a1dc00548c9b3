"""What happens to a source, told to whoever listens, and why a version does not serve."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import pretty
from routekit.engine.log import log
from routekit.schema.writing import JSON

__all__ = ["Events", "JSON", "OnEvent", "PolicyRefused", "Refusal", "SourceUnreachable"]

OnEvent: TypeAlias = Callable[[str, Mapping[str, JSON]], None]
"""Told what happened, by its name, with the facts."""

_LEVELS = {
    "refused": logging.ERROR,
    "unrestored": logging.ERROR,
    "unreachable": logging.WARNING,
    "broken": logging.WARNING,
    "failed": logging.ERROR,
    "polling": logging.WARNING,
}


class Events:
    """Those who listen to a source, and the log, which hears all."""

    def __init__(self, address: str) -> None:
        self.counts: dict[str, int] = {}
        self._address = address
        self._listeners: tuple[OnEvent, ...] = ()

    def subscribe(self, on_event: OnEvent) -> Callable[[], None]:
        """Has a function told from now on; what comes back ends it."""
        self._listeners = (*self._listeners, on_event)

        def end() -> None:
            self._listeners = tuple(item for item in self._listeners if item is not on_event)

        return end

    def count(self, names: Iterable[str]) -> int:
        """Tells how often one of these happened."""
        return sum(self.counts.get(name, 0) for name in names)

    def tell(self, name: str, /, **facts: JSON) -> None:
        """Logs, counts and tells what happened."""
        self.counts[name] = self.counts.get(name, 0) + 1
        log(_LEVELS.get(name, logging.INFO), f"policy {name}", address=self._address, **facts)
        for listener in self._listeners:
            try:
                listener(name, facts)
            except Exception as error:
                log(logging.ERROR, "listener failed", event_name=name, error=type(error).__name__)


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
        """Checks whether the same was found before."""
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
        if item.span.cell:
            place["cell"] = item.span.source.place(item.span.start)
        shown.append({**place, "code": item.code, "message": item.message, "help": item.help})
    return shown
