"""The tree of a policy file, as it was written: nothing resolved, nothing worked out.

Nodes are frozen and compare by what they say, not by where they stand.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

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
    "FieldNode",
    "File",
    "Given",
    "GroupNode",
    "GuaranteeNode",
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


@dataclass(frozen=True, slots=True)
class Node:
    """What all nodes share: the place in the text, which is no part of what they say."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comment(Node):
    text: str


@dataclass(frozen=True, slots=True)
class Ident(Node):
    """A name, normalised to NFKC."""

    name: str


# ── expressions ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A literal as it was written; ``kind`` is one of text, number, duration, date, time."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    parts: tuple[Ident, ...]

    @property
    def dotted(self) -> str:
        return ".".join(part.name for part in self.parts)


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: Ident
    argument: "Expression"


@dataclass(frozen=True, slots=True)
class SetLiteral(Node):
    members: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Range(Node):
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Fallback(Node):
    """``x else y``."""

    first: "Expression"
    second: "Expression"


@dataclass(frozen=True, slots=True)
class Test(Node):
    """A test of a value; ``operator`` is spelled as in the language, ``is not`` and ``not in`` included.

    ``at`` is the time behind ``CALENDAR is open at``.
    """

    operator: str
    left: "Expression"
    right: "Expression"
    at: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Negated(Node):
    operand: "Expression"


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class SimpleType(Node):
    name: str


@dataclass(frozen=True, slots=True)
class BoundedType(Node):
    name: str
    low: Literal | None
    high: Literal | None


@dataclass(frozen=True, slots=True)
class ChoiceType(Node):
    values: tuple[Ident, ...]
    ordered: bool


@dataclass(frozen=True, slots=True)
class SetTypeNode(Node):
    element: "TypeNode"


@dataclass(frozen=True, slots=True)
class NamedType(Node):
    name: Ident


TypeNode: TypeAlias = SimpleType | BoundedType | ChoiceType | SetTypeNode | NamedType


@dataclass(frozen=True, slots=True)
class FieldNode(Node):
    name: Ident
    type: TypeNode
    optional: bool
    default: Expression | None


@dataclass(frozen=True, slots=True)
class PolicyNode(Node):
    name: Ident
    title: str


@dataclass(frozen=True, slots=True)
class TimezoneNode(Node):
    zone: Literal


@dataclass(frozen=True, slots=True)
class Use(Node):
    path: Literal


@dataclass(frozen=True, slots=True)
class TypeDeclaration(Node):
    name: Ident
    type: TypeNode


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    """A list's values, or the file that holds them."""

    name: Ident
    values: SetLiteral | None
    file: Literal | None


@dataclass(frozen=True, slots=True)
class LetNode(Node):
    name: Ident
    value: Expression


@dataclass(frozen=True, slots=True)
class RecordNode(Node):
    name: Ident
    fields: tuple[FieldNode, ...]


@dataclass(frozen=True, slots=True)
class LiveNode(Node):
    fields: tuple[FieldNode, ...]


# ── what we have ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Clause(Node):
    """A word and what stands behind it: ``on voice, chat``, ``cost 4.20``, ``assisted``."""

    word: str
    names: tuple[Ident, ...] = ()
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class ChannelNode(Node):
    name: Ident
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Hours(Node):
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Opening(Node):
    """Days, hours, or both; what is left out is said by its neighbours."""

    first_day: Ident | None
    last_day: Ident | None
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class ClosedHolidays(Node):
    region: Literal


@dataclass(frozen=True, slots=True)
class ClosedDates(Node):
    first: Literal
    last: Literal | None


@dataclass(frozen=True, slots=True)
class CalendarNode(Node):
    name: Ident
    openings: tuple[tuple[Opening, ...], ...]
    closings: tuple[ClosedHolidays | ClosedDates, ...]


@dataclass(frozen=True, slots=True)
class QueueNode(Node):
    name: Ident
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Wording(Node):
    channel: Ident
    text: str


@dataclass(frozen=True, slots=True)
class MessageNode(Node):
    name: Ident
    wordings: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class SegmentNode(Node):
    name: Ident
    condition: Expression


# ── who gets what ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Action(Node):
    """One part of an outcome; ``word`` says which.

    ============ =================================================
    queue        ``name``, and ``channel`` behind ``on``
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


@dataclass(frozen=True, slots=True)
class Step(Node):
    after: Literal
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Outcome(Node):
    actions: tuple[Action, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Arm(Node):
    share: Literal
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SplitNode(Node):
    key: Expression
    seed: Literal
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class RuleNode(Node):
    name: Ident
    title: str
    condition: Expression | None
    body: Outcome | SplitNode
    because: str


@dataclass(frozen=True, slots=True)
class GroupNode(Node):
    name: Ident
    title: str
    condition: Expression
    items: tuple["RouteItem", ...]


@dataclass(frozen=True, slots=True)
class CellTest(Node):
    """A value, a ``Range``, or a comparison with its ``operator``."""

    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Cell(Node):
    """The tests of a cell, any of which may hold; none for ``_``."""

    tests: tuple[CellTest, ...]


@dataclass(frozen=True, slots=True)
class Row(Node):
    cells: tuple[Cell, ...]
    outcome: Outcome
    because: str


@dataclass(frozen=True, slots=True)
class TableNode(Node):
    name: Ident
    title: str
    columns: tuple[Expression, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class OtherwiseNode(Node):
    outcome: Outcome
    because: str


RouteItem: TypeAlias = RuleNode | GroupNode | TableNode | OtherwiseNode


@dataclass(frozen=True, slots=True)
class Route(Node):
    items: tuple[RouteItem, ...]


@dataclass(frozen=True, slots=True)
class Adjust(Node):
    rules: tuple[RuleNode, ...]


# ── what we may offer ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Show(Node):
    count: Literal


@dataclass(frozen=True, slots=True)
class Cap(Node):
    most: Literal
    per: Literal


@dataclass(frozen=True, slots=True)
class OfferNode(Node):
    name: Ident
    title: str
    clauses: tuple[Clause | Cap, ...]


@dataclass(frozen=True, slots=True)
class NeverNode(Node):
    condition: Expression


@dataclass(frozen=True, slots=True)
class Offers(Node):
    items: tuple[Show | OfferNode | NeverNode, ...]


# ── what we promise, and how we check it ──────────────────────────────────────


@dataclass(frozen=True, slots=True)
class GuaranteeNode(Node):
    name: Ident
    title: str
    condition: Expression | None
    promise: Expression


@dataclass(frozen=True, slots=True)
class Given(Node):
    path: Path
    value: Expression


@dataclass(frozen=True, slots=True)
class RuleName(Node):
    """The name of a row: its table and the row's number."""

    table: Ident
    row: Literal


@dataclass(frozen=True, slots=True)
class Expectation(Node):
    what: Ident
    value: Expression | RuleName


@dataclass(frozen=True, slots=True)
class ExampleNode(Node):
    title: Literal
    givens: tuple[Given, ...]
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class ExampleRow(Node):
    """A case of an example table: what is given, and what is expected, a cell for each column."""

    given: tuple[Expression, ...]
    expected: tuple[Expression | RuleName, ...]
    because: str


@dataclass(frozen=True, slots=True)
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
