"""Code that leads from a contact's values to masks, several bases in one table where that stays small."""

import ast
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop, heappush
from math import prod
from typing import TypeAlias

from routekit.compiled import codegen as c
from routekit.compiled.expressions import hint_of
from routekit.compiled.masks import NO_TEXT, Attribute, Blocks, missing_key, table_of
from routekit.policy.expressions import Expr
from routekit.schema.types import Flag

__all__ = ["Joiner"]

_MOST_ADDED = 512
"""Entries that a table may grow by for a base that joins it: small tables stay in the processor's cache, and
one look-up more in a small one costs less than joining another mask."""

_Key: TypeAlias = tuple[int, bool, int]
"""Of a table that others may join: in how many ways it ends, whether its own turn is over, its place."""

_LAST = ast.UnaryOp(ast.USub(), ast.Constant(1))


class Joiner:
    """Writes the look-ups of masks.

    ``names`` are the locals of bases; that of a ``sure`` one holds a key of the table even where the value is
    missing. ``rows`` are the rows that are possible at all.
    """

    def __init__(
        self,
        module: c.Module,
        names: Mapping[Expr, str],
        sure: AbstractSet[Expr],
        rows: int,
        blocks: Blocks,
    ) -> None:
        self._module = module
        self._names = names
        self._sure = sure
        self._rows = rows
        self._blocks = blocks

    def masks(self, attributes: Sequence[Attribute]) -> list[ast.expr]:
        """Code for each mask that is to be joined with the others."""
        return [self._group(group) for group in _groups(attributes)] or [self._table((), self._rows)]

    def _group(self, group: Sequence[Attribute]) -> ast.expr:
        code = self._outermost(group[0], group[1:])
        for attribute in group[1:]:
            code = self._inner(code, attribute)
        return code

    def _table(self, group: Sequence[Attribute], rows: int) -> ast.expr:
        hint = f"rows by {hint_of(group[0].base)}" if group else "rows"
        return self._module.constant(table_of(group, rows, self._blocks), hint)

    def _value(self, attribute: Attribute) -> ast.expr:
        return c.load(self._names[attribute.base])

    def _outermost(self, attribute: Attribute, inner: Sequence[Attribute]) -> ast.expr:
        """The table that the value leads to; where there are few, one is chosen without a look-up."""
        cells, value = attribute.cells, self._value(attribute)

        def table(place: int) -> ast.expr:
            return self._table(inner, self._rows & attribute.masks[place])

        if isinstance(cells.type, Flag):
            true, false, missing = map(table, range(3))
            is_false = c.compare(value, ast.Is(), ast.Constant(False))
            return c.choose(
                c.compare(value, ast.Is(), ast.Constant(True)), true, c.choose(is_false, false, missing)
            )
        whole = self._table((attribute, *inner), self._rows)
        if cells.other is not None:
            found = c.method(whole, "get", value, table(cells.other))
            return c.choose(_known(value), found, table(cells.missing))
        return self._inner(whole, attribute)

    def _inner(self, table: ast.expr, attribute: Attribute) -> ast.expr:
        cells, value = attribute.cells, self._value(attribute)
        if cells.keys is None:
            return c.at(table, c.choose(_known(value), self._place(attribute, value), _LAST))
        if missing_key(cells) is None or attribute.base in self._sure:
            return c.at(table, value)
        return c.at(table, c.choose(_known(value), value, self._module.constant(NO_TEXT, "no_text")))

    def _place(self, attribute: Attribute, value: ast.expr) -> ast.expr:
        """The cell of a value that is known."""
        cells = attribute.cells
        if not cells.cuts:
            return ast.Constant(0)
        bisect = self._module.constant(bisect_right)
        return c.call(bisect, self._module.constant(cells.cuts, f"cuts of {hint_of(attribute.base)}"), value)


def _groups(attributes: Sequence[Attribute]) -> list[list[Attribute]]:
    """Which attributes share a table: those of few values stand within the others, a flag before them.

    Each, the smallest first, joins the table that ends in the fewest ways, unless it grew too large.
    """
    groups = [[attribute] for attribute in sorted(attributes, key=_entries)]
    keys: list[_Key | None] = [(group[0].width, False, place) for place, group in enumerate(groups)]
    hosts = [key for key in keys if key is not None]
    heapify(hosts)
    joined: list[list[Attribute]] = []
    for place, group in enumerate(groups):
        attribute = group[0]
        paths, keys[place] = prod(each.width for each in group), None
        while hosts and hosts[0] != keys[hosts[0][2]]:
            heappop(hosts)  # a table that has grown since, or stands no more
        if (
            len(group) > 1
            or _is_outermost(attribute)
            or not hosts
            or hosts[0][0] * _entries(attribute) > _MOST_ADDED
        ):
            joined.append(group)
            key = paths, True, place
        else:
            host_paths, is_joined, place = hosts[0]
            host = groups[place]
            first = isinstance(attribute.cells.type, Flag) and not _is_outermost(host[0])
            host.insert(0 if first else len(host), attribute)
            key = host_paths * attribute.width, is_joined, place
        keys[place] = key
        heappush(hosts, key)
    return joined


def _entries(attribute: Attribute) -> int:
    return len(attribute.cells.keys or attribute.cells.samples)


def _is_outermost(attribute: Attribute) -> bool:
    """Whether an attribute's table must be the outermost: that of texts, which may be any."""
    return attribute.cells.other is not None


def _known(value: ast.expr) -> ast.expr:
    return c.compare(value, ast.IsNot(), ast.Constant(None))
