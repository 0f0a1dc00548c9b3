"""Long masks cut into blocks, so that the first rules are joined first and most contacts need no more.

A short mask also costs less for each of its bits: Python keeps the memory of small integers at hand.
"""

from collections.abc import Iterable
from typing import TypeAlias

__all__ = ["Blocks", "Leaf", "first_block"]

Leaf: TypeAlias = int | tuple[int, ...]
"""A mask; or where there are several blocks, that of each block, and behind them the whole."""

_MOST_WHOLE = 1_500
_LEAST = 250
_MOST = 3_400
"""Rules of a block: a mask of so many takes no more than 512 bytes."""

_ENOUGH = 0.9
"""The part of all contacts for which the first block should be enough."""


def first_block(chances: Iterable[float]) -> int:
    """How many rules the first block should have; ``chances`` tell how likely each rule's condition is true.

    They need not be exact: the size of the blocks changes only how fast a decision is.
    """
    undecided = 1.0
    count = 0
    for chance in chances:
        count += 1
        undecided *= 1 - chance
        if count == _MOST or undecided <= 1 - _ENOUGH:
            break
    return max(count, _LEAST)


class Blocks:
    """How the masks of a policy are cut. The bits of the extras stand in the first block, below its rules."""

    def __init__(self, rules: int, extras: int, first: int) -> None:
        self._rules = rules
        self._extras = extras
        self._leaves: dict[int, Leaf] = {}
        ends = [rules] if rules <= _MOST_WHOLE else [*range(first, rules, _MOST), rules]
        self.ends = tuple(ends)

    @property
    def are_several(self) -> bool:
        """Whether masks are cut at all."""
        return len(self.ends) > 1

    def offset(self, block: int) -> int:
        """How much further up the bits of a block stand in the whole mask."""
        return self._rules - self.ends[block] + (self._extras if block else 0)

    def leaf(self, mask: int) -> Leaf:
        """A mask as the tables hold it."""
        if not self.are_several:
            return mask
        leaf = self._leaves.get(mask)
        if leaf is None:
            leaf = self._leaves[mask] = tuple(self._cut(mask))
        return leaf

    def _cut(self, mask: int) -> list[int]:
        extras = mask & ((1 << self._extras) - 1)
        rules = mask >> self._extras
        parts = []
        start = 0
        for end in self.ends:
            part = (rules >> (self._rules - end)) & ((1 << (end - start)) - 1)
            parts.append(part if start else part << self._extras | extras)
            start = end
        return [*parts, mask]
