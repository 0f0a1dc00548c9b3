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

__all__ = [
    "NOTHING_IS",
    "constant",
    "duration",
    "is_comparable",
    "is_nothing",
    "is_text",
    "listed_text",
    "literal",
    "quoted",
    "report_unlisted",
    "whole_number",
    "without_quotes",
]

NOTHING_IS = "is asked by `is missing`"

_NOTHING = frozenset({"null", "none", "nil", "undefined", "empty", "unknown"})


def literal(context: Context, node: tree.Literal) -> tuple[Value, Type] | None:
    """Returns the value and type of a literal; None where it is reported to be none."""
    match node.kind:
        case "text":
            text = unquote(node.text)
            if len(text) > MOST_TEXT:
                context.reporter.report("RK007", f"a text has {MOST_TEXT:,} characters at most", node.span)
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
                    f"`{node.text}` is no duration",
                    node.span,
                    help="write the larger unit first, each once: `1h30m`",
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
    message = f"`{node.text}` is no {node.kind} that there is"
    context.reporter.report("RK206", message, node.span)
    return None


def duration(context: Context, node: tree.Literal) -> timedelta | None:
    """Returns the duration of a literal; reported where it is none."""
    found = literal(context, node)
    return found[0] if found is not None and isinstance(found[0], timedelta) else None


def whole_number(context: Context, node: tree.Literal, what: str) -> int | None:
    """Returns the whole number of a clause; reported where it is none."""
    if "." in node.text:
        context.reporter.report("RK206", f"{what} is a whole number, not `{node.text}`", node.span)
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
                "RK204", f"`{node.dotted}` is a field; a value written out was expected", node.span
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
            context.reporter.report("RK204", "a value written out was expected", node.span)
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
        f"`{name.name}` is no value of the type `{describe(wanted)}`",
        name.span,
        help=quoted(name, wanted),
    )
    return None


def report_unlisted(context: Context, name: tree.Ident, wanted: Choice) -> None:
    """Says that a name is none of those that its type lists."""
    if name.name in context.names.lost:
        return
    listed = ", ".join(f"`{listed_name(value)}`" for value in wanted.names[:8])
    context.reporter.report(
        "RK105",
        f"`{name.name}` is not one of the values {listed}{', …' if len(wanted.names) > 8 else ''}",
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


def quoted(name: tree.Ident, wanted: Type | None) -> Advice:
    """Tells how a bare word should have been written, where another kind of value was wanted."""
    if is_nothing(name.name):
        return Advice(f"a value that is not there {NOTHING_IS}")
    if isinstance(wanted, Text):
        text = f'"{name.name}"'
        return Advice(f"a text stands in quotes: {text}", Fix.replace(name.span, text))
    if isinstance(wanted, Flag):
        return flag_of(name.name, name.span)
    if isinstance(wanted, SetOf):
        return Advice("a set is written `{a, b}`")
    return Advice()


def without_quotes(span: Span, text: str) -> Advice:
    """How a listed name should have been written, which stands in quotes without need."""
    return Advice(f"listed names stand without quotes: {text}", Fix.replace(span, text))


def listed_text(context: Context, node: tree.Literal, wanted: Choice) -> str | None:
    """The listed value that a text in quotes is; None where it is reported."""
    text = unquote(node.text)
    if text in wanted.rank and is_plain_name(text):
        context.reporter.report(
            "RK201",
            f"`{node.text}` is a text; {_a(wanted)} was expected",
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
        context.reporter.report(code, f"a set was found where {_a(wanted)} was expected", node.span)
        return None
    if len(node.members) > MOST_MEMBERS:
        context.reporter.report(
            "RK007",
            f"a set of {len(node.members):,} values, {MOST_MEMBERS:,} at most are read",
            node.span,
            help='keep a long list in a file: `list NAME from "FILE"`',
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
    return f"a value of the type `{describe(type_)}`"


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
            f"`{node.text}` is {family(type_)}; {_a(wanted)} was expected",
            node.span,
            help=_hint(node, type_, wanted),
        )
        return None
    fitting = reader(wanted, zone(context.timezone))(value)
    if isinstance(fitting, Fault):
        context.reporter.report(
            "RK205",
            f"`{node.text}` does not fit the type `{describe(wanted)}`: it {fitting.text}",
            node.span,
        )
        return None
    return fitting


def _hint(node: tree.Literal, literal_type: Type, wanted: Type) -> str | Advice:
    if isinstance(wanted, Time) and node.kind == "date":
        return f"a time has hours too: {node.text} 00:00"
    if isinstance(wanted, Duration) and node.kind == "number":
        return f"a duration has a unit: {node.text}s"
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
