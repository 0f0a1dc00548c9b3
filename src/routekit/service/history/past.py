"""A past put together: what was read, and what came after."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from routekit.service.contact_events import ContactEvent
from routekit.service.history.model import (
    MOST_INCIDENTS,
    MOST_SHOWN,
    MOST_TOUCHES,
    Incident,
    Outcome,
    Past,
    Showing,
    Touch,
)

__all__ = [
    "Change",
    "Closed",
    "Concluded",
    "latest_first",
    "narrowed",
    "newest_first",
    "open_first",
    "outcome_of",
    "with_changes",
    "with_events",
    "with_showings",
]


@dataclass(frozen=True, slots=True)
class Concluded:
    """A touch has come to its outcome."""

    id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Closed:
    """An incident has come to its end."""

    id: str
    at: datetime


Change: TypeAlias = Touch | Concluded | ContactEvent | Incident | Closed
"""What is written behind, in its order."""


def newest_first(touches: Iterable[Touch]) -> tuple[Touch, ...]:
    """As many as a past holds; of those of one instant, by their ids."""
    return tuple(sorted(touches, key=lambda touch: (touch.at, touch.id), reverse=True)[:MOST_TOUCHES])


def latest_first(shown: Iterable[Showing]) -> tuple[Showing, ...]:
    """As many as a past holds."""
    order = sorted(shown, key=lambda showing: (showing.at, showing.id, showing.offer), reverse=True)
    return tuple(order[:MOST_SHOWN])


def open_first(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """Returns the open ones, then the closed ones, each newest first."""
    newest = sorted(incidents, key=lambda incident: (incident.opened, incident.id), reverse=True)
    return tuple(sorted(newest, key=lambda incident: not incident.is_open)[:MOST_INCIDENTS])


def narrowed(past: Past, since: datetime) -> Past:
    """Returns a past without what lies before an instant; itself where that is nothing.

    >>> narrowed(Past.EMPTY, datetime.now()) is Past.EMPTY
    True
    """
    touches, shown, incidents = past.touches, past.shown, past.incidents
    if touches and touches[-1].at <= since:
        touches = tuple(touch for touch in touches if touch.at > since)
    if shown and shown[-1].at <= since:
        shown = tuple(showing for showing in shown if showing.at > since)
    if incidents:
        incidents = tuple(
            incident for incident in incidents if incident.closed is None or incident.closed > since
        )
    if touches is past.touches and shown is past.shown and len(incidents) == len(past.incidents):
        return past
    return Past(touches, incidents, shown, past.problem)


def with_changes(past: Past, changes: Iterable[Change]) -> Past:
    """Returns a past with what is not written yet; what the store has already is not there twice.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> touch = Touch("d-1", "c-1", noon, "voice", "general", "care")
    >>> past = with_changes(Past.EMPTY, [touch, touch, Concluded("d-1", Outcome("resolved"))])
    >>> [(touch.id, touch.outcome.result) for touch in past.touches]
    [('d-1', 'resolved')]
    """
    changes = list(changes)
    if all(type(change) is Touch and not change.capped for change in changes):
        return replace(past, touches=_joined(past.touches, changes))  # type: ignore[arg-type]
    touches = {touch.id: touch for touch in past.touches}
    incidents = {incident.id: incident for incident in past.incidents}
    shown = {(showing.offer, showing.id): showing for showing in past.shown}
    for change in changes:
        match change:
            case Touch(id=id):
                touches.setdefault(id, change)
                for offer in change.capped:
                    shown.setdefault((offer, id), Showing(offer, change.at, id))
            case Concluded(id, outcome):
                if id in touches:
                    touches[id] = with_events(replace(touches[id], outcome=outcome), ())
            case ContactEvent(of=id):
                if id in touches:
                    touches[id] = with_events(touches[id], (change,))
            case Incident(id=id):
                incidents.setdefault(id, change)
            case Closed(id, at):
                if id in incidents and incidents[id].is_open:
                    incidents[id] = replace(incidents[id], closed=at)
    return Past(
        newest_first(touches.values()),
        open_first(incidents.values()),
        latest_first(shown.values()),
        past.problem,
    )


_CONCLUDING = ("abandoned", "resolved", "reopened", "ended")


def with_events(touch: Touch, events: Iterable[ContactEvent]) -> Touch:
    """Returns a touch with what happened to it, each thing once, and the outcome that this comes to.

    The latest counts; that it ended says nothing of how it went, so that it stands behind all else.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> events = [ContactEvent("d-1", kind, noon) for kind in ("resolved", "ended", "resolved")]
    >>> touch = with_events(Touch("d-1", "c-1", noon, "voice", "general", "care"), events)
    >>> [event.kind for event in touch.happened], touch.outcome.result
    (['ended', 'resolved'], 'resolved')
    """
    known = {(event.kind, event.at): event for event in touch.happened}
    for event in events:
        known.setdefault((event.kind, event.at), event)
    happened = tuple(sorted(known.values(), key=lambda event: (event.at, event.kind)))
    return replace(touch, happened=happened, outcome=outcome_of(happened, touch.outcome))


def outcome_of(events: Iterable[ContactEvent], told: Outcome | None = None) -> Outcome | None:
    """Returns what events come to, in the order of time; ``told`` is what was said by itself."""
    outcome = told
    for event in events:
        if event.kind not in _CONCLUDING or (event.kind == "ended" and outcome is not None):
            continue
        if outcome is None or outcome.at is None or outcome.at <= event.at or outcome.result == "ended":
            outcome = Outcome(event.kind, event.note, event.at)
    return outcome


def with_showings(past: Past, showings: Iterable[Showing]) -> Past:
    """Returns a past with more offers shown."""
    known = {(showing.offer, showing.id): showing for showing in (*showings, *past.shown)}
    return replace(past, shown=latest_first(known.values()))


def _joined(known: tuple[Touch, ...], later: list[Touch]) -> tuple[Touch, ...]:
    """Touches with those that mostly came later, and may be among them already."""
    ids = {touch.id for touch in known}
    fresh = newest_first({touch.id: touch for touch in later if touch.id not in ids}.values())
    if known and fresh and fresh[-1].at <= known[0].at:
        return newest_first((*fresh, *known))
    return (*fresh, *known)[:MOST_TOUCHES]
