"""The nodes of what there is: channels, calendars, queues, messages, segments."""

from routekit.syntax.tree.expressions import Expression, Literal
from routekit.syntax.tree.node import Ident, Node, node

__all__ = [
    "CalendarNode",
    "ChannelNode",
    "Clause",
    "ClosedDates",
    "ClosedHolidays",
    "Hours",
    "MessageNode",
    "Opening",
    "QueueNode",
    "SegmentNode",
    "Wording",
]


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
