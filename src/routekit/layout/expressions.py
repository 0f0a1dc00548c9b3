"""Marks expressions and types: what stands close together, and where a long one may fold.

No function calls itself, since a text may nest deeper than Python's stack.
"""

from typing import assert_never

from routekit.diagnostics.render import width_of
from routekit.layout.sheet import Fold, Sheet
from routekit.syntax.tree import (
    Arithmetic,
    BoundedType,
    Call,
    ChoiceType,
    Expression,
    Fallback,
    Literal,
    Logic,
    NamedType,
    Negated,
    Negative,
    Path,
    Range,
    SetLiteral,
    SetTypeNode,
    SimpleType,
    Test,
    TypeNode,
    operands,
)

__all__ = ["mark_condition", "mark_expression", "mark_type"]

_WORDS = {"==": "is", "!=": "is not"}
_STEP = 2


def mark_condition(sheet: Sheet, node: Expression) -> None:
    """Marks an expression behind a word such as ``when``, below which ``and`` and ``or`` hang."""
    mark_expression(sheet, node, hangs=True)


def mark_expression(sheet: Sheet, root: Expression, *, hangs: bool = False, folds: bool = True) -> None:
    """Marks an expression with all that it is made of; without ``folds`` no line begins at its arithmetic."""
    pending = [root]
    while pending:
        node = pending.pop()
        match node:
            case Path() | Negated():
                pass
            case Literal(text=text):
                if text.startswith("-"):
                    sheet.tight(sheet.at(node) + 1)
            case Call(function=function, arguments=arguments):
                sheet.tight(sheet.at(function) + 1)
                if len(arguments) > 1:
                    sheet.fold_list(sheet.at(function) + 2, sheet.end(node) - 1)
            case SetLiteral():
                sheet.fold_list(sheet.at(node) + 1, sheet.end(node) - 1)
            case Range():
                _mark_range(sheet, node)
            case Negative():
                sheet.tight(sheet.at(node) + 1)
            case Arithmetic() | Fallback():
                pending += _mark_chain(sheet, node, folds=folds)
                continue
            case Test():
                _spell_out(sheet, node)
            case Logic():
                _mark_logic(sheet, node, hangs=hangs and node is root)
            case _:
                assert_never(node)
        pending += operands(node)


def _mark_range(sheet: Sheet, node: Range) -> None:
    dots = sheet.before(node.high)
    if all(isinstance(end, Literal | Path | Negative | Call) for end in (node.low, node.high)):
        sheet.tight(dots, dots + 1)


def _mark_chain(sheet: Sheet, node: Arithmetic | Fallback, *, folds: bool) -> list[Expression]:
    """Marks a run of operators of one rank; the operands that are left to mark."""
    rest: list[Expression] = []
    breaks: list[int] = []
    first, last, link = sheet.first(node), sheet.last(node), node
    while True:
        left, right = (link.left, link.right) if isinstance(link, Arithmetic) else (link.first, link.second)
        breaks.append(sheet.before(right))
        rest.append(right)
        if (
            not isinstance(left, Arithmetic | Fallback)
            or _rank(left) != _rank(node)
            or sheet.is_bracketed(left)
        ):
            break
        link = left
    rest.append(left)
    if folds:
        sheet.fold(Fold(first, last), breaks)
    return rest


def _rank(node: Arithmetic | Fallback) -> str:
    match node:
        case Fallback():
            return "else"
        case Arithmetic(operator="+" | "-"):
            return "+"
        case Arithmetic():
            return "*"
        case _:
            assert_never(node)


def _spell_out(sheet: Sheet, node: Test) -> None:
    """Writes ``is`` for ``==``, and ``is not`` for ``!=``."""
    operator = sheet.tokens[sheet.before(node.right)]
    if operator.text in _WORDS:
        operator.text = _WORDS[operator.text]
        operator.width = width_of(operator.text)


def _mark_logic(sheet: Sheet, node: Logic, *, hangs: bool) -> None:
    is_bracketed = sheet.is_bracketed(node)
    fold = Fold(
        sheet.first(node),
        sheet.last(node),
        shift=0 if is_bracketed or hangs else _STEP,
        hangs=hangs and not is_bracketed,
    )
    sheet.fold(fold, [sheet.before(operand) for operand in node.operands[1:]])


def mark_type(sheet: Sheet, node: TypeNode) -> None:
    """Marks a type."""
    while isinstance(node, SetTypeNode):
        node = node.element
    match node:
        case SimpleType() | NamedType():
            pass
        case BoundedType(low=low, high=high):
            _mark_bounds(sheet, low, high)
        case ChoiceType(values=values, ordered=True):
            breaks = [sheet.at(value) - 1 for value in values[1:]]
            sheet.fold(Fold(sheet.at(values[0]), sheet.at(values[-1]), hangs=True), breaks)
        case ChoiceType(values=values):
            sheet.fold_list(sheet.at(values[0]), sheet.at(values[-1]))
        case _:
            assert_never(node)


def _mark_bounds(sheet: Sheet, low: Literal | None, high: Literal | None) -> None:
    for bound in (low, high):
        if bound is not None and bound.text.startswith("-"):
            sheet.tight(sheet.at(bound) + 1)
    if high is not None:
        sheet.tight(sheet.at(high))
    if low is not None:
        sheet.tight(sheet.end(low) + 1)
