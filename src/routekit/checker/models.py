"""A policy's record against the model that a service already has."""

from collections.abc import Mapping

from routekit.checker.constants import is_comparable
from routekit.checker.context import Context
from routekit.diagnostics import Span
from routekit.policy.model import HISTORY, Field
from routekit.schema.types import Choice, describe

__all__ = ["check_models", "compare"]


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
            f"the model of `{record}` has no field `{name}`",
            named,
            help=context.reporter.did_you_mean(name, model, "the service would never send it"),
        )
    elif not is_comparable(declared.type, found.type):
        context.reporter.report(
            "RK107",
            f"`{record}.{name}` is `{describe(declared.type)}` here, `{describe(found.type)}` in the model",
            typed,
        )
    elif declared.is_required and found.may_be_missing and not found.is_required:
        context.reporter.report(
            "RK107",
            f"`{record}.{name}` is required here and may be missing in the model",
            named,
            help="mark it with `?`, or give it a default",
        )
    elif isinstance(declared.type, Choice) and isinstance(found.type, Choice):
        unknown = [value for value in found.type.names if value not in declared.type.rank]
        if unknown:
            context.reporter.report(
                "RK107",
                f"the model of `{record}` can send `{unknown[0]}` as `{name}`, which is not listed here",
                typed,
                help="list it, or a contact that has it counts as having none",
            )
