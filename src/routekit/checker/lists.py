"""Sets written out and lists, read as values of the type that they are compared with."""

import re
from collections.abc import Callable
from functools import partial
from types import NoneType

from routekit.checker.constants import constant
from routekit.checker.context import Context
from routekit.diagnostics import closest
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
    Time,
    Type,
    Value,
    describe,
)
from routekit.syntax import tree
from routekit.syntax.hidden import is_hidden
from routekit.translation import t

__all__ = ["is_set", "name_of", "values_of"]

_QUOTED = re.compile(r"""["'“„‘«](.*)["'”“’»][,;]?""")


def is_set(context: Context, node: tree.Expression) -> bool:
    """Checks whether a node is a set written out, or the name of a list."""
    if isinstance(node, tree.Path) and len(node.parts) == 1:
        return node.parts[0].name in context.names.lists
    return isinstance(node, tree.SetLiteral)


def name_of(node: tree.Expression) -> str:
    """Tells what the list is called that a node names; nothing for a set written out."""
    return node.parts[0].name if isinstance(node, tree.Path) else ""


def values_of(context: Context, element: Type, node: tree.Expression) -> frozenset[Scalar] | None:
    """Returns the values of a set written out or of a list, as values of a type."""
    if isinstance(node, tree.Path):
        declared = context.names.lists[node.parts[0].name]
        if declared.values is None:
            return _listed(context, element, node.parts[0])
        node = declared.values
    values = constant(context, node, SetOf(element))
    return values if isinstance(values, frozenset) else None


def _listed(context: Context, element: Type, ident: tree.Ident) -> frozenset[Scalar] | None:
    file = context.names.list_files.get(ident.name)
    if file is None:
        return None
    read = _line_reader(element, context.timezone)
    values: set[Scalar] = set()
    for number, line in file.values:
        if odd := _oddity(line):
            what, right = odd
            context.reporter.report(
                "RK013",
                t("line {number} of `{name}` {what}", number=number, name=file.name, what=what),
                ident.span,
                help=t(
                    "write `{right}` there yourself: `check --fix` changes policies, and no lists",
                    right=right,
                ),
            )
            return None
        value = read(line)
        if isinstance(value, Fault | NoneType | frozenset):
            reason = value.text if isinstance(value, Fault) else t("is no such value")
            likely = closest(line, element.names) if isinstance(element, Choice) else None
            context.reporter.report(
                "RK013",
                t("line {number} of `{name}` {reason}", number=number, name=file.name, reason=reason),
                ident.span,
                label=t("its values are compared with `{element}`", element=describe(element)),
                help=t("did you mean `{likely}`?", likely=likely) if likely is not None else "",
            )
            return None
        values.add(value)
    return frozenset(values)


def _oddity(line: str) -> tuple[str, str] | None:
    """What stands in a line and would be part of its value though nobody means it, and the line without it.

    >>> _oddity('"vip",')
    ('stands in quotes, which would be part of the value', 'vip')
    >>> _oddity("vip")
    """
    hidden = "" if line.isprintable() else "".join(filter(_is_unmeant, line))
    if hidden:
        right = "".join(letter for letter in line if letter not in hidden).strip()
        return (
            t("holds an invisible character, U+{ord:04X}", ord=ord(hidden[0])),
            right,
        )
    quoted = _QUOTED.fullmatch(line)
    return None if quoted is None else (t("stands in quotes, which would be part of the value"), quoted[1])


def _is_unmeant(letter: str) -> bool:
    """Whether a character shows nothing and joins no letters either, as some scripts need it."""
    return is_hidden(letter) and letter not in "\u200c\u200d"


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
