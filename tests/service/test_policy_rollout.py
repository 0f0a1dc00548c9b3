"""New versions that come step by step: canaries, shadows, promotion, withdrawal."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.service.policies import Acceptance, PolicySource, Rollout
from routekit.service.policies.events import Events
from routekit.service.policies.revision import Revision
from routekit.service.policies.shadow import Shadowing
from tests.service.versions import VOICE, Told, eventually, queue, replace, version

OFF = Acceptance(guarantees="off")
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEYS = [f"c-{number}" for number in range(400)]

Start = Callable[[Rollout], PolicySource]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "care.route"
    path.write_text(version(1))
    return path


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def start(path: Path, told: Told) -> Iterator[Start]:
    """Starts a source whose second version is a candidate."""
    started = []

    def start(rollout: Rollout) -> PolicySource:
        source = PolicySource(
            path, acceptance=OFF, rollout=rollout, settle=0.01, poll=0.05, on_event=told
        ).start()
        started.append(source)
        replace(path, version(2))
        eventually(lambda: "candidate" in told.names)
        return source

    yield start
    for source in started:
        source.close()


def taken(source: PolicySource) -> set[str]:
    serving = source.serving
    return {key for key in KEYS if serving.revision_for(key) is serving.candidate}


def test_a_share_of_the_customers_meets_the_candidate(start: Start) -> None:
    source = start(Rollout(canary="25%"))
    first = taken(source)
    assert 50 < len(first) < 150
    assert taken(source) == first
    assert queue(source) == "q1"
    assert source.serving.revision_for(None) is source.serving.current
    for key in first:
        contact = {"contact": {"channel": "voice"}, "customer": {"id": key}}
        assert source.serving.revision_of(contact).engine.decide(contact).queue == "q2"
    candidate: Any = source.status()["candidate"]
    assert (candidate["serial"], candidate["share"], candidate["promoted_in"]) == (2, 0.25, None)


@given(st.integers(0, 100), st.integers(0, 100), st.one_of(st.text(), st.integers(), st.floats()))
def test_a_larger_share_keeps_everybody(one: int, other: int, key: object) -> None:
    small, large = (Rollout(canary=f"{share}%").sample for share in sorted((one, other)))
    assert small is not None
    assert large is not None
    assert not small.takes(key) or large.takes(key)


ANYTHING = st.none() | st.text() | st.integers() | st.floats() | st.lists(st.none())


@given(ANYTHING | st.fixed_dictionaries({"customer": ANYTHING | st.fixed_dictionaries({"id": ANYTHING})}))
def test_any_contact_has_a_revision(contact: object) -> None:
    sample = Rollout(canary="50%").sample
    assert sample is not None
    assert sample.takes(sample.key_of(contact)) in (True, False)


def test_promoted(start: Start, told: Told) -> None:
    source = start(Rollout(canary="25%"))
    assert source.promote().serial == 2
    assert queue(source) == "q2"
    assert source.serving.candidate is None
    assert told.last("promoted")["before"] == 1
    with pytest.raises(ValueError, match="there is no candidate"):
        source.promote()
    assert source.rollback().serial == 1


def test_promoted_by_itself_after_the_hold(start: Start) -> None:
    source = start(Rollout(canary="25%", hold=timedelta(seconds=0.2)))
    eventually(lambda: queue(source) == "q2")


def test_withdrawn_for_good(start: Start, path: Path) -> None:
    source = start(Rollout(canary="25%", hold=timedelta(hours=1)))
    assert source.withdraw().serial == 2
    assert source.serving.candidate is None
    assert source.status()["is_held_back"] is True
    path.touch()
    source.refresh()
    assert source.serving.candidate is None
    replace(path, version(3))
    eventually(lambda: source.serving.candidate is not None)
    assert taken(source)


def test_a_file_put_back_withdraws_the_candidate(start: Start, path: Path, told: Told) -> None:
    source = start(Rollout(canary="25%"))
    replace(path, version(1))
    eventually(lambda: "withdrawn" in told.names)
    assert source.serving.candidate is None
    assert queue(source) == "q1"
    replace(path, version(2))
    eventually(lambda: source.serving.candidate is not None)


def test_a_newer_version_replaces_the_candidate(start: Start, path: Path) -> None:
    source = start(Rollout(canary="25%"))
    before = taken(source)
    replace(path, version(3))
    eventually(lambda: source.serving.candidate and source.serving.candidate.serial == 3)
    assert taken(source) == before, "the same customers meet each candidate"
    assert queue(source) == "q1"


def observe(source: PolicySource, count: int) -> None:
    serving = source.serving
    for number in range(count):
        decision = serving.current.engine.decide(VOICE, now=NOW)
        serving.observe(VOICE, NOW, decision, f"d-{number}")


def test_a_shadow_only_counts_differences(start: Start, told: Told) -> None:
    source = start(Rollout(shadow=True))
    assert not taken(source)
    observe(source, 5)
    eventually(lambda: shadow_of(source)["decided"] == 5)
    shadow = shadow_of(source)
    assert (shadow["different"], shadow["different_in"]) == (5, {"queue": 5, "priority": 5})
    assert shadow["dropped"] == 0
    differs = told.last("differs")
    assert differs["id"] == "d-4"
    assert differs["changes"] == {"queue": ["q1", "q2"], "priority": [2, 3]}
    assert "c-1" not in str(told.events), "no value of a contact is told"
    source.promote()
    assert queue(source) == "q2"
    assert source.status()["shadow"] is None


def test_another_policy_as_a_shadow(path: Path, tmp_path: Path, told: Told) -> None:
    other = tmp_path / "bold.route"
    rollout = Rollout(shadow=other)
    with PolicySource(path, acceptance=OFF, rollout=rollout, settle=0, poll=0.05) as source:
        assert source.status()["shadow"] is None
        status: Any = source.status()["other"]
        assert "no such file" in status["trouble"]
        other.write_text(version(7, name="bold"))
        eventually(lambda: source.status()["shadow"] is not None)
        observe(source, 3)
        eventually(lambda: shadow_of(source)["different"] == 3)
        replace(path, version(7))
        eventually(lambda: queue(source) == "q7")
        observe(source, 3)
        eventually(lambda: shadow_of(source)["decided"] == 3)
        assert shadow_of(source)["different"] == 0, "only the names of the policies differ"


def test_the_names_of_rules_make_no_difference(path: Path) -> None:
    rule = "rule all when contact.channel is known then queue q1, priority 2"
    named = version(1).replace("route {", f"route {{ {rule}")
    shadowing = Shadowing(revision(version(1)), revision(named), Events("here"))
    engine = shadowing.current.engine
    shadowing.observe(VOICE, NOW, engine.decide(VOICE, now=NOW), "d-1")
    eventually(lambda: shadowing.decided == 1)
    assert shadowing.different == 0
    shadowing.close()


def test_a_shadow_that_is_too_slow_drops_and_never_waits() -> None:
    events = Events("here")
    holds, goes_on = threading.Event(), threading.Event()

    def slow(_name: str, _facts: object) -> None:
        holds.set()
        goes_on.wait(30)

    events.subscribe(slow)
    shadowing = Shadowing(revision(version(1)), revision(version(2)), events, capacity=3)
    decision = shadowing.current.engine.decide(VOICE, now=NOW)
    shadowing.observe(VOICE, NOW, decision, "d-0")
    assert holds.wait(30)
    for number in range(10):
        shadowing.observe(VOICE, NOW, decision, f"d-{number}")
    assert shadowing.dropped == 7
    goes_on.set()
    eventually(lambda: shadowing.decided == 4)
    shadowing.close()


def test_what_a_candidate_decided_is_not_compared(start: Start) -> None:
    source = start(Rollout(canary="25%", shadow=True))
    serving = source.serving
    assert serving.candidate is not None
    serving.observe(VOICE, NOW, serving.candidate.engine.decide(VOICE, now=NOW), "d-1")
    observe(source, 1)
    eventually(lambda: shadow_of(source)["decided"] == 1)
    assert shadow_of(source)["different"] == 1


def test_rollouts_that_cannot_be() -> None:
    for wrong, reason in [
        ({"canary": "10"}, "`10` is no share"),
        ({"canary": "ten%"}, "`ten%` is no share"),
        ({"key": "customer"}, "`customer` is no key"),
        ({"hold": timedelta()}, "a positive time"),
    ]:
        with pytest.raises(ValueError, match=reason):
            Rollout(**wrong)  # type: ignore[arg-type]


def shadow_of(source: PolicySource) -> dict[str, Any]:
    shadow: Any = source.status()["shadow"]
    return {} if shadow is None else shadow


def revision(text: str) -> Revision:
    policy = Policy.from_text(text)
    return Revision(Engine(policy), policy, 1, policy.revision, "here", NOW)
