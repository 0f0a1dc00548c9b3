"""The tree of a policy file, as it was written: nothing resolved, nothing worked out.

Nodes are frozen and compare by what they say, not by where they stand.
"""

from dataclasses import dataclass, field, fields
from typing import TypeAlias, TypeVar, dataclass_transform

from routekit.diagnostics import Source, Span

__all__ = [
    "Action",
    "Adjust",
    "Arithmetic",
    "Arm",
    "BoundedType",
    "Call",
    "CalendarNode",
    "Cap",
    "Cell",
    "CellTest",
    "ChannelNode",
    "ChoiceType",
    "ClosedDates",
    "ClosedHolidays",
    "Clause",
    "Comment",
    "Declaration",
    "ExampleNode",
    "ExampleRow",
    "ExampleTableNode",
    "Expectation",
    "Expression",
    "Fallback",
    "FeatureNode",
    "FieldNode",
    "File",
    "Given",
    "GroupNode",
    "GuaranteeNode",
    "HistoryNode",
    "Hours",
    "Ident",
    "LetNode",
    "ListNode",
    "Literal",
    "LiveNode",
    "Logic",
    "MessageNode",
    "NamedType",
    "Negated",
    "Node",
    "Negative",
    "NeverNode",
    "OfferNode",
    "Offers",
    "Opening",
    "OtherwiseNode",
    "Outcome",
    "Path",
    "PolicyNode",
    "QueueNode",
    "Range",
    "RecordNode",
    "Route",
    "RouteItem",
    "Row",
    "RuleName",
    "RuleNode",
    "SegmentNode",
    "SetLiteral",
    "SetTypeNode",
    "Show",
    "SimpleType",
    "SplitNode",
    "Step",
    "TableNode",
    "Test",
    "TimezoneNode",
    "TypeDeclaration",
    "TypeNode",
    "Use",
    "Wording",
    "operands",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """What all nodes share: the place in the text, which is no part of what they say."""

    span: Span = field(compare=False)

    def _said(self) -> tuple[object, ...]:
        return tuple(getattr(self, each.name) for each in fields(self) if each.name != "span")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and type(other) is type(self) and other._said() == self._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._said()))})"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """A kind of node, which compares as all do: methods of its own would double what it costs to make,
    and every command makes them all when it starts."""
    return dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)


@node
class Comment(Node):
    text: str


@node
class Ident(Node):
    """A name, normalised to NFKC."""

    name: str


# ── expressions ───────────────────────────────────────────────────────────────


@node
class Literal(Node):
    """A literal as it was written; ``kind`` is one of text, number, duration, date, time."""

    kind: str
    text: str


@node
class Path(Node):
    parts: tuple[Ident, ...]

    @property
    def dotted(self) -> str:
        return ".".join(part.name for part in self.parts)


@node
class Call(Node):
    function: Ident
    argument: "Expression"


@node
class SetLiteral(Node):
    members: tuple["Expression", ...]


@node
class Range(Node):
    low: "Expression"
    high: "Expression"


@node
class Negative(Node):
    operand: "Expression"


@node
class Arithmetic(Node):
    operator: str
    left: "Expression"
    right: "Expression"


@node
class Fallback(Node):
    """``x else y``."""

    first: "Expression"
    second: "Expression"


@node
class Test(Node):
    """A test of a value; ``operator`` is spelled as in the language, ``is not`` and ``not in`` included.

    ``at`` is the time behind ``CALENDAR is open at``.
    """

    operator: str
    left: "Expression"
    right: "Expression"
    at: "Expression | None" = None


@node
class Negated(Node):
    operand: "Expression"


@node
class Logic(Node):
    """``and`` or ``or`` over two or more conditions."""

    operator: str
    operands: tuple["Expression", ...]


Expression: TypeAlias = (
    Literal | Path | Call | SetLiteral | Range | Negative | Arithmetic | Fallback | Test | Negated | Logic
)


def operands(node: Expression) -> tuple[Expression, ...]:
    """The expressions that one is made of, in the order in which they are written."""
    match node:
        case Literal() | Path():
            return ()
        case Call(argument=argument):
            return (argument,)
        case SetLiteral(members=members):
            return members
        case Range(low=low, high=high):
            return (low, high)
        case Negative(operand=operand) | Negated(operand=operand):
            return (operand,)
        case Arithmetic(left=left, right=right):
            return (left, right)
        case Fallback(first=first, second=second):
            return (first, second)
        case Test(left=left, right=right, at=at):
            return (left, right) if at is None else (left, right, at)
        case Logic(operands=parts):
            return parts


# ── types and data ────────────────────────────────────────────────────────────


@node
class SimpleType(Node):
    name: str


@node
class BoundedType(Node):
    name: str
    low: Literal | None
    high: Literal | None


@node
class ChoiceType(Node):
    values: tuple[Ident, ...]
    ordered: bool


@node
class SetTypeNode(Node):
    element: "TypeNode"


@node
class NamedType(Node):
    name: Ident


TypeNode: TypeAlias = SimpleType | BoundedType | ChoiceType | SetTypeNode | NamedType


@node
class FieldNode(Node):
    name: Ident
    type: TypeNode
    optional: bool
    default: Expression | None
    private: bool = False


@node
class PolicyNode(Node):
    name: Ident
    title: str


@node
class TimezoneNode(Node):
    zone: Literal


@node
class Use(Node):
    path: Literal


@node
class TypeDeclaration(Node):
    name: Ident
    type: TypeNode


@node
class ListNode(Node):
    """A list's values, or the file that holds them."""

    name: Ident
    values: SetLiteral | None
    file: Literal | None


@node
class LetNode(Node):
    name: Ident
    value: Expression


@node
class RecordNode(Node):
    name: Ident
    fields: tuple[FieldNode, ...]
    private: bool = False


@node
class LiveNode(Node):
    fields: tuple[FieldNode, ...]


@node
class FeatureNode(Node):
    """``NAME count …``, ``NAME last WHAT …`` or ``NAME open incident …``; ``kind`` says which."""

    name: Ident
    kind: str
    what: Path | None = None
    channels: tuple[Ident, ...] = ()
    about: Path | None = None
    within: Literal | None = None


@node
class HistoryNode(Node):
    features: tuple[FeatureNode, ...]


# ── what we have ──────────────────────────────────────────────────────────────


@node
class Clause(Node):
    """A word and what stands behind it: ``on voice, chat``, ``cost 4.20``, ``assisted``."""

    word: str
    names: tuple[Ident, ...] = ()
    value: Expression | None = None


@node
class ChannelNode(Node):
    name: Ident
    clauses: tuple[Clause, ...]


@node
class Hours(Node):
    start: str
    end: str


@node
class Opening(Node):
    """Days, hours, or both; what is left out is said by its neighbours."""

    first_day: Ident | None
    last_day: Ident | None
    hours: Hours | None


@node
class ClosedHolidays(Node):
    region: Literal


@node
class ClosedDates(Node):
    first: Literal
    last: Literal | None


@node
class CalendarNode(Node):
    name: Ident
    openings: tuple[tuple[Opening, ...], ...]
    closings: tuple[ClosedHolidays | ClosedDates, ...]


@node
class QueueNode(Node):
    name: Ident
    clauses: tuple[Clause, ...]


@node
class Wording(Node):
    channel: Ident
    text: str


@node
class MessageNode(Node):
    name: Ident
    wordings: tuple[Wording, ...]


@node
class SegmentNode(Node):
    name: Ident
    condition: Expression


# ── who gets what ─────────────────────────────────────────────────────────────


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
    callback     ``value``, the duration
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
    actions: tuple[Action, ...]


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
    """A value, a ``Range``, or a comparison with its ``operator``."""

    operator: str
    value: Expression


@node
class Cell(Node):
    """The tests of a cell, any of which may hold; none for ``_``."""

    tests: tuple[CellTest, ...]


@node
class Row(Node):
    cells: tuple[Cell, ...]
    outcome: Outcome
    because: str


@node
class TableNode(Node):
    name: Ident
    title: str
    columns: tuple[Expression, ...]
    rows: tuple[Row, ...]


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
    rules: tuple[RuleNode, ...]


# ── what we may offer ─────────────────────────────────────────────────────────


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
class Offers(Node):
    items: tuple[Show | OfferNode | NeverNode, ...]


# ── what we promise, and how we check it ──────────────────────────────────────


@node
class GuaranteeNode(Node):
    name: Ident
    title: str
    condition: Expression | None
    promise: Expression


@node
class Given(Node):
    path: Path
    value: Expression


@node
class RuleName(Node):
    """The name of a row: its table and the row's number."""

    table: Ident
    row: Literal


@node
class Expectation(Node):
    what: Ident
    value: Expression | RuleName


@node
class ExampleNode(Node):
    title: Literal
    givens: tuple[Given, ...]
    expectations: tuple[Expectation, ...]


@node
class ExampleRow(Node):
    """A case of an example table: what is given, and what is expected, a cell for each column."""

    given: tuple[Expression, ...]
    expected: tuple[Expression | RuleName, ...]
    because: str


@node
class ExampleTableNode(Node):
    """Examples under one title; ``givens`` hold for each row."""

    title: Literal
    givens: tuple[Given, ...]
    columns: tuple[Path, ...]
    results: tuple[Ident, ...]
    rows: tuple[ExampleRow, ...]


Declaration: TypeAlias = (
    PolicyNode
    | TimezoneNode
    | Use
    | TypeDeclaration
    | ListNode
    | LetNode
    | RecordNode
    | LiveNode
    | HistoryNode
    | ChannelNode
    | CalendarNode
    | QueueNode
    | SegmentNode
    | Route
    | Adjust
    | Offers
    | MessageNode
    | GuaranteeNode
    | ExampleNode
    | ExampleTableNode
)


@dataclass(frozen=True, slots=True)
class File:
    """One parsed file.

    ``lost`` holds every name that stands in a part that could not be read: nothing that needs such a
    name is reported as unknown. ``is_whole`` says whether all of the file could be read.
    """

    source: Source = field(compare=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    lost: frozenset[str] = frozenset()
    is_whole: bool = True
