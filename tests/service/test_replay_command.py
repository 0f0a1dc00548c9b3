"""``routekit replay``: logged contacts decided again, and what it prints of that."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routekit import Engine, Policy
from routekit.service.decision_log import Entry
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.rendering import as_line
from tests.unit.test_cli import routekit

OLD = """
policy care "Care"
record contact { channel one of voice, web  at time ? }
record customer { id text private ?  value integer 0..100 = 0  staff text private ? }
calendar office { open Mon-Fri 08:00-20:00 }
channel voice { assisted }
queue general { on voice }
queue vip { on voice  open office }
route {
  rule best when customer.value >= 80 then queue vip
  rule own when customer.staff is known then queue general, agent customer.staff
  otherwise queue general
}
offers {
  offer gift "A gift" when customer.value >= 50 at most 1 per 30d
  never when customer.id is "c-13"
}
"""
NEW = OLD.replace(">= 80", ">= 90")
RENAMED = OLD.replace("rule best", "rule our_best")
WEEKDAY, SUNDAY = datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC)


def _customers(*values: int, **more: object) -> list[object]:
    return [{"contact": {"channel": "voice"}, "customer": {"value": value, **more}} for value in values]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("old", OLD), ("new", NEW), ("renamed", RENAMED)):
        (tmp_path / f"{name}.route").write_text(text)
    return tmp_path


def _log(
    folder: Path,
    contacts: list[object],
    *,
    now: datetime = WEEKDAY,
    name: str = "log.jsonl",
    text: str = OLD,
) -> Path:
    policy = Policy.from_text(text)
    engine, recorder = Engine(policy), Recorder(frozenset(), None)
    entries = (
        Entry(f"d-{number}", now, 0.001, engine.decide(contact, now=now), contact, policy.checked)
        for number, contact in enumerate(contacts)
    )
    path = folder / name
    path.write_bytes(b"".join(as_line(recorder(entry)) for entry in entries))
    return path


def test_a_log_comes_out_the_same_by_its_own_policy_at_its_own_time(folder: Path) -> None:
    for now in (WEEKDAY, SUNDAY):
        log = _log(folder, _customers(10, 85, 95), now=now)
        ran = routekit("replay", log, "--policy", folder / "old.route")
        assert ran.status == 0, ran.err
        assert "3 decisions decided again by care" in ran.out
        assert "3  the same" in ran.out
        assert "the log holds" not in ran.out


def test_what_comes_out_otherwise_is_counted_by_kind_with_the_first_ids(folder: Path) -> None:
    log = _log(folder, _customers(*[85] * 7, 95, 10))
    for options in (["--policy", "new.route"], ["--against", "new.route"]):
        ran = routekit("replay", log, options[0], folder / options[1])
        assert ran.status == 1
        assert "7  queue vip → general\n             such as d-0, d-1\n" in ran.out
        assert f"the log holds decisions by care {Policy.from_text(OLD).revision} (9)" in ran.out


def test_two_policies_are_compared_with_each_other(folder: Path) -> None:
    log = _log(folder, _customers(85, 95, 10))
    ran = routekit("replay", log, "--policy", folder / "new.route", "--against", folder / "old.route")
    assert ran.status == 1
    assert "1  queue general → vip\n             d-0\n" in ran.out


def test_another_rule_that_comes_to_the_same_is_told_apart(folder: Path) -> None:
    log = _log(folder, _customers(85, 10))
    ran = routekit("replay", log, "--policy", folder / "renamed.route")
    assert ran.status == 1
    assert "0  otherwise" in ran.out
    assert "1  the same by another rule or arm" in ran.out
    assert "rule best → our_best" in ran.out


def test_only_what_the_masked_value_may_change_is_in_doubt(folder: Path) -> None:
    log = _log(folder, _customers(10, id="c-13") + _customers(60, id="c-13") + _customers(60, id="c-1"))
    ran = routekit("replay", log, "--policy", folder / "old.route")
    assert ran.status == 0
    assert "1  the same" in ran.out  # no offer comes into question
    assert "2  may differ, since values are masked" in ran.out
    assert "2  offers, since customer.id is masked" in ran.out


def test_a_masked_agent_is_no_difference(folder: Path) -> None:
    log = _log(folder, _customers(10, staff="a-7"))
    assert "1  the same" in routekit("replay", log, "--policy", folder / "old.route").out
    (folder / "bare.route").write_text(OLD.replace(", agent customer.staff", ""))
    ran = routekit("replay", log, "--policy", folder / "bare.route")
    assert ran.status == 1
    assert "agent otherwise" in ran.out


def test_a_masked_agent_is_in_doubt_by_another_policy(folder: Path) -> None:
    log = _log(folder, _customers(10, staff="a-7"))
    deputy = OLD.replace("staff text private ?", "staff text private ?  deputy text private ?")
    for text, said in (
        (NEW, "1  agent, since agent is masked"),
        (deputy.replace("agent customer.staff", "agent customer.deputy"), "agent otherwise"),
        (OLD.replace("agent customer.staff", 'agent "a-7"'), "1  agent, since agent is masked"),
    ):
        (folder / "other.route").write_text(text)
        assert said in routekit("replay", log, "--policy", folder / "other.route").out


def test_two_masked_agents_may_be_one_person(folder: Path) -> None:
    deputy = OLD.replace("staff text private ?", "staff text private ?  deputy text private ?")
    log = _log(folder, _customers(10, staff="a-7", deputy="a-7"), text=deputy)
    (folder / "staff.route").write_text(deputy)
    (folder / "deputy.route").write_text(deputy.replace("agent customer.staff", "agent customer.deputy"))
    ran = routekit("replay", log, "--policy", folder / "staff.route", "--against", folder / "deputy.route")
    assert "1  agent, since customer.deputy and customer.staff are masked" in ran.out


def test_what_steps_wish_for_and_say_is_in_doubt_where_it_is_masked(folder: Path) -> None:
    text = OLD.replace(
        "queue general, agent customer.staff",
        "queue general after 30s agent customer.staff, note = customer.id",
    ).replace("calendar office", "outcome { note text ? }\ncalendar office")
    log = _log(folder, _customers(10, staff="a-7", id="c-1"), text=text)
    (folder / "own.route").write_text(text)
    assert "1  the same" in routekit("replay", log, "--policy", folder / "own.route").out
    (folder / "other.route").write_text(text.replace(">= 80", ">= 90"))
    ran = routekit("replay", log, "--policy", folder / "other.route")
    assert "1  plan, since plan.agent and plan.data.note are masked" in ran.out
    (folder / "sooner.route").write_text(text.replace("after 30s", "after 20s"))
    assert "plan otherwise" in routekit("replay", log, "--policy", folder / "sooner.route").out


def test_json_has_each_difference(folder: Path) -> None:
    log = _log(folder, _customers(85, 10) + _customers(60, id="c-1"))
    ran = routekit("replay", log, "--policy", folder / "new.route", "--format", "json")
    found = json.loads(ran.out)
    assert (found["format_version"], found["decisions"], found["otherwise"]) == (1, 3, 1)
    assert found["groups"] == [{"change": "queue vip → general", "decisions": 1, "ids": ["d-0"]}]
    assert found["doubts"] == [{"parts": ["offers"], "masked": ["customer.id"], "decisions": 1}]
    assert found["differences"][0] == {
        "id": "d-0",
        "place": f"{log}:1",
        "kind": "otherwise",
        "changes": {"rule": ["best", "otherwise"], "queue": ["vip", "general"]},
        "may_differ_in": [],
        "masked": [],
    }


def test_logs_may_be_many_compressed_or_piped(folder: Path) -> None:
    plain, packed = _log(folder, _customers(10)), folder / "log.jsonl.1.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    policy = folder / "old.route"
    assert "2 decisions" in routekit("replay", plain, packed, "--policy", policy).out
    assert "1 decision " in routekit("replay", "-", "--policy", policy, given=plain.read_bytes()).out
    packed.write_bytes(packed.read_bytes()[:-20])
    ran = routekit("replay", packed, plain, "--policy", policy)
    assert ran.status == 1
    assert "is compressed and breaks off before its end" in ran.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is not JSON: expecting property name"),
        (b"\xff", "is not UTF-8"),
        (b"[1]", "is no record of a decision"),
        (b'{"event": "started"}', "is no record of a decision"),
        (b'{"format_version": 2}', "is not of format version 1, the one that is read here"),
        (b'{"format_version": 1, "id": "d"}', "lacks `at`"),
    ],
)
def test_broken_lines_are_named_and_skipped(folder: Path, line: bytes, message: str) -> None:
    log = _log(folder, _customers(10))
    log.write_bytes(line + b"\n\n" + log.read_bytes())
    ran = routekit("replay", log, "--policy", folder / "old.route")
    assert ran.status == 1
    assert f"{log}:1 {message}" in ran.err
    assert "1  the same" in ran.out
    assert "1  line not read" in ran.out


@pytest.mark.parametrize("broken", [{"at": "soon"}, {"contact": []}, {"masked": 1}, {"at": None}])
def test_records_with_parts_that_are_none_are_broken(folder: Path, broken: dict[str, object]) -> None:
    log = _log(folder, _customers(10))
    log.write_text(json.dumps(json.loads(log.read_text()) | broken))
    ran = routekit("replay", log, "--policy", folder / "old.route")
    assert (ran.status, "has a time, a contact" in ran.err) == (1, True)


def test_what_cannot_run_says_why(folder: Path) -> None:
    ran = routekit("replay", folder / "none.jsonl", "--policy", folder / "old.route")
    assert ran.status == 2
    assert "cannot be read: no such file or directory" in ran.err
    ran = routekit("replay", _log(folder, []), "--policy", folder / "none.route")
    assert ran.status == 2
