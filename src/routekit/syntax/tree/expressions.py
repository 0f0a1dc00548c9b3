"""The nodes of expressions."""

from typing import TypeAlias

from routekit.syntax.tree.node import Ident, Node, node

__all__ = [
    "Arithmetic",
    "Call",
    "Expression",
    "Fallback",
    "Literal",
    "Logic",
    "Negated",
    "Negative",
    "Path",
    "Range",
    "SetLiteral",
    "Test",
    "operands",
]


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
    arguments: tuple["Expression", ...]


@node
class SetLiteral(Node):
    members: tuple["Expression", ...]


@node
class Range(Node):
    """``low..high``, or ``low..<high``, ``without_end``."""

    low: "Expression"
    high: "Expression"
    without_end: bool = False


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
    """Returns the expressions that one is made of, in the order in which they are written."""
    match node:
        case Literal() | Path():
            return ()
        case Call(arguments=arguments):
            return arguments
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
