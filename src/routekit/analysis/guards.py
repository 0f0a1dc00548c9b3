"""Fields that are read of others: one has the value of another where a test holds, and else is missing."""

from dataclasses import dataclass

from routekit.policy import expressions as e

__all__ = ["Guard"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A field that has the value of another where a test of that is true, and else is missing."""

    test: e.Expr
    inside: e.FieldRef | e.SignalRef
