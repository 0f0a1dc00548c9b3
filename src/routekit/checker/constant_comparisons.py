"""Comparisons that come out the same for every value that their type has."""

from routekit.checker.context import Context
from routekit.checker.typed import Typed, called
from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.operators.order import COMPARISONS
from routekit.schema.types import Choice, Integer, Number, Type

__all__ = ["report_constant_comparison"]


def report_constant_comparison(
    context: Context, operator: str, left: Typed, right: Typed, span: Span
) -> None:
    """Warns of a comparison with a value written out that leaves nothing, or everything."""
    if isinstance(left.expr, e.Constant) and not isinstance(right.expr, e.Constant):
        left, right, operator = right, left, COMPARISONS[operator].mirrored.name
    if isinstance(left.expr, e.Constant) or not isinstance(right.expr, e.Constant):
        return
    low, high, value = _extent(left.type, right.expr.value)
    if value is None:
        return
    always = _always(operator, low, high, value)
    if always is not None:
        context.reporter.report(
            "RK404",
            f"this comparison of {called(left)} is always {'true' if always else 'false'}",
            span,
            help="to ask whether there is a value, write `is known`" if always else "",
        )


def _extent(type_: Type, value: object) -> tuple[float | None, float | None, float | None]:
    """The lowest and highest value of a type, and the place of one value among them."""
    match type_, value:
        case Choice(ordered=True), str():
            return 0, len(type_.names) - 1, type_.rank.get(value)
        case ((Integer(low, high) | Number(low, high)), (int() | float())):
            return low, high, value
        case _:
            return None, None, None


def _always(operator: str, low: float | None, high: float | None, value: float) -> bool | None:
    """Whether ``x operator value`` comes out the same for every x from low to high."""
    below = high is not None and high < value
    above = low is not None and low > value
    at_most = high is not None and high <= value
    at_least = low is not None and low >= value
    verdicts = {
        "<": (below, at_least),
        "<=": (at_most, above),
        ">": (above, at_most),
        ">=": (at_least, below),
        "is": (False, below or above),
    }
    true, false = verdicts[operator]
    return True if true else False if false else None
