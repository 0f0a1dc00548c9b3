"""Tests of what a function gives, taken apart: shares as points, sizes as members, bounds of all or some."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from math import ceil, floor
from typing import Protocol

from routekit.policy import expressions as e
from routekit.policy.constraints import Region, operand_of, region_of
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.ordinals import another
from routekit.policy.splits import WHOLE
from routekit.prover.domains.terms import ArmOf, Atom, Terms, TooLargeError, bases_of
from routekit.prover.sat.formula import FALSE, TRUE, Formula, Pair
from routekit.schema.types import SetOf, Value

__all__ = ["CallTests"]

_POINTS_OF_A_PERCENT = WHOLE // 100
_MOST_COUNTED = 24


class _Conditions(Protocol):
    """What asks for tests to be taken apart."""

    def pair(self, expr: e.Expr) -> Pair: ...

    def known(self, expr: e.Expr) -> int: ...

    def atom(self, atom: Atom) -> Pair: ...

    def named_elements(self, container: e.Expr) -> set[Value]: ...

    def counted(self, container: e.Expr, named: Iterable[Value]) -> tuple[int, Sequence[int]]: ...


class CallTests:
    """Takes apart tests that compare a call with what is written out, where that leaves nothing open."""

    def __init__(self, conditions: _Conditions, terms: Terms, gates: Formula) -> None:
        self._conditions = conditions
        self._terms = terms
        self._gates = gates
        self._edges: dict[e.Expr, dict[Value, Pair]] = {}

    def pair(self, test: e.Expr) -> Pair | None:
        """Where a test is true, and where it is false; None where it is none of these."""
        operand = operand_of(test)
        call = None if operand is None else self._call(operand)
        if call is None:
            return None
        match FUNCTIONS[call.function].known:
            case Known.LEAST | Known.LARGEST as known:
                if not self._terms.is_shallow(call):
                    raise TooLargeError
                return self._chosen(test, call, is_largest=known is Known.LARGEST)
            case Known.POINT if (region := region_of(test)) is not None:
                return self._share(call, region)
            case Known.SIZE if (region := region_of(test)) is not None:
                return self._size(call, region)
            case Known.RISING | Known.BOUNDS if (region := region_of(test)) is not None:
                return self._placed(call, region)
            case _:
                return None

    def _call(self, operand: e.Expr) -> e.Call | None:
        while isinstance(operand, e.LetRef):
            operand = self._terms.let(operand.name).expr
        return operand if isinstance(operand, e.Call) else None

    # ── shares ────────────────────────────────────────────────────────────────

    def _share(self, call: e.Call, region: Region) -> Pair:
        """The points of the split's hash between those that lie below the ends of a region."""
        key, seed = (self._terms.expand(argument) for argument in call.arguments)
        assert isinstance(seed, e.Constant)
        known, gates = self._conditions.known(call.arguments[0]), self._gates
        inside = []
        for low, high in _points(region):
            from_low, from_high = (
                self._conditions.atom(ArmOf(key, str(seed.value), 0, edge))[0] if 0 < edge < WHOLE else edge
                for edge in (low, high)
            )
            below = known if high == WHOLE else from_high
            inside.append(below if low == 0 else gates.both(below, -from_low))
            if low > 0 and high < WHOLE:
                gates.add((-from_low, from_high))
        yes = gates.any(inside)
        return gates.both(known, yes), gates.both(known, -yes)

    # ── sizes ─────────────────────────────────────────────────────────────────

    def _size(self, call: e.Call, region: Region) -> Pair | None:
        """Counts the members of a set, of which so many more are named that the count comes out."""
        (container,) = call.arguments
        parts = e.parts(self._terms.expand(container))
        types = (self._terms.types.get(part) for part in parts)
        type_ = next((found for found in types if isinstance(found, SetOf)), None)
        most = max((ceil(edge) for edge in region.constants if isinstance(edge, int | float)), default=0) + 1
        if type_ is None or most > _MOST_COUNTED:
            return None
        named, more = self._conditions.named_elements(container), set[Value]()
        while len(more) < most and (value := another(type_.element, named | more)) is not None:
            more.add(value)
        known, members = self._conditions.counted(container, named | more)
        gates = self._gates
        holds = gates.any(
            gates.both(
                gates.at_least(members, first),
                TRUE if behind > most else -gates.at_least(members, behind),
            )
            for first, behind in _runs([count in region for count in range(most + 1)])
        )
        return gates.both(known, holds), gates.both(known, -holds)

    # ── results in their order ────────────────────────────────────────────────

    def _placed(self, call: e.Call, region: Region) -> Pair | None:
        """Whether a result of several fields lies from an edge on, told alike for every test of the call."""
        inner = self._terms.expand(call)
        if len(bases_of(inner)) < 2:
            return None
        gates = self._gates
        yes, no, known = [], [], []
        for low, behind in _stretches(region):
            from_low = (TRUE, FALSE) if low is None else self._from(inner, low)
            beyond = (FALSE, TRUE) if behind is None else self._from(inner, behind)
            known += [gates.either(*pair) for pair in (from_low, beyond) if set(pair) != {TRUE, FALSE}]
            yes.append(gates.both(from_low[0], beyond[1]))
            no.append(gates.either(from_low[1], beyond[0]))
        if not known:
            return None
        return gates.all((known[0], gates.any(yes))), gates.all((known[0], *no))

    def _from(self, call: e.Expr, edge: Value) -> Pair:
        """Where the result of a call is not less than an edge, and where it is less."""
        edges = self._edges.setdefault(call, {})
        if edge not in edges:
            yes, no = self._conditions.atom(e.Compare(">=", call, e.Constant(edge)))
            for other, (above, below) in edges.items():
                is_higher: bool = edge > other  # type: ignore[operator]
                higher, lower = ((yes, no), (above, below)) if is_higher else ((above, below), (yes, no))
                self._gates.add((-higher[0], lower[0]))
                self._gates.add((-lower[1], higher[1]))
                self._gates.add((-lower[0], higher[0], higher[1]))
                self._gates.add((-higher[1], lower[0], lower[1]))
            edges[edge] = yes, no
        return edges[edge]

    # ── the least and the largest ─────────────────────────────────────────────

    def _chosen(self, test: e.Expr, call: e.Call, *, is_largest: bool) -> Pair | None:
        """``max(a, b) >= c`` where one of them is, ``max(a, b) <= c`` where all are."""
        gates = self._gates
        bounds: list[tuple[str, e.Expr]]
        match test:
            case e.Compare("is", e.Constant() as same, _) | e.Compare("is", _, e.Constant() as same):
                bounds = [(">=", same), ("<=", same)]
            case e.Compare(operator, left, e.Constant() as bound) if operand_of(test) is left:
                bounds = [(operator, bound)]
            case e.InRange(_, low, high):
                bounds = [(">=", low), ("<" if test.without_end else "<=", high)]
            case _:
                return None
        known = gates.all(self._conditions.known(argument) for argument in call.arguments)
        parts = []
        for sign, edge in bounds:
            tests = (e.Compare(sign, argument, edge, call.order) for argument in call.arguments)
            some = (sign in (">", ">=")) is is_largest
            holds = [self._conditions.pair(each)[0] for each in tests]
            parts.append(gates.any(holds) if some else gates.all(holds))
        holds_all = gates.all(parts)
        return gates.both(known, holds_all), gates.both(known, -holds_all)


def _stretches(region: Region) -> Iterator[tuple[Value | None, Value | None]]:
    """The whole numbers, dates or spans of a region, from the first to the one behind the last."""
    if region.values is not None:
        for value in sorted(region.values):
            if not isinstance(value, float) or value.is_integer():
                yield value, _next(value)
        return
    low, high = region.low, region.high
    first = None if low is None else _next(low[0]) if low[1] > 0 else _least(low[0])
    if low is None or first is not None:
        yield first, None if high is None else _least(high[0]) if high[1] < 0 else _next(high[0])


def _least(edge: Value) -> Value:
    return ceil(edge) if isinstance(edge, float) else edge


def _next(edge: Value) -> Value | None:
    """The least result above an edge; None where there is none."""
    try:
        match edge:
            case int() | float():
                return floor(edge) + 1
            case timedelta():
                return edge + timedelta(microseconds=1)
            case date():
                return edge + timedelta(days=1)
    except OverflowError:
        return None
    raise AssertionError(f"a result without an order: {edge!r}")


def _points(region: Region) -> Iterator[tuple[int, int]]:
    """The points whose shares lie in a region, in runs from the first up to, not including, the last."""
    if region.values is not None:
        for value in sorted(value for value in region.values if isinstance(value, int | float)):
            low, high = _first_from(value), _first_above(value)
            if low < high:
                yield low, high
        return
    low, high = 0, WHOLE
    if region.low is not None:
        low = _first_above(region.low[0]) if region.low[1] > 0 else _first_from(region.low[0])
    if region.high is not None:
        high = _first_from(region.high[0]) if region.high[1] < 0 else _first_above(region.high[0])
    if low < high:
        yield low, high


def _first_from(share: float) -> int:
    """The first point whose share is not below one."""
    place = min(max(floor(share * _POINTS_OF_A_PERCENT) - 2, 0), WHOLE)
    while place < WHOLE and place / _POINTS_OF_A_PERCENT < share:
        place += 1
    return place


def _first_above(share: float) -> int:
    """The first point whose share is above one."""
    place = _first_from(share)
    while place < WHOLE and place / _POINTS_OF_A_PERCENT <= share:
        place += 1
    return place


def _runs(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where flags in a row are set: from the first up to, not including, the place behind the last."""
    start = None
    for place, flag in enumerate((*flags, False)):
        if flag and start is None:
            start = place
        elif not flag and start is not None:
            yield start, place
            start = None
