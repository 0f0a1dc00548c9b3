"""The nodes of what a company says and announces: facts with their periods, files of facts, events."""

from routekit.syntax.tree.expressions import Expression, Literal
from routekit.syntax.tree.node import Ident, Node, node

__all__ = ["DaysNode", "EventClause", "EventNode", "FactClause", "FactNode", "FactsFile"]


@node
class FactClause(Node):
    """``from DAY``, ``until DAY`` or ``kept by NAME``."""

    word: str
    day: Literal | None = None
    unit: Ident | None = None


@node
class FactNode(Node):
    """A value of a fact, and the period that it holds for; a name may have several."""

    name: Ident
    value: Expression
    clauses: tuple[FactClause, ...]
    title: str = ""


@node
class FactsFile(Node):
    file: Literal


@node
class DaysNode(Node):
    """A day, or all days from one to another."""

    first: Literal
    last: Literal | None


@node
class EventClause(Node):
    """``on DAYS``, ``about MATTERS`` or ``expect +40%``, whose ``share`` holds its sign."""

    word: str
    days: tuple[DaysNode, ...] = ()
    names: tuple[Ident, ...] = ()
    share: Literal | None = None


@node
class EventNode(Node):
    name: Ident
    clauses: tuple[EventClause, ...]
    title: str = ""
