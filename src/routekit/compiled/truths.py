"""For which cells of a base a condition is true, and for which false: sets of cells as bit masks."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_, or_

from routekit.compiled.bases import Bases
from routekit.compiled.masks import Attribute, masks_of
from routekit.compiled.rows import Literal
from routekit.policy import expressions as e
from routekit.policy.algebra import Pair, Pairs, fold
from routekit.policy.closures import Closures
from routekit.policy.constraints import operand_of, region_of
from routekit.policy.partition import Partition, partition_of
from routekit.schema.types import Value

__all__ = ["Truths", "attribute_of"]


class Truths:
    """Works out conditions for all the cells of one base at once."""

    def __init__(self, base: e.Expr, cells: Partition, bases: Bases, closures: Closures) -> None:
        self._base = base
        self._cells = cells
        self._bases = bases
        self._closures = closures
        self._everywhere = everywhere = cells.everywhere
        self._known = everywhere & ~(1 << cells.missing)
        self._segments: dict[str, Pair[int]] = {}
        self._each: dict[e.Expr, Pair[int]] = {}

        def every(masks: Iterable[int]) -> int:
            return reduce(and_, masks, everywhere)

        def some(masks: Iterable[int]) -> int:
            return reduce(or_, masks, 0)

        self._masks = Pairs(every, some, lambda mask: everywhere & ~mask)

    def of(self, literal: Literal) -> int:
        """The cells for which a condition is as it is wanted."""
        true, false = self._both(literal.expr)
        side = true if literal.wanted.side else false
        return self._everywhere & ~side if literal.wanted.is_denied else side

    def _both(self, expr: e.Expr) -> Pair[int]:
        match expr:
            case _ if expr == self._base:
                pass
            case e.All() | e.Any() | e.Not():
                return fold(expr, self._both, self._masks)
            case e.SegmentRef(name):
                known = self._segments.get(name)
                if known is None:
                    true, _ = self._both(self._bases.definition(expr))
                    known = self._segments[name] = true, self._everywhere & ~true
                return known
            case _ if self._bases.is_of_base(expr, self._base):
                region = region_of(expr)
                satisfying = None if region is None else self._cells.satisfying(region)
                if satisfying is not None:
                    unsatisfying = self._known & ~satisfying
                    if operand_of(expr) == self._base:
                        return satisfying, unsatisfying
                    # where the base is missing, another value stands in for it
                    true, false = self._tried(expr, [self._cells.missing])
                    return satisfying | true, unsatisfying | false
        found = self._each.get(expr)
        if found is None:
            found = self._each[expr] = self._tried(expr, range(self._cells.size))
        return found

    def _tried(self, expr: e.Expr, cells: Iterable[int]) -> Pair[int]:
        """The general way: a sample of each cell is tried."""
        function = self._closures.of(expr, self._base)
        assert function is not None, "a condition is a function of its base"
        true = false = 0
        for cell in cells:
            truth = function(self._cells.samples[cell])
            if truth is True:
                true |= 1 << cell
            elif truth is False:
                false |= 1 << cell
        return true, false


def attribute_of(
    base: e.Expr,
    asking: Mapping[tuple[Literal, ...], int],
    possible: int,
    bases: Bases,
    closures: Closures,
) -> Attribute:
    """Cuts a base by what rows ask of it, with the mask of the rows that each cell allows."""

    def constants() -> set[Value]:
        return bases.constants((literal.expr for literals in asking for literal in literals), base)

    cells = partition_of(bases.type_of(base), constants, bases.most_listed)
    truths = Truths(base, cells, bases, closures)
    tests: dict[int, int] = {}
    for literals, mask in asking.items():
        satisfied = cells.everywhere
        for literal in literals:
            satisfied &= truths.of(literal)
        tests[satisfied] = tests.get(satisfied, 0) | mask
    masks = masks_of(cells, tests.items(), possible)
    return Attribute(base, cells, masks, tests, len(set(masks)))
