"""Expressions as Python code: the value of one, and whether a condition is true or is false.

They are made apart, since most of the logic of missing values is not needed where only truth counts:
``x >= 5`` is true where ``x is not None and x >= 5``, and ``not`` needs no more than what makes its operand
false.
"""

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from routekit.compiled import codegen as c
from routekit.policy import expressions as e
from routekit.policy.algebra import TRUTHS, Sides, fold
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators import Operator
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.operators.order import COMPARISONS, RANGE, RANGE_WITHOUT_END
from routekit.policy.operators.registry import meaning_of
from routekit.policy.operators.sets import IS_EMPTY, MEMBER, SET_TESTS
from routekit.policy.operators.text import TEXT_TESTS
from routekit.schema.times import zone
from routekit.schema.types import Choice

__all__ = ["LEAVES", "CaseWriter", "Coder", "Leaf", "Load", "hint_of"]

Leaf = e.FieldRef | e.SignalRef | e.LetRef | e.SegmentRef | e.Now
LEAVES = (e.FieldRef, e.SignalRef, e.LetRef, e.SegmentRef, e.Now)
"""What an expression is worked out from: values that are read, or worked out before."""

Load = Callable[[Leaf], ast.expr]


class CaseWriter(Protocol):
    """Writes the functions of values by cases."""

    def function(self, expr: e.Cases) -> tuple[str, tuple[Leaf, ...]]: ...


def hint_of(expr: e.Expr) -> str:
    """What the value of an expression is called in generated code.

    >>> hint_of(e.FieldRef("customer", "value")), hint_of(e.Call("hour", (e.Now(),)))
    ('customer.value', 'hour')
    """
    match expr:
        case e.FieldRef(owner, name) | e.SignalRef(owner, name):
            return f"{owner}.{name}"
        case e.LetRef(name) | e.SegmentRef(name) | e.Call(name):
            return name
        case e.Now():
            return "now"
        case _:
            return "test"


class Coder:
    """Writes expressions into a module; ``load`` says where the code finds the value of a leaf."""

    def __init__(self, module: c.Module, policy: CheckedPolicy, load: Load, cases: CaseWriter) -> None:
        self._module = module
        self._policy = policy
        self._load = load
        self._cases = cases

    def value(self, expr: e.Expr) -> ast.expr:
        """Code for the value, None where it is missing."""
        match expr:
            case e.Constant(value):
                return self._module.constant(value)
            case e.FieldRef() | e.SignalRef() | e.LetRef() | e.SegmentRef() | e.Now():
                return self._load(expr)
            case e.All(operands):
                return self._logic(_ALL, operands)
            case e.Any(operands):
                return self._logic(_ANY, operands)
            case e.Not(operand):
                return self._helper(_NOT, self.value(operand))
            case e.IsKnown(operand):
                return _known(self.value(operand))
            case e.Else(first, second):
                keep, kept = self._kept(self.value(first))
                return c.choose(_known(keep), kept, self.value(second))
            case e.Cases():
                name, leaves = self._cases.function(expr)
                return c.call(c.load(name), *(self._load(leaf) for leaf in leaves))
            case e.OutcomeRef() | e.DataRef() | e.IsAssisted():
                raise AssertionError(f"an expression that has no place in a rule: {expr!r}")
            case _:
                known, result = self._strict(expr)
                return c.choose(c.all_of(known), result, ast.Constant(None)) if known else result

    def true(self, expr: e.Expr) -> ast.expr:
        """Code that says whether a condition is true."""
        return self.side(expr, True)

    def side(self, expr: e.Expr, truth: bool) -> ast.expr:
        """Code that says whether a condition is true, or whether it is false."""
        match expr:
            case e.All() | e.Any() | e.Not():
                return fold(expr, lambda operand: partial(self.side, operand), _SIDES)(truth)
            case e.SegmentRef() | e.IsKnown():
                return self.value(expr) if truth else c.negate(self.value(expr))
            case (
                e.Constant()
                | e.FieldRef()
                | e.SignalRef()
                | e.LetRef()
                | e.Else()
                | e.Call()
                | e.Bounded()
                | e.Cases()
            ):
                return c.compare(self.value(expr), ast.Is(), ast.Constant(truth))
            case e.Now() | e.OutcomeRef() | e.DataRef() | e.IsAssisted() | e.Arithmetic():
                raise AssertionError(f"no condition of a rule: {expr!r}")
            case _:
                known, result = self._strict(expr)
                return c.all_of((*known, result if truth else c.negate(result)))

    def _helper(self, helper: Callable[..., object], *arguments: ast.expr, hint: str = "") -> ast.expr:
        return c.call(self._module.constant(helper, hint), *arguments)

    def _logic(self, helper: Callable[..., object], operands: tuple[e.Expr, ...]) -> ast.expr:
        return self._helper(helper, ast.Tuple([self.value(operand) for operand in operands], ast.Load()))

    def _kept(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """A value that is used twice: the code for the first time, which keeps it, and for the next."""
        name = self._module.name("kept")
        return ast.NamedExpr(ast.Name(name, ast.Store()), value), c.load(name)

    def _strict(self, expr: e.Strict) -> tuple[list[ast.expr], ast.expr]:
        """Of an expression that is missing as soon as an operand is: what must hold, and the result then."""
        known: list[ast.expr] = []
        operands: list[ast.expr] = []
        for child in e.children(expr):
            if isinstance(child, e.Constant | e.Now | e.SegmentRef):
                operands.append(self.value(child))
                continue
            keep, kept = self._kept(self.value(child))
            known.append(_known(keep))
            operands.append(kept)
        return known, self._result(expr, operands)

    def _result(self, expr: e.Strict, operands: list[ast.expr]) -> ast.expr:
        constant = self._module.constant
        match expr:
            case e.Compare(operator, order=order):
                return _written(COMPARISONS[operator], [self._ranked(operand, order) for operand in operands])
            case e.InRange(order=order):
                row = RANGE_WITHOUT_END if expr.without_end else RANGE
                return _written(row, [self._ranked(operand, order) for operand in operands])
            case e.InSet(_, values):
                return _written(MEMBER, [*operands, constant(values)])
            case e.Member():
                return _written(MEMBER, operands)
            case e.SetTest(operator, _, values):
                return self._of_row(SET_TESTS[operator], [*operands, constant(values)])
            case e.IsEmpty():
                return _written(IS_EMPTY, operands)
            case e.TextTest(operator, _, argument):
                row = TEXT_TESTS[operator]
                if row.prepared is not None and isinstance(argument, e.Constant):
                    return self._helper(row.prepared(argument.value), operands[0])
                return self._of_row(row, operands)
            case e.CalendarOpen(name):
                return self._helper(meaning_of(expr, self._policy), *operands, hint=f"{name} is open")
            case e.Arithmetic() | e.Bounded():
                return self._helper(meaning_of(expr, self._policy), *operands)
            case e.Call(function, (e.Now(),)) if FUNCTIONS[function].known is Known.WALL:
                local = self._module.constant(zone(self._policy.timezone), "local")
                shown = c.method(operands[0], "astimezone", local)
                return self._helper(FUNCTIONS[function].meaning, shown, hint=function)
            case e.Call(function):
                return self._helper(meaning_of(expr, self._policy), *operands, hint=function)

    def _of_row(self, row: Operator, operands: list[ast.expr]) -> ast.expr:
        return _written(row, operands) if row.code else self._helper(row.meaning, *operands)

    def _ranked(self, operand: ast.expr, order: Choice | None) -> ast.expr:
        return operand if order is None else c.at(self._module.constant(order.rank), operand)


_ALL, _ANY, _NOT = TRUTHS.all, TRUTHS.any, TRUTHS.not_
_SIDES = Sides(c.all_of, c.any_of, c.negate)


def _written(row: Operator, operands: Sequence[ast.expr]) -> ast.expr:
    """An operator's own code, of its operands."""
    return c.filled(row.code, dict(zip(row.operands, operands, strict=True)))


def _known(value: ast.expr) -> ast.expr:
    return c.compare(value, ast.IsNot(), ast.Constant(None))
