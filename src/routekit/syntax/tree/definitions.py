"""The nodes of what is worked out: lets, values by cases, segments."""

from typing import TypeAlias

from routekit.syntax.tree.data import TypeNode
from routekit.syntax.tree.expressions import Expression
from routekit.syntax.tree.node import Ident, Node, node
from routekit.syntax.tree.routing import Cell, FromFile

__all__ = ["CaseItem", "CaseNode", "CaseRow", "CaseTable", "CasesNode", "LetNode", "SegmentNode"]


@node
class CaseNode(Node):
    """``when C then E``; without a condition, ``otherwise E``."""

    condition: Expression | None
    value: Expression


@node
class CaseRow(Node):
    cells: tuple[Cell, ...]
    value: Expression


@node
class CaseTable(Node):
    columns: tuple[Expression, ...]
    rows: tuple[CaseRow, ...]
    file: FromFile | None = None


CaseItem: TypeAlias = CaseNode | CaseTable


@node
class CasesNode(Node):
    """What stands between the braces of a let; ``gather`` is ``first``, ``sum``, ``min`` or ``max``."""

    gather: str
    items: tuple[CaseItem, ...]


@node
class LetNode(Node):
    name: Ident
    value: Expression | CasesNode
    title: str = ""
    type: TypeNode | None = None


@node
class SegmentNode(Node):
    name: Ident
    condition: Expression
    title: str = ""
