"""Fields that are named outside of conditions: what a feature is about, what is asked for and handed over."""

from collections.abc import Iterable

from routekit.checker.context import Context
from routekit.diagnostics import Advice, Fix
from routekit.policy.expressions import FieldRef
from routekit.policy.model import HISTORY
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["field_of", "fields_of", "owner"]


def fields_of(context: Context, paths: Iterable[tree.Path]) -> tuple[FieldRef, ...]:
    """Returns the fields that are listed; one that is none or stands twice is reported."""
    first: dict[FieldRef, tree.Path] = {}
    for path in paths:
        found = field_of(context, path)
        if found is None:
            continue
        known = first.setdefault(FieldRef(*found), path)
        if known is not path:
            context.report_twice(path.dotted, path.span, known.span)
    return tuple(first)


def field_of(context: Context, node: tree.Path) -> tuple[str, str] | None:
    """Returns the record and the field that a path names; reported where it names none."""
    names, record = context.names, node.parts[0]
    fields = names.record_fields.get(record.name)
    if fields is not None and len(node.parts) == 2:
        member = node.parts[1]
        if member.name in fields:
            return record.name, member.name
        help_ = context.reporter.did_you_mean(
            member.name,
            fields,
            t("its fields: {listed}", listed=t(", ").join(list(fields)[:10])),
            at=member.span,
        )
    elif fields is not None:
        member, help_ = record, Advice(t("name one of its fields: `{name}.…`", name=record.name))
    else:
        member = record
        help_ = owner(context, node) or _no_record(context, record)
    if member.name not in names.lost:
        message = t("unknown field `{dotted}`", dotted=node.dotted)
        context.reporter.report("RK102", message, node.span, help=help_)
    return None


def _no_record(context: Context, record: tree.Ident) -> Advice:
    if record.name == HISTORY and context.names.histories:
        return Advice(t("a feature is made of earlier contacts, not of other features"))
    if record.name in context.names.queues:
        return Advice(t("a signal belongs to a queue, not to a contact: name a field of a record"))
    return context.reporter.did_you_mean(record.name, context.names.record_fields, at=record.span)


def owner(context: Context, node: tree.Path) -> Advice:
    """Names the field that may have been meant by its own name alone."""
    name = node.parts[0].name
    owners = [record for record, fields in context.names.record_fields.items() if name in fields]
    if len(node.parts) > 1 or len(owners) != 1:
        return Advice()
    field = f"{owners[0]}.{name}"
    return Advice(t("did you mean `{field}`?", field=field), Fix.replace(node.span, field))
