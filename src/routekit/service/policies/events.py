"""What happens to a source, told to whoever listens; a listener that fails harms nobody."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from routekit.engine.log import log
from routekit.schema.writing import JSON

__all__ = ["JSON", "Events", "OnEvent"]

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
        """How often one of these happened."""
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
