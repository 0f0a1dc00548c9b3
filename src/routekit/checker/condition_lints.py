"""What a condition surely does not mean to say: negations that miss who lacks a value, days that are over."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from routekit.checker.context import Context
from routekit.checker.typed import may_be_missing
from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS
from routekit.schema.times import utc_now, zone
from routekit.schema.types import Value
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["lint_brackets", "lint_condition"]


def lint_condition(context: Context, condition: e.Expr, given: Iterable[e.Expr] = ()) -> None:
    """Reports negations over what may be missing, and days that are over.

    ``given`` is what holds wherever the condition is asked: conditions of groups, what a guarantee presumes.
    """
    known = frozenset(operand for holds in given for operand in _known_where_true(holds))
    for negation in _misleading(context, condition, known):
        if negation.span is not None:
            _report_negation(context, negation.span)
    for test in _over(context, condition):
        if test.span is not None:
            context.reporter.report(
                "RK409",
                t("`{text}` is over: from now on it never holds", text=test.span.text),
                test.span,
                help=t("write the next date, ask a calendar with the dates of every year, or remove it"),
            )


def lint_brackets(context: Context, node: tree.Logic) -> None:
    """Reports each ``and`` beside an ``or`` without brackets, which readers may group otherwise."""
    if node.operator != "or":
        return
    for operand in node.operands:
        if isinstance(operand, tree.Logic) and operand.span.start == operand.operands[0].span.start:
            context.reporter.report(
                "RK408",
                t("`and` binds closer than `or`, which is easily read otherwise"),
                operand.span,
                label=t("this belongs together"),
                help=t("say by brackets what is meant: `a or (b and c)`, or `(a or b) and c`"),
            )


# ── negations ──────────────────────────────────────────────────────────────────


def _report_negation(context: Context, span: Span) -> None:
    negated = re.match(r"not\b(?!\s+in\b)", span.text)
    if negated:
        message = t("`not` over a test that can be unknown: where a value is missing, neither holds")
        help_ = t("name the test as a `segment`, which is never unknown, or ask `is known` too")
    else:
        word = "not in" if re.search(r"\bnot\s+in\b", span.text) else "is not"
        message = t(
            "`{word}` over a value that can be missing: where it is, this does not hold either", word=word
        )
        help_ = t(
            "say who is meant: `x is missing or …` or `x is known and …`, or give a value by `x else …`"
        )
    context.reporter.report("RK406", message, span, help=help_)


def _misleading(context: Context, expr: e.Expr, known: frozenset[e.Expr]) -> Iterator[e.Not]:
    """The negations that are unknown where a value is missing that is not asked for beside them."""
    match expr:
        case e.All(operands):
            asked = [frozenset(_known_where_true(operand)) for operand in operands]
            often = Counter(value for values in asked for value in values)
            anywhere = frozenset(often)
            for operand, own in zip(operands, asked, strict=True):
                beside = anywhere.difference(value for value in own if often[value] == 1)
                yield from _misleading(context, operand, known | beside)
        case e.Any(operands):
            known |= {value for each in operands for value in _known_where_false(each)}
            for operand in operands:
                yield from _misleading(context, operand, known)
        case e.Not(e.IsKnown()):
            return
        case e.Not(operand) if _can_be_unknown(context, operand, known):
            yield expr
        case _:
            for child in e.children(expr):
                yield from _misleading(context, child, known)


def _known_where_false(expr: e.Expr) -> Iterator[e.Expr]:
    """The value that is there wherever a condition is false: that of ``x is missing``."""
    match expr:
        case e.Not(e.IsKnown(operand)):
            yield operand


def _known_where_true(expr: e.Expr) -> Iterator[e.Expr]:
    """The values that are there wherever a condition is true: those that it asks for, or tests."""
    match expr:
        case e.All(operands):
            for operand in operands:
                yield from _known_where_true(operand)
        case e.IsKnown(operand):
            yield operand
        case e.Not(e.Not(operand)):
            yield from _known_where_true(operand)
        case e.Compare() | e.InRange() | e.InSet() | e.Member() | e.SetTest() | e.TextTest():
            yield from e.children(expr)
        case e.FieldRef() | e.SignalRef() | e.LetRef():
            yield expr


def _can_be_unknown(context: Context, expr: e.Expr, known: frozenset[e.Expr]) -> bool:
    if expr in known or not may_be_missing(context, expr):
        return False
    match expr:
        case e.Compare() | e.InRange() | e.InSet() | e.Member() | e.SetTest() | e.TextTest() | e.IsEmpty():
            return any(_can_be_unknown(context, child, known) for child in e.children(expr))
        case e.All(operands) | e.Any(operands):
            return any(_can_be_unknown(context, operand, known) for operand in operands)
        case _:
            return True


# ── days that are over ─────────────────────────────────────────────────────────


def _over(context: Context, expr: e.Expr) -> Iterator[e.Expr]:
    """The tests of the clock, or of its date, that hold at no time to come."""
    end = _end(expr)
    if end is None:
        for child in e.children(expr):
            yield from _over(context, child)
    else:
        now = utc_now()
        today = now.astimezone(zone(context.timezone)).date()
        if end < now if isinstance(end, datetime) else end < today:
            yield expr


def _end(expr: e.Expr) -> date | datetime | None:
    """The last moment or day at which a test of the clock can hold; None where there is none."""
    match expr:
        case e.InRange(operand, _, e.Constant(value)) if _is_clock(operand):
            return _moment(value)
        case e.InSet(operand, values) if _is_clock(operand) and values:
            return max((moment for value in values if (moment := _moment(value)) is not None), default=None)
        case e.Compare(operator, left, e.Constant(value)) if _is_clock(left):
            return _moment(value) if operator in ("<", "<=", "is") else None
        case e.Compare(operator, e.Constant(value), right) if _is_clock(right):
            mirrored = COMPARISONS[operator].mirrored.name
            return _moment(value) if mirrored in ("<", "<=", "is") else None
        case _:
            return None


def _is_clock(expr: e.Expr) -> bool:
    return expr in (e.Now(), e.Call("date", (e.Now(),)))


def _moment(value: Value) -> date | datetime | None:
    return value if isinstance(value, date) else None
