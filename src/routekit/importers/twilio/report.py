"""What an import could not keep as it was: named warnings, for people and for machines."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["KINDS", "Paint", "Place", "Report", "Warned", "as_objects", "pretty"]

Paint: TypeAlias = Callable[[str, str], str]
"""Colours a text: ``paint(role, text)``, the role one of warning, frame, help."""

KINDS = {
    "bad-number": "a timeout or a priority that TaskRouter would not take",
    "checker": "the checker warns of the policy, which is to say of the workflow",
    "known-worker": "a worker that is named, in a way that the policy can only wish for or not say",
    "mixed-types": "an attribute that is compared with values of different types",
    "never-matches": "a filter whose expression no task can fulfil",
    "no-default": "a workflow without a default filter",
    "no-expression": "a filter without an expression",
    "no-target": "a filter without a queue to go to",
    "order-by": "an order of workers, which is the routing service's to keep",
    "placeholder": "a placeholder where a value is needed, kept as text",
    "priority-levels": "more priorities than the policy has levels",
    "skip-if": "a skip_if that is asked in the middle of a plan",
    "spelling": "an expression that TaskRouter itself may not take as it was meant",
    "template": "a directive of a template, left out",
    "timeout-at-end": "a last target with a timeout: what comes then is not in the policy",
    "unknown-key": "a key that TaskRouter does not document",
    "unknown-type": "an attribute that nothing tells the type of",
    "unreachable-target": "a target behind one that never gives way",
    "unreadable-expression": "an expression that does not read",
    "untranslated": "a condition that the policy language cannot say",
    "worker-expression": "which workers may take a task, beyond skills",
    "worker-in-filter": "a worker's attribute in a filter, which sees the task alone",
}
"""Every kind of warning, with what it means."""

WIDEST_EXCERPT = 110
MOST_FILTERS = 10**9


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a workflow: the number and name of a filter, the number of a target; both count from 1.

    >>> Place(2, "Sales", 1).words
    'filter 2 "Sales", target 1'
    >>> Place(None, "default filter").words
    'default filter'
    """

    filter: int | None = None
    title: str = ""
    target: int | None = None

    @property
    def words(self) -> str:
        if self.filter is None:
            where = self.title or "the workflow"
        else:
            where = f"filter {self.filter}" + (f' "{self.title}"' if self.title else "")
        return where if self.target is None else f"{where}, target {self.target}"


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing that was not kept as it was: its kind, where it stands, what it is, and what to do.

    ``text`` is the author's own, of which the characters ``start`` up to ``end`` are meant.
    """

    kind: str
    place: Place
    message: str
    help: str = ""
    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Report:
    """Collects warnings, each once."""

    _found: dict[Warned, None] = field(default_factory=dict)
    _by_filter: dict[int | str, list[Warned]] = field(default_factory=dict)

    @property
    def found(self) -> tuple[Warned, ...]:
        """All of them: filter by filter, and then what is about the whole."""
        return tuple(sorted(self._found, key=lambda item: item.place.filter or MOST_FILTERS))

    def about(self, place: Place) -> list[Warned]:
        """Returns those that are about the filter of a place and its targets."""
        return self._by_filter.get(place.filter or place.title, [])

    def warn(
        self,
        kind: str,
        place: Place,
        message: str,
        help: str = "",
        text: str = "",
        span: tuple[int, int] | None = None,
    ) -> None:
        start, end = span or (0, len(text))
        item = Warned(kind, place, message, help, text, start, end)
        if item not in self._found:
            self._found[item] = None
            self._by_filter.setdefault(place.filter or place.title, []).append(item)


def _plain(_role: str, text: str) -> str:
    return text


def _shown(text: str) -> str:
    """The text with whatever is no printable letter made visible."""
    return "".join(letter if letter.isprintable() else " " if letter in "\t\r\n" else "�" for letter in text)


def _width(text: str) -> int:
    """Columns that a terminal gives the text: two for a wide letter."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def pretty(item: Warned, paint: Paint = _plain) -> str:
    """Returns a warning for people, with the author's words underlined.

    >>> print(pretty(Warned("no-default", Place(), "no default filter", "add one")))
    warning[no-default]: no default filter
        ┌─ the workflow
        = help: add one
    """
    lines = [
        f"{paint('warning', f'warning[{item.kind}]')}: {_shown(item.message)}",
        f"{paint('frame', '    ┌─')} {_shown(item.place.words)}",
    ]
    if item.text:
        bar = paint("frame", "    │")
        lines.append(bar)
        text, end = _shown(item.text), max(item.end, item.start + 1)
        first = item.start // WIDEST_EXCERPT * WIDEST_EXCERPT
        for left in range(first, end, WIDEST_EXCERPT):
            piece = text[left : left + WIDEST_EXCERPT]
            start, stop = max(0, item.start - left), min(end - left, WIDEST_EXCERPT)
            marks = paint("warning", "^" * max(1, _width(piece[start:stop])))
            lines += [f"{bar} {piece}".rstrip(), f"{bar} {' ' * _width(piece[:start])}{marks}"]
    if item.help:
        lines.append(f"{paint('frame', '    =')} {paint('help', 'help')}: {_shown(item.help)}")
    return "\n".join(lines)


def as_objects(found: list[Warned] | tuple[Warned, ...]) -> list[dict[str, object]]:
    """Returns the warnings as objects for JSON."""
    return [
        {
            "kind": item.kind,
            "where": item.place.words,
            "filter": item.place.filter,
            "filter_name": item.place.title if item.place.filter is not None else "",
            "target": item.place.target,
            "message": item.message,
            "help": item.help,
            "text": item.text,
            "start": item.start,
            "end": item.end,
        }
        for item in found
    ]
