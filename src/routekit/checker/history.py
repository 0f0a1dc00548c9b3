"""The ``history`` block: what is known of a customer's earlier contacts, as fields of a record."""

from datetime import timedelta

from routekit.checker.constants import duration
from routekit.checker.context import Context
from routekit.checker.fields import field_of, owner
from routekit.checker.types import compare
from routekit.diagnostics import Label
from routekit.policy.model import HISTORY, Feature, Field
from routekit.schema.types import Choice, Flag, Integer, Text, Type
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_history"]

_WHAT = ("queue", "channel", "rule", "agent")


def check_history(context: Context, model: tuple[Field, ...] | None = None) -> tuple[Feature, ...]:
    """Returns the features in their order; fills in the fields of the record ``history``.

    ``model`` are the fields that a service already sends under that name.
    """
    names = context.names
    features: dict[str, Feature] = {}
    fields: dict[str, Field] = {}
    first: dict[str, tree.FeatureNode] = {}
    for node in (node for block in names.histories[:1] for node in block.features):
        known = first.setdefault(node.name.name, node)
        if known is not node:
            context.reporter.report(
                "RK103",
                t("feature `{name}` is declared twice", name=node.name.name),
                node.name.span,
                others=[Label(known.name.span, t("first declared here"))],
            )
            continue
        found = _feature(context, node)
        if found is None:
            names.lost |= {node.name.name}
        else:
            features[node.name.name], fields[node.name.name] = found
            if model is not None:
                sent = {field.name: field for field in model}
                compare(context, HISTORY, (node.name.span, node.span), found[1], sent)
    if names.histories:
        names.record_fields[HISTORY] = fields
    return tuple(features.values())


def _feature(context: Context, node: tree.FeatureNode) -> tuple[Feature, Field] | None:
    about = None if node.about is None else field_of(context, node.about)
    within = None if node.within is None else _within(context, node.within)
    channels = _channels(context, node.channels)
    name = node.name.name
    if (node.about is not None and about is None) or (node.within is not None and within is None):
        return None
    match node.kind:
        case "count":
            feature = Feature(name, "count", None, channels, about, within)
            return feature, Field(name, Integer(0), default=0)
        case "open":
            return Feature(name, "open", about=about), Field(name, Flag(), default=False)
        case _:
            found = None if node.what is None else _what(context, node.what)
            if found is None:
                return None
            what, type_, private = found
            feature = Feature(name, "last", what, channels, about, within)
            return feature, Field(name, type_, optional=True, private=private)


def _what(context: Context, node: tree.Path) -> tuple[str | tuple[str, str], Type, bool] | None:
    """What is asked of the last contact, the type of that, and whether it is private."""
    if len(node.parts) > 1:
        path = field_of(context, node)
        if path is None:
            return None
        field = context.names.record_fields[path[0]][path[1]]
        return path, field.type, field.private
    word = node.dotted
    match word:
        case "queue":
            return word, Choice(tuple(sorted(context.names.queues))), False
        case "channel":
            return word, Choice(tuple(sorted(context.names.channels))), False
        case "rule" | "agent":
            return word, Text(), False
    context.reporter.report(
        "RK104",
        t("a contact has no last `{word}` that is kept", word=word),
        node.span,
        help=owner(context, node)
        or context.reporter.did_you_mean(
            word, _WHAT, t("write `queue`, `channel`, `rule`, `agent` or a field: `contact.…`"), at=node.span
        ),
    )
    return None


def _channels(context: Context, nodes: tuple[tree.Ident, ...]) -> tuple[str, ...]:
    """The inbound channels that are counted, by the names that ``contact.channel`` has."""
    inbound = context.names.record_fields.get("contact", {}).get("channel")
    if nodes and inbound is None and "channel" not in context.names.lost:
        context.reporter.report(
            "RK102",
            t("`on` asks by which channel a contact came in, and `contact` has no field `channel`"),
            nodes[0].span.to(nodes[-1].span),
            help=t("declare it: `channel one of voice, chat`"),
        )
    known: dict[str, None] = {}
    for node in nodes:
        if inbound is not None and isinstance(inbound.type, Choice):
            context.known("inbound channel", node, inbound.type.names)
        known[node.name] = None
    return tuple(known)


def _within(context: Context, node: tree.Literal) -> timedelta | None:
    within = duration(context, node)
    if within == timedelta(0):
        context.reporter.report(
            "RK208", t("this window holds nothing"), node.span, help=t("`within 7d` looks back seven days")
        )
        return None
    return within
