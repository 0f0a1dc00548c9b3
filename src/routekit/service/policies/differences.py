"""What two decisions of one contact differ in, by kind."""

from routekit.policy.decision import Decision

__all__ = ["KINDS", "kinds_of_difference"]

KINDS = ("queue", "channel", "agent", "priority", "skills", "offers", "message", "plan")
"""What a customer can notice; the names of rules, and the reasons, make no difference."""


def kinds_of_difference(one: Decision, other: Decision) -> tuple[str, ...]:
    """The parts of the outcome that differ.

    >>> old = Decision("care", "1", "gold", "voice", "general")
    >>> kinds_of_difference(old, Decision("care", "2", "gold_first", "voice", "best", priority=2))
    ('queue', 'priority')
    """
    return tuple(kind for kind in KINDS if getattr(one, kind) != getattr(other, kind))
