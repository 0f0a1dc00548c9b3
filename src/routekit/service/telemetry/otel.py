"""The figures for OpenTelemetry: instruments that are read whenever a reader collects."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from routekit.service.telemetry.catalogue import told_of
from routekit.service.telemetry.meters import LATENCY, Histogram, Meters, Sample

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

__all__ = ["opentelemetry"]


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
