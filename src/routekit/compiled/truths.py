"""For which classes of a base a condition is true, and for which false: sets of classes as bit masks."""

from routekit.compiled.bases import Bases
from routekit.compiled.classes import Classes
from routekit.compiled.evaluate import Evaluator
from routekit.compiled.literals import Literal, Wanted
from routekit.policy import expressions as e

__all__ = ["Truths"]


class Truths:
    """Works out conditions for all the classes of one base at once, by three-valued logic on masks."""

    def __init__(self, base: e.Expr, classes: Classes, bases: Bases, evaluator: Evaluator) -> None:
        self._base = base
        self._classes = classes
        self._bases = bases
        self._evaluator = evaluator
        self._everywhere = classes.everywhere
        self._known = classes.everywhere & ~(1 << classes.missing)
        self._segments: dict[str, tuple[int, int]] = {}

    def of(self, literal: Literal) -> int:
        """The classes for which a condition is as it is wanted."""
        true, false = self._both(literal.expr)
        match literal.wanted:
            case Wanted.TRUE:
                return true
            case Wanted.FALSE:
                return false
            case Wanted.NOT_TRUE:
                return self._everywhere & ~true
            case Wanted.NOT_FALSE:
                return self._everywhere & ~false

    def _both(self, expr: e.Expr) -> tuple[int, int]:
        match expr:
            case _ if expr == self._base:
                pass
            case e.All(operands):
                true, false = self._everywhere, 0
                for operand in operands:
                    yes, no = self._both(operand)
                    true, false = true & yes, false | no
                return true, false
            case e.Any(operands):
                true, false = 0, self._everywhere
                for operand in operands:
                    yes, no = self._both(operand)
                    true, false = true | yes, false & no
                return true, false
            case e.Not(operand):
                true, false = self._both(operand)
                return false, true
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

    def _each(self, expr: e.Expr) -> tuple[int, int]:
        """The general way: a sample of each class is tried."""
        true = false = 0
        for place, sample in enumerate(self._classes.samples):
            truth = self._evaluator.value(expr, self._base, sample)
            if truth is True:
                true |= 1 << place
            elif truth is False:
                false |= 1 << place
        return true, false
