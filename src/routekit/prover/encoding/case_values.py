"""Values by cases, each value that a let can have with the literal that holds where it has it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.constraints import operand_of, region_of
from routekit.policy.operators.gathering import gathered, nothing_of
from routekit.policy.partition import constants_of, partition_of
from routekit.policy.references import conjuncts
from routekit.prover.domains.terms import NOTHING
from routekit.prover.sat.formula import TRUE, Formula
from routekit.schema.types import SetOf, Type, Value

__all__ = ["CaseValues", "Chosen"]

Chosen: TypeAlias = Sequence[tuple[e.Expr, int]]
"""Values with the literals that hold where they are had; of these one holds for each contact."""

_Held: TypeAlias = tuple[e.Expr, ...]
"""Values that count so far; those that are written out are joined as far as they can be."""

_MOST_SUMS = 4_000
"""Combinations of values that are told apart."""


class CaseValues:
    """What cases come to; ``side`` and ``known`` tell where a condition is true and a value is there."""

    def __init__(
        self,
        gates: Formula,
        types: Mapping[e.Expr, Type],
        side: Callable[[e.Expr, bool], int],
        known: Callable[[e.Expr], int],
    ) -> None:
        self._gates = gates
        self._types = types
        self._side = side
        self._known = known

    def of(self, expr: e.Cases) -> Chosen | None:
        """Lists the values that cases can come to; None where they are too many to be told apart."""
        holds = [self._side(case.condition, True) for case in expr.cases]
        if expr.gather == "first":
            return self._first([case.value for case in expr.cases], holds)
        values = [case.value for case in expr.cases]
        there = [self._gates.both(on, self._known(value)) for on, value in zip(holds, values, strict=True)]
        if expr.gather in ("min", "max") and all(isinstance(value, e.Constant) for value in values):
            return self._first(*_by_value(expr, there))
        return self._combined(expr, there)

    def _first(self, values: Sequence[e.Expr], holds: Sequence[int]) -> Chosen:
        """Each value where a case of it is the first that holds, and nothing where none does."""
        found: list[tuple[e.Expr, int]] = []
        left = TRUE
        for value, on in zip(values, holds, strict=True):
            found.append((value, self._gates.both(left, on)))
            left = self._gates.both(left, -on)
        return [*self._gates.gathered([*found, (NOTHING, left)]).items()]

    def _combined(self, expr: e.Cases, there: Sequence[int]) -> Chosen | None:
        """All combinations of the values of cases that hold; of cases that exclude each other, one alone."""
        states: dict[_Held, int] = {(): TRUE}
        count = 0
        for group in self._groups(expr.cases):
            moved: list[tuple[_Held, int]] = []
            none = self._gates.both(*(-there[place] for place in group))
            for held, where in states.items():
                moved.append((held, self._gates.both(where, none)))
                for place in group:
                    more = _with(expr, held, expr.cases[place].value)
                    moved.append((more, self._gates.both(where, there[place])))
                count += len(group)
                if count > _MOST_SUMS:
                    return None
            states = self._gates.gathered(moved)
        return [(_value(expr, held), where) for held, where in states.items()]

    def _groups(self, cases: Sequence[e.Case]) -> Iterable[Sequence[int]]:
        """The cases by their places, those together that follow one another and exclude each other."""
        rows: list[int] = []
        for place, case in enumerate(cases):
            if rows and (case.row is None or case.row == 1):
                yield from self._split(cases, rows)
                rows = []
            if case.row is None:
                yield (place,)
            else:
                rows.append(place)
        yield from self._split(cases, rows)

    def _split(self, cases: Sequence[e.Case], rows: list[int]) -> Iterable[Sequence[int]]:
        if self._exclude([cases[place] for place in rows]):
            return [rows]
        return [(place,) for place in rows]

    def _exclude(self, cases: Sequence[e.Case]) -> bool:
        """Whether no two cases hold together, as far as tests of one field against constants show it."""
        tests: dict[e.Expr, dict[int, e.Expr]] = {}
        for place, case in enumerate(cases):
            for part in conjuncts(case.condition):
                base = operand_of(part)
                if base is not None and base in self._types:
                    tests.setdefault(base, {}).setdefault(place, part)  # one of each case is enough
        return len(cases) > 1 and any(
            len(asked) == len(cases) and _are_apart(list(asked.values()), self._types[base])
            for base, asked in tests.items()
        )


def _are_apart(tests: Sequence[e.Expr], type_: Type) -> bool:
    """Whether no value of a type passes two of the tests."""
    if isinstance(type_, SetOf):
        return False
    constants: set[Value] = set()
    for test in tests:
        found = constants_of(test, type_)
        if found is None:
            return False
        constants |= found
    partition = partition_of(type_, lambda: constants)
    seen = 0
    for test in tests:
        region = region_of(test)
        cells = None if region is None else partition.satisfying(region)
        if cells is None or cells & seen:
            return False
        seen |= cells
    return True


def _by_value(expr: e.Cases, there: Sequence[int]) -> tuple[list[e.Expr], list[int]]:
    """The cases with the one first whose value wins over all others; constants, each."""
    pending = [(case.value, on) for case, on in zip(expr.cases, there, strict=True)]
    rank = {name: place for place, name in enumerate(getattr(expr.type, "names", ()))}

    def place(pair: tuple[e.Expr, int]) -> Value:
        assert isinstance(pair[0], e.Constant)
        value = pair[0].value
        return rank[str(value)] if rank else value

    pending.sort(key=place, reverse=expr.gather == "max")
    return [value for value, _ in pending], [on for _, on in pending]


def _with(expr: e.Cases, held: _Held, value: e.Expr) -> _Held:
    """One value more: joined with the constant before it, as far as the order in which they count allows."""
    if not isinstance(value, e.Constant):
        return (*held, value)
    if expr.gather == "sum":
        if not held:
            total = gathered(expr, [value.value])
        elif len(held) == 1 and isinstance(held[0], e.Constant) and held[0] != NOTHING:
            total = gathered(expr, [held[0].value, value.value])
        elif held == (NOTHING,):
            return held
        else:
            return (*held, value)
        return (NOTHING,) if total is None else (e.Constant(total),)
    constants = [part.value for part in (*held, value) if isinstance(part, e.Constant)]
    others = [part for part in held if not isinstance(part, e.Constant)]
    best = gathered(expr, constants)
    assert best is not None
    return (e.Constant(best), *others)


def _value(expr: e.Cases, held: _Held) -> e.Expr:
    """What values that all count come to, as an expression."""
    if expr.gather == "sum":
        total: e.Expr = held[0] if held else e.Constant(nothing_of(expr.type))
        for part in held[1:]:
            total = e.Arithmetic("+", total, part)
        return total
    if len(held) < 2:
        return held[0] if held else NOTHING
    always = e.Constant(True)
    return e.Cases(expr.gather, tuple(e.Case(always, value) for value in held), expr.type)
