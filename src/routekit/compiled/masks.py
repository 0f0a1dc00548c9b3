"""Masks of rows: those that a value of a base allows, by its cell; and tables that join several bases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import urandom
from typing import TypeAlias

from routekit.compiled.blocks import Blocks, Leaf
from routekit.policy.expressions import Expr
from routekit.policy.partition import Partition
from routekit.schema.types import Choice, Text

__all__ = ["NO_TEXT", "Attribute", "Table", "bits", "masks_of", "missing_key", "table_of"]

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
