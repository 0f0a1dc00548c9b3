"""Expressions that depend on one base alone, a field say, as plain functions of its value."""

from collections.abc import Mapping
from functools import partial

from routekit.policy import expressions as e
from routekit.policy.algebra import FUNCTIONS, Function, fold
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators.registry import Meaning, meaning_of
from routekit.policy.references import defined
from routekit.schema.types import Value

__all__ = ["Closures"]

MOST_HEIGHT = 120
"""Of an expression with its definitions put in, so that calls within calls do not fill Python's stack."""


class Closures:
    """Builds the functions of one policy, those of its definitions once for each base."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._defined: Mapping[e.Expr, e.Expr] = defined(policy)
        self._order: Mapping[e.Expr, int] = {defined: place for place, defined in enumerate(self._defined)}
        self._known: dict[tuple[e.Expr, e.Expr], tuple[Function, int] | None] = {}

    def of(self, expr: e.Expr, base: e.Expr) -> Function | None:
        """Maps the value of a base to that of an expression; None where it depends on more, or is too high.

        A value may be missing on both sides. A segment is false where its condition is unknown.
        """
        for reference in self._needed(expr, base):
            self._definition(reference, base)
        built = self._build(expr, base)
        return None if built is None else built[0]

    def _needed(self, expr: e.Expr, base: e.Expr) -> list[e.LetRef | e.SegmentRef]:
        """The definitions to be built for an expression, each behind those it needs."""
        found: dict[e.LetRef | e.SegmentRef, int] = {}
        pending = [expr]
        while pending:
            part = pending.pop()
            if not isinstance(part, e.LetRef | e.SegmentRef):
                pending += e.children(part)
            elif part not in found and part != base and (part, base) not in self._known:
                found[part] = self._order[part]
                pending.append(self._defined[part])
        return sorted(found, key=found.__getitem__)

    def _build(self, expr: e.Expr, base: e.Expr) -> tuple[Function, int] | None:
        """The function, and how high its expression is with its definitions put in."""
        if expr == base:
            return _identity, 1
        match expr:
            case e.Constant(constant):
                return (lambda _: constant), 1
            case e.LetRef() | e.SegmentRef():
                return self._definition(expr, base)
            case e.FieldRef() | e.SignalRef() | e.Now() | e.OutcomeRef() | e.DataRef() | e.IsAssisted():
                return None
        heights = [0]
        parts: list[Function] = []
        for child in e.children(expr):
            built = self._build(child, base)
            if built is None:
                return None
            parts.append(built[0])
            heights.append(built[1])
        height = max(heights) + 1
        if height > MOST_HEIGHT:
            return None
        match expr:
            case e.Not() | e.All() | e.Any() | e.IsKnown() | e.Else() | e.Cases():
                of_parts = iter(parts)
                return fold(expr, lambda _: next(of_parts), FUNCTIONS), height
            case _:
                return self._strict(expr, base, parts), height

    def _definition(self, expr: e.LetRef | e.SegmentRef, base: e.Expr) -> tuple[Function, int] | None:
        key = expr, base
        if key not in self._known:
            built = self._build(self._defined[expr], base)
            if built is not None:
                function, height = built
                crisp = partial(_is_true, function) if isinstance(expr, e.SegmentRef) else function
                built = _Memoised(crisp), height + 1
            self._known[key] = built
        return self._known[key]

    def _strict(self, expr: e.Strict, base: e.Expr, parts: list[Function]) -> Function:
        meaning = meaning_of(expr, self._policy)
        operand, *others = e.children(expr)
        constants = [other.value for other in others if isinstance(other, e.Constant)]
        if operand == base and len(constants) == len(others):
            return _against(meaning, constants)
        return partial(_missing_with, meaning, parts)


class _Memoised:
    """A definition's function, which works out a value once, however often others ask for it."""

    __slots__ = ("_function", "_last")

    def __init__(self, function: Function) -> None:
        self._function = function
        self._last: tuple[object, Value | None] = (self, None)

    def __call__(self, value: Value | None) -> Value | None:
        known, result = self._last
        if known is not value:
            result = self._function(value)
            self._last = value, result  # set at once, for threads that share it
        return result


def _identity(value: Value | None) -> Value | None:
    return value


def _is_true(condition: Function, value: Value | None) -> bool:
    return condition(value) is True


def _against(meaning: Meaning, constants: list[Value]) -> Function:
    """A test of the value itself against constants: the commonest, and tried on many values."""
    match constants:
        case []:
            return lambda value: None if value is None else meaning(value)
        case [one]:
            return lambda value: None if value is None else meaning(value, one)
        case _:
            return lambda value: None if value is None else meaning(value, *constants)


def _missing_with(meaning: Meaning, parts: list[Function], value: Value | None) -> Value | None:
    operands = [part(value) for part in parts]
    return None if None in operands else meaning(*operands)
