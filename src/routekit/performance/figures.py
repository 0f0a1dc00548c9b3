"""Figures of groups of contacts, with of how many they are known and how sure they are."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Figure", "Group"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, None where nothing is known; ``of`` is of how many contacts it is known.

    A share has the ``hits`` that it counts, and the 95 % interval from ``low`` to ``high``.
    """

    value: float | None
    of: int
    hits: int | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts with the same values of what they are grouped by, and their figures by name.

    ``worse_than`` names the channels beside it that cost more and are better.
    """

    key: tuple[str, ...]
    figures: Mapping[str, Figure]
    worse_than: tuple[str, ...] = ()
