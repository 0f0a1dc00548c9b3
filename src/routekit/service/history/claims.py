"""Which capped offers a claim is granted: one meaning for the stores that count in Python."""

import threading
from collections.abc import Iterable
from datetime import datetime

from routekit.policy.model import Cap
from routekit.service.history.model import Claim, Showing

__all__ = ["LocalCounts", "granted"]

_MOST_COUNTED = 100_000


def granted(claim: Claim, shown: Iterable[Showing], now: datetime) -> frozenset[str]:
    """The offers that may be shown; a window ends now and its beginning is outside it.

    What lies in the future, since a clock was set back, still counts, so no cap is loosened by that. What
    was granted to this claim before is granted again.

    >>> from datetime import UTC, timedelta
    >>> from routekit.policy.model import Cap
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> claim = Claim("d-2", "c-1", (("gift", (Cap(1, timedelta(days=30)),)),))
    >>> granted(claim, [Showing("gift", noon - timedelta(days=29), "d-1")], noon)
    frozenset()
    >>> granted(claim, [Showing("gift", noon - timedelta(days=30), "d-1")], noon)
    frozenset({'gift'})
    """
    by_offer: dict[str, list[Showing]] = {}
    for showing in shown:
        by_offer.setdefault(showing.offer, []).append(showing)

    def may_be_shown(offer: str, caps: tuple[Cap, ...]) -> bool:
        before = by_offer.get(offer, ())
        return any(showing.id == claim.id for showing in before) or all(
            sum(1 for showing in before if now - showing.at < cap.per) < cap.most for cap in caps
        )

    return frozenset(offer for offer, caps in claim.offers if may_be_shown(offer, caps))


class LocalCounts:
    """Claims counted by one process, while nobody else can; none is granted once it is full."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, list[Showing]] = {}
        self._room = _MOST_COUNTED

    def claim(self, claim: Claim, now: datetime) -> frozenset[str]:
        """Which offers may be shown, by what was granted here before."""
        with self._lock:
            before = self._shown.get(claim.customer, [])
            offers = granted(claim, before, now)
            if len(offers) > self._room:
                return frozenset()
            counted = {showing.offer for showing in before if showing.id == claim.id}
            new = [Showing(offer, now, claim.id) for offer in offers if offer not in counted]
            if new:
                self._shown[claim.customer] = [*before, *new]
                self._room -= len(new)
        return offers

    def customers(self) -> list[str]:
        """Those who were granted something here."""
        with self._lock:
            return list(self._shown)

    def forget(self, customer: str) -> None:
        with self._lock:
            self._room += len(self._shown.pop(customer, ()))
