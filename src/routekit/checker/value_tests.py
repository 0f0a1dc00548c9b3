"""Tests of a value: comparisons, sets, ranges and texts, each one that the value's type has."""

from collections.abc import Callable
from typing import Any, TypeAlias

from routekit.checker.constants import is_comparable, is_nothing, nothing_is
from routekit.checker.context import Context
from routekit.checker.habits import range_meant
from routekit.checker.lists import is_set, name_of, values_of
from routekit.checker.spelling import report_spelling, report_spelling_of
from routekit.checker.typed import Typed, called, common_order, type_hint
from routekit.diagnostics import Span
from routekit.diagnostics.diagnostic import Advice, Fix
from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.operators.sets import MEMBER, SET_TESTS
from routekit.policy.operators.text import TEXT_TESTS, Takes, TextTest
from routekit.policy.patterns import MOST_EXPANSION, PatternError, expansion
from routekit.schema.types import Choice, Date, Duration, Integer, Number, SetOf, Text, Time, Type, family
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import t

__all__ = [
    "Lower",
    "ValueTests",
]

Lower: TypeAlias = Callable[[tree.Expression, Type | None], Typed | None]
"""Lowers an operand, its bare name read in the type that is expected."""

_ORDERED = (Integer, Number, Time, Date, Duration)


class ValueTests:
    """Checks tests whose left side is known already."""

    def __init__(self, context: Context, lower: Lower) -> None:
        self.context = context
        self.report = context.reporter.report
        self.expr = lower

    def test(self, operator: str, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        """Returns a test of a value, against what is written on its right."""
        if operator in ("is", "is not") and self._asks_for_nothing(left, right):
            return None
        report_spelling(self.context, operator, left, right)
        match operator:
            case "is not":
                equal = self._compare("is", left, right, span)
                return None if equal is None else e.Not(equal, span=span)
            case "not in":
                inside = self._in(left, right, span)
                return None if inside is None else e.Not(inside, span=span)
            case _ if operator in COMPARISONS:
                return self._compare(operator, left, right, span)
            case "in":
                return self._in(left, right, span)
            case _ if operator == MEMBER.name or operator in SET_TESTS:
                return self._has(operator, left, right, span)
            case _:
                return self._text_test(TEXT_TESTS[operator], left, right, span)

    def _asks_for_nothing(self, left: Typed, right: tree.Expression) -> bool:
        """Whether a value is compared with another language's word for none; that is reported."""
        if not isinstance(right, tree.Path) or len(right.parts) != 1:
            return False
        (word,) = right.parts
        names, type_ = self.context.names, left.type
        listed = isinstance(type_, Choice) and word.name in type_.rank
        if (
            not is_nothing(word.name)
            or listed
            or word.name in names.lets_and_facts
            or word.name in names.segments_and_events
        ):
            return False
        if word.name in names.lost:
            return True
        help_ = Advice(
            nothing_is(),
            Fix.replace(word.span, "missing"),
        )
        self.report("RK101", t("unknown name `{name}`", name=word.name), word.span, help=help_)
        return True

    def _compare(self, operator: str, left: Typed, right_node: tree.Expression, span: Span) -> e.Expr | None:
        if isinstance(left.type, SetOf):
            self.report(
                "RK202",
                t("a set is not compared by `{operator}`", operator=operator),
                span,
                help=t("ask `has x`, `has any {…}`, `has all {…}` or `is empty`"),
            )
            return None
        right = self.expr(right_node, left.type)
        if right is None:
            return None
        if not is_comparable(left.type, right.type):
            self.report_different(left, right, span, type_hint(left, right, right_node))
            return None
        report_spelling_of(self.context, left, right)
        order = None
        if operator != "is":
            order = common_order(left.type, right.type)
            if order is None and not isinstance(left.type, _ORDERED):
                self.report(
                    "RK202",
                    t("{left} has no order to compare by `{operator}`", left=called(left), operator=operator),
                    span,
                    help=t("names with an order are declared `ordered low < high`")
                    if isinstance(left.type, Choice)
                    else t("ask `is` or `in {…}`"),
                )
                return None
        _report_constant_comparison(self.context, operator, left, right, span)
        return e.Compare(operator, left.expr, right.expr, order, span=span)

    def report_different(self, left: Typed, right: Typed, span: Span, hint: str | Advice) -> None:
        """Says that two values are of types that have nothing in common."""
        self.report(
            "RK201",
            t("{left} and {right} cannot be compared", left=called(left), right=called(right)),
            span,
            help=hint,
        )

    def _in(self, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        if isinstance(right, tree.Range):
            return self._in_range(left, right, span)
        if is_set(self.context, right):
            values = values_of(self.context, left.type, right)
            return None if values is None else e.InSet(left.expr, values, name_of(right), span=span)
        container = self.expr(right, SetOf(left.type))
        if container is None:
            return None
        if not isinstance(container.type, SetOf):
            self.report(
                "RK202",
                t("`in` asks of a set, a list or a range, not of {family}", family=family(container.type)),
                right.span,
                help=range_meant(right) or t("write a set `{a, b}`, or a range `a..b`"),
            )
            return None
        if not is_comparable(left.type, container.type.element):
            self.report_different(left, Typed(container.expr, container.type.element), span, "")
            return None
        return e.Member(left.expr, container.expr, span=span)

    def _in_range(self, left: Typed, range_: tree.Range, span: Span) -> e.Expr | None:
        low, high = self.expr(range_.low, left.type), self.expr(range_.high, left.type)
        if low is None or high is None:
            return None
        order = left.type if isinstance(left.type, Choice) and left.type.ordered else None
        if order is None and not isinstance(left.type, _ORDERED):
            self.report(
                "RK202", t("{left} has no order, so there is no range of it", left=called(left)), span
            )
            return None
        for bound, node in ((low, range_.low), (high, range_.high)):
            if not is_comparable(left.type, bound.type) or (order is not None and bound.type != order):
                self.report_different(left, bound, node.span, type_hint(left, bound, node))
                return None
        if isinstance(low.expr, e.Constant) and isinstance(high.expr, e.Constant):
            bottom, top = low.expr.value, high.expr.value
            if order is not None:
                bottom, top = order.rank[str(bottom)], order.rank[str(top)]
            if bottom > top or (bottom == top and range_.without_end):  # type: ignore[operator]
                self.report("RK208", t("this range holds nothing: its end is before its start"), range_.span)
                return None
        test = e.InRange(left.expr, low.expr, high.expr, order, range_.without_end, span=span)
        _report_impossible_range(self.context, test, left)
        return test

    def _has(self, operator: str, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        if not isinstance(left.type, SetOf):
            self.report(
                "RK202",
                t("`{operator}` asks a set, not {left}", operator=operator, left=called(left)),
                span,
                help=t("a text is asked by `contains`")
                if isinstance(left.type, Text)
                else t("ask `is` or `in {…}`"),
            )
            return None
        element = left.type.element
        if operator == MEMBER.name:
            member = self.expr(right, element)
            if member is None:
                return None
            if not is_comparable(element, member.type):
                self.report_different(
                    Typed(left.expr, element),
                    member,
                    span,
                    type_hint(Typed(left.expr, element), member, right),
                )
                return None
            return e.Member(member.expr, left.expr, span=span)
        if not is_set(self.context, right):
            self.report(
                "RK204", t("`{operator}` takes a set written out, or a list", operator=operator), right.span
            )
            return None
        values = values_of(self.context, element, right)
        if values is None:
            return None
        return e.SetTest(operator, left.expr, values, name_of(right), span=span)

    def _text_test(self, row: TextTest, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        if not self._is_text(row.name, left, span):
            return None
        match row.takes:
            case Takes.TEXT:
                argument = self._text(row.name, right)
            case Takes.PATTERN:
                argument = self._pattern(row.name, right)
            case Takes.TEXTS:
                argument = self._texts(row.name, right)
        return None if argument is None else e.TextTest(row.name, left.expr, argument, span=span)

    def _text(self, operator: str, node: tree.Expression) -> e.Expr | None:
        found = self.expr(node, Text())
        if found is None:
            return None
        if not isinstance(found.type, Text):
            self.report(
                "RK201",
                t("`{operator}` takes a text, not {family}", operator=operator, family=family(found.type)),
                node.span,
            )
            return None
        return found.expr

    def _texts(self, operator: str, node: tree.Expression) -> e.Expr | None:
        if not is_set(self.context, node):
            self.report(
                "RK204", t("`{operator}` takes a set written out, or a list", operator=operator), node.span
            )
            return None
        values = values_of(self.context, Text(), node)
        return None if values is None else e.Constant(values, name_of(node), span=node.span)

    def _pattern(self, operator: str, node: tree.Expression) -> e.Expr | None:
        if not isinstance(node, tree.Literal) or node.kind != "text":
            self.report("RK204", t("`{operator}` takes a pattern in quotes", operator=operator), node.span)
            return None
        pattern = unquote(node.text)
        expansions = self.context.expansions
        if pattern not in expansions and sum(expansions.values()) > MOST_EXPANSION:
            self.report(
                "RK207",
                t("the patterns of this policy are too large together, from here on"),
                node.span,
                help=t("repeat less often: `\\pL{1,200}` is made of 200 letters of every script"),
            )
            return None
        try:
            expansions[pattern] = expansion(pattern)
        except PatternError as error:
            self.report(
                "RK207",
                t("this pattern cannot be used: {error}", error=error),
                node.span,
                help=t("patterns are those of RE2: no look-around and no back-references"),
            )
            return None
        return e.Constant(pattern, span=node.span)

    def _is_text(self, operator: str, left: Typed, span: Span) -> bool:
        if isinstance(left.type, Text):
            return True
        hint = t("a set is asked by `has`") if isinstance(left.type, SetOf) else t("ask `is` or `in {…}`")
        self.report(
            "RK202",
            t("`{operator}` asks a text, not {left}", operator=operator, left=called(left)),
            span,
            help=hint,
        )
        return False


# ── comparisons that are always the same ────────────────────────────────────────


def _report_constant_comparison(
    context: Context, operator: str, left: Typed, right: Typed, span: Span
) -> None:
    """Warns of a comparison with a value written out that leaves nothing, or everything."""
    if isinstance(left.expr, e.Constant) and not isinstance(right.expr, e.Constant):
        left, right, operator = right, left, COMPARISONS[operator].mirrored.name
    if isinstance(left.expr, e.Constant) or not isinstance(right.expr, e.Constant):
        return
    low, high, value = _extent(left.type, right.expr.value)
    if value is None:
        return
    always = _always(operator, low, high, value)
    if always is not None:
        context.reporter.report(
            "RK404",
            (
                t("this comparison of {left} is always true", left=called(left))
                if always
                else t("this comparison of {left} is always false", left=called(left))
            ),
            span,
            help=t("to ask whether there is a value, write `is known`") if always else "",
        )


def _report_impossible_range(context: Context, test: e.InRange, operand: Typed) -> None:
    """Warns of a range, its ends written out, in which no value of the type lies."""
    if not isinstance(test.low, e.Constant) or not isinstance(test.high, e.Constant):
        return
    low, high, start = _extent(operand.type, test.low.value)
    _, _, end = _extent(operand.type, test.high.value)
    if start is None or end is None or test.span is None:
        return
    before = "<" if test.without_end else "<="
    if _always(">=", low, high, start) is False or _always(before, low, high, end) is False:
        context.reporter.report(
            "RK404", t("{operand} never lies in this range", operand=called(operand)), test.span
        )


def _extent(type_: Type, value: Any) -> tuple[Any, Any, Any]:
    """The lowest and highest value of a type, and the place of one value among them."""
    match type_, value:
        case Choice(ordered=True), str():
            return 0, len(type_.names) - 1, type_.rank.get(value)
        case ((Integer() | Number() | Time() | Date() | Duration()), _):
            return type_.low, type_.high, value
        case _:
            return None, None, None


def _always(operator: str, low: Any, high: Any, value: Any) -> bool | None:
    """Whether ``x operator value`` comes out the same for every x from low to high."""
    below = high is not None and high < value
    above = low is not None and low > value
    at_most = high is not None and high <= value
    at_least = low is not None and low >= value
    verdicts = {
        "<": (below, at_least),
        "<=": (at_most, above),
        ">": (above, at_most),
        ">=": (at_least, below),
        "is": (False, below or above),
    }
    true, false = verdicts[operator]
    return True if true else False if false else None
