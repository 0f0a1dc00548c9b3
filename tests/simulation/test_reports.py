"""What people and programs get of a simulation: text, tables, a page, a log, and a scenario from that log."""

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routekit.cli.scenario import command as scenario_command
from routekit.cli.simulate import command as simulate_command
from routekit.service.contact_events import KINDS
from routekit.service.decision_log.replay import read_record
from routekit.simulation import read_scenario

POLICY = """
policy small "A small centre"
timezone Europe/Berlin
record contact { channel one of voice, web  intent one of bill, fault  at time ? }
record customer { id text ?  value integer 0..100 = 0 }
live queue { longest_wait duration = 0s }
channel voice { assisted cost 4.20 }
channel web { self_service cost 0.10 }
queue general "everybody" { on voice }
queue best { on voice }
queue portal { on web }
segment valued "valued customers" when customer.value >= 80
segment small "small customers" when customer.value < 30
route {
  rule valued_first when valued then queue best, priority 2
    after 2m queue general
  rule online when contact.channel is web then queue portal
    after 3m queue general
  otherwise queue general
}
"""
NEW = POLICY.replace(
    "rule online when",
    "rule full when small and general.longest_wait > 30s then queue portal\n  rule online when",
)
SCENARIO = """
begin = 2026-11-02
days = 2
[arrivals]
contacts = "contacts.jsonl"
per_half_hour = { "Mon-Fri 08:00-18:00" = 40 }
[[staff]]
name = "general"
queues = ["general"]
on_duty = { "Mon-Fri 08:00-18:30" = 6 }
[[staff]]
name = "best"
queues = ["best"]
on_duty = { "Mon-Fri 08:00-18:30" = 3 }
measured = true
[handling]
default = { exponential = "4m", measured = true }
[patience]
default = { exponential = "3m" }
[self_service.solves]
web = { value = 0.6, measured = true }
[comes_back]
machine = { share = 0.5, after = { exponential = "1h" }, by = { voice = 1 } }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return placed(tmp_path_factory.mktemp("simulation"))


def placed(folder: Path) -> Path:
    """Puts two policies, contacts and a scenario into a folder."""
    (folder / "old.route").write_text(POLICY, encoding="utf-8")
    (folder / "new.route").write_text(NEW, encoding="utf-8")
    (folder / "small.toml").write_text(SCENARIO, encoding="utf-8")
    contacts = [
        {
            "contact": {"channel": "web" if number % 5 == 0 else "voice", "intent": "bill"},
            "customer": {"id": f"c-{number}", "value": number % 100},
        }
        for number in range(100)
    ]
    lines = "".join(json.dumps(contact) + "\n" for contact in contacts)
    (folder / "contacts.jsonl").write_text(lines, encoding="utf-8")
    return folder


def simulated(folder: Path, *options: str, against: bool = True) -> Result:
    arguments = [str(folder / "old.route"), "--scenario", str(folder / "small.toml"), "--jobs", "1"]
    if against:
        arguments += ["--against", str(folder / "new.route")]
    result = CliRunner().invoke(simulate_command, [*arguments, "--replications", "3", *options])
    assert result.exit_code == 0, result.output
    return result


def test_the_text_tells_both_arms_their_difference_and_what_was_assumed(folder: Path) -> None:
    said = simulated(folder).stdout
    assert re.search(r"^service level 20 s +\d+\.\d % +\d+\.\d % +[+−]\d+\.\d \(.* to .*\)$", said, re.M)
    for line in (
        "waited p90, s",
        "cost a contact",
        "who waits longer: ",
        "now: worst: ",
        "what matters most",
    ):
        assert line in said
    assert "patience.default" in said
    assert "staff.best.on_duty" not in said


def test_one_policy_alone_has_its_own_interval(folder: Path) -> None:
    said = simulated(folder, "--no-assumptions", against=False).stdout
    assert re.search(r"^service level 20 s +\d+\.\d % +\d+\.\d % to \d+\.\d %$", said, re.M)
    assert "who waits longer" not in said


def test_json_and_csv_have_the_same_figures(folder: Path) -> None:
    found = json.loads(simulated(folder, "--format", "json", "--no-assumptions").stdout)
    assert found["format_version"] == 1
    assert [arm["policy"] for arm in found["arms"]] == ["small", "small"]
    rows = [*csv.DictReader(StringIO(simulated(folder, "--format", "csv", "--no-assumptions").stdout))]
    for measure, row in zip(found["measures"], rows, strict=True):
        assert row["measure"] == measure["name"]
        assert float(row["difference_low"]) == measure["difference"]["low"]
    flows = sum(flow["contacts"] for flow in found["flows"])
    assert flows == pytest.approx(sum(flow["contacts"] for flow in found["flows"]))
    assert {"valued", "small"} <= {segment["name"] for segment in found["segments"]}
    (general,) = (queue for queue in found["arms"][0]["queues"] if queue["queue"] == "general")
    assert len(general["erlangs"]) == 48
    assert sum(general["erlangs"][:15]) == 0  # nobody comes by night


def test_the_page_asks_nobody_for_anything_and_escapes_what_it_says(folder: Path) -> None:
    output = folder / "report.html"
    simulated(folder, "-o", str(output), "--format", "html")
    page = output.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert not re.search(r"""(?:src|href)=["'](?!#)|@import|url\(""", page)
    for heading in (
        "What comes of it",
        "Load and waiting over the day",
        "Who is led elsewhere",
        "By segment",
    ):
        assert f"<h2>{heading}</h2>" in page
    assert page.count("<svg") >= 6


def test_the_log_is_one_that_a_service_might_have_written(folder: Path) -> None:
    log = folder / "log.jsonl"
    simulated(folder, "--log", str(log), "--no-assumptions", against=False)
    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    decisions = {record["id"]: record for record in records if "id" in record}
    events = [record for record in records if "event" in record]
    assert len(decisions) > 1000
    for record in list(decisions.values())[:50]:
        read_record(record)
    assert {event["of"] for event in events} <= {*decisions}
    assert {event["event"] for event in events} <= {*KINDS}
    assert [record["at"] for record in records] == sorted(record["at"] for record in records)


def test_a_scenario_from_a_log_knows_what_the_log_knows(folder: Path) -> None:
    log, output = folder / "again.jsonl", folder / "again.toml"
    simulated(folder, "--log", str(log), "--no-assumptions", against=False)
    with log.open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    options = ["from", str(log), "--policy", str(folder / "old.route"), "-o", str(output)]
    result = CliRunner().invoke(scenario_command, options)
    assert result.exit_code == 0, result.output
    assert "1 line of the log cannot be read" in result.stderr
    scenario = read_scenario(output)
    assert (scenario.begin.isoformat(), scenario.days) == ("2026-11-02", 2)
    assert scenario.handling["general"].mean == pytest.approx(240, rel=0.1)
    assert scenario.handling["general"].measured
    assert scenario.patience["voice"].mean == pytest.approx(180, rel=0.35)
    assert scenario.self_service.solves["web"].value == pytest.approx(0.6, abs=0.1)
    assert not scenario.staff[0].measured
    arguments = [
        str(folder / "old.route"),
        "--scenario",
        str(output),
        "--replications",
        "1",
        "--no-assumptions",
    ]
    again = CliRunner().invoke(simulate_command, [*arguments, "--jobs", "1", "--format", "json"])
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["contacts"] > 500
    assert "masked" not in again.stderr  # the policy asks for no customer's id
    asking = folder / "asking.route"
    asking.write_text(
        POLICY.replace("when valued then", "when valued and customer.id is known then"), encoding="utf-8"
    )
    warned = CliRunner().invoke(simulate_command, [str(asking), *arguments[1:], "--jobs", "1"])
    assert "contacts have masked values that the policy asks for" in warned.stderr


def test_what_cannot_be_ends_with_its_line(folder: Path) -> None:
    wrong = folder / "wrong.toml"
    wrong.write_text(SCENARIO.replace('queues = ["best"]', 'queues = ["bets"]'), encoding="utf-8")
    arguments = [str(folder / "old.route"), "--scenario", str(wrong)]
    result = CliRunner().invoke(simulate_command, arguments)
    assert result.exit_code == 2
    assert f"{wrong}:13: staff.2.queues: the policy has no queue `bets`" in result.stderr
    assert "did you mean `best`?" in result.stderr
