"""Code that joins the masks of a contact's values, several bases in one table where that stays small."""

import ast
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from routekit.compiled import codegen as c
from routekit.compiled.masks import NO_TEXT, Attribute, Table, missing_key, table_of
from routekit.policy.expressions import Expr

__all__ = ["groups_of", "join"]

_MOST_JOINED = 512
"""Masks of one table of several bases."""


def groups_of(attributes: Sequence[Attribute]) -> list[list[Attribute]]:
    """Which attributes share a table: the widest that fit together, so that few tables are left to join."""
    groups: list[list[Attribute]] = []
    for attribute in sorted(attributes, key=lambda attribute: attribute.width, reverse=True):
        for group in groups:
            wider = [*group, attribute]
            if _joined_width(wider) <= _MOST_JOINED and sum(map(_is_outer, wider)) < 2:
                group.append(attribute)
                break
        else:
            groups.append([attribute])
    return [sorted(group, key=_is_outer, reverse=True) for group in groups]


def _joined_width(group: Sequence[Attribute]) -> int:
    width = 1
    for attribute in group:
        width *= attribute.width
    return width


def _is_outer(attribute: Attribute) -> bool:
    """Whether an attribute's table must be the outermost: of texts, which may be any."""
    return attribute.classes.other is not None


def join(
    module: c.Module, attributes: Sequence[Attribute], names: Mapping[Expr, str], rows: int
) -> list[ast.expr]:
    """Code for each mask to be joined."""
    joined: list[ast.expr] = []
    for group in groups_of(attributes):
        table = table_of(group, rows)
        code = module.constant(table, "m")
        for depth, attribute in enumerate(group):
            value = c.load(names[attribute.base])
            code = _step(module, code, attribute, value, group[depth + 1 :], rows)
        joined.append(code)
    return joined


def _step(
    module: c.Module,
    table: ast.expr,
    attribute: Attribute,
    value: ast.expr,
    inner: Sequence[Attribute],
    rows: int,
) -> ast.expr:
    classes = attribute.classes
    if classes.keys is not None:
        key = (
            value
            if missing_key(classes) is None
            else c.choose(_known(value), value, module.constant(NO_TEXT))
        )
        if classes.other is None:
            return c.at(table, key)
        other: Table = table_of(inner, rows & attribute.masks[classes.other])
        return c.method(table, "get", key, module.constant(other, "m"))
    place: ast.expr = ast.Constant(0)
    if classes.cuts:
        bisect = module.constant(bisect_right, "f")
        place = c.call(bisect, module.constant(classes.cuts), value)
    return c.at(table, c.choose(_known(value), place, ast.UnaryOp(ast.USub(), ast.Constant(1))))


def _known(value: ast.expr) -> ast.expr:
    return c.compare(value, ast.IsNot(), ast.Constant(None))
