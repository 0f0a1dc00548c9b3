"""Three-valued logic, told once: what ``not``, ``and``, ``or``, ``else`` and the like make of operands.

What stands for a truth is up to each reader: the truth itself, a function of one value, the set of truths
that are possible, two bit masks, two literals of a formula. Such a kind with its operations is an algebra.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeAlias, TypeVar

from routekit.policy import expressions as e
from routekit.policy.operators.gathering import gathered
from routekit.schema.types import Value

__all__ = ["FUNCTIONS", "TRUTHS", "TRUTH_SETS", "Algebra", "Function", "Pair", "Pairs", "Sides", "fold"]

T = TypeVar("T")
B = TypeVar("B")


class Algebra(Protocol[T]):
    """What stands for truths, and for values that may be missing, and how such things are joined."""

    def not_(self, operand: T) -> T: ...

    def all(self, operands: Sequence[T]) -> T: ...

    def any(self, operands: Sequence[T]) -> T: ...

    def known(self, operand: T) -> T: ...

    def else_(self, first: T, second: T) -> T: ...

    def cases(self, expr: e.Cases, cases: Sequence[tuple[T, T]], /) -> T:
        """Joins the condition and the value of each case."""


def fold(expr: e.Connective, inside: Callable[[e.Expr], T], algebra: Algebra[T]) -> T:
    """Tells what a connective comes to in an algebra, where ``inside`` tells what each operand comes to."""
    match expr:
        case e.Not(operand):
            return algebra.not_(inside(operand))
        case e.All(operands):
            return algebra.all([inside(operand) for operand in operands])
        case e.Any(operands):
            return algebra.any([inside(operand) for operand in operands])
        case e.IsKnown(operand):
            return algebra.known(inside(operand))
        case e.Else(first, second):
            return algebra.else_(inside(first), inside(second))
        case e.Cases(_, cases):
            return algebra.cases(expr, [(inside(case.condition), inside(case.value)) for case in cases])


class _Truths:
    """The meaning: truths themselves, None where unknown."""

    def not_(self, operand: Value | None) -> Value | None:
        return None if operand is None else not operand

    def all(self, operands: Sequence[Value | None]) -> Value | None:
        if False in operands:
            return False
        return None if None in operands else True

    def any(self, operands: Sequence[Value | None]) -> Value | None:
        if True in operands:
            return True
        return None if None in operands else False

    def known(self, operand: Value | None) -> Value | None:
        return operand is not None

    def else_(self, first: Value | None, second: Value | None) -> Value | None:
        return second if first is None else first

    def cases(self, expr: e.Cases, cases: Sequence[tuple[Value | None, Value | None]]) -> Value | None:
        return gathered(expr, (value for holds, value in cases if holds is True))


TRUTHS = _Truths()

Function: TypeAlias = Callable[[Value | None], Value | None]
"""A function of one value, which may be missing."""


class _Functions:
    """Functions of one value, joined value by value."""

    def not_(self, operand: Function) -> Function:
        return lambda value: None if (truth := operand(value)) is None else not truth

    def all(self, operands: Sequence[Function]) -> Function:
        return lambda value: TRUTHS.all([operand(value) for operand in operands])

    def any(self, operands: Sequence[Function]) -> Function:
        return lambda value: TRUTHS.any([operand(value) for operand in operands])

    def known(self, operand: Function) -> Function:
        return lambda value: operand(value) is not None

    def else_(self, first: Function, second: Function) -> Function:
        return lambda value: second(value) if (found := first(value)) is None else found

    def cases(self, expr: e.Cases, cases: Sequence[tuple[Function, Function]]) -> Function:
        return lambda value: gathered(expr, (then(value) for holds, then in cases if holds(value) is True))


FUNCTIONS = _Functions()

TruthSet: TypeAlias = frozenset[Value | None]


class _TruthSets:
    """Sets of the truths that are possible, each operand's whatever the others are."""

    def not_(self, operand: TruthSet) -> TruthSet:
        return frozenset(None if truth is None else not truth for truth in operand)

    def all(self, operands: Sequence[TruthSet]) -> TruthSet:
        return self._joined(operands, settled=False)

    def any(self, operands: Sequence[TruthSet]) -> TruthSet:
        return self._joined(operands, settled=True)

    def known(self, operand: TruthSet) -> TruthSet:
        return frozenset(truth is not None for truth in operand)

    def else_(self, first: TruthSet, second: TruthSet) -> TruthSet:
        return first - {None} | second if None in first else first

    def cases(self, _: e.Cases, cases: Sequence[tuple[TruthSet, TruthSet]]) -> TruthSet:
        found: set[Value | None] = set()
        for holds, truths in cases:
            if True in holds:
                found |= truths
            if holds == {True}:
                return frozenset(found)
        return frozenset(found | {None})

    def _joined(self, operands: Sequence[TruthSet], *, settled: bool) -> TruthSet:
        """``and`` is settled by a false operand, ``or`` by a true one."""
        found: set[Value | None] = set()
        if any(settled in truths for truths in operands):
            found.add(settled)
        if all(truths - {settled} for truths in operands):
            if all((not settled) in truths for truths in operands):
                found.add(not settled)
            if any(None in truths for truths in operands):
                found.add(None)
        return frozenset(found)


TRUTH_SETS = _TruthSets()

Pair: TypeAlias = tuple[B, B]
"""Where a condition is true, and where it is false."""

Sided: TypeAlias = Callable[[bool], B]
"""Where a condition comes out so, worked out when it is asked for."""


class _Regions(Generic[B]):
    """Sets of contacts, as masks, literals or code: those of every one, of some one, and all others."""

    def __init__(
        self, every: Callable[[Iterable[B]], B], some: Callable[[Iterable[B]], B], others: Callable[[B], B]
    ) -> None:
        self.every, self.some, self.others = every, some, others

    def firsts(self, regions: Iterable[B]) -> list[B]:
        """Where each region is the first of all to hold."""
        found: list[B] = []
        before: list[B] = []
        for region in regions:
            found.append(self.every([*before, region]))
            before = [self.every([*before, self.others(region)])]
        return found


class Pairs(_Regions[B]):
    """Conditions as two regions, where they are true and where they are false."""

    def not_(self, operand: Pair[B]) -> Pair[B]:
        return operand[1], operand[0]

    def all(self, operands: Sequence[Pair[B]]) -> Pair[B]:
        return self.every([yes for yes, _ in operands]), self.some([no for _, no in operands])

    def any(self, operands: Sequence[Pair[B]]) -> Pair[B]:
        return self.some([yes for yes, _ in operands]), self.every([no for _, no in operands])

    def known(self, operand: Pair[B]) -> Pair[B]:
        known = self.some(operand)
        return known, self.others(known)

    def else_(self, first: Pair[B], second: Pair[B]) -> Pair[B]:
        missing = self.others(self.some(first))
        yes, no = (self.every([missing, side]) for side in second)
        return self.some([first[0], yes]), self.some([first[1], no])

    def cases(self, _: e.Cases, cases: Sequence[tuple[Pair[B], Pair[B]]]) -> Pair[B]:
        here = self.firsts(holds for (holds, _), _ in cases)
        chosen = [(where, value) for where, (_, value) in zip(here, cases, strict=True)]
        yes, no = ([self.every([where, value[side]]) for where, value in chosen] for side in (0, 1))
        return self.some(yes), self.some(no)


class Sides(_Regions[B]):
    """The same, each region worked out only where it is asked for."""

    def not_(self, operand: Sided[B]) -> Sided[B]:
        return lambda side: operand(not side)

    def all(self, operands: Sequence[Sided[B]]) -> Sided[B]:
        return lambda side: (self.every if side else self.some)([operand(side) for operand in operands])

    def any(self, operands: Sequence[Sided[B]]) -> Sided[B]:
        return lambda side: (self.some if side else self.every)([operand(side) for operand in operands])

    def known(self, operand: Sided[B]) -> Sided[B]:
        def known(side: bool) -> B:
            region = self.some([operand(True), operand(False)])
            return region if side else self.others(region)

        return known

    def else_(self, first: Sided[B], second: Sided[B]) -> Sided[B]:
        def chosen(side: bool) -> B:
            missing = self.every([self.others(first(True)), self.others(first(False))])
            return self.some([first(side), self.every([missing, second(side)])])

        return chosen

    def cases(self, _: e.Cases, cases: Sequence[tuple[Sided[B], Sided[B]]]) -> Sided[B]:
        def chosen(side: bool) -> B:
            here = self.firsts(holds(True) for holds, _ in cases)
            return self.some(
                [self.every([where, value(side)]) for where, (_, value) in zip(here, cases, strict=True)]
            )

        return chosen
