"""The queues of a workflow, each with a name that says what it is for."""

import re
from dataclasses import dataclass, field

from routekit.importers.twilio.names import Names, slug
from routekit.importers.twilio.workflow import QueueRef, Workflow

__all__ = ["UNROUTED", "Queues", "queues_of"]

UNROUTED = "unrouted"
_OPAQUE = re.compile(r"WQ(?:[0-9a-f]{32}|[xX]{8,})")
"""A SID, which says nothing to a reader."""


@dataclass(slots=True)
class Queues:
    """The name of each queue, by how the workflow calls it."""

    names: dict[str, str] = field(default_factory=dict)
    has_unrouted: bool = False
    used: set[str] = field(default_factory=set)

    def of(self, queue: QueueRef) -> str:
        return self.names[queue.key]

    def rows(self) -> list[tuple[str, str]]:
        """Name and origin of each that is used."""
        listed = [(name, "" if key == name else key) for key, name in self.names.items() if name in self.used]
        return listed + (
            [(UNROUTED, "nobody takes these: the workflow has no filter for them")]
            if self.has_unrouted
            else []
        )


def queues_of(workflow: Workflow, taken: set[str]) -> Queues:
    """Names for all queues of a workflow, none of them among those that are ``taken``.

    A friendly name, a placeholder or any text that can be read is the name; a SID is called after the one
    filter that uses it.
    """
    has_unrouted = not workflow.default
    names = Names({*taken, UNROUTED} if has_unrouted else set(taken))
    users: dict[str, list[str]] = {}
    queues: dict[str, QueueRef] = {}
    for item in workflow.filters:
        for target in item.targets:
            if target.queue is not None:
                queues.setdefault(target.queue.key, target.queue)
                users.setdefault(target.queue.key, []).append(item.title or f"filter {item.number}")
    for target in workflow.default:
        if target.queue is not None:
            queues.setdefault(target.queue.key, target.queue)
            users.setdefault(target.queue.key, []).append("default queue")
    found = Queues(has_unrouted=has_unrouted)
    for key, queue in queues.items():
        wanted = queue.title or key
        if _OPAQUE.fullmatch(wanted):
            different = list(dict.fromkeys(users[key]))
            wanted = "default queue" if "default queue" in different else different[0]
        found.names[key] = names.unique(slug(wanted, "queue"))
    return found
