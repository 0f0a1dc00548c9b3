"""The nodes of what is promised, and how it is checked: guarantees and examples."""

from typing import TypeAlias

from routekit.syntax.tree.expressions import Expression, Literal, Path, SetLiteral
from routekit.syntax.tree.node import Ident, Node, node
from routekit.syntax.tree.routing import FromFile, Step

__all__ = [
    "AnyGiven",
    "ExampleNode",
    "ExampleRow",
    "ExampleTableNode",
    "Expectation",
    "Given",
    "GivenReached",
    "GivenShown",
    "GivenSwitch",
    "GuaranteeNode",
    "Held",
    "PlanValue",
    "RuleName",
    "SamenessNode",
    "Varied",
]


@node
class Held(Node):
    """``throughout``, or ``within`` a time: when the promise is kept, if not at arrival alone."""

    within: Literal | None


@node
class GuaranteeNode(Node):
    name: Ident
    title: str
    condition: Expression | None
    promise: Expression
    held: Held | None = None


@node
class Varied(Node):
    """A field that may differ, over some values alone where they are given."""

    path: Path
    values: SetLiteral | None


@node
class SamenessNode(Node):
    """A guarantee that contacts which differ in some fields alone are treated the same in some parts."""

    name: Ident
    title: str
    condition: Expression | None
    varied: tuple[Varied, ...]
    parts: tuple[Path, ...]


@node
class Given(Node):
    path: Path
    value: Expression


@node
class GivenSwitch(Node):
    name: Ident
    value: Expression


@node
class GivenShown(Node):
    """An offer that was shown before, and when."""

    offer: Ident
    at: Literal


@node
class GivenReached(Node):
    """A reach that was made before, and when."""

    reach: Ident
    at: Literal


AnyGiven: TypeAlias = Given | GivenSwitch | GivenShown | GivenReached
"""What an example gives."""


@node
class RuleName(Node):
    """The name of a row: its table and the row's number."""

    table: Ident
    row: Literal


@node
class PlanValue(Node):
    """The steps of a whole plan."""

    steps: tuple[Step, ...]


@node
class Expectation(Node):
    what: Ident
    value: Expression | RuleName | PlanValue


@node
class ExampleNode(Node):
    title: Literal
    givens: tuple[AnyGiven, ...]
    expectations: tuple[Expectation, ...]


@node
class ExampleRow(Node):
    """A case of an example table: what is given, and what is expected, a cell for each column."""

    given: tuple[Expression, ...]
    expected: tuple[Expression | RuleName | PlanValue, ...]
    because: str


@node
class ExampleTableNode(Node):
    """Examples under one title; ``givens`` hold for each row."""

    title: Literal
    givens: tuple[AnyGiven, ...]
    columns: tuple[Path, ...]
    results: tuple[Ident, ...]
    rows: tuple[ExampleRow, ...]
    file: FromFile | None = None
