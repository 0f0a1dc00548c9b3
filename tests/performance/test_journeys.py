"""Journeys say of a log whose truth is known what customers went through, and export it."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Policy
from routekit.cli.journeys import command
from routekit.performance import journeys
from tests.performance.planted import Log

XES = "{http://www.xes-standard.org/}"
TEXT = """
    policy care "Care"
    record contact { channel one of voice, chat, app, sms  intent text = "other" }
    journey buy < use
    touchpoint line "the line" { stage use  on voice  ours  chosen }
    touchpoint talk "a chat" { stage use  on chat  ours  chosen }
    touchpoint text "a message" { stage use  on sms  ours  chosen }
    matter bill "the bill" when contact.intent is "billing" { solved on voice }
    channel voice { assisted }
    channel chat { assisted }
    channel sms { assisted }
    channel app { self_service }
    queue general { on voice, chat, sms }
    queue second { on voice }
    queue machine { on app }
    route {
      rule app when contact.channel is app then queue machine
      rule wait when contact.channel is voice then queue general
        after 60s queue second
      otherwise queue general
    }
"""
POLICY = Policy.from_text(TEXT)


@pytest.fixture
def log() -> Log:
    log = Log()
    for number in range(3):
        log.event(log.contact(f"c-{number}", 1, channel="app", queue="machine"), "ended", 1, 30)
        log.served(f"c-{number}", 10)
        log.event(log.contact(f"c-{number}", 20, channel="app", queue="machine"), "ended", 20, 30)
    log.served("c-0", 24 * 20)
    log.served("c-0", 24 * 20 + 1, matter="another")
    moved = log.served("c-3", 5, channel="chat")
    log.event(moved, "transferred", 5, 100, queue="second")
    log.served(None, 6)
    return log


def test_episodes_paths_returns_and_switches(log: Log, tmp_path: Path) -> None:
    found = journeys([log.written(tmp_path / "log")])
    assert (found.contacts, found.episodes, found.customers) == (13, 6, 4)
    assert found.lengths == {3: 3, 1: 3}
    back = ("app machine", "voice general", "app machine")
    assert [(path.places, path.count) for path in found.paths] == [
        (back, 3),
        (("voice general",), 2),
        (("chat general", "chat second"), 1),
    ]
    assert found.returns == {("app machine", "voice general"): 3}
    assert found.switches == {("app", "voice"): 3, ("voice", "app"): 3}
    assert found.repeats == {}


def test_steps_that_were_reached_and_callbacks(tmp_path: Path) -> None:
    log = Log()
    plan = [{"after": 60, "queue": "second"}, {"after": 120, "callback_within": 3600}]
    log.served("c-0", 0, waits=30, plan=plan)
    log.served("c-1", 0, waits=90, plan=plan)
    for number, called in enumerate((1800, 3600, 9000, None)):
        id = log.contact(f"d-{number}", 0, plan=plan)
        log.event(id, "queued", 0, 1)
        log.event(id, "ended", 0, 300)
        if called is not None:
            log.event(id, "called_back", 0, 120 + called)
    log.event(log.contact("late", 100, plan=plan), "ended", 100, 200)
    log.event(log.contact("none", 50), "called_back", 51)
    found = journeys([log.written(tmp_path / "log")])
    assert [(use.number, use.reached, use.of) for use in found.steps] == [(1, 6, 7), (2, 5, 7)]
    assert found.callbacks == {"kept": 2, "late": 1, "missed": 1, "open": 1, "unpromised": 1}
    assert ("voice general", "voice second") in [path.places for path in found.paths]


def test_what_the_contact_map_does_not_know_is_named(log: Log, tmp_path: Path) -> None:
    found = journeys([log.written(tmp_path / "log")], policy=POLICY)
    assert found.unseen == ("text",)
    assert found.unknown == {"no touchpoint is on channel app": 6, "a contact has none of the matters": 1}


def test_exports_tell_each_contact_and_event_once(log: Log, tmp_path: Path) -> None:
    log.contact("bad", 2, channel="voice\x00<&", agent="x")
    path = log.written(tmp_path / "log")
    xes, ocel = str(tmp_path / "x.xes"), str(tmp_path / "o.json")
    result = CliRunner().invoke(command, [path, "--xes", xes, "--ocel", ocel, "--format", "json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["episodes"] == 7
    root = ET.parse(xes).getroot()
    order = [child.tag.removeprefix(XES) for child in root]
    assert order == sorted(order, key=["extension", "global", "classifier", "trace"].index)
    traces = root.findall(f"{XES}trace")
    names = [
        node.attrib["value"] for node in root.iterfind(f".//{XES}event/{XES}string[@key='concept:name']")
    ]
    assert len(traces) == 8
    assert len(names) == len(log.lines)
    assert names.count("decided") == 14
    for trace in traces:
        times = [date.attrib["value"] for date in trace.iterfind(f"{XES}event/{XES}date")]
        assert times == sorted(times)
    found = json.loads(Path(ocel).read_text(encoding="utf-8"))
    objects = {one["id"]: one["type"] for one in found["objects"]}
    assert len(objects) == len(found["objects"])
    assert sum(kind == "contact" for kind in objects.values()) == 14
    assert len({event["id"] for event in found["events"]}) == len(found["events"]) == len(log.lines)
    types = {one["name"]: {each["name"] for each in one["attributes"]} for one in found["eventTypes"]}
    kinds = {one["name"]: {each["name"] for each in one["attributes"]} for one in found["objectTypes"]}
    for event in found["events"]:
        assert {each["name"] for each in event["attributes"]} <= types[event["type"]]
        assert all(one["objectId"] in objects and one["qualifier"] for one in event["relationships"])
    for one in found["objects"]:
        assert {each["name"] for each in one["attributes"]} <= kinds[one["type"]]


def test_the_command_prints_and_draws(log: Log, tmp_path: Path) -> None:
    path = log.written(tmp_path / "log")
    told = CliRunner().invoke(command, [path]).stdout
    assert "app machine → voice general → app machine" in told
    page = CliRunner().invoke(command, [path, "--format", "html"]).stdout
    assert "What customers went through" in page
    rows = CliRunner().invoke(command, [path, "--format", "csv"]).stdout.splitlines()
    assert rows[:2] == ["path,episodes", "app machine → voice general → app machine,3"]
    assert CliRunner().invoke(command, [path, "--xes", str(tmp_path)]).exit_code == 2


def test_a_log_is_laid_over_the_map(log: Log, tmp_path: Path) -> None:
    from routekit.cli.map import command as map_command

    policy = tmp_path / "care.route"
    policy.write_text(TEXT, encoding="utf-8")
    path = log.written(tmp_path / "log")
    result = CliRunner().invoke(map_command, [str(policy), "--log", path, "--format", "json"])
    drawn = json.loads(result.stdout)
    assert drawn["contacts"] == 13
    assert {queue["name"]: queue["contacts"] for queue in drawn["queues"]} == {
        "general": 7, "second": 6, "machine": 6,
    }  # fmt: skip
    assert "touchpoints that no contact passed: text" in result.stderr
    assert "not on the map: no touchpoint is on channel app, 6 times" in result.stderr
    both = CliRunner().invoke(map_command, [str(policy), "--log", path, "--contacts", path])
    assert both.exit_code == 2
