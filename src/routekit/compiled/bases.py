"""Which one value a condition is a function of: its base, by whose classes it is decided beforehand."""

from collections.abc import Iterable
from dataclasses import dataclass

from routekit.policy import expressions as e
from routekit.policy.constraints import operand_of
from routekit.policy.inference import Types
from routekit.policy.model import CheckedPolicy, Let
from routekit.policy.operators.functions import FUNCTIONS, Function, Known
from routekit.policy.partition import MOST_LISTED, constants_of, is_finite
from routekit.policy.references import declared
from routekit.schema.types import Choice, Duration, Flag, Integer, SetOf, Type, Value

__all__ = ["CLOCK", "Bases"]

CLOCK: e.Expr = e.Call("wall clock", (e.Now(),))
"""The base of what is asked of the clock on the wall: opening hours, hours, weekdays and dates of ``now``."""

_OPAQUE: e.Expr = e.Constant("opaque")
"""Stands for a value that has no classes where it is used so: the test around it is then a base itself."""

_MOST_HEIGHT = 100
"""Of an expression with all its definitions put in; what is higher is a base itself, to bound recursion."""

_MOST_LISTED = 1 << 18
"""Values of all fields of whole numbers together: where there are many, only shorter ranges are listed."""

_LOGIC = (e.All, e.Any, e.Not)


@dataclass(frozen=True, slots=True)
class _Found:
    """The bases of an expression, and how high it is with its definitions put in."""

    bases: frozenset[e.Expr]
    height: int


@dataclass(frozen=True, slots=True)
class _Direct:
    """The value that a let is but where it is missing, and through how many definitions."""

    base: e.Expr | None
    height: int


class Bases:
    """Finds the bases of a policy's expressions."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._types = Types(policy)
        self._lets: dict[str, Let] = {}
        self._segments: dict[str, e.Expr] = {}
        self._defined: dict[str, _Found] = {}
        self._known: dict[int, _Found] = {}
        self._directs: dict[str, _Direct] = {}
        types = [field.type for field in declared(policy).values()]
        listed = sum(isinstance(type_, Integer) and is_finite(type_) for type_ in types)
        self.most_listed = min(MOST_LISTED, _MOST_LISTED // max(listed, 1))
        for definition in policy.definitions:
            if isinstance(definition, Let):
                self._lets[definition.name] = definition
                self._defined[definition.name] = self._find(definition.expr)
                self._directs[definition.name] = self._direct(definition.expr)
            else:
                self._segments[definition.name] = definition.condition
                self._defined[definition.name] = self._find(definition.condition)

    def of(self, expr: e.Expr) -> frozenset[e.Expr]:
        """The bases of a condition: none where it is always the same."""
        return self._find(expr).bases

    def is_of_base(self, expr: e.Expr, base: e.Expr) -> bool:
        """Whether a condition compares its base itself with constants, or another where it is missing."""
        operand = operand_of(expr)
        return operand is not None and (operand == base or self.direct(operand) == base)

    def tries(self, expr: e.Expr, base: e.Expr) -> int:
        """How many values must be worked out to know for which of its base's a condition holds.

        None but those for the missing value, where the base is but compared with constants.
        """
        count = 0
        pending, seen = [expr], {base}
        while pending:
            part = pending.pop()
            if part in seen:
                continue
            if isinstance(part, e.LetRef | e.SegmentRef):
                seen.add(part)
                pending.append(self.definition(part))
            elif not self.is_of_base(part, base):
                count += not isinstance(part, _LOGIC)
                pending += e.children(part)
        match self.type_of(base):
            case Integer(int(low), int(high)):
                return count * (high - low + 2)
            case Choice(names):
                return count * (len(names) + 1)
            case _:
                return count

    def is_finite(self, type_: Type) -> bool:
        """Whether the values of a type are listed."""
        return is_finite(type_, self.most_listed)

    def definition(self, reference: e.LetRef | e.SegmentRef) -> e.Expr:
        """What a let or a segment is defined by."""
        if isinstance(reference, e.LetRef):
            return self._lets[reference.name].expr
        return self._segments[reference.name]

    def type_of(self, base: e.Expr) -> Type:
        """The type of a base's values."""
        return self._types.of(base)

    def direct(self, operand: e.Expr) -> e.Expr | None:
        """The value that an operand is, or is but where it is missing; None where it is a function."""
        return self._direct(operand).base

    def _direct(self, operand: e.Expr) -> _Direct:
        match operand:
            case e.Else(first, e.Constant()):
                return self._direct(first)
            case e.LetRef(name) if (within := self._directs[name]).base and within.height < _MOST_HEIGHT:
                return _Direct(within.base, within.height + 1)
            case e.FieldRef() | e.SignalRef() | e.Now() | e.LetRef():
                return _Direct(None if isinstance(self.type_of(operand), SetOf) else operand, 1)
            case _:
                return _Direct(None, 1)

    def constants(self, exprs: Iterable[e.Expr], base: e.Expr) -> set[Value]:
        """The constants that conditions compare their base with; each definition is looked at once."""
        found: set[Value] = set()
        pending, seen = [*exprs], {base}
        while pending:
            expr = pending.pop()
            if isinstance(expr, e.LetRef | e.SegmentRef):
                if expr not in seen:
                    seen.add(expr)
                    pending.append(self.definition(expr))
                continue
            if self._tested(expr) == base:
                found |= constants_of(expr, self.type_of(base)) or set()
            pending += e.children(expr)
        return found

    def _find(self, expr: e.Expr) -> _Found:
        known = self._known.get(id(expr))
        if known is None:
            known = self._known[id(expr)] = self._look(expr)
        return known

    def _look(self, expr: e.Expr) -> _Found:
        match expr:
            case e.Constant():
                return _Found(frozenset(), 1)
            case e.FieldRef() | e.SignalRef():
                return _Found(frozenset({expr if self.is_finite(self.type_of(expr)) else _OPAQUE}), 1)
            case e.Now():
                return _Found(frozenset({_OPAQUE}), 1)
            case e.LetRef(name) | e.SegmentRef(name):
                return self._put_in(expr, self._defined[name])
            case e.CalendarOpen(_, e.Now()):
                return _Found(frozenset({CLOCK}), 1)
            case e.Call(function, (e.Now(),)) if _changes_by_the_hour(FUNCTIONS[function]):
                return _Found(frozenset({CLOCK}), 1)
            case _ if (base := self._tested(expr)) is not None:
                return _Found(frozenset({base}), 1 + self._find(e.children(expr)[0]).height)
        parts = [self._find(child) for child in e.children(expr)]
        bases = frozenset[e.Expr]().union(*(part.bases for part in parts))
        height = 1 + max(part.height for part in parts)
        if isinstance(expr, e.Call):
            return _Found(frozenset({expr if is_finite(self.type_of(expr)) else _OPAQUE}), 1)
        if height > _MOST_HEIGHT or _OPAQUE in bases or (len(bases) > 1 and not isinstance(expr, _LOGIC)):
            test = isinstance(expr, e.All | e.Any | e.Not | e.Test)
            return _Found(frozenset({expr if test else _OPAQUE}), 1)
        return _Found(bases, height)

    def _put_in(self, expr: e.LetRef | e.SegmentRef, defined: _Found) -> _Found:
        if len(defined.bases) < 2 and _OPAQUE not in defined.bases and defined.height < _MOST_HEIGHT:
            return _Found(defined.bases, defined.height + 1)
        finite = isinstance(expr, e.SegmentRef) or isinstance(self.type_of(expr), Choice | Flag)
        return _Found(frozenset({expr if finite else _OPAQUE}), 1)

    def _tested(self, expr: e.Expr) -> e.Expr | None:
        """The base of a test of one value against constants."""
        operand = expr.operand if isinstance(expr, e.IsKnown) else operand_of(expr)
        base = None if operand is None else self.direct(operand)
        if base is None:
            return None
        type_ = self.type_of(base)
        # a finite base is left to the general way, which any test of it may go
        return None if self.is_finite(type_) or constants_of(expr, type_) is None else base


def _changes_by_the_hour(row: Function) -> bool:
    """Whether a function tells a part of the clock on the wall that stays for an hour at least."""
    return row.known is Known.WALL and not any(isinstance(type_, Duration) for type_ in row.of.values())
