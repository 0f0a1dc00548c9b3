"""Figures and spans for Prometheus and OpenTelemetry."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from routekit.policy.decision import Decision
from routekit.service.telemetry.meters import LATENCY, Family, Histogram, Meters, Sample, told_of

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import Span, TracerProvider
    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector, CollectorRegistry

__all__ = ["CONTENT_TYPE", "Tracing", "exposition", "opentelemetry", "prometheus"]


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
        """Yields a span around what is done in it, a child of the one that is open.

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


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""What a ``/metrics`` route says that ``exposition`` is."""


def prometheus(meters: Meters, registry: "CollectorRegistry | None" = None) -> "Collector":
    """Registers a collector of the figures, by default with prometheus_client's own registry.

    Raises ``ImportError`` where prometheus_client is not installed (``pip install routekit[prometheus]``),
    ``ValueError`` where the registry has these figures already.
    """
    try:
        from prometheus_client import REGISTRY
        from prometheus_client.registry import Collector
    except ImportError:
        raise ImportError("metrics for Prometheus need its client: install `routekit[prometheus]`") from None

    class _Collector(Collector):
        def collect(self) -> Iterator["Metric"]:
            return map(_metric, meters.read())

    collector = _Collector()
    (REGISTRY if registry is None else registry).register(collector)
    return collector


def exposition(meters: Meters) -> str:
    """Returns the figures as text, for a ``/metrics`` route of the service's own.

    >>> meters = Meters()
    >>> meters.decided("our_best", "dedicated", "voice", 0.00004)
    >>> print(exposition(meters))  # doctest: +ELLIPSIS
    # HELP routekit_decision_seconds time that a decision took, with all that was looked up for it
    # TYPE routekit_decision_seconds histogram
    ...
    routekit_decisions_total{channel="voice",queue="dedicated",rule="our_best"} 1.0
    <BLANKLINE>
    """
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ImportError:
        raise ImportError("metrics for Prometheus need its client: install `routekit[prometheus]`") from None
    registry = CollectorRegistry(auto_describe=False)
    prometheus(meters, registry)
    return generate_latest(registry).decode()


def _metric(family: Family) -> "Metric":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    _, _, description = told_of(family.name)
    names = sorted({label for sample in family.samples for label, _ in sample.labels})
    if family.kind == "histogram":
        histogram = HistogramMetricFamily(family.name, description, labels=names)
        for sample in family.samples:
            if isinstance(sample.value, Histogram):
                histogram.add_metric(_values(names, sample.labels), _buckets(sample.value), sample.value.sum)
        return histogram
    made = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = made(family.name, description, labels=names)
    for sample in family.samples:
        if not isinstance(sample.value, Histogram):
            metric.add_metric(_values(names, sample.labels), sample.value)
    return metric


def _values(names: list[str], labels: tuple[tuple[str, str], ...]) -> list[str]:
    given = dict(labels)
    return [given.get(name, "") for name in names]


def _buckets(value: Histogram) -> list[tuple[str, float]]:
    ends = [*map(str, value.bounds), "+Inf"]
    return list(zip(ends, (*value.counts, value.count), strict=True))
