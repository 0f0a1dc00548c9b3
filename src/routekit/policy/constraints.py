"""What one test says of a value: that it is one of some, lies between two edges, or is a text of a kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS, Comparison
from routekit.policy.operators.text import TEXT_TESTS, TextTest
from routekit.schema.types import Choice, Scalar, Value

__all__ = [
    "Constraint",
    "Edge",
    "Region",
    "TextsThat",
    "constants_in",
    "constraint_of",
    "operand_of",
    "region_of",
]

Edge: TypeAlias = tuple[Any, int]
"""A bound and whether it is inside (0), or the values begin above (1) or end below (-1) it."""


@dataclass(frozen=True, slots=True)
class Region:
    """Some values, or all between two edges; of names that stand in an ``order``, edges are ranks in it.

    >>> from_1, below_5 = Region(low=(1, 0)), Region(high=(5, -1))
    >>> [value for value in range(9) if value in from_1.narrowed(below_5)]
    [1, 2, 3, 4]
    """

    values: frozenset[Scalar] | None = None
    low: Edge | None = None
    high: Edge | None = None
    order: Choice | None = None

    def narrowed(self, other: "Region") -> "Region":
        """What both leave of a value that is compared in one order."""
        values = self.values if other.values is None else other.values
        if self.values is not None and other.values is not None:
            values = self.values & other.values
        low = max((edge for edge in (self.low, other.low) if edge is not None), default=None)
        high = min((edge for edge in (self.high, other.high) if edge is not None), default=None)
        region = Region(values, low, high, self.order or other.order)
        if values is None or (low is None and high is None):
            return region
        return Region(frozenset(value for value in values if region._spans(value)), order=region.order)

    def meets(self, other: "Region") -> bool:
        """Whether both may hold a value that is compared in one order.

        >>> Region(low=(1, 0)).meets(Region(high=(1, -1))), Region(low=(1, 0)).meets(Region(high=(1, 0)))
        (False, True)
        """
        if self.values is not None or other.values is not None:
            return not self.narrowed(other).is_empty
        for low, high in ((self.low, other.high), (other.low, self.high)):
            if low is not None and high is not None and low > high:
                return False
        return not (self.is_empty or other.is_empty)

    def __contains__(self, value: Scalar) -> bool:
        return self._spans(value) if self.values is None else value in self.values

    def _spans(self, value: Scalar) -> bool:
        place = (self.order.rank[str(value)] if self.order else value, 0)
        return (self.low is None or self.low <= place) and (self.high is None or place <= self.high)

    @property
    def is_empty(self) -> bool:
        """Whether it is plain that it holds no value."""
        if self.values is not None:
            return not self.values
        return self.low is not None and self.high is not None and self.low > self.high

    def holds(self, other: "Region") -> bool:
        """Whether every value of the other is in this one."""
        if other.values is not None:
            if self.values is not None:
                return other.values <= self.values
            wide = Region(None, self.low, self.high, self.order or other.order)
            return all(value in wide for value in other.values)
        if self.values is not None:
            return False
        return (self.low is None or (other.low is not None and other.low >= self.low)) and (
            self.high is None or (other.high is not None and other.high <= self.high)
        )

    @property
    def constants(self) -> Iterable[Scalar]:
        """The values by which it is bounded."""
        if self.values is not None:
            return self.values
        bounds = [edge[0] for edge in (self.low, self.high) if edge is not None]
        return [self.order.names[bound] for bound in bounds] if self.order else bounds


@dataclass(frozen=True, slots=True)
class TextsThat:
    """The texts that pass a test of texts; ``pattern`` is found in them alone, None where it is not known."""

    row: TextTest
    argument: Value

    @property
    def pattern(self) -> str | None:
        """The RE2 pattern."""
        return None if self.row.pattern is None else self.row.pattern(self.argument)


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a test against constants asks of its ``operand``, where that is not missing."""

    operand: e.Expr
    allows: Region | TextsThat


def operand_of(test: e.Expr) -> e.Expr | None:
    """What a test compares with constants alone; None where it is no such test."""
    match test:
        case e.Compare(_, e.Constant(), operand) | e.Compare(_, operand, e.Constant()):
            return operand
        case e.InRange(operand, e.Constant(), e.Constant()) | e.InSet(operand):
            return operand
        case _:
            return None


def constraint_of(test: e.Expr) -> Constraint | None:
    """What a test asks of the one value that it speaks of; None where that is not told by constants.

    >>> constraint_of(e.Compare("<", e.Constant(3), e.Now())).allows
    Region(values=None, low=(3, 1), high=None, order=None)
    """
    region = region_of(test)
    if region is not None:
        operand = operand_of(test)
        assert operand is not None, "a test of a region has an operand"
        return Constraint(operand, region)
    match test:
        case e.TextTest(operator, operand, e.Constant(argument)) if argument is not None:
            return Constraint(operand, TextsThat(TEXT_TESTS[operator], argument))
        case _:
            return None


def region_of(test: e.Expr) -> Region | None:
    """Where a test of one value against constants is true; None of any other test."""
    match test:
        case e.InSet(_, values):
            return Region(values)
        case e.Compare(operator, e.Constant(value), _, order):
            return _compared(COMPARISONS[operator].mirrored, value, order)
        case e.Compare(operator, _, e.Constant(value), order):
            return _compared(COMPARISONS[operator], value, order)
        case e.InRange(_, e.Constant(low), e.Constant(high), order) if _is_scalar(low) and _is_scalar(high):
            end = -1 if test.without_end else 0
            return Region(low=(_place(low, order), 0), high=(_place(high, order), end), order=order)
        case _:
            return None


def _compared(row: Comparison, value: Value, order: Choice | None) -> Region | None:
    if not _is_scalar(value):
        return None
    match row.below, row.equal, row.above:
        case False, True, False:
            return Region(frozenset({value}))  # type: ignore[arg-type]
        case True, _, False:
            return Region(high=(_place(value, order), 0 if row.equal else -1), order=order)
        case False, _, True:
            return Region(low=(_place(value, order), 0 if row.equal else 1), order=order)
        case _:
            return None


def _is_scalar(value: Value | None) -> bool:
    """Whether a constant is neither a set nor stands for what is missing."""
    return value is not None and not isinstance(value, frozenset)


def _place(value: Value, order: Choice | None) -> object:
    return order.rank[str(value)] if order else value


def constants_in(node: e.Expr) -> Iterable[Scalar]:
    """The constants that are written in an expression itself, not in its operands; of a set each member."""
    match node:
        case e.Constant(frozenset() as values) | e.InSet(_, values) | e.SetTest(_, _, values):
            return values
        case e.Constant(value) if not isinstance(value, frozenset):
            return (value,)
        case _:
            return ()
