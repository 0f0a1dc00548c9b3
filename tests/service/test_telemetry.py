"""Counts and spreads, and how Prometheus and OpenTelemetry come to see them."""

import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from routekit.policy.decision import Decision
from routekit.service.decision_log import DecisionLog, OpenTelemetrySink
from routekit.service.telemetry import Histogram, Meters, Tracing, exposition, opentelemetry, prometheus
from routekit.service.telemetry.meters import CATALOGUE


def values(meters: Meters) -> dict[str, dict[str, Any]]:
    return {
        family.name: {
            ",".join(value for _, value in sample.labels): sample.value for sample in family.samples
        }
        for family in meters.read()
    }


def filled() -> Meters:
    meters = Meters(bounds=(0.001, 0.01))
    meters.decided("best", "vip", "voice", 0.0005)
    meters.decided("best", "vip", "voice", 0.005)
    meters.decided("otherwise", "general", "web", 5)
    meters.count("routekit_policy_reloads_total", result="accepted")
    meters.count("routekit_policy_reloads_total", 2, result="refused")
    meters.gauge("routekit_live_age_seconds", lambda: 2.5, queue="vip")
    return meters


# ── meters ────────────────────────────────────────────────────────────────────


def test_decisions_are_counted_and_their_latencies_spread() -> None:
    read = values(filled())
    assert read["routekit_decisions_total"] == {"best,vip,voice": 2, "otherwise,general,web": 1}
    assert read["routekit_decision_seconds"][""] == Histogram((0.001, 0.01), (1, 2), 3, 5.0055)
    assert read["routekit_policy_reloads_total"] == {"accepted": 1, "refused": 2}


def test_many_threads_count_exactly() -> None:
    meters = Meters()

    def work() -> None:
        for _ in range(2_000):
            meters.decided("best", "vip", "voice", 0.001)
            meters.count("routekit_problems_total", path="customer")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = values(meters)
    assert read["routekit_decisions_total"] == {"best,vip,voice": 16_000}
    assert read["routekit_problems_total"] == {"customer": 16_000}


def test_the_number_of_series_is_bounded_and_nothing_goes_uncounted() -> None:
    meters = Meters(most_series=10)
    for number in range(100):
        meters.decided(f"rule {number}", "vip", "voice", 0.001)
        meters.count("routekit_problems_total", path=f"field {number}")
    read = values(meters)
    for name in ("routekit_decisions_total", "routekit_problems_total"):
        assert len(read[name]) == 11
        assert sum(read[name].values()) == 100
    assert read["routekit_problems_total"]["other"] == 90


def test_a_reading_that_fails_is_left_out_and_costs_no_other() -> None:
    meters = Meters()
    meters.gauge("routekit_store_away", lambda: 1 / 0, store="a")
    meters.gauge("routekit_store_away", lambda: float("nan"), store="b")
    meters.gauge("routekit_store_away", lambda: True, store="c")
    assert values(meters)["routekit_store_away"] == {"c": 1}


def test_a_gauge_may_be_given_anew() -> None:
    meters = Meters()
    for number in (1, 2):
        meters.gauge("routekit_policy_serial", lambda number=number: number)  # type: ignore[misc]
    assert values(meters)["routekit_policy_serial"] == {"": 2}


# ── Prometheus ────────────────────────────────────────────────────────────────


def test_the_exposition_is_as_prometheus_reads_it() -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    families = {family.name: family for family in parser.text_string_to_metric_families(exposition(filled()))}
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert samples["routekit_decisions_total", "best", "vip", "voice"] == 2
    assert samples["routekit_decision_seconds_bucket", "0.01"] == 2
    assert samples["routekit_decision_seconds_bucket", "+Inf"] == 3
    assert samples["routekit_decision_seconds_sum",] == 5.0055
    assert samples["routekit_live_age_seconds", "vip"] == 2.5
    assert families["routekit_decisions"].documentation == "decisions made"


def test_a_collector_stands_in_a_registry_of_the_service() -> None:
    client = pytest.importorskip("prometheus_client")
    registry, meters = client.CollectorRegistry(), Meters()
    prometheus(meters, registry)
    meters.decided("best", "vip", "voice", 0.001)
    labels = {"rule": "best", "queue": "vip", "channel": "voice"}
    assert registry.get_sample_value("routekit_decisions_total", labels) == 1


# ── OpenTelemetry ─────────────────────────────────────────────────────────────


def test_instruments_show_the_figures_and_those_that_come_later() -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.metrics")
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader, meters = InMemoryMetricReader(), filled()
    provider = sdk.MeterProvider([reader])
    opentelemetry(meters, provider)
    meters.count("routekit_shadow_total", result="same")
    points = _points(reader.get_metrics_data())
    assert points["routekit.decisions", "best", "vip", "voice"] == 2
    assert points["routekit.decision.duration.bucket", "0.01"] == 2
    assert points["routekit.decision.duration.bucket", "+Inf"] == 3
    assert points["routekit.decision.duration.sum",] == 5.0055
    assert points["routekit.live.age", "vip"] == 2.5
    assert points["routekit.shadow", "same"] == 1
    provider.shutdown()


def _points(data: Any) -> dict[tuple[str, ...], float]:
    return {
        (metric.name, *sorted(map(str, point.attributes.values()))): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


def test_decisions_come_as_log_events() -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

    from tests.service.test_decision_log import entry

    exporter: Any = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    with DecisionLog(OpenTelemetrySink(provider)) as log:
        log.put(entry(7))
        assert log.flush()
        assert log.status()["failed"] == 0
    [event] = [found.log_record for found in exporter.get_finished_logs()]
    assert event.event_name == "routekit.decision"
    assert event.attributes is not None
    assert event.attributes["routekit.decision.id"] == "d-7"
    assert isinstance(event.body, dict)
    assert event.body["contact"] == {"contact": {"channel": "voice"}}
    assert event.timestamp == int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * 10**9


def test_spans_say_what_was_decided_and_nothing_of_what_was_raised() -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider)
    with tracing.span("routekit.route") as span:
        tracing.decided(span, "d-1", Decision("care", "1", "best", "voice", "vip", agent="secret"))
        with pytest.raises(ValueError, match="secret"), tracing.span("routekit.customer", cached=False):
            raise ValueError("secret")
    inner, outer = exporter.get_finished_spans()
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert inner.status.description == "ValueError"
    assert outer.attributes is not None
    assert outer.attributes["routekit.queue"] == "vip"
    assert "secret" not in inner.to_json() + outer.to_json()


# ── without the extras ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("call", "package", "extra"),
    [
        ("telemetry.exposition(telemetry.Meters())", "prometheus_client", "prometheus"),
        ("telemetry.prometheus(telemetry.Meters())", "prometheus_client", "prometheus"),
        ("telemetry.opentelemetry(telemetry.Meters())", "opentelemetry", "otel"),
        ("telemetry.Tracing()", "opentelemetry", "otel"),
        ("decision_log.OpenTelemetrySink()", "opentelemetry", "otel"),
    ],
)
def test_what_is_not_installed_is_said_with_its_extra(call: str, package: str, extra: str) -> None:
    parts = "from routekit.service import decision_log, telemetry"
    code = f"import sys; sys.modules[{package!r}] = None; {parts}; {call}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"install `routekit[{extra}]`" in ran.stderr


def test_nothing_optional_is_imported_by_a_service_that_does_not_ask() -> None:
    code = (
        "import sys; import routekit.service.decision_log, routekit.service.telemetry; "
        "print({'structlog', 'opentelemetry', 'prometheus_client', 'lark'} & sys.modules.keys())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_the_names_of_the_catalogue_follow_both_conventions() -> None:
    for name, (other, unit, says) in CATALOGUE.items():
        assert name.startswith("routekit_")
        assert other.startswith("routekit.")
        assert not other.endswith("total")
        assert (unit == "s") == ("seconds" in name)
        assert says == says.strip(" .")
