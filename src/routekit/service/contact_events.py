"""What becomes of a contact after its decision: who answered it, whether it was resolved, what was bought."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from math import isfinite
from typing import Literal, Self, TypeAlias, get_args

from routekit.diagnostics.diagnostic import closest
from routekit.schema.times import parse_time
from routekit.schema.writing import JSON
from routekit.translation import t

__all__ = ["KINDS", "TEXTS", "ContactEvent", "EventKind", "NotAnEventError", "is_event"]

EventKind: TypeAlias = Literal[
    "queued",
    "answered",
    "abandoned",
    "transferred",
    "called_back",
    "ended",
    "resolved",
    "reopened",
    "rated",
    "bought",
]
"""What can happen to a contact: a person answers it; that it ended says nothing of how it went."""

KINDS: tuple[EventKind, ...] = get_args(EventKind)
TEXTS = ("queue", "agent", "channel", "note")
"""What an event may tell in words, which may be anybody's."""


class NotAnEventError(ValueError):
    """Something that is no event of a contact; the message says why, and holds no free text of it."""


@dataclass(frozen=True, slots=True)
class ContactEvent:
    """One thing that happened to a contact: ``of`` is the id of its decision, ``at`` when, in UTC.

    ``queue``, ``agent`` and ``channel`` say where it went, who was there, by which channel; ``score`` is what
    the customer gave, ``worth`` what he bought for, ``note`` the words of whoever told it. An event is the
    same as another where both are ``of`` one contact, of one kind, and ``at`` one time: told twice, it
    happened once.

    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> event = ContactEvent("d-1", "rated", noon, score=4)
    >>> event.to_dict()
    {'event': 'rated', 'of': 'd-1', 'at': '2026-11-23T12:00:00+00:00', 'score': 4}
    >>> ContactEvent.read(event.to_dict()) == event
    True
    """

    of: str
    kind: EventKind
    at: datetime
    queue: str | None = None
    agent: str | None = None
    channel: str | None = None
    score: float | None = None
    worth: float | None = None
    note: str = ""

    @property
    def id(self) -> str:
        """The id of the touch that it is about, as of every change of a history."""
        return self.of

    def to_dict(self) -> dict[str, JSON]:
        """Returns the event as a log has it, without what it does not tell."""
        told: dict[str, JSON] = {"event": self.kind, "of": self.of, "at": self.at.astimezone(UTC).isoformat()}
        for name in _MORE:
            value = getattr(self, name)
            if value is not None and value != "":
                told[name] = value
        return told

    @classmethod
    def read(cls, found: object) -> Self:
        """Reads an event as a log has it; raises :class:`NotAnEventError`.

        A time without a zone is one of UTC.
        """
        if not isinstance(found, dict):
            raise NotAnEventError(t("is no event of a contact"))
        of, at = found.get("of"), found.get("at")
        if not isinstance(of, str) or not of:
            raise NotAnEventError(t("lacks `of`, the id of a decision"))
        moment = _moment(at) if isinstance(at, str) else None
        if moment is None:
            raise NotAnEventError(t("has no time `at`") if at is None else t("has a time `at` that is none"))
        more = {name: found[name] for name in _MORE if found.get(name) is not None}
        return cls.told(of, found.get("event"), moment, **more)

    @classmethod
    def told(cls, of: str, kind: object, at: datetime, **more: object) -> Self:
        """Returns the event that is told; raises :class:`NotAnEventError` where it cannot have happened.

        >>> try:
        ...     ContactEvent.told("d-1", "awnsered", datetime(2026, 11, 23, tzinfo=UTC))
        ... except NotAnEventError as error:
        ...     print(error)
        `awnsered` is no kind of event; did you mean `answered`?
        """
        if kind not in KINDS:
            raise NotAnEventError(_unknown(kind))
        for name, value in more.items():
            if name in TEXTS and not (isinstance(value, str) or value is None):
                raise NotAnEventError(t("has a `{name}` that is no text", name=name))
            if name not in TEXTS and not (value is None or _is_number(value)):
                raise NotAnEventError(t("has a `{name}` that is no number", name=name))
        return cls(of, kind, at, **more)  # type: ignore[arg-type]  # as was just seen


_MORE = tuple(field.name for field in fields(ContactEvent))[3:]


def _moment(text: str) -> datetime | None:
    """A time as logs write it, quickly, or as anybody does."""
    if len(text) >= _WITH_A_ZONE and text.endswith("+00:00"):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    return parse_time(text, UTC)


_WITH_A_ZONE = len("2026-11-23T12:00:00+00:00")


def is_event(found: object) -> bool:
    """Checks whether a line of a log is meant as an event, not as a decision.

    >>> is_event({"event": "answered", "of": "d-1"}), is_event({"id": "d-1", "event": "decision"})
    (True, False)
    """
    return isinstance(found, dict) and "of" in found


def _unknown(kind: object) -> str:
    if not isinstance(kind, str):
        return t("has no kind of event; there are {kinds}", kinds=t(", ").join(KINDS))
    meant = closest(kind, KINDS)
    if meant is not None:
        return t("`{kind}` is no kind of event; did you mean `{meant}`?", kind=kind[:40], meant=meant)
    return t("`{kind}` is no kind of event; there are {kinds}", kind=kind[:40], kinds=t(", ").join(KINDS))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
