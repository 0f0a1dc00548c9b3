"""Code that joins the masks of a contact's values, several bases in one table where that stays small."""

import ast
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from math import prod

from routekit.compiled import codegen as c
from routekit.compiled.blocks import Blocks
from routekit.compiled.classes import Classes
from routekit.compiled.masks import NO_TEXT, Attribute, missing_key, table_of
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
    """Whether an attribute's table must be the outermost.

    That of texts, which may be any, and of whole numbers, since a missing one has no place in it.
    """
    classes = attribute.classes
    return classes.other is not None or isinstance(classes.type, Integer)


def join(
    module: c.Module,
    attributes: Sequence[Attribute],
    names: Mapping[Expr, str],
    sure: AbstractSet[Expr],
    rows: int,
    blocks: Blocks,
) -> list[ast.expr]:
    """Code for each mask to be joined; the local of a ``sure`` base holds a key even where it is missing."""
    joined: list[ast.expr] = []
    for group in groups_of(attributes):
        code = module.constant(table_of(group, rows, blocks), "m")
        for depth, attribute in enumerate(group):
            value, inner = c.load(names[attribute.base]), group[depth + 1 :]
            classes = attribute.classes
            if classes.other is not None or isinstance(classes.type, Integer):
                code = _outer(module, code, attribute, value, inner, rows, blocks)
            elif classes.keys is None:
                code = c.at(code, c.choose(_known(value), _place(module, classes, value), _LAST))
            elif missing_key(classes) is None or attribute.base in sure:
                code = c.at(code, value)
            else:
                code = c.at(code, c.choose(_known(value), value, module.constant(NO_TEXT)))
        joined.append(code)
    return joined


_LAST = ast.UnaryOp(ast.USub(), ast.Constant(1))


def _outer(
    module: c.Module,
    table: ast.expr,
    attribute: Attribute,
    value: ast.expr,
    inner: Sequence[Attribute],
    rows: int,
    blocks: Blocks,
) -> ast.expr:
    classes = attribute.classes
    missing = module.constant(table_of(inner, rows & attribute.masks[classes.missing], blocks), "m")
    if classes.other is None:
        return c.choose(_known(value), c.at(table, _place(module, classes, value)), missing)
    other = module.constant(table_of(inner, rows & attribute.masks[classes.other], blocks), "m")
    return c.choose(_known(value), c.method(table, "get", value, other), missing)


def _place(module: c.Module, classes: Classes, value: ast.expr) -> ast.expr:
    """The class of a value that is known."""
    if classes.keys is not None:
        return ast.BinOp(value, ast.Sub(), module.constant(classes.lowest)) if classes.lowest else value
    if not classes.cuts:
        return ast.Constant(0)
    return c.call(module.constant(bisect_right, "f"), module.constant(classes.cuts), value)


def _known(value: ast.expr) -> ast.expr:
    return c.compare(value, ast.IsNot(), ast.Constant(None))
