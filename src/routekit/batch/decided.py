"""The decisions of many rows, few of which are equal."""

from collections.abc import Sequence
from dataclasses import dataclass

from routekit.policy.decision import Decision

__all__ = ["Decided"]


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions, few of which are equal, and for each row the place of its own among them."""

    decisions: Sequence[Decision]
    places: Sequence[int]
