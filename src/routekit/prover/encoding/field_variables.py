"""Where each base lies among its cells, as literals: ``within`` some of them.

A base of ten cells has nine variables, of which the n-th holds where it lies in one of the first n cells;
so a range of cells is two literals, and any other set of cells a gate over ranges.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from routekit.prover.domains.cells import Cell, Cells, Domain, OneOf, Range, Unlisted, may_be_missing
from routekit.prover.domains.terms import Base, Evaluator
from routekit.prover.sat.formula import FALSE, TRUE, Formula
from routekit.schema.types import Value

__all__ = ["FieldVariables", "hull", "runs"]


@dataclass(frozen=True, slots=True)
class _Line:
    """The cells of one base in a row: the literals of the first few of them, and of every mask so far."""

    everywhere: int
    order: list[int]
    literals: dict[int, int]


class FieldVariables:
    """The bases whose values are cut into cells; masks have a bit for each cell."""

    def __init__(self, gates: Formula, evaluator: Evaluator) -> None:
        self.gates = gates
        self.evaluator = evaluator
        self.cells: dict[Base, Cells] = {}
        self.meaning: dict[int, tuple[Base, int]] = {}
        """For each variable that says where a base lies: the base, and in which cells."""
        self.everywhere: dict[Base, int] = {}
        self.defaults: set[Base] = set()
        """The bases that need not be sent to have a value."""
        self._lines: dict[Base, _Line] = {}
        self._known: dict[tuple[Base, Value | None, type], int] = {}

    def open(self, base: Base, cells: Cells, default: Value | None = None) -> None:
        """Makes the variables of a base; its default is the simplest value of its cell."""
        self.cells[base] = cells
        place = -1 if default is None else self.place_of(base, default)
        if place >= 0:
            self.defaults.add(base)
            cell = cells.cells[place]
            others = (value for value in cell.samples if value != default)
            cells.cells[place] = replace(cell, samples=(default, *others))
        self.everywhere[base] = cells.all
        count = len(cells.cells)
        order = [FALSE, *(self.gates.variable() for _ in range(count - 1)), TRUE]
        self._lines[base] = _Line(cells.all, order, {0: FALSE, cells.all: TRUE})
        for place in range(1, count):
            self.meaning[order[place]] = base, (1 << place) - 1
            if place > 1:
                self.gates.add((-order[place - 1], order[place]))

    # ── literals ──────────────────────────────────────────────────────────────

    def within(self, base: Base, mask: int) -> int:
        """The literal that holds where a base lies in one of these cells."""
        line = self._lines[base]
        mask &= line.everywhere
        known = line.literals.get(mask)
        if known is None:
            known = line.literals[mask] = self._new(base, line, mask)
            line.literals[line.everywhere ^ mask] = -known
        return known

    def _new(self, base: Base, line: _Line, mask: int) -> int:
        stretches = list(runs(mask))
        if len(stretches) == 1:
            ((first, behind),) = stretches
            literal = self.gates.all((line.order[behind], -line.order[first]))
        else:
            literal = self.gates.any(
                [self.within(base, (1 << behind) - (1 << first)) for first, behind in stretches]
            )
        self.meaning[abs(literal)] = base, mask if literal > 0 else line.everywhere ^ mask
        return literal

    def missing(self, base: Base) -> int | None:
        """The place of the cell for a missing value, if the base may be missing."""
        cells = self.cells[base].cells
        return len(cells) - 1 if cells[-1].samples == (None,) else None

    # ── values ────────────────────────────────────────────────────────────────

    def place(self, base: Base, holds: Callable[[int], bool]) -> int:
        """The cell in which a base lies in a model."""
        order = self._lines[base].order
        low, high = 0, len(order) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if holds(order[middle]):
                high = middle
            else:
                low = middle
        return low

    def place_of(self, base: Base, value: Value | None) -> int:
        """The cell of a value, the first whose values no test tells from it; -1 where there is none."""
        key = base, value, type(value)  # yes is no 1
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._place_of(base, value)
        return known

    def _place_of(self, base: Base, value: Value | None) -> int:
        cells = self.cells[base]
        if value is None:
            return len(cells.cells) - 1
        missing = self.missing(base)
        among = [
            place for place, cell in enumerate(cells.cells) if place != missing and _may_hold(cell, value)
        ]
        if len(among) <= 1:
            return among[0] if among else -1
        listed = (place for place in among if isinstance(cells.cells[place].domain, OneOf))
        if (named := next(listed, None)) is not None:
            return named
        mask = self._mask_of(base, value)
        return next((place for place in among if mask >> place & 1), -1)

    def _mask_of(self, base: Base, value: Value) -> int:
        """The cells in which tests come out as they do for a value."""
        cells, scope = self.cells[base], self.evaluator.at({base: value})
        mask = cells.all
        for test, yes in cells.true.items():
            if test not in cells.left and (cells.opened is None or test not in cells.opened):
                truth, no = self.evaluator.truth(test, scope), cells.false[test]
                mask &= yes if truth is True else no if truth is False else ~(yes | no)
        return mask

    def may_hold(self, base: Base, place: int, value: Value) -> bool:
        """Whether a value may lie in a cell; False where it is sure that it does not."""
        cell = self.cells[base].cells[place]
        if not any(_is_alike(sample, value) for sample in cell.samples):
            return True
        return _may_hold(cell, value) and bool(self._mask_of(base, value) >> place & 1)

    def boxes(self, masks: Mapping[Base, int]) -> dict[Base, Domain]:
        """For each base, a domain that holds all of these cells."""
        return {
            base: hull(
                [cell.domain for place, cell in enumerate(self.cells[base].cells) if mask >> place & 1]
            )
            for base, mask in masks.items()
        }


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """The stretches of a mask: the first bit that is set, and the first behind it that is not."""
    place = 0
    while mask >> place:
        place += (mask >> place & -(mask >> place)).bit_length() - 1
        gap = ~(mask >> place)
        behind = place + (gap & -gap).bit_length() - 1
        yield place, behind
        place = behind


def _is_alike(one: Value | None, other: Value) -> bool:
    """Whether two values are of one kind, so that tests of the one can be asked of the other."""
    numbers = int, float
    return type(one) is type(other) or (type(one) in numbers and type(other) in numbers)


def _may_hold(cell: Cell, value: Value) -> bool:
    match cell.domain:
        case OneOf(values):
            return value in values
        case Range(low, high, _, None):
            return low <= value <= high  # type: ignore[operator]
        case _:
            return True


def hull(domains: list[Domain]) -> Domain:
    """A domain that holds all of some others."""
    values: set[Value | None] = set()
    ranges: list[Range] = []
    may_miss = any(map(may_be_missing, domains))
    for domain in domains:
        if isinstance(domain, OneOf):
            values |= domain.values
        elif isinstance(domain, Range):
            ranges.append(domain)
        else:
            return Unlisted(may_miss)
    if not ranges:
        return OneOf(frozenset(values))
    if len(ranges) == 1 and not values:
        return ranges[0]
    ends = [end for item in ranges for end in (item.low, item.high)] + [v for v in values if v is not None]
    return Range(min(ends), max(ends), may_miss)  # type: ignore[arg-type]
