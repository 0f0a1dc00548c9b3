"""Values written out in a policy: literals, listed names and sets, read as the type that is wanted."""

from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from routekit.checker.context import Context
from routekit.checker.habits import flag_of, meant_as_value
from routekit.diagnostics import Advice, Fix, Span
from routekit.schema.reading import Fault, reader
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
    is_plain_name,
    listed_name,
)
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.syntax.limits import MOST_MEMBERS, MOST_TEXT
from routekit.translation import t

__all__ = [
    "constant",
    "duration",
    "is_comparable",
    "is_nothing",
    "is_text",
    "listed_text",
    "literal",
    "nothing_is",
    "quoted",
    "report_unlisted",
    "whole_number",
    "without_quotes",
]

_NOTHING = frozenset({"null", "none", "nil", "undefined", "empty", "unknown"})


def literal(context: Context, node: tree.Literal) -> tuple[Value, Type] | None:
    """Returns the value and type of a literal; None where it is reported to be none."""
    match node.kind:
        case "text":
            text = unquote(node.text)
            if len(text) > MOST_TEXT:
                context.reporter.report(
                    "RK007", t("a text has {most_text:,} characters at most", most_text=MOST_TEXT), node.span
                )
                return None
            return text, Text()
        case "number":
            if "." in node.text:
                return float(node.text), Number()
            return int(node.text), Integer()
        case "duration":
            span = parse_duration(node.text)
            if span is None:
                context.reporter.report(
                    "RK206",
                    t("`{text}` is no duration", text=node.text),
                    node.span,
                    help=t("write the larger unit first, each once: `1h30m`"),
                )
                return None
            return span, Duration()
        case "date":
            day = parse_date(node.text)
            if day is None:
                return _report_no_value(context, node)
            return day, Date()
        case _:
            moment = parse_time(node.text, zone(context.timezone))
            if moment is None:
                return _report_no_value(context, node)
            return moment, Time()


def _report_no_value(context: Context, node: tree.Literal) -> tuple[Value, Type] | None:
    message = t("`{text}` is no {kind} that there is", text=node.text, kind=t(node.kind))
    context.reporter.report("RK206", message, node.span)
    return None


def duration(context: Context, node: tree.Literal) -> timedelta | None:
    """Returns the duration of a literal; reported where it is none."""
    found = literal(context, node)
    return found[0] if found is not None and isinstance(found[0], timedelta) else None


def whole_number(context: Context, node: tree.Literal, what: str) -> int | None:
    """Returns the whole number of a clause; reported where it is none."""
    if "." in node.text:
        context.reporter.report(
            "RK206", t("{what} is a whole number, not `{text}`", what=what, text=node.text), node.span
        )
        return None
    return int(Decimal(node.text))


def constant(context: Context, node: tree.Expression, wanted: Type, code: str = "RK201") -> Value | None:
    """Returns a value of the wanted type and within its bounds, written out; None where it is reported.

    ``code`` is that of a value which does not fit.
    """
    match node:
        case tree.Path(parts=(name,)):
            return _named(context, name, wanted)
        case tree.Path():
            context.reporter.report(
                "RK204",
                t("`{dotted}` is a field; a value written out was expected", dotted=node.dotted),
                node.span,
            )
            return None
        case tree.SetLiteral():
            return _set(context, node, wanted, code)
        case tree.Negative(operand=tree.Literal(kind="number") as number):
            negative = tree.Literal(node.span, "number", f"-{number.text}")
            return _fitting(context, negative, wanted, code)
        case tree.Literal():
            return _fitting(context, node, wanted, code)
        case (
            tree.Call()
            | tree.Range()
            | tree.Negative()
            | tree.Arithmetic()
            | tree.Fallback()
            | tree.Test()
            | tree.Negated()
            | tree.Logic()
        ):
            context.reporter.report("RK204", t("a value written out was expected"), node.span)
            return None
        case _:
            assert_never(node)


def _named(context: Context, name: tree.Ident, wanted: Type) -> Value | None:
    if isinstance(wanted, Choice):
        if name.name in wanted.rank:
            return name.name
        report_unlisted(context, name, wanted)
        return None
    if isinstance(wanted, Flag) and name.name in ("yes", "no"):
        return name.name == "yes"
    context.reporter.report(
        "RK201",
        t("`{name}` is no value of the type `{wanted}`", name=name.name, wanted=describe(wanted)),
        name.span,
        help=quoted(name, wanted),
    )
    return None


def report_unlisted(context: Context, name: tree.Ident, wanted: Choice) -> None:
    """Says that a name is none of those that its type lists."""
    if name.name in context.names.lost:
        return
    listed = t(", ").join(f"`{listed_name(value)}`" for value in wanted.names[:8])
    context.reporter.report(
        "RK105",
        t("`{name}` is not one of the values {listed}", name=name.name, listed=listed),
        name.span,
        help=context.reporter.did_you_mean(name.name, map(listed_name, wanted.names), at=name.span),
    )


def is_text(node: tree.Expression) -> bool:
    """Whether a text is written out, which may also be a listed value that is no name."""
    return isinstance(node, tree.Literal) and node.kind == "text"


def is_nothing(name: str) -> bool:
    """Checks whether other languages write so that there is no value.

    >>> is_nothing("NULL"), is_nothing("gold")
    (True, False)
    """
    return name.casefold() in _NOTHING


def nothing_is() -> str:
    """How it is asked whether there is no value."""
    return t("a value that is not there is asked by `is missing`")


def quoted(name: tree.Ident, wanted: Type | None) -> Advice:
    """Tells how a bare word should have been written, where another kind of value was wanted."""
    if is_nothing(name.name):
        return Advice(nothing_is())
    if isinstance(wanted, Text):
        text = f'"{name.name}"'
        return Advice(t("a text stands in quotes: {text}", text=text), Fix.replace(name.span, text))
    if isinstance(wanted, Flag):
        return flag_of(name.name, name.span)
    if isinstance(wanted, SetOf):
        return Advice(t("a set is written `{a, b}`"))
    return Advice()


def without_quotes(span: Span, text: str) -> Advice:
    """How a listed name should have been written, which stands in quotes without need."""
    return Advice(t("listed names stand without quotes: {text}", text=text), Fix.replace(span, text))


def listed_text(context: Context, node: tree.Literal, wanted: Choice) -> str | None:
    """The listed value that a text in quotes is; None where it is reported."""
    text = unquote(node.text)
    if text in wanted.rank and is_plain_name(text):
        context.reporter.report(
            "RK201",
            t("`{text}` is a text; {wanted} was expected", text=node.text, wanted=_a(wanted)),
            node.span,
            help=without_quotes(node.span, text),
        )
        return None
    if text not in wanted.rank:
        report_unlisted(context, tree.Ident(node.span, text), wanted)
        return None
    return text


def _set(context: Context, node: tree.SetLiteral, wanted: Type, code: str) -> Value | None:
    if not isinstance(wanted, SetOf):
        context.reporter.report(
            code, t("a set was found where {wanted} was expected", wanted=_a(wanted)), node.span
        )
        return None
    if len(node.members) > MOST_MEMBERS:
        context.reporter.report(
            "RK007",
            t(
                "a set of {count:,} values, {most_members:,} at most are read",
                count=len(node.members),
                most_members=MOST_MEMBERS,
            ),
            node.span,
            help=t('keep a long list in a file: `list NAME from "FILE"`'),
        )
        return None
    values: list[Scalar] = []
    complete = True
    for member in node.members:
        value = constant(context, member, wanted.element, code)
        if value is None or isinstance(value, frozenset):
            complete = False
        else:
            values.append(value)
    return frozenset(values) if complete else None


def _a(type_: Type) -> str:
    return t("a value of the type `{type}`", type=describe(type_))


def _fitting(context: Context, node: tree.Literal, wanted: Type, code: str) -> Value | None:
    if isinstance(wanted, Choice) and node.kind == "text":
        return listed_text(context, node, wanted)
    found = literal(context, node)
    if found is None:
        return None
    value, type_ = found
    if not is_comparable(type_, wanted):
        context.reporter.report(
            code,
            t(
                "`{text}` is {type}; {wanted} was expected",
                text=node.text,
                type=family(type_),
                wanted=_a(wanted),
            ),
            node.span,
            help=_hint(node, type_, wanted),
        )
        return None
    fitting = reader(wanted, zone(context.timezone))(value)
    if isinstance(fitting, Fault):
        context.reporter.report(
            "RK205",
            t(
                "`{text}` does not fit the type `{wanted}`: it {fitting_text}",
                text=node.text,
                wanted=describe(wanted),
                fitting_text=fitting.text,
            ),
            node.span,
        )
        return None
    return fitting


def _hint(node: tree.Literal, literal_type: Type, wanted: Type) -> str | Advice:
    if isinstance(wanted, Time) and node.kind == "date":
        return t("a time has hours too: {text} 00:00", text=node.text)
    if isinstance(wanted, Duration) and node.kind == "number":
        return t("a duration has a unit: {text}s", text=node.text)
    return meant_as_value(wanted, literal_type, node)


def is_comparable(left: Type, right: Type) -> bool:
    """Says whether values of two types can be equal at all: the same type, or lists with a name in common."""
    match left, right:
        case ((Integer() | Number()), (Integer() | Number())):
            return True
        case Choice(names), Choice(others):
            return not set(names).isdisjoint(others)
        case SetOf(element), SetOf(other):
            return is_comparable(element, other)
        case _:
            return type(left) is type(right)
