"""Expressions: each name resolved, each operand typed, each test one that its type has.

``None`` stands for an expression that has been reported: whatever is built of it says nothing more.
"""

from collections.abc import Iterable
from typing import assert_never

from routekit.checker.calls import Calls
from routekit.checker.condition_lints import lint_brackets, lint_condition
from routekit.checker.constants import constant, is_comparable, is_text, listed_text, literal
from routekit.checker.context import Context
from routekit.checker.habits import hyphenated, stray_values
from routekit.checker.lookup import Lookup
from routekit.checker.typed import OutcomeTypes, Typed, unbounded, unit_hint
from routekit.checker.value_tests import ValueTests
from routekit.diagnostics import Advice, Diagnostic, Fix, Span
from routekit.policy import expressions as e
from routekit.policy.operators.arithmetic import result_of
from routekit.schema.types import Choice, Flag, Integer, Number, SetOf, Time, Type, family, joined
from routekit.syntax import tree
from routekit.syntax.limits import MOST_NESTING
from routekit.translation import t

__all__ = ["cell_test", "condition", "is_loose", "lower"]


def condition(
    context: Context,
    node: tree.Expression,
    outcome: OutcomeTypes | None = None,
    given: Iterable[e.Expr | None] = (),
) -> e.Expr | None:
    """Returns a condition: an expression that is true, false or unknown.

    ``given`` are conditions that hold wherever it is asked.
    """
    if _is_too_deep(context, node):
        return None
    found = _Lowering(context, outcome).condition(node)
    if found is not None:
        lint_condition(context, found, [holds for holds in given if holds is not None])
    return found


def _is_too_deep(context: Context, node: tree.Expression) -> bool:
    """Whether an expression nests deeper than it can be worked out; reported where it does."""
    level: list[tree.Expression] = [node]
    for _ in range(MOST_NESTING):
        level = [operand for parent in level for operand in tree.operands(parent)]
        if not level:
            return False
    context.reporter.report(
        "RK006",
        t("an expression of more than {most_nesting} operators within each other", most_nesting=MOST_NESTING),
        level[0].span,
        help=t("name a part of it with `let` or `segment`"),
    )
    return True


def lower(
    context: Context,
    node: tree.Expression,
    expected: Type | None = None,
    outcome: OutcomeTypes | None = None,
) -> Typed | None:
    """Returns the checked expression; ``expected`` is the type that a bare name is read in."""
    if _is_too_deep(context, node):
        return None
    found = _Lowering(context, outcome).expr(node, expected)
    if found is not None:
        lint_condition(context, found.expr)
    return found


def is_loose(context: Context, node: tree.Expression) -> bool:
    """Whether a value is a bare name that only the type which is wanted can tell the meaning of."""
    return Lookup(context, {}).is_loose(node)


def cell_test(context: Context, column: Typed, test: tree.CellTest) -> e.Expr | None:
    """A test of a value that is known already, a column of a table, against what a cell says."""
    if test.operator == "-":
        anything = Advice(t("a cell that anything fits is `_`"), Fix.replace(test.span, "_"))
        context.reporter.report("RK308", t("`-` alone is no cell"), test.span, help=anything)
        return None
    word = test.value.dotted if isinstance(test.value, tree.Path) else ""
    is_special = word in ("missing", "known") or (word == "empty" and isinstance(column.type, SetOf))
    if test.operator in ("is", "is not") and is_special:
        asked = _special(word, column.expr, test.span)
        return asked if test.operator == "is" else e.Not(asked, span=test.span)
    return _Lowering(context, None).tests.test(test.operator, column, test.value, test.span)


def _special(word: str, operand: e.Expr, span: Span) -> e.Expr:
    """``is missing``, ``is known`` and ``is empty``."""
    match word:
        case "empty":
            return e.IsEmpty(operand, span=span)
        case "known":
            return e.IsKnown(operand, span=span)
        case _:
            return e.Not(e.IsKnown(operand, span=span), span=span)


class _Lowering:
    def __init__(self, context: Context, outcome: OutcomeTypes | None) -> None:
        self.context = context
        self.names = context.names
        self.report = context.reporter.report
        self.outcome = outcome or {}
        self.lookup = Lookup(context, self.outcome)
        self.tests = ValueTests(context, self.expr)
        self.calls = Calls(context, self.expr, self.lookup.is_loose)
        self._probed: dict[tuple[int, Type | None], tuple[Typed | None, list[Diagnostic]]] = {}

    def expr(self, node: tree.Expression, expected: Type | None = None) -> Typed | None:
        """The checked form of a node; one that was probed is not worked out again, but reported now."""
        probed = self._probed.get((id(node), _wanted(node, expected))) if self._probed else None
        if probed is None:
            return self._lowered(node, expected)
        typed, said = probed
        self.context.reporter.found += said
        return typed

    def _lowered(self, node: tree.Expression, expected: Type | None) -> Typed | None:
        match node:
            case tree.Literal():
                return self._literal(node, expected)
            case tree.Path():
                return self.lookup.path(node, expected)
            case tree.Call():
                return self.calls.call(node)
            case tree.SetLiteral():
                return self._set(node, expected)
            case tree.Range():
                self.report("RK204", t("a range stands behind `in`"), node.span)
                return None
            case tree.Negative():
                return self._negative(node)
            case tree.Arithmetic():
                return self._arithmetic(node)
            case tree.Fallback():
                return self._fallback(node, expected)
            case tree.Test():
                return self._test(node)
            case tree.Negated():
                return self._negated(node)
            case tree.Logic():
                return self._logic(node)
            case _:
                assert_never(node)

    # ── values ────────────────────────────────────────────────────────────────

    def _literal(self, node: tree.Literal, expected: Type | None) -> Typed | None:
        element = expected.element if isinstance(expected, SetOf) else expected
        if isinstance(element, Choice) and node.kind == "text":
            name = listed_text(self.context, node, element)
            return None if name is None else Typed(e.Constant(name, span=node.span), element)
        found = literal(self.context, node)
        return None if found is None else Typed(e.Constant(found[0], span=node.span), found[1])

    def _set(self, node: tree.SetLiteral, expected: Type | None) -> Typed | None:
        if isinstance(expected, SetOf):
            value = constant(self.context, node, expected)
            return None if value is None else Typed(e.Constant(value, span=node.span), expected)
        self.report("RK204", t("a set stands behind `in`, `has any` or `has all`"), node.span)
        return None

    def _negative(self, node: tree.Negative) -> Typed | None:
        operand = self.expr(node.operand)
        if operand is None:
            return None
        if not isinstance(operand.type, Integer | Number):
            self.report(
                "RK202", t("`-` stands before a number, not {family}", family=family(operand.type)), node.span
            )
            return None
        if isinstance(operand.expr, e.Constant) and isinstance(operand.expr.value, int | float):
            return Typed(e.Constant(-operand.expr.value, span=node.span), operand.type)
        return Typed(e.Arithmetic("-", e.Constant(0), operand.expr, span=node.span), unbounded(operand.type))

    def _arithmetic(self, node: tree.Arithmetic) -> Typed | None:
        named = (
            hyphenated(node, {*self.names.lets_and_facts, *self.names.segments_and_events})
            if node.operator == "-"
            else None
        )
        if named:
            self.report("RK101", t("unknown name `{text}`", text=node.span.text), node.span, help=named)
            return None
        left, right = self.expr(node.left), self.expr(node.right)
        if left is None or right is None:
            return None
        operator = node.operator
        result = result_of(operator, left.type, right.type)
        if result is None:
            self.report(
                "RK202",
                t(
                    "`{operator}` does not work on {family} and {right}",
                    operator=operator,
                    family=family(left.type),
                    right=family(right.type),
                ),
                node.span,
                help=unit_hint(left.type, right.type),
            )
            return None
        return Typed(e.Arithmetic(operator, left.expr, right.expr, span=node.span), result)

    def _fallback(self, node: tree.Fallback, expected: Type | None) -> Typed | None:
        first = self.expr(node.first, expected)
        second = self.expr(node.second, first.type if first else expected)
        if first is None or second is None:
            return None
        if not is_comparable(first.type, second.type):
            self.tests.report_different(first, second, node.span, t("both sides of `else` are of one type"))
            return None
        if isinstance(first.expr, e.Constant):
            self.report(
                "RK411",
                t(
                    "`{text}` is never missing, so this `else` never comes into play",
                    text=node.first.span.text,
                ),
                node.span,
                help=t("where no case of a `let` holds, `otherwise` gives the value"),
            )
        return Typed(e.Else(first.expr, second.expr, span=node.span), joined(first.type, second.type))

    # ── conditions ────────────────────────────────────────────────────────────

    def condition(self, node: tree.Expression) -> e.Expr | None:
        typed = self.expr(node)
        if typed is None:
            return None
        if not isinstance(typed.type, Flag):
            self.report(
                "RK203",
                t("a condition was expected; this is {family}", family=family(typed.type)),
                node.span,
                help=t("compare it with something, such as `x >= 80` or `x is known`"),
            )
            return None
        return typed.expr

    def _negated(self, node: tree.Negated) -> Typed | None:
        operand = self.condition(node.operand)
        if operand is None:
            return None
        return Typed(e.Not(operand, span=node.span), Flag())

    def _logic(self, node: tree.Logic) -> Typed | None:
        stray = stray_values(node, self.lookup.is_loose)
        if stray is not None and stray[0].span.text not in self.names.lost:
            value, advice = stray
            self.report(
                "RK203", t("`{text}` alone is no condition", text=value.span.text), value.span, help=advice
            )
            return None
        operands = [self.condition(operand) for operand in node.operands]
        known = tuple(operand for operand in operands if operand is not None)
        if len(known) < len(operands):
            for operand in known:
                lint_condition(self.context, operand)
            return None
        lint_brackets(self.context, node)
        logic = e.All if node.operator == "and" else e.Any
        return Typed(logic(known, span=node.span), Flag())

    def _test(self, node: tree.Test) -> Typed | None:
        negated = node.operator in ("is not", "not in")
        operator = {"is not": "is", "not in": "in"}.get(node.operator, node.operator)
        expr = self._plain_test(node, operator)
        if expr is None:
            return None
        return Typed(e.Not(expr, span=node.span) if negated else expr, Flag())

    def _plain_test(self, node: tree.Test, operator: str) -> e.Expr | None:
        if operator == "is" and self._is_special(node):
            return self._special_is(node)
        if node.at is not None:
            self.report("RK202", t("`at` stands behind `is open` of a calendar"), node.at.span)
            return None
        right_type = None
        if self.lookup.is_loose(node.left) or is_text(node.left):
            right = self._probe(node.right)
            right_type = right.type if right else None
            if isinstance(right_type, SetOf):
                right_type = right_type.element
        left = self.expr(node.left, right_type)
        if left is None:
            if isinstance(node.right, tree.Path) and len(node.right.parts) > 1:
                self.expr(node.right)
            return None
        return self.tests.test(operator, left, node.right, node.span)

    def _probe(self, node: tree.Expression) -> Typed | None:
        """The other side of a loose name, looked at without reporting; it is reported in its turn."""
        if self.lookup.is_loose(node) or isinstance(node, tree.SetLiteral | tree.Range):
            return None
        found = self.context.reporter.found
        reported = len(found)
        typed = self.expr(node)
        self._probed[id(node), None] = typed, found[reported:]
        del found[reported:]
        return typed

    def _is_special(self, node: tree.Test) -> bool:
        """Whether ``is`` is followed by a word of the language rather than by a value."""
        if not isinstance(node.right, tree.Path) or len(node.right.parts) != 1:
            return False
        match node.right.parts[0].name:
            case "missing" | "known":
                return True
            case "open" | "closed" as word:
                if not isinstance(node.left, tree.Path) or len(node.left.parts) != 1:
                    return False
                name = node.left.parts[0].name
                return name in self.names.calendars or (word == "open" and self.lookup.is_loose(node.left))
            case "empty":
                left = self._probe(node.left)
                return left is not None and isinstance(left.type, SetOf)
            case "assisted" | "self_service":
                return "channel" in self.outcome and _is_name(node.left, "channel")
            case _:
                return False

    def _special_is(self, node: tree.Test) -> e.Expr | None:
        """``is missing``, ``is known``, ``is empty``, ``is open`` and ``is assisted``."""
        assert isinstance(node.right, tree.Path)
        word = node.right.parts[0].name
        if word in ("open", "closed"):
            assert isinstance(node.left, tree.Path)
            return self._calendar(node, node.left.parts[0], word)
        if word in ("assisted", "self_service"):
            return e.IsAssisted(word == "assisted", span=node.span)
        operand = self.expr(node.left)
        if operand is None:
            return None
        return _special(word, operand.expr, node.span)

    def _calendar(self, node: tree.Test, name: tree.Ident, word: str) -> e.Expr | None:
        if not self.context.known("calendar", name, self.names.calendars):
            return None
        if word == "closed":
            self.report(
                "RK202",
                t("a calendar is asked whether it is open"),
                node.span,
                help=t("write `{name} is not open`", name=name.name),
            )
            return None
        if node.at is None:
            return e.CalendarOpen(name.name, e.Now(), span=node.span)
        at = self.expr(node.at)
        if at is None:
            return None
        if not isinstance(at.type, Time):
            self.report(
                "RK202", t("`is open at` takes a time, not {family}", family=family(at.type)), node.at.span
            )
            return None
        return e.CalendarOpen(name.name, at.expr, span=node.span)


def _wanted(node: tree.Expression, expected: Type | None) -> Type | None:
    """The type in which a node is read, where that makes a difference to it."""
    reads_it = isinstance(node, tree.Path | tree.SetLiteral | tree.Fallback) or is_text(node)
    return expected if reads_it else None


def _is_name(node: tree.Expression, name: str) -> bool:
    return isinstance(node, tree.Path) and node.dotted == name
