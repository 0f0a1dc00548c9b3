"""Expressions: each name resolved, each operand typed, each test one that its type has.

``None`` stands for an expression that has been reported: whatever is built of it says nothing more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from types import NoneType
from typing import assert_never

from routekit.checker.constants import (
    constant,
    is_comparable,
    literal,
    quote_hint,
    report_unlisted,
)
from routekit.checker.context import Context
from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.patterns import PatternError, compile_pattern
from routekit.schema.functions import FUNCTIONS, MOMENT_ARITHMETIC
from routekit.schema.reading import Fault, parse_number, reader
from routekit.schema.times import parse_date, parse_duration, parse_time, zone
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    Scalar,
    SetOf,
    Text,
    Time,
    Type,
    Value,
    describe,
    family,
)
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.syntax.limits import MOST_NESTING

__all__ = [
    "NeedsDefinitionError",
    "Outcome",
    "Typed",
    "condition",
    "lower",
    "may_be_missing",
    "test_of",
]

_ORDERED = (Integer, Number, Time, Date, Duration)
_COMPARISONS: dict[str, e.ComparisonOperator] = {
    "is": "is",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression with its type."""

    expr: e.Expr
    type: Type


class NeedsDefinitionError(Exception):
    """Raised while a definition is lowered that needs one which has not been yet."""

    def __init__(self, ident: tree.Ident) -> None:
        super().__init__(ident.name)
        self.ident = ident


Outcome = dict[str, Type]
"""The parts of an outcome that a guarantee may name, with their types."""


def condition(context: Context, node: tree.Expression, outcome: Outcome | None = None) -> e.Expr | None:
    """A condition: an expression that is true, false or unknown."""
    typed = lower(context, node, None, outcome)
    if typed is None:
        return None
    if not isinstance(typed.type, Flag):
        context.reporter.report(
            "RK203",
            f"a condition was expected; this is {family(typed.type)}",
            node.span,
            help="compare it with something, such as `x >= 80` or `x is known`",
        )
        return None
    return typed.expr


def _is_too_deep(context: Context, node: tree.Expression) -> bool:
    """Whether an expression nests deeper than it can be worked out; reported where it does."""
    level: list[tree.Expression] = [node]
    for _ in range(MOST_NESTING):
        level = [operand for parent in level for operand in tree.operands(parent)]
        if not level:
            return False
    context.reporter.report(
        "RK006",
        f"an expression of more than {MOST_NESTING} operators within each other",
        level[0].span,
        help="name a part of it with `let` or `segment`",
    )
    return True


def lower(
    context: Context,
    node: tree.Expression,
    expected: Type | None = None,
    outcome: Outcome | None = None,
) -> Typed | None:
    """The checked expression; ``expected`` is the type that a bare name is read in."""
    if _is_too_deep(context, node):
        return None
    return _Lowering(context, outcome).expr(node, expected)


def test_of(
    context: Context, operator: str, left: Typed, right: tree.Expression, span: Span
) -> e.Expr | None:
    """A test of a value that is known already, a column of a table, against what a cell says."""
    return _Lowering(context, None).test_of(operator, left, right, span)


class _Lowering:
    def __init__(self, context: Context, outcome: Outcome | None) -> None:
        self.context = context
        self.names = context.names
        self.report = context.reporter.report
        self.outcome = outcome or {}

    def expr(self, node: tree.Expression, expected: Type | None = None) -> Typed | None:
        match node:
            case tree.Literal():
                return self._literal(node)
            case tree.Path():
                return self._path(node, expected)
            case tree.Call():
                return self._call(node)
            case tree.SetLiteral():
                return self._set(node, expected)
            case tree.Range():
                self.report("RK204", "a range stands behind `in`", node.span)
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

    def _literal(self, node: tree.Literal) -> Typed | None:
        found = literal(self.context, node)
        return None if found is None else Typed(e.Constant(found[0]), found[1])

    def _set(self, node: tree.SetLiteral, expected: Type | None) -> Typed | None:
        if isinstance(expected, SetOf):
            value = constant(self.context, node, expected)
            return None if value is None else Typed(e.Constant(value), expected)
        self.report("RK204", "a set stands behind `in`, `has any` or `has all`", node.span)
        return None

    def _path(self, node: tree.Path, expected: Type | None) -> Typed | None:
        if len(node.parts) == 1:
            return self._name(node.parts[0], expected)
        first, second = node.parts[0], node.parts[1]
        if len(node.parts) > 2:
            self.report(
                "RK102",
                f"`{node.dotted}` goes too deep: a record has fields, and no more",
                node.span,
            )
            return None
        if first.name in self.names.record_fields:
            return self._field(node, first, second)
        if first.name in self.names.queues:
            return self._signal(node, first, second)
        if first.name not in self.names.lost:
            known = (*self.names.record_fields, *self.names.queues)
            self.report(
                "RK101",
                f"unknown name `{first.name}`: neither a record nor a queue is called so",
                first.span,
                help=self.context.reporter.did_you_mean(first.name, known),
            )
        return None

    def _field(self, node: tree.Path, record: tree.Ident, field: tree.Ident) -> Typed | None:
        fields = self.names.record_fields[record.name]
        found = fields.get(field.name)
        if found is not None:
            return Typed(e.FieldRef(record.name, field.name), found.type)
        if field.name not in self.names.lost:
            self.report(
                "RK102",
                f"unknown field `{node.dotted}`",
                node.span,
                label=f"`{record.name}` has no field `{field.name}`",
                help=self.context.reporter.did_you_mean(
                    field.name,
                    fields,
                    f"its fields: {', '.join(list(fields)[:10])}" if fields else "",
                ),
            )
        return None

    def _signal(self, node: tree.Path, queue: tree.Ident, signal: tree.Ident) -> Typed | None:
        found = self.names.live_fields.get(signal.name)
        if found is not None:
            return Typed(e.SignalRef(queue.name, signal.name), found.type)
        if signal.name not in self.names.lost:
            signals = self.names.live_fields
            self.report(
                "RK102",
                f"unknown signal `{node.dotted}`",
                node.span,
                label=f"a queue has no signal `{signal.name}`",
                help=self.context.reporter.did_you_mean(
                    signal.name,
                    signals,
                    f"its signals: {', '.join(signals)}"
                    if signals
                    else "signals are declared in `live queue`",
                ),
            )
        return None

    def _name(self, ident: tree.Ident, expected: Type | None) -> Typed | None:
        name = ident.name
        element = expected.element if isinstance(expected, SetOf) else expected
        if isinstance(element, Choice) and name in element.rank:
            return Typed(e.Constant(name), element)
        if name in self.outcome:
            return Typed(e.OutcomeRef(name), self.outcome[name])
        if name in ("yes", "no"):
            return Typed(e.Constant(name == "yes"), Flag())
        if name == "now":
            return Typed(e.Now(), Time())
        if name in self.names.lets:
            type_ = self.names.let_types.get(name)
            if type_ is None:
                raise NeedsDefinitionError(ident)
            return Typed(e.LetRef(name), type_)
        if name in self.names.segments:
            if name not in self.names.let_types:
                raise NeedsDefinitionError(ident)
            self.context.used_segments.add(name)
            return Typed(e.SegmentRef(name), Flag())
        self._unknown_name(ident, element)
        return None

    def _unknown_name(self, ident: tree.Ident, expected: Type | None) -> None:
        name = ident.name
        if name in self.names.lost:
            return
        if isinstance(expected, Choice):
            report_unlisted(self.context, ident, expected)
            return
        others: list[tuple[Iterable[str], str]] = [
            (self.names.lists, "a list stands behind `in`, `has any` or `has all`"),
            (self.names.calendars, f"a calendar is asked by `{name} is open`"),
            (self.names.record_fields, f"name one of its fields: `{name}.…`"),
            (self.names.queues, f"name one of its signals: `{name}.…`"),
        ]
        hint = next((hint for known, hint in others if name in known), "")
        if not hint and self.outcome:
            hint = self.context.reporter.did_you_mean(
                name, self.outcome, f"a guarantee speaks of {', '.join(self.outcome)}"
            )
        if not hint:
            hint = quote_hint(name, expected) if isinstance(expected, Text | Flag) else ""
        known = (*self.names.lets, *self.names.segments, *self.names.lists, *self.outcome)
        self.report(
            "RK101",
            f"unknown name `{name}`",
            ident.span,
            help=hint or self.context.reporter.did_you_mean(name, known, self._field_hint(name)),
        )

    def _field_hint(self, name: str) -> str:
        owners = [record for record, fields in self.names.record_fields.items() if name in fields]
        return f"did you mean `{owners[0]}.{name}`?" if owners else ""

    def _call(self, node: tree.Call) -> Typed | None:
        function = FUNCTIONS.get(node.function.name)
        if function is None:
            self.report(
                "RK101",
                f"unknown function `{node.function.name}`",
                node.function.span,
                help=self.context.reporter.did_you_mean(
                    node.function.name, FUNCTIONS, f"there are {', '.join(FUNCTIONS)}"
                ),
            )
            return None
        argument = self.expr(node.argument)
        if argument is None:
            return None
        result = next(
            (given for taken, given in function.of.items() if isinstance(argument.type, taken)),
            None,
        )
        if result is None:
            takes = " or ".join(family(taken()) for taken in function.of)
            self.report(
                "RK202",
                f"`{function.name}` is asked of {takes}, not of {family(argument.type)}",
                node.argument.span,
            )
            return None
        return Typed(e.Call(function.name, argument.expr), result)

    def _negative(self, node: tree.Negative) -> Typed | None:
        operand = self.expr(node.operand)
        if operand is None:
            return None
        if not isinstance(operand.type, Integer | Number):
            self.report("RK202", f"`-` stands before a number, not {family(operand.type)}", node.span)
            return None
        if isinstance(operand.expr, e.Constant) and isinstance(operand.expr.value, int | float):
            return Typed(e.Constant(-operand.expr.value), operand.type)
        return Typed(e.Arithmetic("-", e.Constant(0), operand.expr), _unbounded(operand.type))

    def _arithmetic(self, node: tree.Arithmetic) -> Typed | None:
        left, right = self.expr(node.left), self.expr(node.right)
        if left is None or right is None:
            return None
        operator = node.operator
        result: Type | None
        if isinstance(left.type, Integer | Number) and isinstance(right.type, Integer | Number):
            whole = isinstance(left.type, Integer) and isinstance(right.type, Integer) and operator != "/"
            result = Integer() if whole else Number()
        else:
            result = MOMENT_ARITHMETIC.get((type(left.type), operator, type(right.type)))
        if result is None:
            self.report(
                "RK202",
                f"`{operator}` does not work on {family(left.type)} and {family(right.type)}",
                node.span,
                help=_unit_hint(left.type, right.type),
            )
            return None
        return Typed(e.Arithmetic(operator, left.expr, right.expr), result)  # type: ignore[arg-type]

    def _fallback(self, node: tree.Fallback, expected: Type | None) -> Typed | None:
        first = self.expr(node.first, expected)
        second = self.expr(node.second, first.type if first else expected)
        if first is None or second is None:
            return None
        if not is_comparable(first.type, second.type):
            self._different(first, second, node.span, "both sides of `else` are of one type")
            return None
        return Typed(e.Else(first.expr, second.expr), _joined(first.type, second.type))

    # ── conditions ────────────────────────────────────────────────────────────

    def _condition(self, node: tree.Expression) -> e.Expr | None:
        typed = self.expr(node)
        if typed is None:
            return None
        if not isinstance(typed.type, Flag):
            self.report(
                "RK203",
                f"a condition was expected; this is {family(typed.type)}",
                node.span,
                help="compare it with something, such as `x >= 80` or `x is known`",
            )
            return None
        return typed.expr

    def _negated(self, node: tree.Negated) -> Typed | None:
        operand = self._condition(node.operand)
        if operand is None:
            return None
        if may_be_missing(self.context, operand):
            self.report(
                "RK406",
                "`not` over a test that can be unknown: where a value is missing, neither holds",
                node.span,
                help="name the test as a `segment`, which is never unknown, or ask `is known` too",
            )
        return Typed(e.Not(operand), Flag())

    def _logic(self, node: tree.Logic) -> Typed | None:
        operands = [self._condition(operand) for operand in node.operands]
        known = tuple(operand for operand in operands if operand is not None)
        if len(known) < len(operands):
            return None
        return Typed(e.All(known) if node.operator == "and" else e.Any(known), Flag())

    def _test(self, node: tree.Test) -> Typed | None:
        negated = node.operator in ("is not", "not in")
        operator = {"is not": "is", "not in": "in"}.get(node.operator, node.operator)
        expr = self._plain_test(node, operator)
        if expr is None:
            return None
        return Typed(e.Not(expr) if negated else expr, Flag())

    def _plain_test(self, node: tree.Test, operator: str) -> e.Expr | None:
        if operator == "is" and self._is_special(node):
            return self._special_is(node)
        if node.at is not None:
            self.report("RK202", "`at` stands behind `is open` of a calendar", node.at.span)
            return None
        right_type = None
        if self._is_loose(node.left):
            right = self._probe(node.right)
            right_type = right.type if right else None
            if isinstance(right_type, SetOf):
                right_type = right_type.element
        left = self.expr(node.left, right_type)
        if left is None:
            if isinstance(node.right, tree.Path) and len(node.right.parts) > 1:
                self.expr(node.right)
            return None
        return self.test_of(operator, left, node.right, node.span)

    def _is_loose(self, node: tree.Expression) -> bool:
        """Whether a node is a bare name that only the other side can tell the meaning of."""
        if not isinstance(node, tree.Path) or len(node.parts) != 1:
            return False
        name = node.parts[0].name
        return not (
            name in self.names.lets
            or name in self.names.segments
            or name in self.outcome
            or name in ("yes", "no", "now")
        )

    def _probe(self, node: tree.Expression) -> Typed | None:
        """The other side of a loose name, looked at without reporting; it is reported in its turn."""
        if self._is_loose(node) or isinstance(node, tree.SetLiteral | tree.Range):
            return None
        reported = len(self.context.reporter.found)
        try:
            return self.expr(node)
        finally:
            del self.context.reporter.found[reported:]

    def test_of(self, operator: str, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        """A test of a value that is already known, against what is written on its right."""
        match operator:
            case "is not":
                equal = self._compare("is", left, right, span)
                return None if equal is None else e.Not(equal)
            case "is" | "<" | "<=" | ">" | ">=":
                return self._compare(_COMPARISONS[operator], left, right, span)
            case "in":
                return self._in(left, right, span)
            case "has" | "has any" | "has all":
                return self._has(operator, left, right, span)
            case "matches":
                return self._matches(left, right, span)
            case "contains" | "starts with" | "ends with":
                return self._text_test(operator, left, right, span)
            case _:
                raise AssertionError(operator)

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
                return name in self.names.calendars or (word == "open" and self._is_loose(node.left))
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
            return e.IsAssisted(word == "assisted")
        operand = self.expr(node.left)
        if operand is None:
            return None
        match word:
            case "empty":
                return e.IsEmpty(operand.expr)
            case "known":
                return e.IsKnown(operand.expr)
            case _:
                return e.Not(e.IsKnown(operand.expr))

    def _calendar(self, node: tree.Test, name: tree.Ident, word: str) -> e.Expr | None:
        if not self.context.known("calendar", name, self.names.calendars):
            return None
        if word == "closed":
            self.report(
                "RK202",
                "a calendar is asked whether it is open",
                node.span,
                help=f"write `{name.name} is not open`",
            )
            return None
        if node.at is None:
            return e.CalendarOpen(name.name, e.Now())
        at = self.expr(node.at)
        if at is None:
            return None
        if not isinstance(at.type, Time):
            self.report("RK202", f"`is open at` takes a time, not {family(at.type)}", node.at.span)
            return None
        return e.CalendarOpen(name.name, at.expr)

    def _compare(
        self, operator: e.ComparisonOperator, left: Typed, right_node: tree.Expression, span: Span
    ) -> e.Expr | None:
        if isinstance(left.type, SetOf):
            self.report(
                "RK202",
                f"a set is not compared by `{operator}`",
                span,
                help="ask `has x`, `has any {…}`, `has all {…}` or `is empty`",
            )
            return None
        right = self.expr(right_node, left.type)
        if right is None:
            return None
        if not is_comparable(left.type, right.type):
            self._different(left, right, span, _type_hint(left, right, right_node))
            return None
        order = None
        if operator != "is":
            order = _common_order(left.type, right.type)
            if order is None and not isinstance(left.type, _ORDERED):
                self.report(
                    "RK202",
                    f"{_called(left)} has no order to compare by `{operator}`",
                    span,
                    help="names with an order are declared `ordered low < high`"
                    if isinstance(left.type, Choice)
                    else "ask `is` or `in {…}`",
                )
                return None
        self._report_constant_comparison(operator, left, right, span)
        return e.Compare(operator, left.expr, right.expr, order)

    def _different(self, left: Typed, right: Typed, span: Span, hint: str) -> None:
        self.report(
            "RK201",
            f"{_called(left)} and {_called(right)} cannot be compared",
            span,
            help=hint,
        )

    def _report_constant_comparison(self, operator: str, left: Typed, right: Typed, span: Span) -> None:
        if isinstance(left.expr, e.Constant) and not isinstance(right.expr, e.Constant):
            flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
            left, right, operator = right, left, flipped
        if isinstance(left.expr, e.Constant) or not isinstance(right.expr, e.Constant):
            return
        low, high, value = _extent(left.type, right.expr.value)
        if value is None:
            return
        always = _always(operator, low, high, value)
        if always is not None:
            self.report(
                "RK404",
                f"this comparison of {_called(left)} is always {'true' if always else 'false'}",
                span,
                help="to ask whether there is a value, write `is known`" if always else "",
            )

    def _in(self, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        if isinstance(right, tree.Range):
            return self._in_range(left, right, span)
        if self._is_set(right):
            values = self._values(left.type, right)
            return None if values is None else e.InSet(left.expr, values)
        container = self.expr(right, SetOf(left.type))
        if container is None:
            return None
        if not isinstance(container.type, SetOf):
            self.report(
                "RK202",
                f"`in` asks of a set, a list or a range, not of {family(container.type)}",
                right.span,
                help="write a set `{a, b}`, or a range `a..b`",
            )
            return None
        if not is_comparable(left.type, container.type.element):
            self._different(left, Typed(container.expr, container.type.element), span, "")
            return None
        return e.Member(left.expr, container.expr)

    def _in_range(self, left: Typed, range_: tree.Range, span: Span) -> e.Expr | None:
        low, high = self.expr(range_.low, left.type), self.expr(range_.high, left.type)
        if low is None or high is None:
            return None
        order = left.type if isinstance(left.type, Choice) and left.type.ordered else None
        if order is None and not isinstance(left.type, _ORDERED):
            self.report("RK202", f"{_called(left)} has no order, so there is no range of it", span)
            return None
        for bound, node in ((low, range_.low), (high, range_.high)):
            if not is_comparable(left.type, bound.type):
                self._different(left, bound, node.span, _type_hint(left, bound, node))
                return None
        if isinstance(low.expr, e.Constant) and isinstance(high.expr, e.Constant):
            bottom, top = low.expr.value, high.expr.value
            if order is not None:
                bottom, top = order.rank[str(bottom)], order.rank[str(top)]
            if bottom > top:  # type: ignore[operator]
                self.report("RK208", "this range holds nothing: its end is before its start", range_.span)
                return None
        return e.InRange(left.expr, low.expr, high.expr, order)

    def _is_set(self, node: tree.Expression) -> bool:
        """Whether a node is a set written out, or the name of a list."""
        if isinstance(node, tree.Path) and len(node.parts) == 1:
            return node.parts[0].name in self.names.lists
        return isinstance(node, tree.SetLiteral)

    def _values(self, element: Type, node: tree.Expression) -> frozenset[Scalar] | None:
        """The values of a set written out or of a list, as values of a type."""
        if isinstance(node, tree.Path):
            declared = self.names.lists[node.parts[0].name]
            if declared.values is None:
                return self._listed(element, node.parts[0])
            node = declared.values
        values = constant(self.context, node, SetOf(element))
        return values if isinstance(values, frozenset) else None

    def _listed(self, element: Type, ident: tree.Ident) -> frozenset[Scalar] | None:
        file = self.names.list_files.get(ident.name)
        if file is None:
            return None
        read = _line_reader(element, self.context.timezone)
        values: set[Scalar] = set()
        for number, line in file.values:
            value = read(line)
            if isinstance(value, Fault | NoneType | frozenset):
                reason = value.text if isinstance(value, Fault) else "is no such value"
                self.report(
                    "RK013",
                    f"line {number} of `{file.name}` {reason}",
                    ident.span,
                    label=f"its values are compared with `{describe(element)}`",
                )
                return None
            values.add(value)
        return frozenset(values)

    def _has(self, operator: str, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        if not isinstance(left.type, SetOf):
            self.report(
                "RK202",
                f"`{operator}` asks a set, not {_called(left)}",
                span,
                help="a text is asked by `contains`"
                if isinstance(left.type, Text)
                else "ask `is` or `in {…}`",
            )
            return None
        element = left.type.element
        if operator == "has":
            member = self.expr(right, element)
            if member is None:
                return None
            if not is_comparable(element, member.type):
                self._different(
                    Typed(left.expr, element),
                    member,
                    span,
                    _type_hint(Typed(left.expr, element), member, right),
                )
                return None
            return e.Member(member.expr, left.expr)
        if not self._is_set(right):
            self.report("RK204", f"`{operator}` takes a set written out, or a list", right.span)
            return None
        values = self._values(element, right)
        if values is None:
            return None
        return e.HasAny(left.expr, values) if operator == "has any" else e.HasAll(left.expr, values)

    def _text_test(
        self, operator: str, left: Typed, right_node: tree.Expression, span: Span
    ) -> e.Expr | None:
        if not self._is_text(operator, left, span):
            return None
        right = self.expr(right_node, Text())
        if right is None:
            return None
        if not isinstance(right.type, Text):
            self.report("RK201", f"`{operator}` takes a text, not {family(right.type)}", right_node.span)
            return None
        return e.TextTest(operator, left.expr, right.expr)  # type: ignore[arg-type]

    def _matches(self, left: Typed, right: tree.Expression, span: Span) -> e.Expr | None:
        if not self._is_text("matches", left, span):
            return None
        if not isinstance(right, tree.Literal) or right.kind != "text":
            self.report("RK204", "`matches` takes a pattern in quotes", right.span)
            return None
        pattern = unquote(right.text)
        try:
            compile_pattern(pattern)
        except PatternError as error:
            self.report(
                "RK207",
                f"this pattern cannot be used: {error}",
                right.span,
                help="patterns are those of RE2: no look-around and no back-references",
            )
            return None
        return e.Matches(left.expr, pattern)

    def _is_text(self, operator: str, left: Typed, span: Span) -> bool:
        if isinstance(left.type, Text):
            return True
        hint = "a set is asked by `has`" if isinstance(left.type, SetOf) else "ask `is` or `in {…}`"
        self.report("RK202", f"`{operator}` asks a text, not {_called(left)}", span, help=hint)
        return False


def _is_name(node: tree.Expression, name: str) -> bool:
    return isinstance(node, tree.Path) and node.dotted == name


def _unbounded(type_: Type) -> Type:
    return Integer() if isinstance(type_, Integer) else Number()


def _joined(left: Type, right: Type) -> Type:
    """The type of a value that is of one of two comparable types."""
    match left, right:
        case Integer(), Integer():
            return left if left == right else Integer()
        case ((Integer() | Number()), (Integer() | Number())):
            return left if left == right else Number()
        case Choice(names), Choice(others) if not set(others) <= set(names):
            return Choice((*names, *(name for name in others if name not in names)))
        case _:
            return left


def _common_order(left: Type, right: Type) -> Choice | None:
    if isinstance(left, Choice) and isinstance(right, Choice) and left.ordered and left == right:
        return left
    return None


def _called(typed: Typed) -> str:
    match typed.expr:
        case e.FieldRef(record, field):
            return f"`{record}.{field}` ({describe(typed.type)})"
        case e.SignalRef(queue, signal):
            return f"`{queue}.{signal}` ({describe(typed.type)})"
        case e.LetRef(name) | e.SegmentRef(name) | e.OutcomeRef(name):
            return f"`{name}` ({describe(typed.type)})"
        case _:
            return family(typed.type)


def _unit_hint(left: Type, right: Type) -> str:
    if isinstance(left, Time | Date | Duration) and isinstance(right, Integer | Number):
        return "a duration has a unit: `30s`, `5m`, `24h`, `7d`"
    return ""


def _type_hint(left: Typed, right: Typed, node: tree.Expression) -> str:
    match left.type, right.type:
        case Choice(), Text() if isinstance(node, tree.Literal):
            return f"listed names stand without quotes: {unquote(node.text)}"
        case Duration(), (Integer() | Number()):
            return "a duration has a unit: `180s` or `3m`"
        case Time(), Date():
            return "write the hours too, such as `2026-11-23 00:00`, or compare the date: `date(…)`"
        case Date(), Time():
            return "compare the date alone, such as `2026-11-23`"
        case Text(), (Integer() | Number()) if isinstance(node, tree.Literal):
            return f'a text stands in quotes: "{node.text}"'
        case ((Integer() | Number()), Text()) if isinstance(node, tree.Literal):
            return "a number stands without quotes"
        case Flag(), _:
            return "a flag is `yes` or `no`"
        case _:
            return ""


def _extent(type_: Type, value: object) -> tuple[float | None, float | None, float | None]:
    """The lowest and highest value of a type, and the place of one value among them."""
    match type_, value:
        case Choice(ordered=True), str():
            return 0, len(type_.names) - 1, type_.rank.get(value)
        case ((Integer(low, high) | Number(low, high)), (int() | float())):
            return low, high, value
        case _:
            return None, None, None


def _always(operator: str, low: float | None, high: float | None, value: float) -> bool | None:
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


def _line_reader(element: Type, timezone: str) -> Callable[[str], Value | Fault | None]:
    """How a line of a list's file is read as a value of a type."""
    read = reader(element, zone(timezone))
    convert: Callable[[str], object]
    match element:
        case Integer() | Number():
            convert = parse_number
        case Flag():
            convert = {"yes": True, "no": False}.get
        case Time():
            convert = partial(parse_time, local=zone(timezone))
        case Date():
            convert = parse_date
        case Duration():
            convert = parse_duration
        case _:
            convert = str

    def read_line(line: str) -> Value | Fault | None:
        value = convert(line)
        return None if value is None else read(value)

    return read_line


def may_be_missing(context: Context, expr: e.Expr) -> bool:
    """Whether a value can be missing (a condition: unknown) for a contact that is as declared."""
    match expr:
        case e.FieldRef(record, field):
            return context.names.record_fields[record][field].optional
        case e.SignalRef(_, signal):
            return context.names.live_fields[signal].optional
        case e.LetRef(name):
            return name in context.names.uncertain_lets
        case e.SegmentRef() | e.IsKnown() | e.OutcomeRef() | e.IsAssisted() | e.Constant() | e.Now():
            return False
        case e.Else(first, second):
            return may_be_missing(context, first) and may_be_missing(context, second)
        case e.Arithmetic("/", _, divisor) if not isinstance(divisor, e.Constant):
            return True
        case _:
            return any(may_be_missing(context, child) for child in e.children(expr))
