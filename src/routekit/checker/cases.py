"""Values by cases: the type of a let, and its cases and rows of tables, each a condition and a value."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from routekit.checker import cells
from routekit.checker.constants import is_comparable, is_text
from routekit.checker.context import Context
from routekit.checker.expressions import condition, is_loose, lower
from routekit.checker.typed import Typed, is_within, unbounded
from routekit.checker.types import resolve_type
from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Integer,
    Number,
    Time,
    Type,
    describe,
    family,
    joined,
)
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_let"]

_ALWAYS = e.Constant(True)
_ADDED_UP = (Integer, Number, Duration)
_ORDERED = (Integer, Number, Duration, Time, Date)


@dataclass(frozen=True, slots=True)
class _Written:
    """A case as it is written; a condition of None has been reported."""

    condition: e.Expr | None
    value: tree.Expression
    span: Span
    row: int | None = None


def check_let(context: Context, node: tree.LetNode) -> Typed | None:
    """Checks what a let is worked out by; None where that has been reported."""
    type_ = None if node.type is None else resolve_type(context, node.type)
    if node.type is not None and type_ is None:
        return None
    if isinstance(node.value, tree.CasesNode):
        return _by_cases(context, node, node.value, type_)
    typed = lower(context, node.value, type_)
    if typed is None or type_ is None:
        return typed
    value = _fitting(context, node, node.value, typed, type_)
    return None if value is None else Typed(value, type_)


def _by_cases(
    context: Context, node: tree.LetNode, cases: tree.CasesNode, type_: Type | None
) -> Typed | None:
    written = [*_cases(context, cases)]
    if not _is_in_order(context, node, cases):
        return None
    values = _values(context, node, written, type_)
    if values is None:
        return None
    if type_ is None:
        type_ = values[0].type
        for value in values[1:]:
            type_ = joined(type_, value.type)
    gather = cast("e.Gather", cases.gather)
    if not _can_gather(context, node, cases, gather, type_):
        return None
    type_ = unbounded(type_) if gather == "sum" and isinstance(type_, Integer | Number) else type_
    found: list[e.Case] = []
    for case, value in zip(written, values, strict=True):
        fitting = _fitting(context, node, case.value, value, type_)
        if fitting is not None and case.condition is not None:
            found.append(e.Case(case.condition, fitting, case.row, span=case.span))
    if len(found) < len(written):
        return None
    return Typed(e.Cases(gather, tuple(found), type_, span=cases.span), type_)


def _cases(context: Context, cases: tree.CasesNode) -> Iterator[_Written]:
    for item in cases.items:
        match item:
            case tree.CaseNode(condition=None):
                yield _Written(_ALWAYS, item.value, item.span)
            case tree.CaseNode(condition=tree.Node() as holds):
                yield _Written(condition(context, holds), item.value, item.span)
            case tree.CaseTable():
                head = Span(item.span.source, item.span.start, item.span.start + len("table"))
                columns = cells.columns(context, item.columns)
                for number, row in enumerate(item.rows, start=1):
                    tests = cells.row_tests(context, columns, row.cells, head)
                    yield _Written(_all(tests), row.value, row.span, number)


def _all(tests: list[e.Expr] | None) -> e.Expr | None:
    if tests is None or len(tests) == 1:
        return tests[0] if tests else None
    return e.All(tuple(tests)) if tests else _ALWAYS


def _is_in_order(context: Context, node: tree.LetNode, cases: tree.CasesNode) -> bool:
    """Whether there are cases at all, and `otherwise` stands last where it may stand; reported where not."""
    report = context.reporter.report
    if not any(isinstance(item, tree.CaseNode) or item.rows for item in cases.items):
        report(
            "RK306",
            t("`{name}` has no cases", name=node.name.name),
            cases.span,
            help=t("say when it has which value: `when … then …`"),
        )
        return False
    for place, item in enumerate(cases.items, start=1):
        if not isinstance(item, tree.CaseNode) or item.condition is not None:
            continue
        if cases.gather != "first":
            report(
                "RK306",
                t("a `{gather}` has no `otherwise`", gather=cases.gather),
                item.span,
                help=t(
                    "it takes every case that holds; `… else …` where it is used says what to take of none"
                ),
            )
            return False
        if place < len(cases.items):
            report(
                "RK306",
                t("`otherwise` stands last: nothing behind it is ever tried"),
                item.span,
                help=t("move it to the end"),
            )
            return False
    return True


def _values(
    context: Context, node: tree.LetNode, written: list[_Written], type_: Type | None
) -> list[Typed] | None:
    """The values with their types; a bare name is read in the type that is given, or the others have."""
    known: dict[int, Typed | None] = {}
    loose: list[int] = []
    expected = type_
    for place, case in enumerate(written):
        if type_ is None and (is_loose(context, case.value) or is_text(case.value)):
            loose.append(place)
            continue
        typed = known[place] = lower(context, case.value, expected)
        if typed is not None and type_ is None:
            expected = _widened(expected, typed.type)
    names = [written[place].value for place in loose if not is_text(written[place].value)]
    if names and expected is None:
        first = names[0]
        if not context.names.lost:
            context.reporter.report(
                "RK306",
                t(
                    "`{name}` needs its type: `{text}` is a listed name, or unknown",
                    name=node.name.name,
                    text=first.span.text,
                ),
                first.span,
                help=t("write it behind the name: `let {name} TYPE {{ … }}`", name=node.name.name),
            )
        return None
    for place in loose:
        known[place] = lower(context, written[place].value, expected)
    values = [known[place] for place in range(len(written))]
    complete: list[Typed] = []
    wanted = type_
    for case, value in zip(written, values, strict=True):
        if value is None:
            continue
        if wanted is not None and not is_comparable(wanted, value.type):
            _report_different(context, node, case.value, value.type, wanted)
            continue
        wanted = type_ or (value.type if wanted is None else joined(wanted, value.type))
        complete.append(value)
    return complete if len(complete) == len(values) else None


def _widened(expected: Type | None, found: Type) -> Type:
    return found if expected is None or not is_comparable(expected, found) else joined(expected, found)


def _report_different(
    context: Context, node: tree.LetNode, value: tree.Expression, found: Type, wanted: Type
) -> None:
    given = f"`{describe(wanted)}`" if node.type is not None else family(wanted)
    context.reporter.report(
        "RK201",
        t(
            "this value of `{name}` is {found}, not {given}",
            name=node.name.name,
            found=family(found),
            given=given,
        ),
        value.span,
        help=t("all values of a `let` are of one type"),
    )


def _fitting(
    context: Context, node: tree.LetNode, written: tree.Expression, value: Typed, type_: Type
) -> e.Expr | None:
    """The value, kept within the bounds of the type where it may lie outside; None where it cannot be one."""
    if not is_comparable(type_, value.type):
        _report_different(context, node, written, value.type, type_)
        return None
    if is_within(value, type_):
        return value.expr
    if isinstance(value.expr, e.Constant):
        context.reporter.report(
            "RK412",
            t(
                "`{text}` does not fit the type `{type}`: it counts as missing",
                text=written.span.text,
                type=describe(type_),
            ),
            written.span,
            help=t("write a value within its bounds, or give the type wider ones"),
        )
    return e.Bounded(value.expr, type_, span=written.span)


def _can_gather(
    context: Context, node: tree.LetNode, cases: tree.CasesNode, gather: e.Gather, type_: Type
) -> bool:
    if gather == "first":
        return True
    ordered = isinstance(type_, _ORDERED) or (isinstance(type_, Choice) and type_.ordered)
    if isinstance(type_, _ADDED_UP) if gather == "sum" else ordered:
        return True
    what = t("numbers or durations") if gather == "sum" else t("values that have an order")
    context.reporter.report(
        "RK202",
        t(
            "`{gather}` takes {what}; `{name}` is {type}",
            gather=gather,
            what=what,
            name=node.name.name,
            type=family(type_),
        ),
        cases.span,
    )
    return False
