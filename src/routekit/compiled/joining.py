"""Code that joins the masks of a contact's values, several bases in one table where that stays small."""

import ast
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import prod

from routekit.compiled import codegen as c
from routekit.compiled.masks import NO_TEXT, Attribute, Table, missing_key, table_of
from routekit.policy.expressions import Expr
from routekit.schema.types import Integer

__all__ = ["groups_of", "join"]

_MOST_ADDED = 512
"""Entries that a table may grow by for a base that joins it: small tables stay in the processor's cache, and
one look-up more in a small one costs less than joining another mask."""


def groups_of(attributes: Sequence[Attribute]) -> list[list[Attribute]]:
    """Which attributes share a table: those of few values stand within the others."""
    groups = [[attribute] for attribute in sorted(attributes, key=_entries)]
    joined: list[list[Attribute]] = []
    while groups:
        group = groups.pop(0)
        hosts = [host for host in (*groups, *joined) if _added(host, group) <= _MOST_ADDED]
        if hosts and len(group) == 1 and not _is_outer(group[0]):
            min(hosts, key=_paths).append(group[0])
        else:
            joined.append(group)
    return joined


def _entries(attribute: Attribute) -> int:
    return len(attribute.classes.keys or attribute.classes.samples)


def _paths(group: Sequence[Attribute]) -> int:
    """In how many ways a table ends."""
    return prod(attribute.width for attribute in group)


def _added(host: Sequence[Attribute], group: Sequence[Attribute]) -> int:
    return _paths(host) * _entries(group[0])


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
    place: ast.expr = ast.Constant(0)
    if isinstance(classes.type, Integer) and classes.keys is not None:
        place = value
        if lowest := next(iter(classes.keys)):
            place = ast.BinOp(value, ast.Sub(), module.constant(lowest))
    elif classes.keys is not None:
        key = (
            value
            if missing_key(classes) is None
            else c.choose(_known(value), value, module.constant(NO_TEXT))
        )
        if classes.other is None:
            return c.at(table, key)
        other: Table = table_of(inner, rows & attribute.masks[classes.other])
        return c.method(table, "get", key, module.constant(other, "m"))
    elif classes.cuts:
        bisect = module.constant(bisect_right, "f")
        place = c.call(bisect, module.constant(classes.cuts), value)
    return c.at(table, c.choose(_known(value), place, ast.UnaryOp(ast.USub(), ast.Constant(1))))


def _known(value: ast.expr) -> ast.expr:
    return c.compare(value, ast.IsNot(), ast.Constant(None))
