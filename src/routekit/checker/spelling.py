"""Texts that are written out, and can never be what a function makes of a text: ``lower(x) is "ABC"``."""

from collections.abc import Iterator

from routekit.checker.context import Context
from routekit.checker.typed import Typed
from routekit.diagnostics import Advice, Fix, Span
from routekit.policy import expressions as e
from routekit.policy.operators.functions import FUNCTIONS, Function, Known
from routekit.schema.writing import quoted
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import t

__all__ = ["report_spelling", "report_spelling_of", "spelled_by"]


def spelled_by(context: Context, expr: e.Expr) -> Function | None:
    """The function that makes a text what it is, through lets; None where there is none."""
    match expr:
        case e.LetRef(name) if name in context.names.spelled_lets:
            return FUNCTIONS[context.names.spelled_lets[name]]
        case e.Call(name) if FUNCTIONS[name].known is Known.SPELLING:
            return FUNCTIONS[name]
        case _:
            return None


def report_spelling(context: Context, operator: str, left: Typed, right: tree.Expression) -> None:
    """Warns of texts on the right that what stands on the left is never equal to, nor holds."""
    function = spelled_by(context, left.expr)
    if function is None or operator == "matches":
        return
    is_part = not operator.startswith(("is", "in", "not"))
    for written in _written(context, right):
        text = unquote(written.text)
        _report(context, function, text, written.span, is_part=is_part)


def report_spelling_of(context: Context, left: Typed, right: Typed) -> None:
    """Warns of a text on the left that what stands on the right is never equal to."""
    function = spelled_by(context, right.expr)
    if function is not None and isinstance(left.expr, e.Constant) and left.expr.span is not None:
        _report(context, function, str(left.expr.value), left.expr.span, is_part=False)


def _report(context: Context, function: Function, text: str, span: Span, *, is_part: bool) -> None:
    spelled = str(function.meaning(text))
    if is_part:  # which may begin or end between two words
        bare = text.strip()
        spelled = text if not bare else text.replace(bare, str(function.meaning(bare)))
    if spelled == text:
        return
    instead = quoted(spelled)
    context.reporter.report(
        "RK407",
        t("no text is {text} behind `{name}`", text=quoted(text), name=function.name),
        span,
        help=Advice(
            t("`{name}` makes of it {instead}", name=function.name, instead=instead),
            Fix.replace(span, instead),
        ),
    )


def _written(context: Context, node: tree.Expression) -> Iterator[tree.Literal]:
    """The texts that are written out: alone, in a set, or in a list of the policy."""
    if isinstance(node, tree.Path) and len(node.parts) == 1 and node.parts[0].name in context.names.lists:
        declared = context.names.lists[node.parts[0].name].values
        node = node if declared is None else declared
    found = node.members if isinstance(node, tree.SetLiteral) else (node,)
    return (item for item in found if isinstance(item, tree.Literal) and item.kind == "text")
