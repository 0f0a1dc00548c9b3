"""How often a cap was made use of."""

from collections.abc import Iterable
from datetime import datetime

from routekit.policy.facts import Shown
from routekit.policy.model import Cap

__all__ = ["times_used"]


def times_used(
    cap: Cap, name: str, entries: Iterable[Shown], now: datetime, made: Iterable[str] = ()
) -> float:
    """How often the cap of an offer, or of a reach, was made use of in a window that ends now.

    The beginning of the window is outside it. ``made`` are those that are made now, beside the ``entries``
    of what was made before.
    """
    before = sum(
        entry.times
        for entry in entries
        if cap.counts(entry.offer, name) and entry.at <= now and now - entry.at < cap.per
    )
    return before + sum(cap.counts(other, name) for other in made)
