"""Versions of a small policy, each told by its queue, and what tests of sources share."""

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from routekit.service.policies import PolicySource

VOICE = {"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}
LONGEST = 20.0


def version(number: int, extra: str = "", name: str = "care") -> str:
    """A policy that sends everybody to the queue ``q…`` with priority 1 to 9, by its number."""
    priority = number % 9 + 1
    return f"""policy {name} "Care"

record contact {{ channel one of voice, web }}
record customer {{ id text ? }}
channel voice {{ assisted }}
channel web {{ self_service }}
queue q{number} {{ on voice }}
{extra}
route {{ otherwise queue q{number}, priority {priority} }}

guarantee people "Nobody is left to a machine" then channel is assisted

example "anybody" given contact.channel voice expect queue q{number}, priority {priority}
"""


def replace(path: Path, text: str) -> None:
    """Puts another file in the place of one, as careful programs do."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text)
    os.replace(draft, path)  # noqa: PTH105 - as programs in other languages do


def queue(source: PolicySource) -> str:
    return source.serving.current.engine.decide(VOICE).queue


def eventually(condition: Callable[[], object], what: str = "") -> None:
    """Waits until something is so, for as long as a busy machine may take."""
    until = monotonic() + LONGEST
    while not condition():
        assert monotonic() < until, f"it never came: {what}"
        sleep(0.01)


class Told:
    """A listener that keeps what it was told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, name: str, facts: Any) -> None:
        self.events.append((name, dict(facts)))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def last(self, name: str) -> dict[str, Any]:
        return next(facts for told, facts in reversed(self.events) if told == name)
