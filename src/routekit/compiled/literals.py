"""A condition taken apart into what must all hold, each as far as possible a function of one value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from routekit.compiled.bases import Bases
from routekit.policy import expressions as e
from routekit.schema.types import Value

__all__ = ["Literal", "Splitter", "Wanted"]


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
_MOST_LITERALS = 64
"""Of a segment: what stands upon many others would bring all of them to whoever asks for it."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A condition of which something is wanted. ``base`` is what it is a function of, None for a constant."""

    expr: e.Expr
    wanted: Wanted
    base: e.Expr | None


class Splitter:
    """Takes the conditions of one policy apart, each segment once for what is wanted of it."""

    def __init__(self, bases: Bases) -> None:
        self._bases = bases
        self._segments: dict[tuple[str, Wanted], tuple[Literal, ...]] = {}

    def literals(self, condition: e.Expr | None) -> list[Literal]:
        """What must hold for a condition to be true: all of these, and no more."""
        return [] if condition is None else _once(self._split(condition, Wanted.TRUE, 0))

    def _split(self, expr: e.Expr, wanted: Wanted, depth: int) -> Iterator[Literal]:
        every = e.All if wanted in (Wanted.TRUE, Wanted.NOT_FALSE) else e.Any
        match expr:
            case e.Not(operand):
                yield from self._split(operand, _NEGATED[wanted], depth)
                return
            case e.All(operands) | e.Any(operands) if isinstance(expr, every):
                for operand in operands:
                    yield from self._split(operand, wanted, depth)
                return
        found = self._bases.of(expr)
        if isinstance(expr, e.SegmentRef) and found == {expr} and depth < _MOST_DEPTH:
            yield from self._of_segment(expr, _CRISP.get(wanted, wanted), depth + 1)
        else:
            yield Literal(expr, wanted, expr if len(found) > 1 else next(iter(found), None))

    def _of_segment(self, segment: e.SegmentRef, wanted: Wanted, depth: int) -> tuple[Literal, ...]:
        key = segment.name, wanted
        known = self._segments.get(key)
        if known is None:
            condition = self._bases.definition(segment)
            known = tuple(_once(self._split(condition, wanted, depth)))
            if not 1 < len(known) <= _MOST_LITERALS:
                # where it does not come apart, the segment is worked out once for all that ask for it
                known = (Literal(segment, wanted, segment),)
            self._segments[key] = known
        return known


def _once(literals: Iterable[Literal]) -> list[Literal]:
    """What segments bring along, each once by whichever way it came."""
    return [*{id(literal): literal for literal in literals}.values()]
