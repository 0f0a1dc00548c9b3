"""Choices, made by Hypothesis or by a seed: whatever is built of them is the same code."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

__all__ = ["Dice", "seeded"]

T = TypeVar("T")


class Dice:
    """Makes choices; the first of several is the simplest, and a failing case is reduced towards it."""

    __slots__ = ("below",)

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below
        """A number from 0 up to, not including, the one asked for."""

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1) if high > low else low

    def chance(self, percent: int) -> bool:
        """Checks whether something rare happens; in the simplest case it does not."""
        return self.below(100) >= 100 - percent

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))] if len(items) > 1 else items[0]

    def some(self, items: Sequence[T], least: int = 1, most: int = 3) -> list[T]:
        """Returns a few different items, in any order."""
        left = list(items)
        count = min(self.between(least, most), len(left))
        return [left.pop(self.below(len(left)) if len(left) > 1 else 0) for _ in range(count)]


def seeded(seed: int) -> Dice:
    """Dice that fall the same way for the same seed; fast, and with nothing to reduce."""
    rolls = Random(seed).random  # noqa: S311 - seeded on purpose
    return Dice(lambda count: int(rolls() * count))
