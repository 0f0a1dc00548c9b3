"""The single conditions of a condition, as the author wrote them: what ``and``, ``or`` and ``not`` join."""

from collections.abc import Iterator
from dataclasses import dataclass

from routekit.diagnostics import Span
from routekit.policy import expressions as e

__all__ = ["Single", "single_conditions"]

LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Single:
    """A single condition: how it is written, where, and what it means."""

    text: str
    span: Span
    expr: e.Expr


def single_conditions(condition: e.Expr | None) -> Iterator[Single]:
    """Divides a condition into its single ones; a cell of a table is one, whatever it lists.

    One that is written out as ``yes`` or ``no`` is left out: it has nothing to tell.
    """
    match condition:
        case None | e.Constant():
            return
        case e.All(operands) | e.Any(operands) if _column_of(condition) is None:
            for operand in operands:
                yield from single_conditions(operand)
        case e.Not(operand) if operand.span != condition.span:
            yield from single_conditions(operand)
        case _ if condition.span is not None:
            yield Single(_text(condition, condition.span), condition.span, condition)


def _column_of(test: e.Expr) -> Span | None:
    """The place of the column, where a test stands in a cell: what it asks of is written elsewhere."""
    asked: e.Expr | None = test
    while isinstance(asked, e.Not | e.Any):
        asked = e.children(asked)[0]
    asked = next(iter(e.children(asked)), None) if isinstance(asked, e.Test) else None
    if asked is None or asked.span is None or test.span is None:
        return None
    return None if test.span.start <= asked.span.start < test.span.end else asked.span


def _text(test: e.Expr, span: Span) -> str:
    column = _column_of(test)
    if column is None:
        return _short(span.text)
    if isinstance(test, e.Any):
        joint = ": "
    elif isinstance(test, e.InRange):
        joint = " in "
    else:
        joint = " " if span.text[0] in "<>=!" else " is "
    return _short(f"{column.text}{joint}{span.text}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    if text.startswith("(") and text.endswith(")") and not set("()") & set(text[1:-1]):
        text = text[1:-1]
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
