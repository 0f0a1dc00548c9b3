"""A policy's record against the model that a service already has."""

from collections.abc import Mapping

from routekit.checker.constants import is_comparable
from routekit.checker.context import Context
from routekit.policy.model import Field
from routekit.schema.types import Choice, describe
from routekit.syntax import tree

__all__ = ["check_models"]


def check_models(context: Context, models: Mapping[str, tuple[Field, ...]]) -> None:
    """Compares each declared record with its model; a record that is not declared is taken from there."""
    names = context.names
    for record, fields in models.items():
        by_name = {field.name: field for field in fields}
        node = names.records.get(record)
        if node is None:
            names.record_fields[record] = by_name
            continue
        for field_node in node.fields:
            declared = names.record_fields[record].get(field_node.name.name)
            if declared is not None:
                _compare(context, record, field_node, declared, by_name)


def _compare(
    context: Context, record: str, node: tree.FieldNode, declared: Field, model: Mapping[str, Field]
) -> None:
    name = declared.name
    found = model.get(name)
    if found is None:
        context.reporter.report(
            "RK107",
            f"the model of `{record}` has no field `{name}`",
            node.name.span,
            help=context.reporter.did_you_mean(name, model, "the service would never send it"),
        )
    elif not is_comparable(declared.type, found.type):
        context.reporter.report(
            "RK107",
            f"`{record}.{name}` is `{describe(declared.type)}` here, `{describe(found.type)}` in the model",
            node.type.span,
        )
    elif declared.is_required and found.may_be_missing and not found.is_required:
        context.reporter.report(
            "RK107",
            f"`{record}.{name}` is required here and may be missing in the model",
            node.name.span,
            help="mark it with `?`, or give it a default",
        )
    elif isinstance(declared.type, Choice) and isinstance(found.type, Choice):
        unknown = [value for value in found.type.names if value not in declared.type.rank]
        if unknown:
            context.reporter.report(
                "RK107",
                f"the model of `{record}` can send `{unknown[0]}` as `{name}`, which is not listed here",
                node.type.span,
                help="list it, or a contact that has it counts as having none",
            )
