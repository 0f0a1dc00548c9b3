"""What the features of a policy's ``history`` mean, once for all stores."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from routekit.policy.model import Feature
from routekit.service.history.model import JSON, Past, Touch

__all__ = ["features", "offers_shown"]

_EVER = datetime.min.replace(tzinfo=UTC)


def features(
    history: tuple[Feature, ...], past: Past, facts: Mapping[str, JSON], now: datetime
) -> dict[str, JSON]:
    """The record ``history`` of a contact: each feature's value, without those that are missing.

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
    """The ``offers_shown`` of a contact; what lies in the future counts as of now: no cap is loosened."""
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
