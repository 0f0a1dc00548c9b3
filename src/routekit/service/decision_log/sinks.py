"""Where records go: standard output, structlog, OpenTelemetry; any callable of a record will do."""

import os
import select
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from routekit.service.decision_log.rendering import Record, as_lines, get_ready

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider

__all__ = ["OpenTelemetrySink", "Sink", "StdoutSink", "StructlogSink", "giving", "name_of"]

Sink: TypeAlias = Callable[[Record], object]
"""Takes one record, as a dict that JSON can have, by one thread at a time.

It may wait. Where it raises ``OSError`` the record is tried again until it can be written; any other
exception costs that record. Its ``close()`` is called at the end, where it has one. Where it has ``many`` it
is given several records at once, and says how many of them, from the first on, it has taken; it raises only
where it has taken none.
"""


class StdoutSink:
    """A line of JSON for each decision on standard output."""

    name = "standard output"

    def __init__(self) -> None:
        get_ready()

    def __call__(self, record: Record) -> None:
        self.many((record,))

    def many(self, records: Sequence[Record]) -> int:
        lines = as_lines(records)
        text = b"".join(lines)
        try:
            descriptor = sys.stdout.fileno()
        except (OSError, ValueError, AttributeError):  # a notebook or a test has put something else there
            sys.stdout.write(text.decode())
            return len(lines)
        # past the buffer of `sys.stdout`: whoever hangs there would hold up every `print` of the process
        while text:
            try:
                text = text[os.write(descriptor, text) :]
            except BlockingIOError:
                select.select([], [descriptor], [])
        return len(lines)


class _Logger(Protocol):
    def info(self, event: str, /, **facts: object) -> object: ...


class StructlogSink:
    """Each decision as the event ``decision`` of a structlog logger, by the service's own processors.

    What becomes of a contact is an event of its own kind, ``answered`` and so on.
    """

    name = "structlog"

    def __init__(self, logger: _Logger) -> None:
        self._logger = logger

    def __call__(self, record: Record) -> None:
        more = {**record}
        self._logger.info(str(more.pop("event", "decision")), **more)


def name_of(sink: Sink) -> str:
    """Tells what a sink is called in a status: its ``name``, else that of its class or function."""
    named = getattr(sink, "name", None)
    if isinstance(named, str):
        return named
    return getattr(sink, "__qualname__", None) or type(sink).__qualname__


def giving(sink: Sink) -> Callable[[Sequence[Record]], int]:
    """Returns the function that gives a sink several records, and says how many of them it has taken."""
    many = getattr(sink, "many", None)
    if callable(many):
        return many  # type: ignore[no-any-return]

    def first(records: Sequence[Record]) -> int:
        sink(records[0])
        return 1

    return first


EVENT = "routekit.decision"
_ATTRIBUTES = ("id", "policy", "revision", "rule", "queue", "channel")
HAPPENED = "routekit.event"
_HAPPENED_ATTRIBUTES = ("of", "event", "queue", "channel")


class OpenTelemetrySink:
    """Each decision as a log event ``routekit.decision``, the record its body.

    What becomes of a contact is ``routekit.event``. ``provider`` is by default the one that the service has
    set for the process. Raises ``ImportError`` where the API package is not installed
    (``pip install routekit[otel]``).
    """

    name = "opentelemetry"

    def __init__(self, provider: "LoggerProvider | None" = None) -> None:
        try:
            from opentelemetry import _logs as logs
        except ImportError:
            raise ImportError("`OpenTelemetrySink` needs OpenTelemetry: install `routekit[otel]`") from None
        self._logger = logs.get_logger("routekit", logger_provider=provider)
        self._severity = logs.SeverityNumber.INFO

    def __call__(self, record: Record) -> None:
        name, parts = (HAPPENED, _HAPPENED_ATTRIBUTES) if "of" in record else (EVENT, _ATTRIBUTES)
        self._logger.emit(
            timestamp=_nanoseconds(str(record["at"])),
            severity_number=self._severity,
            severity_text="INFO",
            event_name=name,
            body=dict(record),
            attributes={f"{name}.{part}": str(record[part]) for part in parts if part in record},
        )


def _nanoseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1_000_000) * 1000
