"""Sets written out and lists, read as values of the type that they are compared with."""

from collections.abc import Callable
from functools import partial
from types import NoneType

from routekit.checker.constants import constant
from routekit.checker.context import Context
from routekit.schema.reading import Fault, parse_number, reader
from routekit.schema.times import parse_date, parse_duration, parse_time, zone
from routekit.schema.types import (
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

__all__ = ["is_set", "name_of", "values_of"]


def is_set(context: Context, node: tree.Expression) -> bool:
    """Whether a node is a set written out, or the name of a list."""
    if isinstance(node, tree.Path) and len(node.parts) == 1:
        return node.parts[0].name in context.names.lists
    return isinstance(node, tree.SetLiteral)


def name_of(node: tree.Expression) -> str:
    """What the list is called that a node names; nothing for a set written out."""
    return node.parts[0].name if isinstance(node, tree.Path) else ""


def values_of(context: Context, element: Type, node: tree.Expression) -> frozenset[Scalar] | None:
    """The values of a set written out or of a list, as values of a type."""
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
        value = read(line)
        if isinstance(value, Fault | NoneType | frozenset):
            reason = value.text if isinstance(value, Fault) else "is no such value"
            context.reporter.report(
                "RK013",
                f"line {number} of `{file.name}` {reason}",
                ident.span,
                label=f"its values are compared with `{describe(element)}`",
            )
            return None
        values.add(value)
    return frozenset(values)


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
