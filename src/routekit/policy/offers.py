"""Offers, as plain data: for whom they are, what they are worth, how often they may be shown."""

from dataclasses import dataclass, field
from datetime import timedelta

from routekit.diagnostics import Span
from routekit.policy.expressions import Constant, Expr

__all__ = ["Cap", "Group", "Never", "Offer"]


@dataclass(frozen=True, slots=True)
class Group:
    """Rules, or offers, that share a condition."""

    name: str
    title: str
    condition: Expr


@dataclass(frozen=True, slots=True)
class Cap:
    """How often offers may be shown in how long.

    Counted are the showings of the offers in ``over`` together: empty for the one at which the cap stands,
    None for whatever was shown. ``group`` names the group that the cap is of.
    """

    most: int
    per: timedelta
    over: frozenset[str] | None = frozenset()
    group: str = ""

    @property
    def is_shared(self) -> bool:
        """Whether it counts the showings of several offers together."""
        return self.over is None or bool(self.over)

    def counts(self, shown: str | None, offer: str) -> bool:
        """Whether a showing counts for the cap of an offer; one whose name could not be read always does."""
        if shown is None or self.over is None:
            return True
        return shown in self.over if self.over else shown == offer


@dataclass(frozen=True, slots=True)
class Offer:
    """``channels`` is None where the offer fits all; a worth of None is 0.

    ``condition`` is the whole of it, the groups around it included (None: always); ``own`` is what the offer
    itself says. ``caps`` are all that bound it, those over several offers too.
    """

    name: str
    title: str
    condition: Expr | None
    worth: Expr | None
    channels: frozenset[str] | None
    caps: tuple[Cap, ...]
    own: Expr | None = None
    groups: tuple[Group, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def has_fixed_worth(self) -> bool:
        """Whether it is worth the same to all contacts."""
        return isinstance(self.worth, Constant | None)


@dataclass(frozen=True, slots=True)
class Never:
    """When nothing is offered."""

    condition: Expr
    span: Span | None = field(default=None, compare=False, repr=False)
