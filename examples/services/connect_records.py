"""Amazon Connect's contact records, as they come through a Kinesis stream: what became of each contact."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from routekit.service import ContactEvent, EventKind

__all__ = ["contact_records", "events_of", "is_stream"]


def is_stream(event: object) -> bool:
    """Whether Lambda was called by a stream, not by a flow."""
    return isinstance(event, Mapping) and "Records" in event


def contact_records(event: object) -> Iterator[Mapping[str, object]]:
    """The contact records of a batch; what is none is left out.

    >>> record = base64.b64encode(b'{"ContactId": "c-1"}').decode()
    >>> list(contact_records({"Records": [{"kinesis": {"data": record}}, {"kinesis": {"data": "?"}}]}))
    [{'ContactId': 'c-1'}]
    """
    batch = event.get("Records") if isinstance(event, Mapping) else None
    for item in batch if isinstance(batch, list) else ():
        data = _inner(item, "kinesis").get("data")
        try:
            record = json.loads(base64.b64decode(data, validate=True)) if isinstance(data, str) else None
        except (ValueError, RecursionError):
            continue
        if isinstance(record, Mapping):
            yield record


def events_of(record: Mapping[str, object]) -> Iterator[ContactEvent]:
    """What a contact record tells of the decision that the flow has put into the contact's attributes.

    >>> record = {"Attributes": {"decision": "d-1"}, "DisconnectTimestamp": "2026-11-23T10:05:00Z",
    ...     "Queue": {"Name": "general", "EnqueueTimestamp": "2026-11-23T10:00:00Z"},
    ...     "Agent": {"Username": "anna", "ConnectedToAgentTimestamp": "2026-11-23T10:01:00Z"}}
    >>> [(event.kind, event.agent, f"{event.at:%H:%M}") for event in events_of(record)]
    [('queued', None, '10:00'), ('answered', 'anna', '10:01'), ('ended', None, '10:05')]
    """
    decision = _inner(record, "Attributes").get("decision")
    if not isinstance(decision, str) or not decision:
        return
    queue, agent = _inner(record, "Queue"), _inner(record, "Agent")
    entered, answered = _time(queue.get("EnqueueTimestamp")), _time(agent.get("ConnectedToAgentTimestamp"))
    gone = _time(record.get("DisconnectTimestamp"))
    moved = _time(record.get("TransferCompletedTimestamp"))
    ending: EventKind = "abandoned" if entered is not None and answered is None else "ended"
    called = record.get("InitiationMethod") == "CALLBACK"
    found: tuple[tuple[EventKind, datetime | None], ...] = (
        ("queued", entered),
        ("called_back" if called else "answered", answered),
        ("transferred", moved),
        (ending, gone),
    )
    where, who = _text(queue.get("Name")), _text(agent.get("Username"))
    for kind, at in found:
        if at is not None:
            met = who if kind in ("answered", "called_back") else None
            yield ContactEvent(decision, kind, at, queue=where, agent=met)


def _time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _inner(value: object, name: str) -> Mapping[str, object]:
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}
