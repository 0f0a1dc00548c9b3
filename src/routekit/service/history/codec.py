"""How touches and incidents are written: as JSON in ASCII, which every store can keep."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from routekit.service.contact_events import ContactEvent
from routekit.service.history.model import Incident, Outcome, Touch
from routekit.service.history.store import UnstorableError

__all__ = [
    "erased_id",
    "event_head",
    "event_of",
    "event_text",
    "incident_of",
    "instant_of",
    "microseconds",
    "outcome_of",
    "outcome_text",
    "touch_of",
    "touch_text",
    "incident_text",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=True).encode


def microseconds(at: datetime) -> int:
    """Since 1970 in UTC.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant_of(count: int) -> datetime:
    """Returns the instant so many microseconds after 1970, kept within what a datetime holds."""
    return _EPOCH + timedelta(microseconds=min(max(count, _EARLIEST), _LATEST))


def touch_text(touch: Touch) -> str:
    """Returns a touch without its id, customer, time and outcome, which stores keep beside it."""
    return _text(
        [
            touch.channel,
            touch.queue,
            touch.rule,
            touch.inbound,
            touch.agent,
            touch.offers,
            touch.capped,
            _plain(touch.facts),
            touch.incident,
        ]
    )


def touch_of(id: str, customer: str, at: int, text: str, outcome: str | None) -> Touch:
    """Reads a touch as it was written."""
    channel, queue, rule, inbound, agent, offers, capped, facts, incident = json.loads(text)
    return Touch(
        id,
        customer,
        instant_of(at),
        channel,
        queue,
        rule,
        inbound,
        agent,
        tuple(offers),
        tuple(capped),
        facts,
        None if outcome is None else outcome_of(outcome),
        incident,
    )


def outcome_text(outcome: Outcome) -> str:
    """Returns an outcome, whole."""
    return _text([outcome.result, outcome.note, _optional(outcome.at)])


def outcome_of(text: str) -> Outcome:
    """Reads an outcome as it was written."""
    result, note, at = json.loads(text)
    return Outcome(result, note, None if at is None else instant_of(at))


def event_text(event: ContactEvent) -> str:
    """Returns an event without the id of its touch, which stores keep beside it."""
    return _text(
        [
            event.kind,
            microseconds(event.at),
            event.queue,
            event.agent,
            event.channel,
            event.score,
            event.worth,
            event.note,
        ]
    )


def event_head(event: ContactEvent) -> str:
    """Returns how the text of an event begins, by which it is known again."""
    return f'["{event.kind}",{microseconds(event.at)},'


def event_of(of: str, text: str) -> ContactEvent:
    """Reads an event as it was written."""
    kind, at, *more = json.loads(text)
    return ContactEvent(of, kind, instant_of(at), *more)


def erased_id(id: str) -> str:
    """Returns by what a store knows that a touch was erased, so that nothing is kept of it any more.

    Nobody can tell from it whose that was.
    """
    return sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def incident_text(incident: Incident) -> str:
    """Returns an incident without its id, customer and end, which stores keep beside it."""
    return _text([microseconds(incident.opened), incident.about, incident.title, incident.queue])


def incident_of(id: str, customer: str, text: str, closed: int | None) -> Incident:
    """Reads an incident as it was written."""
    opened, about, title, queue = json.loads(text)
    end = None if closed is None else instant_of(closed)
    return Incident(id, customer, instant_of(opened), about, title, queue, end)


def _optional(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return facts if type(facts) is dict else dict(facts)


def _text(value: object) -> str:
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnstorableError(f"a value is no JSON: {type(error).__name__}") from None
