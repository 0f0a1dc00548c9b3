"""Facts that a company keeps, each once, and events that it has announced; as plain data.

What a contact brings along is in :mod:`routekit.policy.facts`. Conditions and values read a kept fact as a
``Let``, an event as a ``Segment``: what they are worked out by is made here, and nothing else knows of it.
"""

from dataclasses import dataclass, field
from datetime import date

from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.schema.types import Scalar, Type

__all__ = ["Days", "Event", "KeptFact", "KeptValue", "event_condition", "fact_value"]


@dataclass(frozen=True, slots=True)
class KeptValue:
    """A value of a fact ``since`` one day ``until`` another, both inside; None where it has no such end.

    ``said`` is the value as messages say it, ``kept_by`` who answers for it, empty where nobody is named.
    """

    value: Scalar
    said: str
    since: date | None = None
    until: date | None = None
    kept_by: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)

    def holds_on(self, day: date) -> bool:
        """Tells whether a day lies in its period."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class KeptFact:
    """What a company says, kept once; ``values`` stand in the order of their periods, which never overlap."""

    name: str
    title: str
    type: Type
    values: tuple[KeptValue, ...]

    def on(self, day: date) -> KeptValue | None:
        """Returns the value that holds on a day; None between its periods."""
        return next((value for value in self.values if value.holds_on(day)), None)


@dataclass(frozen=True, slots=True)
class Days:
    """All days from ``first`` to ``last``, both inside."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Event:
    """An announced surge: true on its ``days``.

    ``about`` names matters; ``expect`` is the share by which more contacts are expected, 0.4 for ``+40%``,
    None where nothing is said.
    """

    name: str
    title: str
    days: tuple[Days, ...]
    about: tuple[str, ...] = ()
    expect: float | None = None
    span: Span | None = field(default=None, compare=False, repr=False)

    def is_on(self, day: date) -> bool:
        """Tells whether a day is one of its days."""
        return any(days.first <= day <= days.last for days in self.days)


_TODAY = e.Call("date", (e.Now(),))


def fact_value(fact: KeptFact) -> e.Expr:
    """Returns what a fact is worked out by: its values by cases of today, or the one that always holds."""
    if all(value.since is None and value.until is None for value in fact.values):
        return _constant(fact.values[0])
    cases = (e.Case(_period(value), _constant(value), span=value.span) for value in fact.values)
    return e.Cases("first", tuple(cases), fact.type)


def event_condition(event: Event) -> e.Expr:
    """Returns the condition that holds on the days of an event."""
    spans = tuple(_between(days.first, days.last) for days in event.days)
    return spans[0] if len(spans) == 1 else e.Any(spans)


def _constant(value: KeptValue) -> e.Constant:
    return e.Constant(value.value, span=value.span)


def _period(value: KeptValue) -> e.Expr:
    since, until = value.since, value.until
    if since is not None and until is not None:
        return _between(since, until)
    if until is not None:
        return e.Compare("<=", _TODAY, e.Constant(until))
    return e.Constant(True) if since is None else e.Compare(">=", _TODAY, e.Constant(since))


def _between(first: date, last: date) -> e.Expr:
    if first == last:
        return e.Compare("is", _TODAY, e.Constant(first))
    return e.InRange(_TODAY, e.Constant(first), e.Constant(last))
