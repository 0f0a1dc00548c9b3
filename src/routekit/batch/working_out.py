"""Expressions worked out for all rows of a table at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import and_, invert, or_
from typing import TYPE_CHECKING, Any

import numpy as np

from routekit.batch.arrow import take
from routekit.batch.encoding import distinct_rows
from routekit.batch.layout import Spot
from routekit.batch.numbers import vector_of
from routekit.batch.vectors import (
    EXACT,
    LONGEST,
    Kind,
    Vector,
    chosen,
    codes_of,
    constant,
    kind_of,
    number_of,
    typed,
)
from routekit.batch.walls import READINGS, Walls
from routekit.policy import expressions as e
from routekit.policy.algebra import TRUTHS, Pairs, fold
from routekit.policy.inference import Types
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.operators.registry import meaning_of
from routekit.policy.references import ARRIVAL, ValueRef, defined
from routekit.schema.times import FIRST_TIME, LAST_TIME
from routekit.schema.types import Time, Value

if TYPE_CHECKING:
    import numpy.typing as npt

    from routekit.batch.vectors import Marks

    Array = npt.NDArray[Any]
    Places = npt.NDArray[np.int64]

__all__ = ["Conditions", "Rows"]

_FIRST, _LAST = number_of(FIRST_TIME), number_of(LAST_TIME)
_DAY = 86_400_000_000
_ORDERED = (Kind.NUMBER, Kind.TIME, Kind.DATE, Kind.SPAN)
_SIDES: Pairs[Any] = Pairs(
    lambda sides: reduce(and_, sides, np.bool_(True)),
    lambda sides: reduce(or_, sides, np.bool_(False)),
    invert,
)


class Conditions:
    """What of a policy's expressions is the same for all tables."""

    def __init__(self, policy: CheckedPolicy, spots: Mapping[ValueRef, Spot]) -> None:
        self.policy = policy
        self.spots = spots
        self.arrival = None if ARRIVAL not in spots else spots[ARRIVAL].field.type
        self.types = Types(policy)
        self.defined: Mapping[e.Expr, e.Expr] = defined(policy)
        self.order = {reference: place for place, reference in enumerate(self.defined)}
        self.walls = Walls(policy.timezone, dict(policy.calendars))


class Rows:
    """Some rows of a table, for which expressions are worked out, each definition once.

    ``columns`` are those of the layout's fields, of which only ``rows`` are meant, all where that is None.
    ``clock`` is ``now`` where a row has no time of its own. Of
    a row that is ``odd``, what is worked out may be wrong: it has a problem, or numbers beyond those that
    numpy has exactly.
    """

    def __init__(
        self,
        conditions: Conditions,
        columns: Mapping[ValueRef, Any],
        clock: datetime,
        count: int,
        rows: "Places | None" = None,
    ) -> None:
        self._conditions = conditions
        self._columns = columns
        self._clock = clock
        self._count = count
        self._rows = rows
        self._known: dict[e.Expr, Vector] = {}
        self.odd: Marks = np.bool_(False)

    @property
    def walls(self) -> Walls:
        """The clocks and calendars of the policy."""
        return self._conditions.walls

    def sides(self, expr: e.Expr) -> "tuple[Marks, Marks]":
        """Where a condition is true, and where it is false."""
        return self.vector(expr).sides()

    def vector(self, expr: e.Expr) -> Vector:
        """The values of an expression."""
        for reference in self._needed(expr):
            self._known[reference] = self._definition(reference)
        return self._vector(expr)

    def codes(self, expr: e.Expr) -> "tuple[Places, Sequence[Value | None]]":
        """The values of an expression as codes of samples."""
        return codes_of(self.vector(expr), self._count)

    def some(self, rows: "Places") -> "Rows":
        """Some of the rows, with what of them is worked out already."""
        some = Rows(
            self._conditions,
            self._columns,
            self._clock,
            len(rows),
            rows if self._rows is None else self._rows.take(rows),
        )
        some._known = {expr: _taken(vector, rows) for expr, vector in self._known.items()}
        return some

    def note(self, some: "Rows", rows: "Places") -> None:
        """Notes those of some rows that came out odd."""
        if np.any(some.odd):
            odd = np.zeros(self._count, np.bool_)
            odd[rows] = some.odd
            self.odd = self.odd | odd

    def _field(self, leaf: ValueRef) -> Vector:
        spot = self._conditions.spots[leaf]
        array = self._columns[leaf]
        if array is not None and self._rows is not None:
            array = take(array, self._rows)
        vector, odd = vector_of(array, spot, self._conditions.walls)
        if odd is not None:
            self.odd = self.odd | odd
        return vector

    def _time(self) -> Vector:
        clock = constant(self._clock, Kind.TIME)
        if not isinstance(self._conditions.arrival, Time):
            return clock
        arrival = self._vector(ARRIVAL)
        return chosen(arrival.known, arrival, clock, self._count)

    def _needed(self, expr: e.Expr) -> list[e.Expr]:
        """The definitions that an expression needs and that are not known, each behind those it needs."""
        found: set[e.Expr] = set()
        pending = [expr]
        while pending:
            part = pending.pop()
            if isinstance(part, e.LetRef | e.SegmentRef):
                if part not in found and part not in self._known:
                    found.add(part)
                    pending.append(self._conditions.defined[part])
            else:
                pending += e.children(part)
        return sorted(found, key=self._conditions.order.__getitem__)

    def _definition(self, reference: e.Expr) -> Vector:
        vector = self._vector(self._conditions.defined[reference])
        if isinstance(reference, e.SegmentRef):
            true, _ = vector.sides()
            return Vector(Kind.TRUTH, np.asarray(true), np.bool_(True))
        return vector

    def _vector(self, expr: e.Expr) -> Vector:
        match expr:
            case e.Constant(value):
                return constant(value, kind_of(self._conditions.types.of(expr)))
            case e.LetRef() | e.SegmentRef():
                return self._known[expr]
            case e.FieldRef() | e.SignalRef() | e.Now():
                if expr not in self._known:
                    self._known[expr] = self._time() if isinstance(expr, e.Now) else self._field(expr)
                return self._known[expr]
            case e.Not() | e.All() | e.Any():
                true, false = fold(expr, lambda operand: self._vector(operand).sides(), _SIDES)
                return Vector(Kind.TRUTH, true, true | false)
            case e.IsKnown(operand):
                return Vector(Kind.TRUTH, np.asarray(self._vector(operand).known), np.bool_(True))
            case e.Else(first, second):
                found = self._vector(first)
                return chosen(found.known, found, self._vector(second), self._count)
            case e.Cases("first", cases):
                return self._first_case(cases, kind_of(expr.type))
            case e.Cases():
                return self._each(
                    expr, lambda *parts: TRUTHS.cases(expr, [*zip(parts[::2], parts[1::2], strict=True)])
                )
            case e.OutcomeRef() | e.DataRef() | e.IsAssisted():
                raise AssertionError(f"an expression that has no place in a rule: {expr!r}")
            case _:
                return self._strict(expr)

    def _first_case(self, cases: Sequence[e.Case], kind: Kind) -> Vector:
        found = constant(None, kind)
        for case in reversed(cases):
            holds, _ = self._vector(case.condition).sides()
            found = chosen(holds, self._vector(case.value), found, self._count)
        return found

    def _strict(self, expr: e.Strict) -> Vector:
        """What is missing as soon as an operand is: by numpy, or by the operator's own meaning."""
        found = self._by_numpy(expr, [self._vector(child) for child in e.children(expr)])
        if found is not None:
            return found
        meaning = meaning_of(expr, self._conditions.policy)
        return self._each(expr, lambda *values: None if None in values else meaning(*values))

    def _each(self, expr: e.Expr, work_out: Callable[..., Value | None]) -> Vector:
        """What a function gives for each combination of the values of operands that there is."""
        columns = [codes_of(self._vector(child), self._count) for child in e.children(expr)]
        first, places = distinct_rows([(codes, len(samples)) for codes, samples in columns], self._count)
        values = [[samples[code] for code in codes.take(first).tolist()] for codes, samples in columns]
        results = [work_out(*row) for row in zip(*values, strict=True)]
        return typed(kind_of(self._conditions.types.of(expr)), places, results)

    # ── what numpy does itself ────────────────────────────────────────────────

    def _by_numpy(self, expr: e.Strict, operands: Sequence[Vector]) -> Vector | None:
        kinds = [operand.kind for operand in operands]
        known = reduce(and_, (operand.known for operand in operands))
        match expr, operands:
            case e.Compare(operator), [left, right] if kinds[0] is kinds[1] and kinds[0] in _ORDERED:
                values: Any = COMPARISONS[operator].meaning(left.values, right.values)
                return Vector(Kind.TRUTH, values, known)
            case e.InRange(), [value, low, high] if kinds[0] in _ORDERED and len({*kinds}) == 1:
                to_end = value.values < high.values if expr.without_end else value.values <= high.values
                return Vector(Kind.TRUTH, (low.values <= value.values) & to_end, known)
            case e.Arithmetic(operator), [left, right]:
                return self._arithmetic(operator, left, right, known)
            case e.CalendarOpen(calendar), [Vector(Kind.TIME, times)] if self._covers(times, known):
                return Vector(
                    Kind.TRUTH, self._conditions.walls.is_open(calendar, np.asarray(times), known), known
                )
            case e.Call(function), [Vector(Kind.DATE, days)] if function in READINGS:
                reading = READINGS[function]
                return Vector(reading.kind, reading.read(days, np.zeros(1, np.int64)), known, reading.samples)
            case e.Call(function, (_, *place)), [Vector(Kind.TIME, times), *_] if function in READINGS:
                wall = self._conditions.walls.zone(*place)
                if wall is not None and self._covers(times, known):
                    reading = READINGS[function]
                    local = self._conditions.walls.local(times, wall)
                    return Vector(reading.kind, reading.read(*local), known, reading.samples)
        return None

    def _covers(self, times: "Array", known: "Marks") -> bool:
        """Whether the clocks of all instants are known; those of missing ones stand at 1970."""
        return self._conditions.walls.covers(np.asarray(times)[np.broadcast_to(known, np.shape(times))])

    def _arithmetic(self, operator: str, left: Vector, right: Vector, known: "Marks") -> Vector | None:
        a, b = left.values, right.values
        match left.kind, operator, right.kind:
            case Kind.NUMBER, _, Kind.NUMBER:
                return self._of_numbers(operator, a, b, known)
            case Kind.TIME, "-", Kind.TIME:
                return Vector(Kind.SPAN, a - b, known)
            case Kind.TIME, "+" | "-", Kind.SPAN:
                return _within_time(a + b if operator == "+" else a - b, known)
            case Kind.SPAN, "+", Kind.TIME:
                return _within_time(a + b, known)
            case Kind.SPAN, "+" | "-", Kind.SPAN:
                spans = a + b if operator == "+" else a - b
                self.odd = self.odd | (known & (abs(spans) >= LONGEST))
                return Vector(Kind.SPAN, spans, known)
            case Kind.DATE, "-", Kind.DATE:
                return Vector(Kind.SPAN, (a - b) * _DAY, known)
            case _:
                if left.kind is Kind.CODE or right.kind is Kind.CODE:
                    self.odd = np.bool_(True)  # a number that is not exact, whole or not as nobody knows
                return None

    def _of_numbers(self, operator: str, a: "Array", b: "Array", known: "Marks") -> Vector:
        with np.errstate(all="ignore"):
            if operator == "/":
                known = known & (b != 0)
                values = np.divide(a, b)
                inexact = ~np.isfinite(values)
            else:
                values = _ON_NUMBERS[operator](a, b)
                inexact = ~(np.abs(values) < EXACT)
        self.odd = self.odd | (known & inexact)
        return Vector(Kind.NUMBER, np.where(inexact, 0.0, values), known)


_ON_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {"+": np.add, "-": np.subtract, "*": np.multiply}


def _taken(vector: Vector, rows: Any) -> Vector:
    """The values of some rows; what is the same in all rows stays so."""
    values = vector.values.take(rows) if np.ndim(vector.values) else vector.values
    known = vector.known.take(rows) if np.ndim(vector.known) else vector.known
    return Vector(vector.kind, values, known, vector.samples)


def _within_time(times: "Array", known: "Marks") -> Vector:
    """Instants, missing where they are too near to the ends of time."""
    inside = (times >= _FIRST) & (times <= _LAST)
    return Vector(Kind.TIME, np.where(inside, times, 0), known & inside)
