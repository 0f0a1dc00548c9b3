"""Logs whose truth is known, since it was put there."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["BEGIN", "Log"]

BEGIN = datetime(2026, 11, 2, 8, tzinfo=UTC)


class Log:
    """A decision log in the making; each contact gets an id of its own, in the order of the calls."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def contact(
        self,
        customer: str | None,
        hours: float = 0,
        *,
        channel: str = "voice",
        matter: str = "billing",
        queue: str = "general",
        offers: Iterable[str] = (),
        **more: object,
    ) -> str:
        """Puts a decision into the log, so many hours after its begin; its id."""
        id = f"d-{len(self.lines)}"
        contact: dict[str, object] = {"contact": {"channel": channel, "intent": matter}}
        self.lines.append(
            {
                "format_version": 1, "id": id, "at": _time(hours), "policy": "care", "revision": "1",
                "rule": "care", "channel": channel, "queue": queue, "offers": list(offers), "plan": [],
                "contact": contact, "masked": ["customer.id"] if customer else [],
                "pseudonyms": {"customer.id": customer} if customer else {}, **more,
            }
        )  # fmt: skip
        return id

    def event(self, of: str, kind: str, hours: float, seconds: float = 0, **more: object) -> None:
        """Puts an event into the log."""
        self.lines.append({"event": kind, "of": of, "at": _time(hours + seconds / 3600), **more})

    def served(
        self, customer: str | None, hours: float = 0, *, waits: float = 10, resolved: bool = True, **more: Any
    ) -> str:
        """A contact that a person answers after so many seconds, and ends five minutes later."""
        id = self.contact(customer, hours, **more)
        self.event(id, "answered", hours, waits)
        if resolved:
            self.event(id, "resolved", hours, waits + 299)
        self.event(id, "ended", hours, waits + 300)
        return id

    def written(self, path: Path) -> str:
        """Writes the log to a file; its path."""
        path.write_text("".join(f"{json.dumps(line)}\n" for line in self.lines), encoding="utf-8")
        return str(path)


def _time(hours: float) -> str:
    return (BEGIN + timedelta(seconds=round(3600 * hours, 3))).isoformat()
