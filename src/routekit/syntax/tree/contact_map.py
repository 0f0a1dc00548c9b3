"""The nodes of the contact map: where company and customer meet, and what customers come about."""

from routekit.syntax.tree.expressions import Expression
from routekit.syntax.tree.node import Ident, Node, node
from routekit.syntax.tree.resources import Clause

__all__ = ["JourneyNode", "MatterNode", "TouchpointNode"]


@node
class JourneyNode(Node):
    stages: tuple[Ident, ...]


@node
class TouchpointNode(Node):
    name: Ident
    title: str
    clauses: tuple[Clause, ...]


@node
class MatterNode(Node):
    """A matter; a clause ``solved`` holds its channels as names and its condition as value."""

    name: Ident
    title: str
    condition: Expression | None
    clauses: tuple[Clause, ...]
