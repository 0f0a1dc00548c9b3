"""A condition taken apart into what must all hold, each as far as possible a function of one value."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from routekit.compiled.bases import Bases
from routekit.policy import expressions as e
from routekit.schema.types import Value

__all__ = ["Literal", "Wanted", "literals"]


class Wanted(Enum):
    """What of a three-valued condition is asked for."""

    TRUE = "true"
    FALSE = "false"
    NOT_TRUE = "not true"
    NOT_FALSE = "not false"

    @property
    def side(self) -> bool:
        """The truth that is spoken of."""
        return self in (Wanted.TRUE, Wanted.NOT_TRUE)

    @property
    def is_denied(self) -> bool:
        """Whether anything but that truth is wanted."""
        return self in (Wanted.NOT_TRUE, Wanted.NOT_FALSE)

    def by(self, truth: Value | None) -> bool:
        """Whether a condition of such a truth is as wanted."""
        return (truth is self.side) is not self.is_denied


_NEGATED = {
    Wanted.TRUE: Wanted.FALSE,
    Wanted.FALSE: Wanted.TRUE,
    Wanted.NOT_TRUE: Wanted.NOT_FALSE,
    Wanted.NOT_FALSE: Wanted.NOT_TRUE,
}
_CRISP = {Wanted.FALSE: Wanted.NOT_TRUE, Wanted.NOT_FALSE: Wanted.TRUE}
"""What is asked of a segment's condition where this is asked of the segment, which is never unknown."""

_MOST_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Literal:
    """A condition of which something is wanted. ``base`` is what it is a function of, None for a constant."""

    expr: e.Expr
    wanted: Wanted
    base: e.Expr | None


def literals(bases: Bases, condition: e.Expr | None) -> Iterator[Literal]:
    """What must hold for a condition to be true: all of these, and no more."""
    if condition is not None:
        yield from _split(bases, condition, Wanted.TRUE, 0)


def _split(bases: Bases, expr: e.Expr, wanted: Wanted, depth: int) -> Iterator[Literal]:
    every = e.All if wanted in (Wanted.TRUE, Wanted.NOT_FALSE) else e.Any
    match expr:
        case e.Not(operand):
            yield from _split(bases, operand, _NEGATED[wanted], depth)
            return
        case e.All(operands) | e.Any(operands) if isinstance(expr, every):
            for operand in operands:
                yield from _split(bases, operand, wanted, depth)
            return
    found = bases.of(expr)
    if isinstance(expr, e.SegmentRef) and found == {expr} and depth < _MOST_DEPTH:
        inner = list(_split(bases, bases.definition(expr), _CRISP.get(wanted, wanted), depth + 1))
        # where it does not come apart, the segment is worked out once for all that ask for it
        yield from inner if len(inner) > 1 else (Literal(expr, wanted, expr),)
    else:
        yield Literal(expr, wanted, expr if len(found) > 1 else next(iter(found), None))
