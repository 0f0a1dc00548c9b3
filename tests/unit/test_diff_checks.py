"""What `routekit diff` is asked by a check of a change: kinds, approvals, totals of contacts."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routekit import Policy
from routekit.analysis import diff
from routekit.cli.main import _routekit
from routekit.diff.touched import KINDS, touched
from tests.unit.test_diff import CARE

Files = tuple[str, str]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(_routekit, ["diff", *arguments])


def edited(tmp_path: Path, *edits: tuple[str, str]) -> Files:
    text = CARE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    files = tmp_path / "old.route", tmp_path / "new.route"
    for path, said in zip(files, (CARE, text), strict=True):
        path.write_text(said)
    return str(files[0]), str(files[1])


@pytest.mark.parametrize(
    ("edit", "kinds"),
    [
        (("then queue retention, priority 1", "then queue retention, priority 2"), {"priority"}),
        (("worth 20", "worth 5"), {"offers"}),
        (("queue portal, message hello", "queue portal"), {"message"}),
        (('web "hello"', 'web "good day"'), {"message"}),
        (("{ self_service cost 0.1 }", "{ assisted cost 0.1 }"), {"service"}),
        (("{ assisted cost 2 }", "{ self_service cost 2 }"), {"service", "self_service", "guarantees"}),
        (("after 1m queue general", "after 2m queue general"), {"plan"}),
        (("guarantee people when sensitive then channel is assisted\n", ""), {"guarantees"}),
        (("queue retention", "queue keeping"), {"queue"}),
        (("rule online", "rule on_the_web"), set()),
    ],
)
def test_a_check_fails_on_the_kinds_that_it_asks_for(
    edit: tuple[str, str], kinds: set[str], tmp_path: Path
) -> None:
    files = edited(tmp_path, edit)
    found = touched(diff(*map(Policy.from_path, files)))
    assert kinds <= found
    for kind in ("priority", "offers", "message", "self_service", "plan", "agent"):
        assert (run(*files, "--fail-on", kind).exit_code == 1) is (kind in found), kind
    if len(kinds) == 1:
        assert run(*files, "--fail-on", "agent,data").exit_code == 0


def test_what_is_not_settled_is_of_any_kind(tmp_path: Path) -> None:
    files = edited(tmp_path, ("rule online", "rule again when sensitive then queue portal\n  rule online"))
    assert touched(diff(*map(Policy.from_path, files), timeout=0)) == set(KINDS)


def test_a_kind_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    found = run(*edited(tmp_path), "--fail-on", "priority,speed")
    assert found.exit_code == 2
    assert "`speed` is none of self_service, queue, channel, " in found.output


def test_an_approval_is_of_both_revisions_and_of_what_was_seen(tmp_path: Path) -> None:
    files = edited(tmp_path, ("customer.value >= 80", "customer.value >= 85"))
    folder = tmp_path / "approvals"
    folder.mkdir()
    file = folder / "monday.json"
    assert run(*files, "--approved", str(folder)).exit_code == 1
    done = run(*files, "--approve", str(file), "--by", "A. Weber")
    assert done.exit_code == 0
    assert "approved by A. Weber: " in done.output
    written = json.loads(file.read_text())
    assert (written["format_version"], written["policy"], written["by"]) == (1, "care", "A. Weber")
    assert [written["old"], written["new"]] == [Policy.from_path(path).revision for path in files]
    assert "edited: segment valued: customer.value >= 80 → customer.value >= 85" in written["summary"]
    assert run(*files, "--approved", str(file)).exit_code == 0
    assert run(*files, "--approved", str(folder)).exit_code == 0
    assert run(*reversed(files), "--approved", str(file)).exit_code == 1


def test_an_approval_of_another_difference_is_none(tmp_path: Path) -> None:
    files = edited(tmp_path, ("worth 20", "worth 5"))
    file = tmp_path / "approval.json"
    run(*files, "--approve", str(file), "--by", "A. Weber")
    file.write_text(file.read_text().replace('"seen": "', '"seen": "0'))
    found = run(*files, "--approved", str(file))
    assert found.exit_code == 1
    assert "A. Weber has approved" in found.output
    assert "has seen another difference" in found.output
    file.write_text("{}")
    assert run(*files, "--approved", str(file)).exit_code == 2


def test_contacts_of_a_file_are_added_up_before_and_now(tmp_path: Path) -> None:
    files = edited(
        tmp_path, ("contact.intent is ask and", "contact.intent in {ask, buy} and"), ("worth 20", "worth 5")
    )
    contacts = tmp_path / "contacts.jsonl"
    lines = [
        {"contact": {"channel": "voice", "intent": "ask"}, "customer": {"id": "a", "value": 90}},
        {"contact": {"channel": "web", "intent": "buy"}, "customer": {"id": "a", "value": 10}},
    ]
    contacts.write_text("\n".join(map(json.dumps, lines)))
    at = ("--contacts", str(contacts), "--now", "2026-11-23T10:00")
    said = run(*files, *at).output
    assert "  people 1 → 2, machines 1 → 0, cost a contact 2.05 → 4.00" in said
    assert "  queues: " in said
    assert "  offers: gift 1 → 0, points 0 → 1" in said
    found = json.loads(run(*files, *at, "--format", "json").output)["contacts"]["totals"]
    assert found["before"]["queues"] == {"general": 1, "portal": 1}
    assert (found["now"]["assisted"], found["now"]["self_service"]) == (2, 0)


def test_new_names_move_no_contact_of_a_file(tmp_path: Path) -> None:
    files = edited(tmp_path, ("queue general", "queue desk"), ("queue retention", "queue keeping"))
    contacts = tmp_path / "contacts.jsonl"
    contacts.write_text(json.dumps({"contact": {"channel": "voice"}, "customer": {"cases": 3}}))
    assert "of 1 contacts 0 (0.0%) are treated differently" in run(*files, "--contacts", str(contacts)).output
