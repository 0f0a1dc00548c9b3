"""Spans, where a service asks for them; their attributes are words of the policy alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from routekit.policy.decision import Decision

if TYPE_CHECKING:
    from opentelemetry.trace import Span, TracerProvider

__all__ = ["Tracing"]


class Tracing:
    """Makes spans, by default with the provider set for the process.

    Raises ``ImportError`` where the API package is not installed (``pip install routekit[otel]``).
    """

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        try:
            from opentelemetry import trace
        except ImportError:
            raise ImportError("spans need OpenTelemetry's API: install `routekit[otel]`") from None
        self._tracer = trace.get_tracer("routekit", tracer_provider=provider)
        self._failed = trace.StatusCode.ERROR

    @contextmanager
    def span(self, name: str, **attributes: str | int | float | bool) -> Iterator["Span"]:
        """A span around what is done in it, a child of the one that is open.

        What is raised within marks the span by its type alone: the text may hold what a customer sent.
        """
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(self._failed, type(error).__name__)
                raise

    @staticmethod
    def decided(span: "Span", id: str, decision: Decision) -> None:
        """Says on a span what was decided."""
        if span.is_recording():
            span.set_attributes(
                {
                    "routekit.decision.id": id,
                    "routekit.policy": decision.policy,
                    "routekit.revision": decision.revision,
                    "routekit.rule": decision.rule,
                    "routekit.queue": decision.queue,
                    "routekit.channel": decision.channel,
                    "routekit.priority": decision.priority,
                    "routekit.problems": len(decision.problems),
                }
            )
