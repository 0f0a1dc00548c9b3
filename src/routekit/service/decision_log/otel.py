"""Decisions as OpenTelemetry logs, through the API package; what becomes of them is the service's affair."""

from datetime import datetime
from typing import TYPE_CHECKING

from routekit.service.decision_log.rendering import Record

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider

__all__ = ["OpenTelemetrySink"]

EVENT = "routekit.decision"
_ATTRIBUTES = ("id", "policy", "revision", "rule", "queue", "channel")


class OpenTelemetrySink:
    """Each decision as a log event ``routekit.decision``, the record its body.

    ``provider`` is by default the one that the service has set for the process. Raises ``ImportError`` where
    the API package is not installed (``pip install routekit[otel]``).
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
        self._logger.emit(
            timestamp=_nanoseconds(str(record["at"])),
            severity_number=self._severity,
            severity_text="INFO",
            event_name=EVENT,
            body=dict(record),
            attributes={f"{EVENT}.{name}": str(record[name]) for name in _ATTRIBUTES},
        )


def _nanoseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1_000_000) * 1000
