"""Expressions as Python code: the value of one, and whether a condition is true or is false.

The three are made apart, since most of the logic of missing values is not needed where only truth counts:
``x >= 5`` is true where ``x is not None and x >= 5``, and ``not`` needs no more than what makes its operand
false.
"""

import ast
from collections.abc import Callable, Sequence
from functools import partial

from routekit.compiled import codegen as c
from routekit.compiled.runtime import ARITHMETIC, all_true, any_true, calls, not_true
from routekit.policy import expressions as e
from routekit.policy.calendars import is_open
from routekit.policy.model import CheckedPolicy
from routekit.policy.patterns import compile_pattern
from routekit.schema.types import Choice

__all__ = ["LEAVES", "Coder", "Leaf", "Load"]

Leaf = e.FieldRef | e.SignalRef | e.LetRef | e.SegmentRef | e.Now
LEAVES = (e.FieldRef, e.SignalRef, e.LetRef, e.SegmentRef, e.Now)
"""What an expression is worked out from: values that are read, or worked out before."""

Load = Callable[[Leaf], ast.expr]

_OPERATORS: dict[str, type[ast.cmpop]] = {
    "is": ast.Eq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}


class Coder:
    """Writes expressions into a module; ``load`` says where the code finds the value of a leaf."""

    def __init__(self, module: c.Module, policy: CheckedPolicy, load: Load) -> None:
        self._module = module
        self._policy = policy
        self._load = load
        self._calls = calls(policy.timezone)

    def value(self, expr: e.Expr) -> ast.expr:
        """Code for the value, None where it is missing."""
        match expr:
            case e.Constant(value):
                return self._module.constant(value)
            case e.FieldRef() | e.SignalRef() | e.LetRef() | e.SegmentRef() | e.Now():
                return self._load(expr)
            case e.All(operands):
                return self._logic(all_true, operands)
            case e.Any(operands):
                return self._logic(any_true, operands)
            case e.Not(operand):
                return self._helper(not_true, self.value(operand))
            case e.IsKnown(operand):
                return _known(self.value(operand))
            case e.Else(first, second):
                keep, kept = self._kept(self.value(first))
                return c.choose(_known(keep), kept, self.value(second))
            case _:
                known, result = self._strict(expr)
                return c.choose(c.all_of(known), result, ast.Constant(None)) if known else result

    def true(self, expr: e.Expr) -> ast.expr:
        """Code that says whether a condition is true."""
        match expr:
            case e.All(operands):
                return c.all_of(self.true(operand) for operand in operands)
            case e.Any(operands):
                return c.any_of(self.true(operand) for operand in operands)
            case e.Not(operand):
                return self.false(operand)
            case e.SegmentRef() | e.IsKnown():
                return self.value(expr)
            case e.Constant() | e.FieldRef() | e.SignalRef() | e.LetRef() | e.Else():
                return c.compare(self.value(expr), ast.Is(), ast.Constant(True))
            case _:
                known, result = self._strict(expr)
                return c.all_of((*known, result))

    def false(self, expr: e.Expr) -> ast.expr:
        """Code that says whether a condition is false."""
        match expr:
            case e.All(operands):
                return c.any_of(self.false(operand) for operand in operands)
            case e.Any(operands):
                return c.all_of(self.false(operand) for operand in operands)
            case e.Not(operand):
                return self.true(operand)
            case e.SegmentRef() | e.IsKnown():
                return c.negate(self.value(expr))
            case e.Constant() | e.FieldRef() | e.SignalRef() | e.LetRef() | e.Else():
                return c.compare(self.value(expr), ast.Is(), ast.Constant(False))
            case _:
                known, result = self._strict(expr)
                return c.all_of((*known, c.negate(result)))

    def _helper(self, helper: Callable[..., object], *arguments: ast.expr) -> ast.expr:
        return c.call(self._module.constant(helper, "f"), *arguments)

    def _logic(self, helper: Callable[..., object], operands: tuple[e.Expr, ...]) -> ast.expr:
        return self._helper(helper, ast.Tuple([self.value(operand) for operand in operands], ast.Load()))

    def _kept(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """A value that is used twice: the code for the first time, which keeps it, and for the next."""
        name = self._module.name("t")
        return ast.NamedExpr(ast.Name(name, ast.Store()), value), c.load(name)

    def _strict(self, expr: e.Expr) -> tuple[list[ast.expr], ast.expr]:
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

    def _result(self, expr: e.Expr, operands: Sequence[ast.expr]) -> ast.expr:
        constant = self._module.constant
        match expr:
            case e.Compare(operator, order=order):
                left, right = (self._ranked(operand, order) for operand in operands)
                return c.compare(left, _OPERATORS[operator](), right)
            case e.InRange(order=order):
                value, low, high = (self._ranked(operand, order) for operand in operands)
                return ast.Compare(low, [ast.LtE(), ast.LtE()], [value, high])
            case e.InSet(_, values):
                return c.compare(operands[0], ast.In(), constant(values))
            case e.Member():
                return c.compare(operands[0], ast.In(), operands[1])
            case e.HasAny(_, values):
                return c.negate(c.method(operands[0], "isdisjoint", constant(values)))
            case e.HasAll(_, values):
                return c.compare(constant(values), ast.LtE(), operands[0])
            case e.IsEmpty():
                return c.negate(operands[0])
            case e.TextTest(operator):
                text, part = operands
                if operator == "contains":
                    return c.compare(part, ast.In(), text)
                return c.method(text, "startswith" if operator == "starts with" else "endswith", part)
            case e.Matches(_, pattern):
                return self._helper(compile_pattern(pattern), operands[0])
            case e.CalendarOpen(name):
                asked = partial(is_open, self._policy.calendars[name], timezone=self._policy.timezone)
                return c.call(constant(asked, "f"), operands[0])
            case e.Arithmetic(operator):
                return self._helper(ARITHMETIC[operator], *operands)
            case e.Call(function):
                return self._helper(self._calls[function], operands[0])
        raise AssertionError(f"an expression that has no place in a rule: {expr!r}")

    def _ranked(self, operand: ast.expr, order: Choice | None) -> ast.expr:
        return operand if order is None else c.at(self._module.constant(order.rank), operand)


def _known(value: ast.expr) -> ast.expr:
    return c.compare(value, ast.IsNot(), ast.Constant(None))
