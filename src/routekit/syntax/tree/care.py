"""The tree of whom a company turns to by itself."""

from typing import TypeAlias

from routekit.syntax.tree.expressions import Expression, Literal
from routekit.syntax.tree.node import Ident, Node, node
from routekit.syntax.tree.resources import Clause, Hours
from routekit.syntax.tree.routing import Action, Cap, NeverNode

__all__ = ["CareItem", "CareNode", "CareSetting", "Due", "Quiet", "ReachClause", "ReachNode", "ReachThen"]


@node
class Quiet(Node):
    hours: Hours


@node
class CareSetting(Node):
    """A value of the customer that counts for all reaches; ``word`` is ``clock`` or ``consent``."""

    word: str
    value: Expression


@node
class Due(Node):
    """When a reach is due: ``by`` so much after ``value``, for so long."""

    value: Expression
    by: Literal
    lasts: Literal


@node
class ReachThen(Node):
    actions: tuple[Action, ...]


ReachClause: TypeAlias = Clause | Due | ReachThen | Cap


@node
class ReachNode(Node):
    """A reach; ``word`` is ``reach`` or ``survey``."""

    word: str
    name: Ident
    title: str
    clauses: tuple[ReachClause, ...]


CareItem: TypeAlias = Quiet | CareSetting | Cap | ReachNode | NeverNode


@node
class CareNode(Node):
    items: tuple[CareItem, ...]
