"""All conditions of a policy as rows, and what of each is decided by masks and what is left to be tested.

The rows stand in one mask: the rules first, at the highest bits, so that ``bit_length`` names the first;
behind them the extras: adjustments, nevers and offers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum

from routekit.compiled.bases import CLOCK, Bases
from routekit.policy import expressions as e
from routekit.policy.closures import Closures
from routekit.policy.constraints import operand_of
from routekit.policy.model import CheckedPolicy, Outcome
from routekit.schema.types import Value

__all__ = ["Literal", "Rows", "Splitter", "Wanted", "masked_rows", "rows_of"]


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


_ENOUGH = 3
_ENOUGH_OF_THE_CLOCK = 2
_SHARE = 100
_MOST_WORKED_OUT = 24
"""A base that has to be worked out for each contact must be asked for often enough: by three rows, by one in
a hundred, and no more than so many of them."""
_MOST_TRIED = 1 << 19
"""Values that are worked out beforehand, to learn for which values of a base conditions hold."""


@dataclass(frozen=True, slots=True)
class Rows:
    """``masked`` holds, by base, which rows (a mask) ask for which literals; ``residual`` the rest, by row.

    ``possible`` are the rows whose condition can be true at all.
    """

    count: int
    possible: int
    masked: dict[e.Expr, dict[tuple[Literal, ...], int]] = field(default_factory=dict)
    residual: dict[int, tuple[Literal, ...]] = field(default_factory=dict)

    def bit(self, row: int) -> int:
        """The mask of one row."""
        return 1 << (self.count - 1 - row)


def rows_of(policy: CheckedPolicy, bases: Bases, closures: Closures) -> Rows:
    """The rows of a policy."""
    literals = Splitter(bases).literals
    split = [
        *([*literals(rule.condition), *_opening(policy, rule.body)] for rule in policy.rules),
        *(literals(adjustment.condition) for adjustment in policy.adjustments),
        *(literals(never.condition) for never in policy.nevers),
        *(literals(offer.condition) for offer in policy.offers),
    ]
    return masked_rows(split, bases, closures)


def masked_rows(
    split: list[list[Literal]], bases: Bases, closures: Closures, but: AbstractSet[e.Expr] = frozenset()
) -> Rows:
    """Takes rows apart, given by what must all hold for each; no mask is made of the bases ``but``."""
    masked = _worth_masking(split) - but
    possible = (1 << len(split)) - 1
    is_tried = _Budget(bases).covers
    rows = Rows(len(split), possible)
    for row, parts in enumerate(split):
        by_base: dict[e.Expr, list[Literal]] = {}
        left: list[Literal] = []
        for literal in parts:
            if literal.base is None:
                if not _holds(closures, literal):
                    possible &= ~rows.bit(row)
            elif literal.base in masked and is_tried(literal, literal.base):
                by_base.setdefault(literal.base, []).append(literal)
            else:
                left.append(literal)
        for base, group in by_base.items():
            asking = rows.masked.setdefault(base, {})
            key = tuple(group)
            asking[key] = asking.get(key, 0) | rows.bit(row)
        if left:
            rows.residual[row] = tuple(left)
    return Rows(rows.count, possible, rows.masked, rows.residual)


class _Budget:
    """Bounds what is worked out beforehand; a condition beyond it is worked out for each contact."""

    def __init__(self, bases: Bases) -> None:
        self._bases = bases
        self._left = _MOST_TRIED
        self._covered: dict[int, bool] = {}

    def covers(self, literal: Literal, base: e.Expr) -> bool:
        """Whether a condition may be tried with the values of its base."""
        if operand_of(literal.expr) == base:
            return True  # decided by bisection
        covered = self._covered.get(id(literal.expr))
        if covered is None:
            tries = 0 if base == CLOCK else self._bases.tries(literal.expr, base)
            covered = self._covered[id(literal.expr)] = tries <= self._left
            if covered:
                self._left -= tries
        return covered


def _opening(policy: CheckedPolicy, body: object) -> Iterable[Literal]:
    """That the queue is open is a part of a rule's condition."""
    if isinstance(body, Outcome) and (calendar := policy.queues[body.queue].calendar) is not None:
        yield Literal(e.CalendarOpen(calendar, e.Now()), Wanted.TRUE, CLOCK)


def _worth_masking(split: list[list[Literal]]) -> set[e.Expr]:
    count = Counter(
        base for parts in split for base in {literal.base for literal in parts if literal.base is not None}
    )
    read = {base for base in count if isinstance(base, e.FieldRef | e.SignalRef)}
    clock = {base for base in (CLOCK, e.Now()) if count[base] >= _ENOUGH_OF_THE_CLOCK}
    enough = max(_ENOUGH, len(split) // _SHARE)
    worked_out = [
        base
        for base, times in count.most_common()
        if times >= enough and base not in read and base not in (CLOCK, e.Now())
    ]
    return read | clock | set(worked_out[:_MOST_WORKED_OUT])


def _holds(closures: Closures, literal: Literal) -> bool:
    """Whether a condition that is made of constants alone is as it is wanted."""
    function = closures.of(literal.expr, CLOCK)
    assert function is not None, "constants are a function of anything"
    return literal.wanted.by(function(None))
