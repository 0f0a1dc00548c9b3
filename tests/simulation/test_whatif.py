"""The month of `make whatif`, made small: a log as services write it, and a change that fits the pack."""

import json
from pathlib import Path

import pytest

from examples import whatif
from routekit import Policy
from routekit.simulation import Scenario, read_scenario
from routekit.simulation.possible import findings
from routekit.simulation.study import Study

ROOT = Path(__file__).parents[2]


def test_the_month_has_outcomes_and_a_changed_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_day(path: Path) -> Scenario:
        return read_scenario(path).model_copy(update={"days": 1})

    monkeypatch.setattr(whatif, "CUSTOMERS", 150)
    monkeypatch.setattr(whatif, "read_scenario", one_day)
    whatif.main(tmp_path)
    log = (tmp_path / "decisions.jsonl").read_text(encoding="utf-8")
    records = [json.loads(line) for line in log.splitlines()]
    kinds = {record.get("event", "decision") for record in records}
    assert {"decision", "queued", "answered", "ended", "resolved", "rated", "bought"} <= kinds
    ids = {record["id"] for record in records if "event" not in record}
    assert len(ids) > 1000
    assert {record["of"] for record in records if "event" in record} <= ids
    assert all(record["pseudonyms"]["customer.id"] for record in records if "event" not in record)
    old, new = (Policy.from_path(folder / "telecom.route") for folder in (ROOT / "rules", tmp_path / "rules"))
    assert old.checked.revision != new.checked.revision
    assert not new.warnings


def test_the_scenario_of_november_can_be() -> None:
    lines = (ROOT / "examples/contacts/telecom.jsonl").read_text(encoding="utf-8").splitlines()
    scenario = read_scenario(ROOT / "examples/november.toml")
    policy = Policy.from_path(ROOT / "rules/telecom.route").checked
    assert findings(Study((policy,), scenario, tuple(map(json.loads, lines)), 1)) == []
