"""Episodes as OCEL 2.0, event logs whose events are of several objects: a customer, a contact, a queue."""

import json
import tempfile
from types import TracebackType
from typing import IO, Self

from routekit.performance.episodes import Episode
from routekit.performance.joining import Story
from routekit.performance.log_entries import instant
from routekit.schema.writing import JSON
from routekit.service.contact_events import KINDS

__all__ = ["OcelFile"]

_EVENT_ATTRIBUTES = (("channel", "string"), ("rule", "string"), ("score", "float"), ("worth", "float"))
_OBJECTS: dict[str, tuple[str, ...]] = {
    "customer": (), "contact": ("matter", "channel", "inbound"), "queue": (), "agent": (),
}  # fmt: skip


class OcelFile:
    """Writes episodes to a stream as one JSON document of OCEL 2.0; close it for its end.

    Memory does not grow with the contacts: objects wait in a file for their turn behind the events.

    >>> import io
    >>> stream = io.StringIO()
    >>> with OcelFile(stream):
    ...     pass
    >>> sorted(json.loads(stream.getvalue()))
    ['eventTypes', 'events', 'objectTypes', 'objects']
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._objects = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed in `close`
        self._has_events = self._has_objects = False
        self._known: set[str] = set()
        self._customer: str | None = None
        types = {
            "objectTypes": [
                {"name": name, "attributes": [{"name": one, "type": "string"} for one in attributes]}
                for name, attributes in _OBJECTS.items()
            ],
            "eventTypes": [
                {
                    "name": name,
                    "attributes": [{"name": one, "type": type_} for one, type_ in _EVENT_ATTRIBUTES],
                }
                for name in ("decided", *KINDS)
            ],
        }
        stream.write(json.dumps(types)[:-1] + ', "events": [')

    def episode(self, episode: Episode) -> None:
        """Writes the decisions and events of an episode, and the objects that they are of."""
        if episode.customer is not None and episode.customer != self._customer:
            self._object("customer", episode.customer, {})
            self._customer = episode.customer
        for story in episode.stories:
            self._story(story, episode.customer)

    def _story(self, story: Story, customer: str | None) -> None:
        contact = story.contact
        self._object(
            "contact",
            contact.id,
            {"matter": contact.matter, "channel": contact.channel, "inbound": contact.inbound},
            at=contact.at,
        )
        common: list[tuple[str, str]] = [("contact", contact.id)]
        if customer is not None:
            common.append(("customer", customer))
        queue = [("queue", contact.queue)]
        self._event(
            f"{contact.id}/0", "decided", contact.at, {"channel": contact.channel, "rule": contact.rule},
            [*common, *queue],
        )  # fmt: skip
        for number, event in enumerate(story.events, 1):
            more: dict[str, JSON] = {"channel": event.channel, "score": event.score, "worth": event.worth}
            objects = [*common]
            objects += [("queue", event.queue)] if event.queue else []
            objects += [("agent", event.agent)] if event.agent else []
            self._event(f"{contact.id}/{number}", event.kind, event.at, more, objects)

    def _event(
        self, id: str, name: str, at: float, more: dict[str, JSON], objects: list[tuple[str, str]]
    ) -> None:
        for kind, one in objects:
            if kind in ("queue", "agent") and f"{kind}:{one}" not in self._known:
                self._known.add(f"{kind}:{one}")
                self._object(kind, one, {})
        told = {
            "id": id,
            "type": name,
            "time": _time(at),
            "attributes": [{"name": key, "value": value} for key, value in more.items() if value is not None],
            "relationships": [{"objectId": f"{kind}:{one}", "qualifier": kind} for kind, one in objects],
        }
        self._stream.write((",\n" if self._has_events else "\n") + json.dumps(told))
        self._has_events = True

    def _object(self, kind: str, name: str, more: dict[str, str], at: float = 0.0) -> None:
        told = {
            "id": f"{kind}:{name}",
            "type": kind,
            "attributes": [{"name": key, "time": _time(at), "value": value} for key, value in more.items()],
            "relationships": [],
        }
        self._objects.write((",\n" if self._has_objects else "\n") + json.dumps(told))
        self._has_objects = True

    def close(self) -> None:
        """Writes the objects, and the end."""
        self._stream.write('\n], "objects": [')
        self._objects.seek(0)
        while part := self._objects.read(1 << 16):
            self._stream.write(part)
        self._objects.close()
        self._stream.write("\n]}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _time(at: float) -> str:
    return instant(at).isoformat(timespec="milliseconds")
