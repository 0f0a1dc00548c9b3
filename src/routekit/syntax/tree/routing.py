"""The nodes of who gets what: rules, groups, tables, outcomes, splits, offers."""

from collections.abc import Iterator
from typing import TypeAlias

from routekit.syntax.tree.expressions import Expression, Literal
from routekit.syntax.tree.node import Ident, Node, node
from routekit.syntax.tree.resources import Clause

__all__ = [
    "Action",
    "Adjust",
    "Arm",
    "Cap",
    "Cell",
    "CellTest",
    "FromFile",
    "GroupNode",
    "NeverNode",
    "OfferGroupNode",
    "OfferItem",
    "OfferNode",
    "Offers",
    "OtherwiseNode",
    "Outcome",
    "PlanNode",
    "Route",
    "RouteItem",
    "Row",
    "RuleNode",
    "Show",
    "SplitNode",
    "Step",
    "TableNode",
]


@node
class Action(Node):
    """One part of an outcome; ``word`` says which.

    ============ =================================================
    queue        ``name``, or ``value``, the path of a field that names
                 it; and ``channel`` behind ``on``
    agent        ``value``
    priority     ``value``, with ``sign`` ``+`` or ``-`` to shift
    skills       ``names``, with ``sign`` ``+`` or ``-`` to change
    message      ``name``
    any agent
    callback     ``value``, the duration; ``name``, the calendar whose open time it counts
    callback by  ``value``, the instant
    plan         ``name``, of the plan whose steps are added
    =            ``name`` of a part that the policy declares, ``value``
    ============ =================================================
    """

    word: str
    name: Ident | None = None
    channel: Ident | None = None
    value: Expression | None = None
    names: tuple[Ident, ...] = ()
    sign: str = ""


@node
class Step(Node):
    after: Literal
    condition: Expression | None
    actions: tuple[Action, ...]


@node
class PlanNode(Node):
    """Steps under a name."""

    name: Ident
    title: str
    steps: tuple[Step, ...]


@node
class Outcome(Node):
    actions: tuple[Action, ...]
    steps: tuple[Step, ...]


@node
class Arm(Node):
    share: Literal
    outcome: Outcome


@node
class SplitNode(Node):
    key: Expression
    seed: Literal
    arms: tuple[Arm, ...]


@node
class RuleNode(Node):
    name: Ident
    title: str
    condition: Expression | None
    body: Outcome | SplitNode
    because: str


@node
class GroupNode(Node):
    name: Ident
    title: str
    condition: Expression
    items: tuple["RouteItem", ...]


@node
class CellTest(Node):
    """A test without its left side, its ``operator`` spelled as in a ``Test``; ``-`` is none."""

    operator: str
    value: Expression


@node
class Cell(Node):
    """What may hold, each some tests that must hold together; nothing for ``_``."""

    alternatives: tuple[tuple[CellTest, ...], ...]

    @property
    def tests(self) -> Iterator[CellTest]:
        """All tests, in the order in which they are written."""
        return (test for alternative in self.alternatives for test in alternative)


@node
class FromFile(Node):
    """The file whose rows a table has, and the sheet of it; without one, its only sheet."""

    path: Literal
    sheet: Literal | None


@node
class Row(Node):
    cells: tuple[Cell, ...]
    outcome: Outcome
    because: str


@node
class TableNode(Node):
    """A table; one whose rows are in a ``file`` may leave the columns to it."""

    name: Ident
    title: str
    columns: tuple[Expression, ...]
    rows: tuple[Row, ...]
    file: FromFile | None = None


@node
class OtherwiseNode(Node):
    outcome: Outcome
    because: str


RouteItem: TypeAlias = RuleNode | GroupNode | TableNode | OtherwiseNode


@node
class Route(Node):
    items: tuple[RouteItem, ...]


@node
class Adjust(Node):
    items: tuple[RouteItem, ...]


@node
class Show(Node):
    count: Literal


@node
class Cap(Node):
    most: Literal
    per: Literal


@node
class OfferNode(Node):
    name: Ident
    title: str
    clauses: tuple[Clause | Cap, ...]


@node
class NeverNode(Node):
    condition: Expression


@node
class OfferGroupNode(Node):
    name: Ident
    title: str
    condition: Expression | None
    items: tuple["Cap | OfferNode | OfferGroupNode", ...]


OfferItem: TypeAlias = Show | Cap | OfferNode | OfferGroupNode | NeverNode
"""A ``Cap`` that stands by itself, behind ``altogether``, is one over all offers beside it."""


@node
class Offers(Node):
    items: tuple[OfferItem, ...]
