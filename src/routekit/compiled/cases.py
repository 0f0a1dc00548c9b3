"""Values by cases as functions of generated code; where there are many, masks tell which cases hold."""

import ast
from functools import partial
from math import isfinite

from routekit.compiled import codegen as c
from routekit.compiled.bases import CLOCK, Bases
from routekit.compiled.expressions import LEAVES, Coder, Leaf, hint_of
from routekit.compiled.joining import Joiner
from routekit.compiled.masks import Blocks, bits
from routekit.compiled.rows import Literal, Rows, Splitter, masked_rows
from routekit.compiled.truths import attribute_of
from routekit.policy import expressions as e
from routekit.policy.closures import Closures
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators.gathering import gathered, nothing_of
from routekit.schema.reading import LARGEST_INTEGER
from routekit.schema.types import Value

__all__ = ["CaseFunctions"]

_MOST_IN_A_ROW = 12
"""Cases that are tried one after the other; masks are worth their while for more."""


class CaseFunctions:
    """Writes a function for each value by cases, of the leaves that it reads."""

    def __init__(self, module: c.Module, policy: CheckedPolicy, bases: Bases, closures: Closures) -> None:
        self._module = module
        self._policy = policy
        self._bases = bases
        self._closures = closures
        self._written: dict[int, tuple[e.Cases, str, tuple[Leaf, ...]]] = {}

    def function(self, expr: e.Cases) -> tuple[str, tuple[Leaf, ...]]:
        """Gives the name of the function, and the leaves whose values it takes."""
        known = self._written.get(id(expr))
        if known is None:
            known = self._written[id(expr)] = expr, *self._write(expr)
        return known[1], known[2]

    def _write(self, expr: e.Cases) -> tuple[str, tuple[Leaf, ...]]:
        names: dict[Leaf, str] = {}

        def load(leaf: Leaf) -> ast.expr:
            if leaf not in names:
                names[leaf] = self._module.name(hint_of(leaf))
            return c.load(names[leaf])

        coder = Coder(self._module, self._policy, load, self)
        tests: list[ast.expr] = []
        head: list[ast.stmt] = []
        if len(expr.cases) > _MOST_IN_A_ROW:
            rows, head = self._masked(expr, coder)
            left = {row: _left(coder, literals) for row, literals in rows.residual.items()}
            if not left and all(isinstance(case.value, e.Constant) for case in expr.cases):
                body = [*head, ast.Return(self._of_mask(expr))]
                return self._module.function("cases", list(names.values()), body), tuple(names)
            for row in range(len(expr.cases)):
                bit = self._module.constant(rows.bit(row))
                allowed = ast.BinOp(c.load("mask"), ast.BitAnd(), bit)
                tests.append(c.all_of([allowed, left[row]]) if row in left else allowed)
        else:
            tests = [coder.true(case.condition) for case in expr.cases]
        arms = [(test, coder.value(case.value)) for test, case in zip(tests, expr.cases, strict=True)]
        body = [*head, *(_first(arms) if expr.gather == "first" else self._gathered(expr, arms))]
        return self._module.function("cases", list(names.values()), body), tuple(names)

    def _masked(self, expr: e.Cases, coder: Coder) -> tuple[Rows, list[ast.stmt]]:
        """The cases as rows of a mask, and code that joins the mask of those that hold."""
        splitter = Splitter(self._bases)
        split = [splitter.literals(case.condition) for case in expr.cases]
        rows = masked_rows(split, self._bases, self._closures, {CLOCK, e.Now()})
        attributes = [
            attribute_of(base, asking, rows.possible, self._bases, self._closures)
            for base, asking in rows.masked.items()
        ]
        names: dict[e.Expr, str] = {}
        code: list[ast.stmt] = []
        for attribute in attributes:
            base = attribute.base
            value = coder.value(base)
            if isinstance(base, LEAVES):
                assert isinstance(value, ast.Name)
                names[base] = value.id
            else:
                names[base] = self._module.name(hint_of(base))
                code.append(c.assign(names[base], value))
        blocks = Blocks(rows.count, 0, rows.count)
        mask, *others = Joiner(self._module, names, frozenset(), rows.possible, blocks).masks(attributes)
        for other in others:
            mask = ast.BinOp(mask, ast.BitAnd(), other)
        return rows, [*code, c.assign("mask", mask)]

    def _of_mask(self, expr: e.Cases) -> ast.expr:
        """The value, where each is a constant and the mask tells all."""
        values = tuple(
            case.value.value for case in reversed(expr.cases) if isinstance(case.value, e.Constant)
        )
        mask = c.load("mask")
        if expr.gather == "first":
            table = self._module.constant((None, *values), "values by place")
            return c.at(table, c.method(mask, "bit_length"))
        return c.call(self._module.constant(partial(_gathered_bits, expr, values), "gathered"), mask)

    def _gathered(self, expr: e.Cases, arms: list[tuple[ast.expr, ast.expr]]) -> list[ast.stmt]:
        """Code that goes through all the cases; constants that cannot grow too large are added up at once."""
        if expr.gather == "sum" and _is_small(expr):
            code = [c.assign("total", ast.Constant(0))]
            for test, value in arms:
                code.append(c.when(test, [ast.AugAssign(ast.Name("total", ast.Store()), ast.Add(), value)]))
            return [*code, ast.Return(c.load("total"))]
        code = [c.assign("values", ast.List([], ast.Load()))]
        for test, value in arms:
            code.append(c.when(test, [ast.Expr(c.method(c.load("values"), "append", value))]))
        found = c.call(
            self._module.constant(gathered), self._module.constant(expr, "cases"), c.load("values")
        )
        return [*code, ast.Return(found)]


def _left(coder: Coder, literals: tuple[Literal, ...]) -> ast.expr:
    """Code for what masks do not tell of a case."""

    def code(literal: Literal) -> ast.expr:
        test = coder.side(literal.expr, literal.wanted.side)
        return c.negate(test) if literal.wanted.is_denied else test

    return c.all_of([code(literal) for literal in literals])


def _first(arms: list[tuple[ast.expr, ast.expr]]) -> list[ast.stmt]:
    return [*(c.when(test, [ast.Return(value)]) for test, value in arms), ast.Return(ast.Constant(None))]


def _gathered_bits(expr: e.Cases, values: tuple[Value, ...], mask: int) -> Value | None:
    """What cases come to by the mask of those that hold; the value of the last stands first."""
    return gathered(expr, [values[bit] for bit in reversed([*bits(mask)])])


def _is_small(expr: e.Cases) -> bool:
    """Whether all values are numbers that are written out, whose sum is at no time too large."""
    total = 0.0
    for case in expr.cases:
        value = case.value.value if isinstance(case.value, e.Constant) else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        total += abs(value)
    return isfinite(total) and total < LARGEST_INTEGER // 2 and nothing_of(expr.type) == 0
