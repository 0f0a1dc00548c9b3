"""The titles of what a policy names, by what it is and how it is called."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from routekit.checker.names import Names
from routekit.policy.model import HISTORY, OUTCOME, SWITCH, Titled
from routekit.syntax import tree

__all__ = ["titles_of"]


class _Named(Protocol):
    @property
    def name(self) -> tree.Ident: ...

    @property
    def title(self) -> str: ...


def titles_of(names: Names) -> Mapping[tuple[Titled, str], str]:
    """Collects the titles; a field is called by its record too, a signal by itself."""
    return {(kind, name): title for kind, name, title in _all(names) if title}


def _all(names: Names) -> Iterator[tuple[Titled, str, str]]:
    tables: tuple[tuple[Titled, Iterable[_Named]], ...] = (
        ("type", names.types.values()),
        ("list", names.lists.values()),
        ("let", names.lets.values()),
        ("segment", names.segments.values()),
        ("record", names.records.values()),
        ("channel", names.channels.values()),
        ("calendar", names.calendars.values()),
        ("queue", names.queues.values()),
        ("message", names.messages.values()),
    )
    for kind, nodes in tables:
        yield from ((kind, node.name.name, node.title) for node in nodes)
    for facts in names.facts.values():
        yield "let", facts[0].name.name, next((fact.title for fact in facts if fact.title), "")
    for event in names.events.values():
        yield "segment", event.name.name, event.title
    for record in names.records.values():
        for field in record.fields:
            yield "field", f"{record.name.name}.{field.name.name}", field.title
    for history in names.histories:
        for feature in history.features:
            yield "field", f"{HISTORY}.{feature.name.name}", feature.title
    for switch in names.switches.values():
        yield "field", f"{SWITCH}.{switch.name.name}", switch.title
    for block in names.data:
        for part in block.fields:
            yield "field", f"{OUTCOME}.{part.name.name}", part.title
    for live in names.lives:
        yield from (("signal", signal.name.name, signal.title) for signal in live.fields)
