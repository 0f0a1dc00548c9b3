"""The nodes of what there is: channels, calendars, queues, messages."""

from routekit.syntax.tree.expressions import Expression, Literal, Path
from routekit.syntax.tree.node import Ident, Node, node

__all__ = [
    "CalendarClause",
    "CalendarDate",
    "CalendarItem",
    "CalendarNode",
    "ChannelNode",
    "Clause",
    "DateSpan",
    "Hours",
    "MessageNode",
    "QueueNode",
    "Region",
    "WeekdaySpan",
    "Wording",
]


@node
class Clause(Node):
    """A word and what stands behind it: ``on voice, chat``, ``cost 4.20``, ``assisted``.

    ``paths`` are the fields that stand behind it, as in ``asks for customer.id``.
    """

    word: str
    names: tuple[Ident, ...] = ()
    value: Expression | None = None
    paths: tuple[Path, ...] = ()


@node
class ChannelNode(Node):
    name: Ident
    clauses: tuple[Clause, ...]
    title: str = ""


@node
class Hours(Node):
    start: str
    end: str


@node
class CalendarDate(Node):
    """A date, or one of every year: the name of its month and its day."""

    month: Ident | None
    day: Literal


@node
class DateSpan(Node):
    first: CalendarDate
    last: CalendarDate | None


@node
class WeekdaySpan(Node):
    first: Ident
    last: Ident | None


@node
class Region(Node):
    """``holidays CN``, or ``makeup days CN``."""

    region: Literal
    is_makeup: bool


@node
class CalendarItem(Node):
    """Days, hours, or both; its neighbours say what is left out. Dates before weekdays are a season."""

    dates: DateSpan | None = None
    weekdays: WeekdaySpan | None = None
    region: Region | None = None
    hours: Hours | None = None

    @property
    def names_days(self) -> bool:
        return self.dates is not None or self.weekdays is not None or self.region is not None


@node
class CalendarClause(Node):
    """``open`` or ``closed`` and what stands behind it; ``timezone`` and ``as`` have a zone and a name."""

    word: str
    items: tuple[CalendarItem, ...] = ()
    zone: Literal | None = None
    base: Ident | None = None


@node
class CalendarNode(Node):
    name: Ident
    clauses: tuple[CalendarClause, ...]
    title: str = ""


@node
class QueueNode(Node):
    name: Ident
    clauses: tuple[Clause, ...]
    title: str = ""


@node
class Wording(Node):
    channel: Ident
    text: str


@node
class MessageNode(Node):
    name: Ident
    wordings: tuple[Wording, ...]
    title: str = ""
    about: tuple[Ident, ...] = ()
