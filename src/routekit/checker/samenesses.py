"""Guarantees that contacts which differ in some fields alone are treated the same."""

from routekit.checker.constants import constant
from routekit.checker.context import Context
from routekit.checker.expressions import condition, lower
from routekit.diagnostics import Label
from routekit.policy.expressions import FieldRef, SignalRef
from routekit.policy.model import OUTCOME, Sameness, SetData, Varied
from routekit.policy.outcome_parts import NOTICED_PARTS, PART, Kind, leading
from routekit.schema.types import SetOf
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_samenesses"]

_PARTS = tuple(
    part.name
    for part in leading(
        (PART["rule"], *NOTICED_PARTS),
        *("queue", "channel", "rule", "priority", "skills", "offers", "message", "plan", "agent"),
    )
    if part.kind is not Kind.DATA
)
_SERVICE = "service"
"""Stands for all parts but the rule, those that the policy declares too."""


def check_samenesses(context: Context) -> tuple[Sameness, ...]:
    """Returns what is promised of any two contacts that differ in some fields alone."""
    found: list[Sameness] = []
    for name, node in context.names.samenesses.items():
        twin = context.names.guarantees.get(name)
        if twin is not None:
            context.reporter.report(
                "RK103",
                t("guarantee `{name}` is declared twice", name=name),
                node.name.span,
                others=[Label(twin.name.span, t("also declared here"))],
                help=t("give one of them another name, or remove it"),
            )
        holds = None if node.condition is None else condition(context, node.condition)
        varied = [_varied(context, item) for item in node.varied]
        parts = [part for path in node.parts for part in _parts(context, path)]
        if None not in varied and parts and (holds is not None or node.condition is None):
            known = tuple(item for item in varied if item is not None)
            found.append(Sameness(name, node.title, holds, known, tuple(dict.fromkeys(parts)), node.span))
    return tuple(found)


def _varied(context: Context, node: tree.Varied) -> Varied | None:
    field = lower(context, node.path)
    if field is None:
        return None
    if not isinstance(field.expr, FieldRef | SignalRef):
        context.reporter.report(
            "RK306",
            t(
                "`{dotted}` is worked out of other values, and cannot differ by itself",
                dotted=node.path.dotted,
            ),
            node.path.span,
            help=t("name the fields that it is worked out of: it varies with them"),
        )
        return None
    if node.values is None:
        return Varied(field.expr)
    values = constant(context, node.values, SetOf(field.type))
    return Varied(field.expr, values) if isinstance(values, frozenset) else None


def _parts(context: Context, path: tree.Path) -> tuple[str, ...]:
    """The parts of a decision that a name stands for; none where it is reported to be none."""
    declared = [f"{OUTCOME}.{name}" for name in context.names.data_fields]
    if path.dotted in _PARTS:
        return (path.dotted,)
    if path.dotted in declared:
        return (f"{SetData.part}.{path.parts[1].name}",)
    if path.dotted == _SERVICE:
        others = (part for part in _PARTS if part != "rule")
        return (*others, *(f"{SetData.part}.{name}" for name in context.names.data_fields))
    if path.parts[-1].name not in context.names.lost:
        known = (*_PARTS, _SERVICE, *declared)
        hint = context.reporter.did_you_mean(
            path.dotted, known, t("there are {listed}", listed=t(", ").join(known)), at=path.span
        )
        context.reporter.report(
            "RK101", t("a decision has no part `{dotted}`", dotted=path.dotted), path.span, help=hint
        )
    return ()
