"""Boxes: for each field the cells in which it may lie, and many boxes looked at at once, a bit each.

What most rules ask is a box, or lies in one. By bits it is quickly told which boxes another meets, and which
hold it whole.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import and_, or_, xor
from sys import byteorder
from typing import TypeAlias

from routekit.prover.domains.terms import Base
from routekit.prover.encoding.field_variables import runs
from routekit.prover.encoding.space import Space
from routekit.prover.sat.formula import TRUE

__all__ = ["Box", "BoxIndex", "Boxes", "bits_of"]

Masks: TypeAlias = Mapping[int, int]
"""By the number of a field, cells of it."""


@dataclass(frozen=True, slots=True)
class Box:
    """The cells of some fields; where not ``is_exact``, what it is the box of may be less than all of it."""

    masks: Masks
    is_exact: bool = True
    is_empty: bool = False


_NOTHING = Box({}, is_empty=True)


class Boxes:
    """Finds boxes around all for which the literals of a space hold."""

    def __init__(self, space: Space) -> None:
        self._gates = space.gates
        self.bases = tuple(space.cells)
        """The fields, each at its number."""
        self.everywhere = [space.places.everywhere[base] for base in self.bases]
        """All cells of each."""
        numbers = {base: number for number, base in enumerate(self.bases)}
        self._meaning = space.places.meaning
        self._number_of: Callable[[Base], int] = numbers.__getitem__
        self._unsure = {
            numbers[base]
            for base, cells in space.cells.items()
            if not all(cell.samples for cell in cells.cells)
        }
        """Fields with cells in which there may be no value."""
        self._known: dict[int, Box] = {}

    def of(self, literal: int) -> Box:
        """The box of a literal; it is exact where the literal holds of all that lies in there."""
        known = self._known.get(literal)
        if known is not None:
            return known
        pending = [literal]  # a gate behind those it needs, however many stand upon each other
        while pending:
            current = pending[-1]
            needed = [] if current in self._known else self._unknown_in(current)
            if needed:
                pending += needed
                continue
            if current not in self._known:
                self._known[current] = self._new(current)
            pending.pop()
        return self._known[literal]

    def _unknown_in(self, literal: int) -> list[int]:
        """What a gate needs whose boxes are not known yet."""
        variable = abs(literal)
        if variable == TRUE or variable in self._meaning:
            return []
        sign = 1 if literal > 0 else -1
        parts = self._gates.parts.get(variable, ())
        return [sign * part for part in parts if sign * part not in self._known]

    def _new(self, literal: int) -> Box:
        if abs(literal) == TRUE:
            return Box({}) if literal == TRUE else _NOTHING
        variable = abs(literal)
        if variable in self._meaning:
            base, mask = self._meaning[variable]
            number = self._number_of(base)
            mask = mask if literal > 0 else self.everywhere[number] & ~mask
            return Box({number: mask}, number not in self._unsure)
        parts = self._gates.parts.get(variable)
        if parts is None:
            return Box({}, False)
        return self._of_all(parts) if literal > 0 else self._of_any(parts)

    def _of_all(self, parts: Iterable[int]) -> Box:
        masks: dict[int, int] = {}
        is_exact = True
        for part in parts:
            box = self.of(part)
            is_exact = is_exact and box.is_exact
            for base, mask in box.masks.items():
                masks[base] = masks.get(base, mask) & mask
            if box.is_empty or 0 in masks.values():
                return _NOTHING
        return Box(masks, is_exact)

    def _of_any(self, refused: Sequence[int]) -> Box:
        boxes = [box for box in (self.of(-part) for part in refused) if not box.is_empty]
        if not boxes:
            return _NOTHING
        masks = {
            base: mask for base, mask in boxes[0].masks.items() if all(base in box.masks for box in boxes)
        }
        for base in masks:
            for box in boxes:
                masks[base] |= box.masks[base]
        same = all(len(box.masks) == 1 for box in boxes) and len(masks) == 1
        return Box(masks, (same or len(boxes) == 1) and all(box.is_exact for box in boxes))


class _Line:
    """For each cell of a field the boxes that reach it, and those that reach any, or all, of some cells."""

    def __init__(self, count: int, masks: Iterable[tuple[int, int]]) -> None:
        """Takes for each box its bit and its mask of so many cells."""
        turns = [0] * (count + 1)
        for bit, mask in masks:
            for first, behind in runs(mask):
                turns[first] ^= bit
                turns[behind] ^= bit
        self.at = list(accumulate(turns[:count], xor))
        self._any, self._all = (_tree(self.at, joined) for joined in (or_, and_))

    def reaching_any(self, mask: int) -> int:
        found = 0
        for first, behind in runs(mask):
            found |= _within(self._any, first, behind, or_, 0)
        return found

    def reaching_all(self, mask: int) -> int:
        found = -1
        for first, behind in runs(mask):
            found &= _within(self._all, first, behind, and_, -1)
        return found


def _tree(leaves: Sequence[int], joined: Callable[[int, int], int]) -> list[int]:
    """The leaves behind what each two of them, then each four and so on, are joined to."""
    nodes = [0] * len(leaves) + list(leaves)
    for place in range(len(leaves) - 1, 0, -1):
        nodes[place] = joined(nodes[2 * place], nodes[2 * place + 1])
    return nodes


def _within(
    nodes: Sequence[int], first: int, behind: int, joined: Callable[[int, int], int], found: int
) -> int:
    """What the leaves of a stretch are joined to."""
    low, high = first + len(nodes) // 2, behind + len(nodes) // 2
    while low < high:
        if low & 1:
            found = joined(found, nodes[low])
            low += 1
        if high & 1:
            high -= 1
            found = joined(found, nodes[high])
        low, high = low >> 1, high >> 1
    return found


class BoxIndex:
    """Some boxes, each with a bit, its place."""

    def __init__(self, boxes: Sequence[Box], everywhere: Sequence[int]) -> None:
        """Takes ``everywhere`` for each field all its cells."""
        self._everywhere = everywhere
        bases = dict.fromkeys(base for box in boxes for base in box.masks)
        self._lines = {
            base: _Line(
                everywhere[base].bit_length(),
                ((1 << place, box.masks.get(base, everywhere[base])) for place, box in enumerate(boxes)),
            )
            for base in bases
        }
        self._free = {base: line.reaching_all(everywhere[base]) for base, line in self._lines.items()}
        self._all = (1 << len(boxes)) - 1

    def meeting(self, box: Box) -> int:
        """The boxes that something lies in which also lies in another."""
        found = self._all
        for base, mask in box.masks.items():
            if base in self._lines:
                found &= self._lines[base].reaching_any(mask)
        return found

    def holding(self, box: Box) -> int:
        """The boxes in which all lies that lies in another."""
        found = self._all
        for base, line in self._lines.items():
            mask = box.masks.get(base)
            found &= self._free[base] if mask is None else line.reaching_all(mask)
            if not found:
                break
        return found

    def is_left(self, box: Box, among: int, most: int) -> bool:
        """Whether some of a box is quickly found that lies in none ``among`` those that it meets.

        Of each field ``most`` cells are looked at, and that is taken which the fewest reach.
        """
        for base, line in self._lines.items():
            if not among:
                break
            if among & ~self._free[base]:
                cells = list(_spread(box.masks.get(base, self._everywhere[base]), most))
                among = min((among & line.at[cell] for cell in cells), key=int.bit_count)
        return not among


def _spread(mask: int, most: int) -> Iterator[int]:
    """Some bits of a mask, the first and last of its stretches and others between them."""
    stretches = list(runs(mask))
    step = -(-2 * len(stretches) // most)
    for first, behind in stretches[::step]:
        inner = max(1, (behind - first) * len(stretches) // most)
        yield from range(first, behind, inner)
        yield behind - 1


def bits_of(places: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first.

    >>> list(bits_of(0b1101))
    [0, 2, 3]
    """
    start = 0
    for word in array("Q", places.to_bytes(-(-places.bit_length() // 64) * 8, byteorder)):
        while word:  # so that no long number is written anew for each bit
            lowest = word & -word
            yield start + lowest.bit_length() - 1
            word ^= lowest
        start += 64
