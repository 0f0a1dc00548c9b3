"""What a contact can reach of a policy: a rule that decides, an offer, a condition that is false."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from routekit.policy.expressions import Expr

__all__ = ["Owner", "Target"]

Owner: TypeAlias = Literal["case", "rule", "group", "adjustment", "offer", "never"]


@dataclass(frozen=True, slots=True)
class Target:
    """A part of a policy to be reached; with a ``condition``: that it is asked there, and comes to ``value``.

    ``name`` is that of the rule, group, adjustment or offer, or of the let of a case; ``place``, from 1, says
    which case, arm of a rule's split, or never (0: no split).

    >>> Target("rule", "vip")
    Target(owner='rule', name='vip', place=0, condition=None, value=True)
    """

    owner: Owner
    name: str
    place: int = 0
    condition: Expr | None = None
    value: bool = True
