"""What a router hands over of a decision: references only, so that it costs next to nothing."""

from datetime import datetime
from typing import NamedTuple

from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy

__all__ = ["Entry"]


class Entry(NamedTuple):
    """A decision with what it was made of.

    ``at`` is the clock at which it was made, in UTC, ``latency`` in seconds. ``contact`` is the raw contact
    with all that the router added to it, which nobody changes any more; it is read by the fields of
    ``policy``, the one that decided. ``round`` counts from 1 where an offer was taken by somebody else and it
    was decided again; ``canary`` says whether a revision on trial decided, None where there is no trial.
    """

    id: str
    at: datetime
    latency: float
    decision: Decision
    contact: object
    policy: CheckedPolicy
    round: int | None = None
    canary: bool | None = None
