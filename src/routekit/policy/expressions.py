"""Checked expressions: every name resolved, every literal a value, every type known to fit.

A node's value may be missing (``None``); of a condition that means: unknown. Expressions are equal where
they mean the same, wherever they were written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from routekit.diagnostics import Span
from routekit.schema.types import Choice, Scalar, Type, Value

__all__ = [
    "All",
    "Any",
    "Arithmetic",
    "Bounded",
    "CalendarOpen",
    "Call",
    "Case",
    "Cases",
    "Compare",
    "Connective",
    "Constant",
    "DataRef",
    "Else",
    "Expr",
    "FieldRef",
    "Gather",
    "InRange",
    "InSet",
    "IsAssisted",
    "IsEmpty",
    "IsKnown",
    "LetRef",
    "Member",
    "Not",
    "Now",
    "OutcomeRef",
    "SegmentRef",
    "SetTest",
    "SignalRef",
    "Strict",
    "Test",
    "TextTest",
    "children",
    "parts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What all expressions share: the place in the text, which is no part of what they mean.

    ``span`` is None for what nobody wrote, such as the ``and`` of a rule and its groups. A negation
    that is one with its test (``is not``, ``not in``, ``is missing``) stands in the same place as the test.
    """

    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Written):
    """A value that is written out; ``named`` is the list that keeps it, if one does.

    ``2``, ``2.0`` and ``yes`` are equal in Python, but come to other results: as constants they differ.

    >>> Constant(2) == Constant(2), Constant(2) == Constant(2.0)
    (True, False)
    """

    value: Value
    named: str = field(default="", compare=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Constant) or type(other) is not type(self):
            return NotImplemented
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class FieldRef(Written):
    """A field of a record: ``customer.value``."""

    record: str
    field: str


@dataclass(frozen=True, slots=True)
class SignalRef(Written):
    """A live signal of a queue: ``general.waiting``."""

    queue: str
    signal: str


@dataclass(frozen=True, slots=True)
class LetRef(Written):
    """The value of a ``let``; missing where its expression is."""

    name: str


@dataclass(frozen=True, slots=True)
class SegmentRef(Written):
    """Whether the contact is in a segment: true or false, never unknown."""

    name: str


@dataclass(frozen=True, slots=True)
class Now(Written):
    """The time of the decision."""


@dataclass(frozen=True, slots=True)
class OutcomeRef(Written):
    """A part of the outcome, for guarantees: channel, queue, priority, rule, skills, message or offers."""

    part: str


@dataclass(frozen=True, slots=True)
class DataRef(Written):
    """A part of the outcome that the policy declares itself, for guarantees: ``outcome.sla``."""

    name: str


@dataclass(frozen=True, slots=True)
class Not(Written):
    """``not``; unknown where its operand is."""

    operand: "Expr"


@dataclass(frozen=True, slots=True)
class All(Written):
    """``and``."""

    operands: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Any(Written):
    """``or``."""

    operands: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Compare(Written):
    """``operator`` is the name of a row of ``operators.order``.

    ``order`` is the list of names by whose rank ordered names compare; None for all else.
    """

    operator: str
    left: "Expr"
    right: "Expr"
    order: Choice | None = None


@dataclass(frozen=True, slots=True)
class InRange(Written):
    """``x in low..high``, both ends inside; or ``x in low..<high``, ``without_end``."""

    operand: "Expr"
    low: "Expr"
    high: "Expr"
    order: Choice | None = None
    without_end: bool = False


@dataclass(frozen=True, slots=True)
class InSet(Written):
    """``x in {…}``, the values written out or kept in a list, which ``named`` names."""

    operand: "Expr"
    values: frozenset[Scalar]
    named: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Member(Written):
    """``element in set`` and ``set has element``, where the set is a contact's."""

    element: "Expr"
    container: "Expr"


@dataclass(frozen=True, slots=True)
class SetTest(Written):
    """What a set has of some values; ``operator`` is the name of a row of ``operators.sets``."""

    operator: str
    operand: "Expr"
    values: frozenset[Scalar]
    named: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class IsEmpty(Written):
    """``x is empty``, of a set."""

    operand: "Expr"


@dataclass(frozen=True, slots=True)
class IsKnown(Written):
    """``x is known``: true or false, never unknown."""

    operand: "Expr"


@dataclass(frozen=True, slots=True)
class TextTest(Written):
    """``operator`` is the name of a row of ``operators.text``, which says what the test means."""

    operator: str
    operand: "Expr"
    argument: "Expr"


@dataclass(frozen=True, slots=True)
class CalendarOpen(Written):
    """``calendar is open``, or ``is open at`` a time."""

    calendar: str
    at: "Expr"


@dataclass(frozen=True, slots=True)
class IsAssisted(Written):
    """Of a guarantee: whether the outcome's channel is one where a person answers."""

    assisted: bool


@dataclass(frozen=True, slots=True)
class Arithmetic(Written):
    """On numbers, or on times, dates and durations; missing where a side is.

    So it is where the result is not to be had: a division by zero, an integer beyond 64 bits, a number
    that is not finite, a time beyond the ends of time.
    """

    operator: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Else(Written):
    """``first``, or ``second`` where it is missing."""

    first: "Expr"
    second: "Expr"


@dataclass(frozen=True, slots=True)
class Call(Written):
    """``function(…)``, the name of a row of ``operators.functions``; what it asks of today stands last.

    ``order`` is the list of names by whose rank ordered names are chosen; None for all else.
    """

    function: str
    arguments: tuple["Expr", ...]
    order: Choice | None = None


@dataclass(frozen=True, slots=True)
class Bounded(Written):
    """The value of the operand where it is one of the type's, within its bounds; else missing."""

    operand: "Expr"
    type: Type


Gather: TypeAlias = Literal["first", "sum", "min", "max"]
"""Which cases give the value: the first that holds, or all that hold, added up, the least or the greatest."""


@dataclass(frozen=True, slots=True)
class Case(Written):
    """A value, and where it counts; ``row`` is its number within a table, where it is a row of one."""

    condition: "Expr"
    value: "Expr"
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cases(Written):
    """A value by cases, of one type.

    Where no case holds it is missing, but that a ``sum`` of nothing is zero. All but ``first`` leave out
    values that are missing.
    """

    gather: Gather
    cases: tuple[Case, ...]
    type: Type


Expr: TypeAlias = (
    Constant
    | FieldRef
    | SignalRef
    | LetRef
    | SegmentRef
    | Now
    | OutcomeRef
    | DataRef
    | Not
    | All
    | Any
    | Compare
    | InRange
    | InSet
    | Member
    | SetTest
    | IsEmpty
    | IsKnown
    | TextTest
    | CalendarOpen
    | IsAssisted
    | Arithmetic
    | Else
    | Call
    | Bounded
    | Cases
)


Connective: TypeAlias = Not | All | Any | IsKnown | Else | Cases
"""What three-valued logic works out: it may have a value where an operand has none."""

_Question: TypeAlias = Compare | InRange | InSet | Member | SetTest | IsEmpty | TextTest | CalendarOpen

Test: TypeAlias = _Question | IsKnown
"""What asks something of values, and is answered by true or false."""

Strict: TypeAlias = _Question | Arithmetic | Call | Bounded
"""What is missing as soon as an operand is: an operator with a row among ``operators``."""


def children(expr: Expr) -> tuple[Expr, ...]:
    """Returns the expressions that one is made of, in the order in which they are written."""
    match expr:
        case (
            Constant()
            | FieldRef()
            | SignalRef()
            | LetRef()
            | SegmentRef()
            | Now()
            | OutcomeRef()
            | DataRef()
            | IsAssisted()
        ):
            return ()
        case All(operands) | Any(operands) | Call(_, operands):
            return operands
        case Not(operand) | IsEmpty(operand) | IsKnown(operand) | Bounded(operand):
            return (operand,)
        case InSet(operand) | SetTest(_, operand):
            return (operand,)
        case Compare(_, left, right) | Arithmetic(_, left, right):
            return (left, right)
        case InRange(operand, low, high):
            return (operand, low, high)
        case Member(element, container):
            return (element, container)
        case TextTest(_, operand, argument):
            return (operand, argument)
        case CalendarOpen(_, at):
            return (at,)
        case Else(first, second):
            return (first, second)
        case Cases(_, cases):
            return tuple(part for case in cases for part in (case.condition, case.value))


def parts(expr: Expr) -> Iterator[Expr]:
    """Yields an expression and all that it is made of; definitions are not followed."""
    pending = [expr]
    while pending:
        part = pending.pop()
        yield part
        pending += children(part)
