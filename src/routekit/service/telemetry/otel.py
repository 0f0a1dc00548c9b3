"""Figures and spans for OpenTelemetry."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from routekit.policy.decision import Decision
from routekit.service.telemetry.meters import LATENCY, Histogram, Meters, Sample, told_of

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import Span, TracerProvider

__all__ = ["Tracing", "opentelemetry"]


def opentelemetry(meters: Meters, meter_provider: "MeterProvider | None" = None) -> None:
    """Makes observable instruments of the figures, by default with the provider set for the process.

    The API has no histogram that is observed, so latency comes as three counters, as Prometheus has them:
    ``routekit.decision.duration.bucket`` with the attribute ``le``, ``….count`` and ``….sum``. Raises
    ``ImportError`` where the API package is not installed (``pip install routekit[otel]``).
    """
    try:
        from opentelemetry import metrics
    except ImportError:
        raise ImportError("metrics for OpenTelemetry need its API: install `routekit[otel]`") from None
    meter = metrics.get_meter("routekit", meter_provider=meter_provider)

    def observed(name: str, told: Callable[[Sample], Iterable["Observation"]]) -> "_Callback":
        def observe(_: "CallbackOptions") -> Iterable["Observation"]:
            families = (family for family in meters.read() if family.name == name)
            return [one for family in families for sample in family.samples for one in told(sample)]

        return observe

    def show(name: str) -> None:
        called, unit, says = told_of(name)
        if name == LATENCY:
            for part, told in _PARTS.items():
                of = unit if part == "sum" else "{decision}"
                meter.create_observable_counter(f"{called}.{part}", [observed(name, told)], of, says)
            return
        make = meter.create_observable_counter if name.endswith("_total") else meter.create_observable_gauge
        make(called, [observed(name, _value)], unit, says)

    meters.watch(show)


_Callback = Callable[["CallbackOptions"], Iterable["Observation"]]


def _observation(value: float, sample: Sample, **more: str) -> "Observation":
    from opentelemetry.metrics import Observation

    return Observation(value, dict(sample.labels) | more)


def _value(sample: Sample) -> Iterable["Observation"]:
    if not isinstance(sample.value, Histogram):
        yield _observation(sample.value, sample)


def _bucket(sample: Sample) -> Iterable["Observation"]:
    if isinstance(sample.value, Histogram):
        ends = [*map(str, sample.value.bounds), "+Inf"]
        for end, count in zip(ends, (*sample.value.counts, sample.value.count), strict=True):
            yield _observation(count, sample, le=end)


def _count(sample: Sample) -> Iterable["Observation"]:
    if isinstance(sample.value, Histogram):
        yield _observation(sample.value.count, sample)


def _sum(sample: Sample) -> Iterable["Observation"]:
    if isinstance(sample.value, Histogram):
        yield _observation(sample.value.sum, sample)


_PARTS = {"bucket": _bucket, "count": _count, "sum": _sum}


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
