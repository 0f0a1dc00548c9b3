"""The parts of a decision that a policy declares itself, under ``outcome``, and what sets them."""

from routekit.checker.constants import constant, is_comparable
from routekit.checker.context import Context
from routekit.checker.expressions import lower
from routekit.checker.habits import without_equals
from routekit.checker.typed import Typed, called, is_within, type_hint
from routekit.checker.types import fields_of
from routekit.diagnostics import Label
from routekit.policy.expressions import Bounded, Constant
from routekit.policy.model import Field, SetData
from routekit.policy.outcome_parts import PARTS
from routekit.schema.types import Choice, Type, Value, describe, family
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_data", "expected_data", "report_repeated_data", "setting_of"]

_TAKEN = {part.word for part in PARTS} | {part.name for part in PARTS}


def check_data(context: Context) -> tuple[Field, ...]:
    """Fills in the parts that the policy declares, and returns them."""
    names = context.names
    for node in names.data[:1]:
        names.data_fields.update(fields_of(context, node.fields))
        for field in node.fields:
            _check(context, field)
    return tuple(names.data_fields.values())


def _check(context: Context, node: tree.FieldNode) -> None:
    name = node.name.name
    if name in _TAKEN:
        context.reporter.report(
            "RK306",
            t("every decision has a part `{name}` already", name=name),
            node.name.span,
            help=t("give this one another name"),
        )
    if not node.optional and node.default is None:
        context.reporter.report(
            "RK306",
            t("`{name}` has neither `?` nor a default", name=name),
            node.name.span,
            help=t("say what a decision has where nothing sets it: `?` for nothing, or `= …`"),
        )


def setting_of(context: Context, action: tree.Action) -> SetData | None:
    """Returns what sets a part; None where that is reported."""
    name, node = action.name, action.value
    assert name is not None
    assert node is not None
    if name.name not in context.names.data_fields and (meant := without_equals(name, node)):
        context.reporter.report(
            "RK104", t("`{name}` is set without `=`", name=name.name), name.span, help=meant
        )
        return None
    if not context.known("part of the outcome", name, context.names.data_fields):
        return None
    wanted = context.names.data_fields[name.name].type
    if _is_written_out(node, wanted):
        value = constant(context, node, wanted)
        return None if value is None else SetData(name.name, Constant(value, span=node.span))
    found = lower(context, node, wanted)
    if found is None:
        return None
    if not is_comparable(wanted, found.type):
        wants = Typed(found.expr, wanted)
        context.reporter.report(
            "RK201",
            t(
                "`{name}` is `{wanted}`, and this is {found}",
                name=name.name,
                wanted=describe(wanted),
                found=called(found),
            ),
            node.span,
            help=type_hint(wants, found, node) or t("give it {wanted}", wanted=family(wanted)),
        )
        return None
    fits = is_within(found, wanted)
    return SetData(name.name, found.expr if fits else Bounded(found.expr, wanted, span=node.span))


def expected_data(context: Context, action: tree.Action) -> Value | None:
    """Returns what an example expects a step to set a part to; None where that is reported."""
    name, node = action.name, action.value
    assert name is not None
    assert node is not None
    if not context.known("part of the outcome", name, context.names.data_fields):
        return None
    return constant(context, node, context.names.data_fields[name.name].type)


def _is_written_out(node: tree.Expression, wanted: Type) -> bool:
    """Whether a value is one that anybody can read, so that one which does not fit is a mistake."""
    match node:
        case tree.Literal() | tree.SetLiteral() | tree.Negative(operand=tree.Literal()):
            return True
        case tree.Path(parts=(name,)):
            return isinstance(wanted, Choice) and name.name in wanted.rank
        case _:
            return False


def report_repeated_data(context: Context, actions: tuple[tree.Action, ...]) -> None:
    """Reports a part that one outcome, step or adjustment sets twice."""
    first: dict[str, tree.Ident] = {}
    for action in actions:
        if action.word == "=" and action.name is not None:
            known = first.setdefault(action.name.name, action.name)
            if known is not action.name:
                context.reporter.report(
                    "RK306",
                    t("`{name}` is set twice", name=known.name),
                    action.name.span,
                    others=[Label(known.span, t("first set here"))],
                )
