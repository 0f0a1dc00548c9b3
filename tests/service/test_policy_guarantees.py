"""Guarantees of new versions: looked at or required, in a process of their own."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from routekit import Policy
from routekit.service.policies import Acceptance, PolicyRefused, PolicySource
from routekit.service.policies.bundle import Bundle
from routekit.service.policies.proving import Prover
from tests.service.versions import Told, eventually, queue, replace, version

BROKEN = version(2).replace("channel is assisted", "priority is 1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "care.route"
    path.write_text(version(1))
    return path


def test_a_broken_guarantee_is_reported_where_they_are_looked_at(path: Path) -> None:
    told = Told()
    with PolicySource(path, settle=0, poll=0.05, on_event=told) as source:
        replace(path, BROKEN)
        eventually(lambda: queue(source) == "q2")
        eventually(lambda: "broken" in told.names)
        report: Any = source.status()["report"]
        [answer] = report["guarantees"]
        assert (answer["name"], answer["answer"]) == ("people", "counterexample")
        assert answer["contact"] == {"contact": {"channel": "voice"}}


def test_a_broken_guarantee_refuses_where_they_are_required(path: Path) -> None:
    told = Told()
    required = Acceptance(guarantees="require")
    with PolicySource(path, acceptance=required, settle=0, poll=0.05, on_event=told) as source:
        report: Any = source.status()["report"]
        assert [answer["answer"] for answer in report["guarantees"]] == ["proved"]
        replace(path, BROKEN)
        eventually(lambda: "refused" in told.names)
        [reason] = told.last("refused")["reasons"]
        assert reason == "guarantee `people` is broken by a contact: {'contact': {'channel': 'voice'}}"
        assert queue(source) == "q1"


def test_what_stays_unknown_is_refused_where_it_is_required(path: Path, monkeypatch: Any) -> None:
    required = Acceptance(guarantees="require")
    monkeypatch.setattr("sys.executable", "/no/such/python")
    with pytest.raises(PolicyRefused, match="guarantee `people` could not be proved"):
        PolicySource(path, acceptance=required, settle=0).start()


def test_the_first_version_serves_before_it_is_looked_at(path: Path) -> None:
    path.write_text(BROKEN)
    told = Told()
    with PolicySource(path, settle=0, on_event=told) as source:
        assert queue(source) == "q2"
        eventually(lambda: "broken" in told.names)
    assert told.names == ["swapped", "broken"]


class Customer(BaseModel):
    """A model of a service."""

    id: str | None = None


def test_policies_with_models_are_proved_too(path: Path) -> None:
    path.write_text(version(1).replace("record customer { id text ? }\n", ""))
    required = Acceptance(guarantees="require")
    with PolicySource(path, acceptance=required, records={"customer": Customer}, settle=0) as source:
        assert queue(source) == "q1"


def test_a_proof_that_dies_is_unknown(tmp_path: Path, monkeypatch: Any) -> None:
    bundle = Bundle("care.route", {"care.route": version(1).encode()})
    policy = Policy.from_files(bundle.files, bundle.first)
    false = tmp_path / "python"
    false.symlink_to("/bin/false")
    monkeypatch.setattr("sys.executable", str(false))
    [answer] = Prover().answers(policy, bundle, 1.0)
    assert (answer.answer, answer.reason) == ("unknown", "the proof ended without an answer")


def test_a_closed_prover_asks_nobody() -> None:
    bundle = Bundle("care.route", {"care.route": version(1).encode()})
    prover = Prover()
    prover.close()
    [answer] = prover.answers(Policy.from_files(bundle.files, bundle.first), bundle, 1.0)
    assert answer.answer == "unknown"
