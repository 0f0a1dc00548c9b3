"""Masks of rows: those that a value of a base allows, by its cell; tables that join several bases; blocks.

Long masks are cut into blocks, so that the first rules are joined first and most contacts need no more. A
short mask also costs less for each of its bits: Python keeps the memory of small integers at hand.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import urandom
from typing import TypeAlias

from routekit.policy.expressions import Expr
from routekit.policy.partition import Partition
from routekit.schema.types import Choice, Text

__all__ = [
    "NO_TEXT",
    "Attribute",
    "Blocks",
    "Leaf",
    "Table",
    "bits",
    "first_block",
    "masks_of",
    "missing_key",
    "table_of",
]

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


NO_TEXT = f"\ud800{urandom(16).hex()}"
"""Stands for the missing value among names: a dict of nothing but texts is looked up faster. No text of a
policy is equal to it, since it is no valid Unicode, and no text of a contact, since nobody can guess it."""

Table: TypeAlias = Leaf | dict[object, "Table"] | list["Table"]
"""Of one base, or of several one within the other: leads from a value to a mask."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A base with the mask of each of its cells, and the rows (a mask) that ask for each set of cells.

    ``width`` tells how many different masks there are.
    """

    base: Expr
    cells: Partition
    masks: tuple[int, ...]
    tests: dict[int, int]
    width: int


def bits(mask: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def masks_of(cells: Partition, tests: Iterable[tuple[int, int]], rows: int) -> tuple[int, ...]:
    """The rows allowed in each cell; ``tests`` are sets of cells with the rows that ask for one of them.

    Written as the differences from cell to cell, so that the work goes with the number of tests and the
    number of cells, and not with their product.
    """
    differences = [0] * (len(cells.samples) + 1)
    differences[0] = rows
    for satisfied, asking in tests:
        if not satisfied & 1:
            differences[0] ^= asking
        for place in bits((satisfied ^ (satisfied << 1)) & ~1):
            differences[place] ^= asking
    masks: list[int] = []
    mask = 0
    shared: dict[int, int] = {}
    for difference in differences[:-1]:
        if difference or not masks:
            mask ^= difference
            mask = shared.setdefault(mask, mask)
        masks.append(mask)
    return tuple(masks)


def table_of(attributes: Sequence[Attribute], rows: int, blocks: Blocks) -> Table:
    """The masks of several attributes joined beforehand, each table leading to one of the next attribute."""
    if not attributes:
        return blocks.leaf(rows)
    attribute = attributes[0]
    inner = {mask: table_of(attributes[1:], rows & mask, blocks) for mask in set(attribute.masks)}
    tables = [inner[mask] for mask in attribute.masks]
    keys = attribute.cells.keys
    if keys is None:
        return tables
    found: dict[object, Table] = {key: tables[place] for key, place in keys.items()}
    found[missing_key(attribute.cells)] = tables[attribute.cells.missing]
    return found


def missing_key(cells: Partition) -> str | None:
    """What is looked up where a value is missing."""
    return NO_TEXT if isinstance(cells.type, Choice | Text) else None
