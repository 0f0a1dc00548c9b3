"""For which classes of a base a condition is true, and for which false: sets of classes as bit masks."""

from collections.abc import Iterable
from functools import reduce
from operator import and_, or_

from routekit.compiled.bases import Bases
from routekit.compiled.classes import Classes
from routekit.compiled.literals import Literal
from routekit.policy import expressions as e
from routekit.policy.algebra import Pair, Pairs, fold
from routekit.policy.closures import Closures

__all__ = ["Truths"]


class Truths:
    """Works out conditions for all the classes of one base at once."""

    def __init__(self, base: e.Expr, classes: Classes, bases: Bases, closures: Closures) -> None:
        self._base = base
        self._classes = classes
        self._bases = bases
        self._closures = closures
        self._everywhere = everywhere = classes.everywhere
        self._known = everywhere & ~(1 << classes.missing)
        self._segments: dict[str, Pair[int]] = {}

        def every(masks: Iterable[int]) -> int:
            return reduce(and_, masks, everywhere)

        def some(masks: Iterable[int]) -> int:
            return reduce(or_, masks, 0)

        self._masks = Pairs(every, some, lambda mask: everywhere & ~mask)

    def of(self, literal: Literal) -> int:
        """The classes for which a condition is as it is wanted."""
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
            case e.Compare(_, operand, _) | e.InRange(operand) | e.InSet(operand) if operand == self._base:
                satisfying = self._classes.satisfying(expr)
                if satisfying is not None:
                    return satisfying, self._known & ~satisfying
        return self._each(expr)

    def _each(self, expr: e.Expr) -> Pair[int]:
        """The general way: a sample of each class is tried."""
        function = self._closures.of(expr, self._base)
        assert function is not None, "a condition is a function of its base"
        true = false = 0
        for place, sample in enumerate(self._classes.samples):
            truth = function(sample)
            if truth is True:
                true |= 1 << place
            elif truth is False:
                false |= 1 << place
        return true, false
