"""The figures for Prometheus, read whenever they are scraped."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from routekit.service.telemetry.meters import Family, Histogram, Meters, told_of

if TYPE_CHECKING:
    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector, CollectorRegistry

__all__ = ["CONTENT_TYPE", "exposition", "prometheus"]

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
    """The figures as text, for a ``/metrics`` route of the service's own.

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
