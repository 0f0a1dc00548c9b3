"""Whether inequalities hold together: over whole numbers, and where tests leave a choice.

Beside the simplex stands a search: where a whole number comes out broken, it is less or more; where a clause
does not hold, one of its alternatives is taken. What contradicts without a decision, contradicts for good.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import count
from math import floor
from typing import Protocol, TypeAlias

from routekit.policy import expressions as e
from routekit.prover.arithmetic.inequalities import Clause, Inequality, Row, Side, normal, tightened
from routekit.prover.arithmetic.tableau import Conflict, Held, Quantity, Tableau, add, size

__all__ = ["Column", "Columns", "GaveUpError", "Mode", "Search"]

_MOST_DECISIONS = 300
_MOST_TRIED = 20
"""Decisions, where it is tried whether a column can have a value."""
_MARGIN = Fraction(1, 1 << 30)
"""How far a float keeps from a bound that it must not reach, where a value is looked for."""


class Mode(Enum):
    """What is made of sums that floats round."""

    OUTER = "nothing is left out, so what contradicts is refuted"
    PLAIN = "as if nothing were rounded"
    INNER = "what is found comes out so, however it is rounded"


class GaveUpError(Exception):
    """Too many decisions."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column may be, at most and in all: None where there is no bound."""

    is_whole: bool
    low: Quantity | None
    high: Quantity | None
    least: Quantity | None
    most: Quantity | None
    """``least`` and ``most`` wherever else it may lie."""


class Columns(Protocol):
    """Knows the columns."""

    def column(self, name: e.Expr) -> Column: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that was tried."""

    number: int


_Try: TypeAlias = Callable[["Decision"], Conflict | None]
"""Bounds that a decision brings."""


class Search:
    """Inequalities, each with why it must hold, and values for the columns."""

    def __init__(self, columns: Columns, mode: Mode, hurry: Callable[[], None]) -> None:
        self.tableau = Tableau(hurry)
        self.names: dict[e.Expr, int] = {}
        self._columns = columns
        self._mode = mode
        self._whole: dict[int, bool] = {}
        self._rows: dict[Row, int] = {}
        self._values: dict[e.Expr, int] = {}
        self._clauses: list[tuple[Clause, Hashable]] = []
        self._numbers = count(1)
        self._left = _MOST_DECISIONS
        self.conflict: Conflict | None = None
        """What contradicts already."""

    # ── what must hold ────────────────────────────────────────────────────────

    def add(self, clauses: Sequence[Clause], why: Hashable) -> None:
        """Adds what a test asks."""
        for clause in clauses:
            if len(clause) == 1:
                self._hold(clause[0], why)
            else:
                self._clauses.append((clause, why))

    def _hold(self, together: Sequence[Inequality], why: Hashable) -> Conflict | None:
        for inequality in together:
            conflict = self._bound(inequality, why)
            if conflict is not None:
                self.conflict = self.conflict or conflict
                return conflict
        return None

    def _bound(self, inequality: Inequality, why: Hashable) -> Conflict | None:
        parts, constant, is_rounded = self._parts(inequality)
        bound = -constant
        if not parts:
            holds = bound >= 0 if inequality.is_upper else bound <= 0
            if inequality.is_strict and bound == 0:
                holds = False
            return None if holds else Conflict((Held(why, 1, inequality.is_upper),), 0)
        row, scale = normal(parts)
        is_upper = inequality.is_upper is (scale > 0)
        is_whole = not is_rounded and all(self._whole[column] for column, _ in row)
        bound = self._limit(inequality, bound * scale, is_upper, is_whole, len(row) == 1)
        variable = row[0][0] if len(row) == 1 else self._row(row)
        place = self.tableau.at_most if is_upper else self.tableau.at_least
        return place(variable, bound, why)

    def _limit(
        self, inequality: Inequality, bound: Quantity, is_upper: bool, is_whole: bool, is_value: bool
    ) -> Quantity:
        if self._mode is not Mode.OUTER and inequality.is_strict and not is_whole:
            margin = max(Fraction(1), Fraction(size(bound))) * _MARGIN
            return bound - margin if is_upper else bound + margin
        found = tightened(
            bound, is_upper=is_upper, is_strict=inequality.is_strict, is_whole=is_whole, is_value=is_value
        )
        return found.numerator if isinstance(found, Fraction) and found.denominator == 1 else found

    def _row(self, row: Row) -> int:
        if row not in self._rows:
            self._rows[row] = self.tableau.row(dict(row))
        return self._rows[row]

    # ── columns ───────────────────────────────────────────────────────────────

    def column(self, name: e.Expr) -> int:
        """The variable of a column, within its bounds."""
        if name not in self.names:
            known = self._columns.column(name)
            made = self.names[name] = self._variable(known.is_whole)
            if known.low is not None:
                self.tableau.at_least(made, known.low, None if known.low == known.least else ("low", name))
            if known.high is not None:
                self.tableau.at_most(made, known.high, None if known.high == known.most else ("high", name))
        return self.names[name]

    def _variable(self, is_whole: bool) -> int:
        made = self.tableau.variable()
        self._whole[made] = is_whole
        return made

    def _parts(self, inequality: Inequality) -> tuple[dict[int, Quantity], Quantity, bool]:
        """The columns of a difference, its constant, and whether it may be rounded."""
        found: dict[int, Quantity] = {}
        constant: Quantity = 0
        for sign, side in ((1, inequality.of.left), (-1, inequality.of.right)):
            if side.sum.is_exact or self._mode is not Mode.OUTER:
                add(found, {self.column(name): part for name, part in side.sum.parts.items()}, sign)
                constant += sign * side.sum.constant
            else:
                add(found, {self._value(side): 1}, sign)
            if self._mode is Mode.INNER and not side.sum.is_exact:
                lost, more = self._lost(side) or ({}, 0)
                add(found, lost, 1 if inequality.is_upper else -1)
                constant += more if inequality.is_upper else -more
        is_rounded = not (inequality.of.left.sum.is_exact and inequality.of.right.sum.is_exact)
        return found, constant, is_rounded

    def _value(self, side: Side) -> int:
        """The variable of what a side comes to when it is rounded, held to what is lost at most."""
        if side.expr not in self._values:
            made = self._values[side.expr] = self._variable(False)
            lost = self._lost(side)
            if lost is not None:
                for sign, bound in ((1, self.tableau.at_most), (-1, self.tableau.at_least)):
                    parts: dict[int, Quantity] = {made: 1}
                    add(parts, {self.column(name): part for name, part in side.sum.parts.items()}, -1)
                    add(parts, lost[0], -sign)
                    row, scale = normal(parts)
                    limit = (side.sum.constant + sign * lost[1]) * scale
                    if scale < 0:
                        bound = self.tableau.at_least if sign > 0 else self.tableau.at_most
                    bound(self._row(row), limit, None)
        return self._values[side.expr]

    def _lost(self, side: Side) -> tuple[dict[int, Quantity], Quantity] | None:
        """By how much at most a sum is rounded, by its columns; None where that is not known."""
        parts: dict[int, Quantity] = {}
        lost: Quantity = side.sum.doubt
        for name, doubt in side.sum.doubts.items():
            column = self._columns.column(name)
            if column.least is not None and column.most is not None:
                lost += doubt * max(size(column.least), size(column.most))
            elif column.least is not None and column.least >= 0:
                parts[self.column(name)] = doubt
            else:
                return None
        return parts, _rounded_up(lost)

    # ── search ────────────────────────────────────────────────────────────────

    def solve(self) -> Conflict | None:
        """Finds values for which all holds, or what contradicts; raises ``GaveUpError``."""
        if self.conflict is not None:
            return self.conflict
        self._left = _MOST_DECISIONS
        return self._solve()

    def tried(self, name: e.Expr, value: Quantity) -> bool:
        """Gives a column a value, if all can still hold."""
        mark, column = self.tableau.mark(), self.column(name)
        self._left = _MOST_TRIED
        why = self._decision()
        conflict = self.tableau.at_least(column, value, why) or self.tableau.at_most(column, value, why)
        try:
            if (conflict or self._solve()) is None:
                return True
        except GaveUpError:
            pass
        self.tableau.back_to(mark)
        return False

    def value(self, name: e.Expr) -> Quantity:
        """The value of a column."""
        return self.tableau.values[self.column(name)]

    def _decision(self) -> Decision:
        self._left -= 1
        if self._left < 0:
            raise GaveUpError
        return Decision(next(self._numbers))

    def _solve(self) -> Conflict | None:
        conflict = self.tableau.check()
        if conflict is not None:
            return conflict
        choices = self._choices()
        if choices is None:
            return None
        alternatives, because = choices
        held: list[Held] = list(because)
        for bound in alternatives:
            mark, decision = self.tableau.mark(), self._decision()
            found = bound(decision) or self._solve()
            if found is None:
                return None
            self.tableau.back_to(mark)
            if all(other.why != decision for other in found.bounds):
                return found
            held += (other for other in found.bounds if other.why != decision)
        return Conflict(list({(part.why, part.is_upper): part for part in held}.values()))

    def _choices(self) -> tuple[list[_Try], Sequence[Held]] | None:
        """What may be decided next: of a clause that does not hold, or a whole number that is broken."""
        for clause, why in self._clauses:
            if not any(all(map(self._is_kept, together)) for together in clause):
                return [self._alternative(together) for together in clause], (Held(why, 1, False),)
        for variable in self.names.values():
            value = self.tableau.values[variable]
            if self._whole[variable] and value != (below := floor(value)):
                return list(self._beside(variable, below)), ()
        return None

    def _alternative(self, together: Sequence[Inequality]) -> _Try:
        def hold(decision: Decision) -> Conflict | None:
            found = (self._bound(inequality, decision) for inequality in together)
            return next((conflict for conflict in found if conflict is not None), None)

        return hold

    def _beside(self, variable: int, below: int) -> Iterator[_Try]:
        tableau = self.tableau
        down = lambda why: tableau.at_most(variable, below, why)  # noqa: E731
        up = lambda why: tableau.at_least(variable, below + 1, why)  # noqa: E731
        yield from (down, up) if below >= 0 else (up, down)

    def _is_kept(self, inequality: Inequality) -> bool:
        parts, constant, _ = self._parts(inequality)
        value = sum((part * self.tableau.values[column] for column, part in parts.items()), constant)
        if inequality.is_strict:
            return value < 0 if inequality.is_upper else value > 0
        return value <= 0 if inequality.is_upper else value >= 0


def _rounded_up(lost: Quantity) -> Quantity:
    """A power of two not less, which is quicker to work with."""
    if not lost:
        return 0
    fraction = Fraction(lost)
    places = fraction.denominator.bit_length() - fraction.numerator.bit_length() - 1
    return Fraction(1, 1 << places) if places > 0 else 1 << -places
