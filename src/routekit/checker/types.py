"""Types and fields: what a contact looks like."""

from collections.abc import Mapping

from routekit.checker.constants import constant, is_comparable, without_quotes
from routekit.checker.context import Context
from routekit.checker.habits import type_meant
from routekit.checker.names import RESERVED_RECORDS
from routekit.diagnostics import Label, Span
from routekit.policy.model import HISTORY, SWITCH, Field
from routekit.schema.reading import LARGEST_INTEGER
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
    Value,
    describe,
    is_plain_name,
)
from routekit.syntax import tree
from routekit.translation import t

__all__ = [
    "check_fields",
    "check_models",
    "compare",
    "fields_of",
    "resolve_type",
]

_SIMPLE: dict[str, Type] = {
    "text": Text(),
    "flag": Flag(),
}
_MOMENTS: dict[str, type[Time | Date | Duration]] = {"time": Time, "date": Date, "duration": Duration}
_BUILT_IN = frozenset({*_SIMPLE, *_MOMENTS, "integer", "number", "one", "ordered", "set"})
_TESTS = frozenset({"missing", "known"})


def check_fields(context: Context) -> None:
    """Fills in the fields of every record and of the live signals."""
    names = context.names
    for name, record in names.records.items():
        if name in RESERVED_RECORDS or (name == "reached" and names.care_blocks):
            context.reporter.report(
                "RK306",
                t(
                    "a record cannot be called `{name}`: a contact carries something else under that key",
                    name=name,
                ),
                record.name.span,
            )
        names.record_fields[name] = fields_of(context, record.fields, record.private)
    if names.switches:
        names.record_fields[SWITCH] = {name: Field(name, Flag(), default=False) for name in names.switches}
    for name, declared in names.types.items():
        if name in _BUILT_IN:
            context.reporter.report(
                "RK306",
                t("`{name}` is a type of the language and cannot be another", name=name),
                declared.name.span,
            )
        resolve_type(context, declared.type)
    for live in names.lives[:1]:
        for node in live.fields:
            if node.private:
                context.reporter.report(
                    "RK306",
                    t("`{name}` is a signal of a queue, and no personal data", name=node.name.name),
                    node.span,
                    help=t("remove `private`; it marks fields of a record"),
                )
        names.live_fields.update(fields_of(context, live.fields))


def fields_of(context: Context, nodes: tuple[tree.FieldNode, ...], private: bool = False) -> dict[str, Field]:
    """Returns the fields of a block by their names; one that is declared twice is reported."""
    fields: dict[str, Field] = {}
    first: dict[str, tree.FieldNode] = {}
    for node in nodes:
        known = first.setdefault(node.name.name, node)
        if known is not node:
            context.reporter.report(
                "RK103",
                t("field `{name}` is declared twice", name=node.name.name),
                node.name.span,
                others=[Label(known.name.span, t("first declared here"))],
            )
            continue
        type_ = resolve_type(context, node.type)
        if type_ is not None:
            fields[node.name.name] = _field(context, node, type_, private)
        else:
            context.names.lost |= {node.name.name}
    return fields


def _field(context: Context, node: tree.FieldNode, type_: Type, private: bool) -> Field:
    default = None
    if node.default is not None:
        default = constant(context, node.default, type_, "RK205")
        if node.optional:
            context.reporter.report(
                "RK306",
                t("`{name}` has both `?` and a default", name=node.name.name),
                node.name.span,
                help=t("a field with a default is never missing: remove the `?`"),
            )
    optional = node.optional or (node.default is not None and default is None)
    return Field(node.name.name, type_, optional and default is None, default, node.private or private)


def resolve_type(context: Context, node: tree.TypeNode) -> Type | None:
    """Returns the type that a node means; None where it has been reported."""
    written = _written(context, node)
    if not isinstance(written, tree.SetTypeNode):
        return None if written is None else _plain_type(context, written)
    element = _written(context, written.element)
    if isinstance(element, tree.SetTypeNode):
        context.reporter.report("RK202", t("a set holds plain values, not sets"), node.span)
        return None
    type_ = None if element is None else _plain_type(context, element)
    return None if type_ is None else SetOf(type_)


def _written(context: Context, node: tree.TypeNode) -> tree.TypeNode | None:
    """The type behind names of types, as it is written out."""
    declared, written = context.names.types, context.names.written_types
    chain: dict[str, tree.NamedType] = {}
    result: tree.TypeNode | None = node
    while isinstance(result, tree.NamedType):
        name = result.name.name
        if name in written:
            result = written[name]
        elif name in chain:
            context.reporter.report(
                "RK106", t("type `{name}` is defined by itself", name=name), result.name.span
            )
            result = None
        elif result.name.name not in declared and (meant := type_meant(result.name)):
            context.reporter.report(
                "RK104", t("unknown type `{name}`", name=name), result.name.span, help=meant
            )
            result = None
        elif not context.known("type", result.name, declared):
            result = None
        else:
            chain[name] = result
            result = declared[name].type
    written.update(dict.fromkeys(chain, result))
    return result


def _plain_type(context: Context, node: tree.TypeNode) -> Type | None:
    match node:
        case tree.SimpleType(name=name):
            return _SIMPLE[name]
        case tree.BoundedType():
            return _bounded(context, node)
        case tree.ChoiceType():
            return _choice(context, node)
        case tree.SetTypeNode() | tree.NamedType():
            raise AssertionError("a set, or a name, where a plain type was written out")


def _bounded(context: Context, node: tree.BoundedType) -> Type | None:
    kind = _MOMENTS.get(node.name)
    if kind is not None:
        return _between(context, node, kind)
    for bound in (node.low, node.high):
        if bound is not None and bound.kind != "number":
            context.reporter.report(
                "RK201",
                t(
                    "`{text}` is a {kind}; a bound of this type is a number",
                    text=bound.text,
                    kind=t(bound.kind),
                ),
                bound.span,
            )
            return None
    low, high = _bound(node.low), _bound(node.high)
    for bound in (node.low, node.high):
        if node.name == "integer" and bound is not None and "." in bound.text:
            context.reporter.report(
                "RK206",
                t("a bound of an integer is a whole number, not `{text}`", text=bound.text),
                bound.span,
            )
            return None
    if low is not None and high is not None and low > high:
        _report_empty(context, node)
        return None
    if node.name == "integer":
        return Integer(_whole(low), _whole(high))
    return Number(low, high)


def _bound(node: tree.Literal | None) -> int | float | None:
    """A bound as it is kept: whole where it is a whole number of 64 bits."""
    if node is None:
        return None
    bound = float(node.text) if "." in node.text else int(node.text)
    return int(bound) if abs(bound) <= LARGEST_INTEGER and bound == int(bound) else bound


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _between(context: Context, node: tree.BoundedType, kind: type[Time | Date | Duration]) -> Type | None:
    """A type of moments or spans, between bounds that are written out."""
    ends: list[Value | None] = []
    for bound in (node.low, node.high):
        end = None if bound is None else constant(context, bound, kind())
        if bound is not None and end is None:
            return None
        ends.append(end)
    low, high = ends
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        _report_empty(context, node)
        return None
    return kind(low, high)  # type: ignore[arg-type]


def _report_empty(context: Context, node: tree.BoundedType) -> None:
    context.reporter.report(
        "RK208",
        t("the lower bound is above the upper one"),
        node.span,
        help=t("write the lower one first"),
    )


def _choice(context: Context, node: tree.ChoiceType) -> Type | None:
    seen: dict[str, tree.Ident] = {}
    for value in node.values:
        first = seen.setdefault(value.name, value)
        if first is not value:
            context.reporter.report(
                "RK103",
                t("`{name}` is listed twice", name=value.name),
                value.span,
                others=[Label(first.span, t("first listed here"))],
            )
        if value.quoted and is_plain_name(value.name):
            context.reporter.report(
                "RK201",
                t("`{name}` is a name, and listed names stand without quotes", name=value.name),
                value.span,
                help=without_quotes(value.span, value.name),
            )
        if value.name in _TESTS and not value.quoted:
            context.reporter.report(
                "RK306",
                t(
                    "`{name}` cannot be a listed name: `is {name}` asks whether there is a value",
                    name=value.name,
                ),
                value.span,
                help=t(
                    'call it something else, or write it in quotes wherever it stands: "{name}"',
                    name=value.name,
                ),
            )
    return Choice(tuple(seen), node.ordered)


# ── the model that a service has ────────────────────────────────────────────────


def check_models(context: Context, models: Mapping[str, tuple[Field, ...]]) -> None:
    """Compares each declared record with its model; a record that is not declared is taken from there."""
    names = context.names
    for record, fields in models.items():
        by_name = {field.name: field for field in fields}
        node = names.records.get(record)
        if node is None and record == HISTORY and names.histories:
            continue  # its features are compared when they are known
        if node is None:
            names.record_fields[record] = by_name
            continue
        for field_node in node.fields:
            declared = names.record_fields[record].get(field_node.name.name)
            if declared is not None:
                spans = field_node.name.span, field_node.type.span
                compare(context, record, spans, declared, by_name)


def compare(
    context: Context, record: str, spans: tuple[Span, Span], declared: Field, model: Mapping[str, Field]
) -> None:
    """Reports where a field does not fit the model; ``spans`` are those of its name and of its type."""
    name, (named, typed) = declared.name, spans
    found = model.get(name)
    if found is None:
        context.reporter.report(
            "RK107",
            t("the model of `{record}` has no field `{name}`", record=record, name=name),
            named,
            help=context.reporter.did_you_mean(name, model, t("the service would never send it")),
        )
    elif not is_comparable(declared.type, found.type):
        context.reporter.report(
            "RK107",
            t(
                "`{record}.{name}` is `{describe}` here, `{found}` in the model",
                record=record,
                name=name,
                describe=describe(declared.type),
                found=describe(found.type),
            ),
            typed,
        )
    elif declared.is_required and found.may_be_missing and not found.is_required:
        context.reporter.report(
            "RK107",
            t("`{record}.{name}` is required here and may be missing in the model", record=record, name=name),
            named,
            help=t("mark it with `?`, or give it a default"),
        )
    elif isinstance(declared.type, Choice) and isinstance(found.type, Choice):
        unknown = [value for value in found.type.names if value not in declared.type.rank]
        if unknown:
            context.reporter.report(
                "RK107",
                t(
                    "the model of `{record}` can send `{unknown}` as `{name}`, which is not listed here",
                    record=record,
                    unknown=unknown[0],
                    name=name,
                ),
                typed,
                help=t("list it, or a contact that has it counts as having none"),
            )
