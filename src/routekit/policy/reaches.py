"""Whom a company turns to by itself: reaches, when they are due, and what bounds them; as plain data."""

from dataclasses import dataclass, field
from datetime import timedelta

from routekit.diagnostics import Span
from routekit.policy.calendars import Hours
from routekit.policy.expressions import Expr
from routekit.policy.offers import Cap, Never

__all__ = ["Care", "Due", "Reach"]


@dataclass(frozen=True, slots=True)
class Due:
    """When a reach is due: ``by`` after ``value``, and then for the time ``lasts``; its end is outside.

    ``value`` is a time, or a date, whose days are counted by the clock of the customer; of one that
    ``recurs`` the last anniversary that has come.
    """

    value: Expr
    by: timedelta
    lasts: timedelta
    recurs: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """A call or message that the company makes; the answers to a survey count as the customer's voice."""

    name: str
    title: str
    is_survey: bool
    condition: Expr | None
    due: Due
    channels: tuple[str, ...]
    queue: str | None
    message: str | None
    priority: int
    caps: tuple[Cap, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Care:
    """All reaches of a policy, in its order.

    ``quiet`` are hours in which none is made, by the clock of the timezone that ``clock`` comes to, which is
    the policy's where it comes to none. A reach goes on a channel that is in the set ``consent``; on any
    where a policy has none.
    """

    quiet: Hours | None = None
    clock: Expr | None = None
    consent: Expr | None = None
    reaches: tuple[Reach, ...] = ()
    nevers: tuple[Never, ...] = ()
