"""Guarantees of new versions: looked at or required, in a process of their own."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pydantic import BaseModel

from routekit import Policy
from routekit.service.policies import Acceptance, PolicyRefused, PolicySource
from routekit.service.policies.bundle import Bundle
from routekit.service.policies.examining import Answer, Examiner
from routekit.service.policies.files import DiskAddress
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


def test_no_version_waits_for_a_proof_and_none_that_is_over_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    may_end = Event()

    def slow(_examiner: Examiner, policy: Policy, *_: object) -> tuple[Answer, ...]:
        begun.append(policy.revision)
        may_end.wait(30)
        return (Answer("people", "counterexample", contact={"contact": {"channel": policy.revision}}),)

    monkeypatch.setattr(Examiner, "answers", slow)
    told = Told()
    with PolicySource(path, settle=0, poll=0.05, on_event=told) as source:
        first = source.serving.current.policy.revision
        eventually(lambda: begun == [first])
        replace(path, version(2))
        eventually(lambda: queue(source) == "q2")
        second = source.serving.current.policy.revision
        eventually(lambda: begun == [first, second])
        may_end.set()
        eventually(lambda: "broken" in told.names)
        report: Any = source.status()["report"]
    assert [answer["contact"] for answer in report["guarantees"]] == [{"contact": {"channel": second}}]
    assert told.names == ["swapped", "swapped", "broken"]


def test_the_guarantees_of_what_is_refreshed_are_looked_at_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DiskAddress, "wait", lambda _address, poked, _seconds: poked.wait())
    told = Told()
    with PolicySource(path, settle=0, poll=60, on_event=told) as source:
        replace(path, BROKEN)
        source.refresh()
        assert queue(source) == "q2"
        eventually(lambda: "broken" in told.names)


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
    [answer] = Examiner().answers(policy, bundle, 1.0)
    assert (answer.answer, answer.reason) == ("unknown", "the proof ended without an answer")


def test_a_closed_examiner_asks_nobody() -> None:
    bundle = Bundle("care.route", {"care.route": version(1).encode()})
    examiner = Examiner()
    examiner.close()
    [answer] = examiner.answers(Policy.from_files(bundle.files, bundle.first), bundle, 1.0)
    assert answer.answer == "unknown"


# ── examples ──────────────────────────────────────────────────────────────────


def many(rules: int, failing: int | None = None) -> str:
    """A policy of so many rules, each with an example; one of them may fail."""
    names = [f"i{number}" for number in range(rules)]
    lines = "\n".join(
        f"  rule {name} when contact.intent is {name} then queue q, priority 2" for name in names
    )
    examples = "\n".join(
        f'example "{name}" given contact.channel voice, contact.intent {name} expect priority '
        f"{3 if number == failing else 2}"
        for number, name in enumerate(names)
    )
    return f"""policy care "Care"
record contact {{ channel one of voice
  intent one of {", ".join(names)} }}
channel voice {{ assisted }}
queue q {{ on voice }}
route {{
{lines}
  otherwise queue q
}}
{examples}
"""


def test_many_examples_are_decided_outside_the_process_that_serves(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routekit.service.policies.examining._HERE", 0.001)
    path.write_text(many(60))
    off = Acceptance(guarantees="off", timeout=60)
    with PolicySource(path, acceptance=off, settle=0, poll=60) as source:
        replace(path, many(60, failing=7))
        source.refresh()
        refused: Any = source.status()["refused"]
        assert refused["reasons"] == ["example `i7`, line 76: priority is 2, not 3"]
        replace(path, many(61))
        assert source.refresh()
        report: Any = source.status()["report"]
        assert (report["samples"], report["decided_otherwise"], report["otherwise_in"]) == (
            121,
            1,
            {"priority": 1},
        )


@pytest.mark.parametrize("bound", [{"timeout": 0.0}, {"most_bytes": 1_000}])
def test_examples_are_bounded(path: Path, bound: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routekit.service.policies.examining._HERE", 0.0)
    with pytest.raises(PolicyRefused, match="its examples were not through within"):
        PolicySource(path, acceptance=Acceptance(guarantees="off", **bound), settle=0).start()
