"""What the harness asks of an engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.workload import Choice, Contact, Flag, Outcome, Rule, Whole

__all__ = ["Adapter", "Prepared", "Ready", "flat_name", "itself"]


@dataclass(frozen=True, slots=True)
class Ready:
    """A loaded engine: what is timed, and how its answer is read when it is checked."""

    decide: Callable[[Contact], Any]
    outcome: Callable[[Any], Outcome]


Prepared = Callable[[], Ready]
"""A policy rendered for one engine; calling it is what is timed as loading."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """An engine: its name, the package it comes from, and how it gets a policy."""

    name: str
    package: str | None
    prepare: Callable[[Sequence[Rule]], Prepared]


def itself(answer: Outcome) -> Outcome:
    """How the answer of an engine that hands back the outcome is read."""
    return answer


def flat_name(attribute: Choice | Whole | Flag) -> str:
    """``contact_channel``, for engines that are faster with variables than with nested records."""
    return f"{attribute.record}_{attribute.name}"
