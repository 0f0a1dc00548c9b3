"""What the features and the caps of a policy mean, once for all stores."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from routekit.policy.model import Cap, Feature
from routekit.service.history.model import JSON, Claim, Past, Showing, Touch

__all__ = ["LocalCounts", "features", "granted", "offers_shown"]

_EVER = datetime.min.replace(tzinfo=UTC)


def features(
    history: tuple[Feature, ...], past: Past, facts: Mapping[str, JSON], now: datetime
) -> dict[str, JSON]:
    """Returns the record ``history`` of a contact: each feature's value, without those that are missing.

    ``facts`` are the values of this contact by their paths, as a touch keeps them. A window ends now and its
    beginning is outside it. What lies in the future, by the clock of another machine or before a clock was
    set back, counts as of now. Where the contact lacks the field that a feature is about, nothing is alike:
    the count is 0, there is no last contact and no incident.

    >>> from datetime import UTC, timedelta
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> early = Touch("d-1", "c-1", noon - timedelta(hours=3), "voice", "general", "care", inbound="voice")
    >>> today = Feature("calls_today", "count", channels=("voice",), within=timedelta(days=1))
    >>> features((today, Feature("last_queue", "last", "queue")), Past((early,)), {}, noon)
    {'calls_today': 1, 'last_queue': 'general'}
    """
    values: dict[str, JSON] = {}
    for feature in history:
        if feature.kind == "open":
            values[feature.name] = _is_open(feature, past, facts)
            continue
        touches = _alike(feature, past.touches, facts, now)
        if feature.kind == "count":
            values[feature.name] = len(touches)
        elif touches and (value := _told(feature, touches[0])) is not None:
            values[feature.name] = value
    return values


def offers_shown(past: Past, now: datetime) -> list[dict[str, object]]:
    """Lists the ``offers_shown`` of a contact; what lies in the future counts as of now: no cap loosens."""
    return [{"offer": shown.offer, "at": min(shown.at, now)} for shown in past.shown]


def _alike(
    feature: Feature, touches: Sequence[Touch], facts: Mapping[str, JSON], now: datetime
) -> Sequence[Touch]:
    """The touches that a feature looks at, newest first."""
    if not touches:
        return touches
    if feature.within is not None and touches[-1].at <= (begin := _begin(feature.within, now)):
        touches = [touch for touch in touches if touch.at > begin]
    if feature.channels:
        touches = [touch for touch in touches if touch.inbound in feature.channels]
    if feature.about is None:
        return touches
    path = ".".join(feature.about)
    about = facts.get(path)
    if about is None:
        return ()
    is_flag = isinstance(about, bool)  # as JSON has them, `true` is not 1
    return [
        touch
        for touch in touches
        if (fact := touch.facts.get(path)) == about and isinstance(fact, bool) == is_flag
    ]


def _begin(within: timedelta, now: datetime) -> datetime:
    """The beginning of a window, which is outside it."""
    try:
        return now - within
    except OverflowError:
        return _EVER


def _is_open(feature: Feature, past: Past, facts: Mapping[str, JSON]) -> bool:
    if feature.about is None:
        return any(incident.is_open for incident in past.incidents)
    about = facts.get(".".join(feature.about))
    return about is not None and any(
        incident.is_open and incident.about is not None and incident.about == _text(about)
        for incident in past.incidents
    )


def _told(feature: Feature, touch: Touch) -> JSON:
    match feature.what:
        case "queue":
            return touch.queue
        case "channel":
            return touch.channel
        case "rule":
            return touch.rule
        case "agent":
            return touch.agent
        case (record, name):
            return touch.facts.get(f"{record}.{name}")
        case _:
            return None


def _text(value: JSON) -> str:
    """A fact as an incident names it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else str(value)


_MOST_COUNTED = 100_000


def granted(claim: Claim, shown: Iterable[Showing], now: datetime) -> frozenset[str]:
    """Returns the offers that may be shown; a window ends now and its beginning is outside it.

    What lies in the future, since a clock was set back, still counts, so no cap is loosened by that. What
    was granted to this claim before is granted again. Of several offers under one cap the first are.

    >>> from datetime import UTC, timedelta
    >>> from routekit.policy.model import Cap
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> claim = Claim("d-2", "c-1", (("gift", (Cap(1, timedelta(days=30)),)),))
    >>> granted(claim, [Showing("gift", noon - timedelta(days=29), "d-1")], noon)
    frozenset()
    >>> granted(claim, [Showing("gift", noon - timedelta(days=30), "d-1")], noon)
    frozenset({'gift'})
    """
    counted = [*shown]
    mine = {showing.offer for showing in counted if showing.id == claim.id}

    def is_used_up(offer: str, cap: Cap) -> bool:
        times = sum(cap.counts(showing.offer, offer) and now - showing.at < cap.per for showing in counted)
        return times >= cap.most

    offers: set[str] = set()
    for offer, caps in claim.offers:
        if offer in mine:
            offers.add(offer)
        elif not any(is_used_up(offer, cap) for cap in caps):
            offers.add(offer)
            counted.append(Showing(offer, now, claim.id))  # which counts for those behind it
    return frozenset(offers)


class LocalCounts:
    """Claims counted by one process, while nobody else can; none is granted once it is full."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, list[Showing]] = {}
        self._room = _MOST_COUNTED

    def claim(self, claim: Claim, now: datetime) -> frozenset[str]:
        """Tells which offers may be shown, by what was granted here before."""
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
        """Returns those who were granted something here."""
        with self._lock:
            return list(self._shown)

    def forget(self, customer: str) -> None:
        with self._lock:
            self._room += len(self._shown.pop(customer, ()))
