"""What an agent should know of what came before, so that nobody tells the story twice."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routekit.schema.times import zone
from routekit.service.history.model import JSON, Incident, Past, Touch

__all__ = ["Context"]

_MOST_TOUCHES = 5
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class Context:
    """The last contacts of a customer, newest first, and the open incidents.

    ``str()`` tells them in sentences, by the clock of ``timezone``; ``to_dict()`` gives them as JSON takes
    them. ``problem`` says why there may be more than is told.

    >>> from routekit.service.history.model import Outcome
    >>> mail = Touch("d-1", "c-1", datetime(2026, 11, 22, 9, 5, tzinfo=UTC), "email", "billing", "care",
    ...     inbound="email", offers=("fibre_1g",), facts={"contact.intent": "refund"},
    ...     outcome=Outcome("answered", "it is on its way"))
    >>> modem = Incident("i-1", "c-1", datetime(2026, 11, 20, 7, 30, tzinfo=UTC), title="no line at home")
    >>> now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> print(Context.of(Past((mail,), (modem,)), now))
    Yesterday at 09:05, by email, about refund: queue billing, answered: “it is on its way”. Shown: fibre_1g.
    Open since 20 Nov 2026 at 07:30: no line at home.
    """

    touches: tuple[Touch, ...]
    incidents: tuple[Incident, ...]
    now: datetime
    timezone: str = "UTC"
    problem: str | None = None

    @classmethod
    def of(cls, past: Past, now: datetime, timezone: str = "UTC") -> "Context":
        """Tells what is told of a past."""
        incidents = tuple(incident for incident in past.incidents if incident.is_open)
        return cls(past.touches[:_MOST_TOUCHES], incidents, now, timezone, past.problem)

    def to_dict(self) -> dict[str, JSON]:
        """Returns the context as JSON has it; times are ISO 8601 in UTC.

        >>> Context.of(Past.EMPTY, datetime(2026, 11, 23, tzinfo=UTC)).to_dict()
        {'touches': [], 'incidents': [], 'problem': None}
        """
        return {
            "touches": [_touch(touch) for touch in self.touches],
            "incidents": [_incident(incident) for incident in self.incidents],
            "problem": self.problem,
        }

    def __str__(self) -> str:
        lines = [self._touch_line(touch) for touch in self.touches]
        lines += [self._incident_line(incident) for incident in self.incidents]
        if self.problem is not None:
            lines.append(f"There may be more: the history {self.problem}.")
        return "\n".join(lines) or "No earlier contact is known."

    def _touch_line(self, touch: Touch) -> str:
        way = "" if touch.inbound is None else f", by {touch.inbound}"
        matters = [fact for path, fact in touch.facts.items() if path.startswith("contact.")]
        about = ", ".join(fact for fact in matters if isinstance(fact, str))
        matter = f", about {about}" if about else ""
        served = f"queue {touch.queue}"
        if touch.channel != touch.inbound:
            served += f" on {touch.channel}"
        if touch.agent is not None:
            served += f", with {touch.agent}"
        if touch.outcome is not None:
            served += f", {touch.outcome.result}"
            if touch.outcome.note:
                served += f": “{touch.outcome.note}”"
        shown = f" Shown: {', '.join(touch.offers)}." if touch.offers else ""
        return f"{self._when(touch.at).capitalize()}{way}{matter}: {served}.{shown}"

    def _incident_line(self, incident: Incident) -> str:
        title = incident.title or incident.about or incident.id
        queue = "" if incident.queue is None else f", with queue {incident.queue}"
        return f"Open since {self._when(incident.opened)}: {title}{queue}."

    def _when(self, at: datetime) -> str:
        local = zone(self.timezone)
        there, today = at.astimezone(local), self.now.astimezone(local).date()
        day = f"{there.day} {_MONTHS[there.month - 1]} {there.year}"
        if there.date() == today:
            day = "today"
        elif there.date() == today - timedelta(days=1):
            day = "yesterday"
        return f"{day} at {there:%H:%M}"


def _touch(touch: Touch) -> dict[str, JSON]:
    outcome = touch.outcome
    return {
        "id": touch.id,
        "at": _iso(touch.at),
        "inbound": touch.inbound,
        "channel": touch.channel,
        "queue": touch.queue,
        "agent": touch.agent,
        "facts": dict(touch.facts),
        "offers": list(touch.offers),
        "result": None if outcome is None else outcome.result,
        "answer": None if outcome is None else outcome.note or None,
        "incident": touch.incident,
    }


def _incident(incident: Incident) -> dict[str, JSON]:
    return {
        "id": incident.id,
        "opened": _iso(incident.opened),
        "about": incident.about,
        "title": incident.title,
        "queue": incident.queue,
    }


def _iso(at: datetime) -> str:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()
