"""A router over policies that change: a revision for each decision, one board, canaries, shadows, spans."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from routekit.service import Customers, DecisionLog, PolicySource, Rollout, Router, SQLiteStore
from routekit.service.keys import KeyValue
from routekit.service.telemetry.exporters import Tracing
from tests.service.versions import VOICE, replace, version

SIGNALS = "live queue { waiting integer 0.. = 0 }"


def test_a_board_outlives_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    replace(path, version(1, SIGNALS))
    with Router(PolicySource(path)) as router:
        board = router.live
        board.update("q1", waiting=3)
        board.update("q2", waiting=4)
        assert board.status()["unknown"] == ["q2.waiting"]
        replace(path, version(2, SIGNALS))
        assert router.policy.refresh()
        decision = router.route_sync({**VOICE, "live": {"q2": {"waiting": -1}}})
        assert decision.queue == "q2"
        assert [problem.path for problem in decision.problems] == ["live.q2.waiting"]
        engine = router.policy.serving.current.engine
        assert engine.live is board
        _, completed = engine.decide_completed(VOICE)
        assert completed == {**VOICE, "live": {"q2": {"waiting": 4}}}


def test_a_version_that_is_refused_is_told_by_health(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    replace(path, version(1))
    with Router(PolicySource(path)) as router:
        replace(path, "policy care")
        router.policy.refresh()
        assert router.route_sync(VOICE).queue == "q1"
        assert router.health().to_dict() == {
            "status": "degraded",
            "troubles": ["the newest version of the policy was refused"],
        }
        replace(path, version(2))
        router.policy.refresh()
        assert router.route_sync(VOICE).queue == "q2"
        assert router.health().troubles == ()


def test_what_became_of_versions_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    replace(path, version(1))
    source = PolicySource(path, rollout=Rollout(shadow=True))
    with Router(source, history=SQLiteStore(tmp_path / "h.db")) as router:
        replace(path, "policy care")
        router.policy.refresh()
        replace(path, version(2))
        router.policy.refresh()
        router.policy.promote()
        read = {
            (family.name, *(value for _, value in sample.labels)): sample.value
            for family in router.meters.read()
            for sample in family.samples
        }
    reloads = {labels[0]: count for (name, *labels), count in read.items() if name.endswith("reloads_total")}
    assert reloads == {
        "accepted": 2,
        "refused": 1,
        "promoted": 1,
        "unreachable": 0,
        "withdrawn": 0,
        "rolled_back": 0,
    }
    assert read[("routekit_policy_serial",)] == router.policy.serving.current.serial
    assert (read[("routekit_store_away",)], read[("routekit_store_lost_total",)]) == (0, 0)


def test_a_canary_is_sticky_and_named_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    replace(path, version(1))
    records: list[Mapping[str, object]] = []
    source = PolicySource(path, rollout=Rollout(canary="50%"))
    history = SQLiteStore(tmp_path / "h.db")
    with Router(source, log=DecisionLog(records.append), history=history) as router:
        replace(path, version(2))
        router.policy.refresh()
        sent = [{"contact": {"channel": "voice"}, "customer": {"id": f"c-{n}"}} for n in range(40)]
        first = [router.route_sync(contact).queue for contact in sent]
        assert set(first) == {"q1", "q2"}
        assert [router.route_sync(contact).queue for contact in sent] == first
        assert router.route_sync({"contact": {"channel": "voice"}}).queue == "q1"
        router.policy.promote()
        assert {router.route_sync(contact).queue for contact in sent} == {"q2"}
    assert [record.get("canary") for record in records[:40]] == [queue == "q2" for queue in first]


def test_the_key_of_a_canary_may_come_from_the_look_up(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    text = version(1).replace("voice, web }", "voice, web  phone text ? }", 1)
    replace(path, text)

    rollout = Rollout(canary="25%")
    assert rollout.sample is not None
    early = next(f"c-{n}" for n in range(1_000) if rollout.sample.takes(f"c-{n}"))

    async def by_phone(phone: KeyValue) -> Mapping[str, object]:
        return {"id": early}

    customers = Customers(by_phone, key="contact.phone", deadline=10)
    with Router(PolicySource(path, rollout=rollout), customers=customers) as router:
        replace(path, text.replace("q1", "q2"))
        router.policy.refresh()
        assert router.route_sync({"contact": {"channel": "voice", "phone": "1"}}).queue == "q2"
        assert router.route_sync({"contact": {"channel": "voice"}}).queue == "q1"


def test_a_shadow_decides_beside_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    replace(path, version(1))
    with Router(PolicySource(path, rollout=Rollout(shadow=True))) as router:
        replace(path, version(2))
        router.policy.refresh()
        assert router.policy.serving.shadow is not None
        assert {router.route_sync(VOICE).queue for _ in range(10)} == {"q1"}


def test_a_contact_is_a_span() -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    from tests.service.test_router import POLICY

    with Router(POLICY, tracing=Tracing(provider)) as router:
        decisions = [router.route_sync(VOICE), asyncio.run(router.route(VOICE))]
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["routekit.route"] * 2
    assert [dict(span.attributes or {})["routekit.decision.id"] for span in spans] == [
        decision.id for decision in decisions
    ]


def test_agents_are_told_as_far_back_as_asked(tmp_path: Path) -> None:
    from tests.service.test_router_history import POLICY, contact

    near = Router(POLICY, history=SQLiteStore(tmp_path / "h.db"), within=timedelta(days=1))
    with near as router:
        old = contact()
        old["contact"] = {"channel": "voice", "intent": "other", "at": "2020-01-01T00:00:00Z"}
        router.route_sync(old)
        assert router.history is not None
        assert router.history.flush()
        assert router.route_sync(contact()).context.touches == ()
