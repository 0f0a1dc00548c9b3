"""A workflow as frozen data, read from its JSON wherever in a document it lies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from routekit.importers.twilio.template import NotJsonError, Read, read_json
from routekit.importers.twilio.terraform import encoded_objects

__all__ = ["Amount", "Filter", "QueueRef", "Target", "Workflow", "WorkflowError", "read_workflow"]

Amount = int | str | None
"""A timeout or a priority: a whole number, the text of what is none, or nothing."""

MOST_CHARACTERS = 10_000_000


class WorkflowError(ValueError):
    """The text is no workflow; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class QueueRef:
    """A queue as the workflow names it: a SID, a placeholder or a name; ``title`` is its friendly name."""

    key: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One routing step of a filter."""

    queue: QueueRef | None = None
    expression: str = ""
    priority: Amount = None
    timeout: Amount = None
    skip_if: str = ""
    known_worker: str = ""
    order_by: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on tasks, and the targets of those that fulfil it; ``number`` counts from 1."""

    number: int
    title: str
    expression: str | None
    targets: tuple[Target, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow: its filters in order, and the targets of its default filter, none where it has none."""

    title: str
    filters: tuple[Filter, ...]
    default: tuple[Target, ...]
    directives: tuple[str, ...] = ()


_FILTER_KEYS = {
    "title": ("filter_friendly_name", "filterFriendlyName", "friendly_name", "friendlyName", "name"),
    "expression": ("expression",),
    "targets": ("targets",),
}
_TARGET_KEYS = {
    "queue": ("queue", "task_queue_sid", "taskQueueSid", "queue_sid", "queueSid"),
    "expression": ("expression",),
    "priority": ("priority",),
    "timeout": ("timeout",),
    "skip_if": ("skip_if", "skipIf"),
    "known_worker": (
        "known_worker_sid",
        "knownWorkerSid",
        "known_worker_friendly_name",
        "knownWorkerFriendlyName",
    ),
    "order_by": ("order_by", "orderBy"),
}
_ROUTING = ("task_routing", "taskRouting")
_TITLES = ("friendly_name", "friendlyName", "FriendlyName")
_CONFIGURATION = ("configuration", "Configuration")
_A_WORKFLOW = 'a workflow is an object such as {"task_routing": {"filters": […], "default_filter": {…}}}'


def read_workflow(text: str) -> Workflow:
    """Returns the one workflow of a JSON text; raises :class:`WorkflowError`.

    It may stand at the top, under ``task_routing``, or in the ``configuration`` of a workflow as the API
    gives it, as an object or as a text.

    >>> read_workflow('{"default_filter": {"queue": "WQ1"}}').default[0].queue
    QueueRef(key='WQ1', title='')
    """
    if len(text) > MOST_CHARACTERS:
        raise WorkflowError(f"the workflow has more than {MOST_CHARACTERS:,} characters")
    document = _document(text.removeprefix("\ufeff"))
    found = list(_routings(document.value, ""))
    if not found and isinstance(document.value, dict) and {"filters", "default_filter"} & set(document.value):
        found = [(_text(_first(document.value, _TITLES)), document.value)]
    if not found:
        raise WorkflowError("the file holds no TaskRouter workflow", _A_WORKFLOW)
    if len(found) > 1:
        names = ", ".join(f"`{title or 'without a name'}`" for title, _ in found[:10])
        raise WorkflowError(
            f"the file holds {len(found)} workflows: {names}", "save the one to import in a file of its own"
        )
    title, routing = found[0]
    if not isinstance(routing, dict):
        raise WorkflowError("`task_routing` is no object", _A_WORKFLOW)
    default = _first(routing, ("default_filter", "defaultFilter"))
    return Workflow(
        title,
        tuple(_filter(number, item) for number, item in enumerate(_list(routing, "filters", "`filters`"), 1)),
        _default(default),
        document.directives,
    )


def _document(text: str) -> Read:
    """A text as JSON, or what stands in the ``jsonencode({…})`` of a Terraform file."""
    try:
        return read_json(text)
    except NotJsonError as error:
        encoded = encoded_objects(text)
        if not encoded:
            raise WorkflowError(
                f"the workflow does not read as JSON: {error} at line {error.line}, column {error.column}",
                "save the configuration of the workflow as JSON; placeholders of a template may stay in it",
            ) from None
    try:
        return Read([read_json(each).value for each in encoded])
    except NotJsonError as error:
        raise WorkflowError(
            f"the object within `jsonencode` does not read: {error}", "save what it gives as JSON"
        ) from None


def _routings(value: object, title: str) -> Iterator[tuple[str, object]]:
    """Every routing in a document, with the friendly name of the workflow that holds it."""
    if isinstance(value, list):
        for item in value:
            yield from _routings(item, title)
    elif isinstance(value, dict):
        title = _text(_first(value, _TITLES)) or title
        for key, item in value.items():
            if key in _ROUTING:
                yield title, item
            elif key in _CONFIGURATION and isinstance(item, str):
                try:
                    yield from _routings(read_json(item).value, title)
                except NotJsonError:
                    continue
            else:
                yield from _routings(item, title)


def _filter(number: int, item: object) -> Filter:
    where = f"filter {number}"
    if not isinstance(item, dict):
        raise WorkflowError(f"{where} is no object", _A_WORKFLOW)
    expression = item.get("expression")
    if not isinstance(expression, str | bool | None):
        raise WorkflowError(f"the expression of {where} is no text")
    return Filter(
        number,
        _text(_first(item, _FILTER_KEYS["title"])),
        str(expression).lower() if isinstance(expression, bool) else expression,
        tuple(_target(target, f"of {where}") for target in _list(item, "targets", f"`targets` of {where}")),
        _unknown(item, _FILTER_KEYS),
    )


def _default(item: object) -> tuple[Target, ...]:
    """The targets of the default filter; it is a target itself, and some write it as a filter."""
    if not item:
        return ()
    if not isinstance(item, dict):
        raise WorkflowError("`default_filter` is no object", _A_WORKFLOW)
    if item.get("targets"):
        return tuple(
            _target(target, "of the default filter") for target in _list(item, "targets", "`targets`")
        )
    named = _FILTER_KEYS["title"]
    target = _target({key: value for key, value in item.items() if key not in (*named, "targets")}, "")
    return (target,) if target.queue is not None else ()


def _target(item: object, where: str) -> Target:
    if not isinstance(item, dict):
        raise WorkflowError(f"a target {where} is no object", _A_WORKFLOW)
    values = {field: _first(item, keys) for field, keys in _TARGET_KEYS.items()}
    return Target(
        queue=_queue(values["queue"]),
        expression=_text(values["expression"]),
        priority=_amount(values["priority"]),
        timeout=_amount(values["timeout"]),
        skip_if=_text(values["skip_if"]),
        known_worker=_text(values["known_worker"]),
        order_by=_text(values["order_by"]),
        unknown=_unknown(item, _TARGET_KEYS),
    )


def _queue(value: object) -> QueueRef | None:
    if isinstance(value, dict):
        title = _text(_first(value, (*_TITLES, "name")))
        key = _text(_first(value, ("sid", "id"))) or title
        return QueueRef(key, title) if key else None
    key = _text(value)
    return QueueRef(key) if key else None


def _amount(value: object) -> Amount:
    """A whole number, however it is written; the text of anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = _text(value)
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text) else text or "nothing"


def _text(value: object) -> str:
    """A text without spaces around it; numbers and flags as they are written, nothing for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value).strip()
    return ""


def _first(item: dict[str, object], keys: tuple[str, ...]) -> object:
    return next((item[key] for key in keys if item.get(key) is not None), None)


def _list(item: dict[str, object], key: str, words: str) -> list[object]:
    value = item.get(key)
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise WorkflowError(f"{words} is no list", _A_WORKFLOW)
    return value


def _unknown(item: dict[str, object], known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    names = {key for keys in known.values() for key in keys}
    return tuple(key for key in item if key not in names and not key.startswith(("_", "$", "//", "#")))
