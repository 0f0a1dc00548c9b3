"""``routekit publish``, and what services make of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from routekit import Policy
from routekit.cli.publish import command
from routekit.service.policies import Acceptance, PolicyRefused, PolicySource, Signature
from routekit.service.policies.bundle import Document
from routekit.service.policies.files import read_bundle
from tests.service.servers import RedisServer, redis_server
from tests.service.versions import eventually, queue, version
from tests.sheets import workbook

__all__ = ["redis_server"]


def publish(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "care.route"
    path.write_text(version(1))
    return path


def test_to_standard_output_and_to_a_file(path: Path, tmp_path: Path) -> None:
    ran = publish(path, "--revision", 3)
    read = json.loads(ran.stdout)
    assert (ran.exit_code, read["revision"], read["files"]["care.route"]) == (0, 3, version(1))
    target = tmp_path / "care.json"
    for revision in (4, 5):
        ran = publish(path, "--revision", revision, "--rollback", "-o", target)
        assert ran.stderr == f"published `{path}` as revision {revision}\n"
        written = json.loads(target.read_text())
        assert (written["revision"], written["rollback"]) == (revision, True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["care.json", "care.route"]


def test_a_smaller_number_than_is_there_is_asked_about(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "care.json"

    def revision() -> object:
        return json.loads(target.read_text())["revision"]

    assert publish(path, "--revision", 12, "-o", target).exit_code == 0
    ran = publish(path, "--revision", 3, "-o", target)
    assert (ran.exit_code, revision()) == (2, 12)
    assert f"`{target}` holds revision 12: services will refuse 3 as older" in ran.stderr
    assert publish(path, "--revision", 12, "-o", target).exit_code == 0, "the same again"
    path.write_text(version(2))
    assert "there already with other content" in publish(path, "--revision", 12, "-o", target).stderr
    assert publish(path, "--revision", 3, "-o", target, "--yes").exit_code == 0
    assert publish(path, "--revision", 2, "-o", target, "--rollback").exit_code == 0
    monkeypatch.setattr("routekit.cli.publish._is_answered", lambda: True)
    for answer, expected in (("n\n", 2), ("y\n", 1)):
        CliRunner().invoke(command, [str(path), "--revision", "1", "-o", str(target)], input=answer)
        assert revision() == expected


def test_to_redis_signed(path: Path, tmp_path: Path, redis_server: RedisServer) -> None:
    pytest.importorskip("redis")
    redis_server.start()
    key = tmp_path / "key"
    key.write_bytes(b"a key of sixteen bytes or more\n")
    address = f"{redis_server.url}?key=care"
    assert publish(path, "--revision", 1, "--key-file", key, "--to", address).exit_code == 0
    with PolicySource(
        address,
        acceptance=Acceptance(guarantees="off"),
        signature=Signature.hmac(b"a key of sixteen bytes or more"),
        poll=0.05,
    ) as source:
        assert queue(source) == "q1"
        path.write_text(version(2))
        publish(path, "--revision", 2, "--to", address)
        eventually(lambda: source.status()["refused"])
        publish(path, "--revision", 3, "--key-file", key, "--to", address)
        eventually(lambda: queue(source) == "q2")


def test_what_cannot_be_published(path: Path, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"short")
    cases: list[tuple[list[object], int, str]] = [
        ([path], 2, "--revision"),
        ([path, "--revision", 0], 2, "0"),
        ([tmp_path / "no.route", "--revision", 1], 2, "cannot be read: no such file"),
        ([path, "--revision", 1, "--key-file", tmp_path / "no.key"], 2, "no.key` cannot be read"),
        ([path, "--revision", 1, "--key-file", short], 2, "too short"),
        ([path, "--revision", 1, "-o", tmp_path / "no" / "x.json"], 2, "cannot be written"),
        ([path, "--revision", 1, "--to", "redis://127.0.0.1:1/0"], 2, "redis did not take it"),
    ]
    for arguments, status, said in cases:
        ran = publish(*arguments)
        assert (ran.exit_code, said in ran.stderr) == (status, True), ran.stderr
    path.write_text("policy care")
    ran = publish(path, "--revision", 1)
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "error[RK301]" in ran.stderr


TABLED = """policy care "Care"
record contact { channel one of voice  value integer = 0 }
channel voice { assisted }
queue q1 { on voice }
queue q2 { on voice }
queue general { on voice }
route {
  table desks from "tables/desks.xlsx"
  otherwise queue general
}
"""


@pytest.fixture
def tabled(path: Path) -> Path:
    """A policy with a table in a workbook."""
    path.write_text(TABLED)
    (path.parent / "tables").mkdir()
    fill(path, "q1")
    return path


def fill(path: Path, queue: str) -> None:
    rows = workbook([["contact.value", "queue"], ["< 5", queue]])
    (path.parent / "tables" / "desks.xlsx").write_bytes(rows)


def test_a_workbook_goes_with_the_policy_signed_and_kept(tabled: Path, tmp_path: Path) -> None:
    key = b"a key of thirty-two bytes, or more"
    (tmp_path / "key").write_bytes(key)
    target = tmp_path / "care.json"
    ran = publish(tabled, "--revision", 3, "--key-file", tmp_path / "key", "-o", target)
    assert ran.exit_code == 0, ran.stderr
    read = json.loads(target.read_text())
    assert (sorted(read["files"]), sorted(read["packed"])) == (["care.route"], ["tables/desks.xlsx"])
    document = Document.from_json(target.read_bytes())
    assert document == Document(read_bundle(tabled), 3, signature=document.signature)
    assert document.signature == document.signed(Signature.hmac(key)).signature
    fill(tabled, "q2")
    changed = Document(read_bundle(tabled), 3)
    assert changed.signed(Signature.hmac(key)).signature != document.signature, "the workbook is signed too"
    files = document.bundle.files
    assert Policy.from_files(files, "care.route").checked.rules[0].name == "desks[1]"


def test_what_is_packed_wrongly_is_refused(tabled: Path) -> None:
    read = Document(read_bundle(tabled), 3).to_dict()
    for packed in (
        {"tables/desks.xlsx": "no base64"},
        {"care.route": ""},
        ["tables/desks.xlsx"],
        {"../a": ""},
    ):
        with pytest.raises(PolicyRefused):
            Document.from_dict({**read, "packed": packed})


def test_a_workbook_that_changes_is_read_again_and_a_broken_one_is_not_served(tabled: Path) -> None:
    with PolicySource(tabled, acceptance=Acceptance(guarantees="off"), poll=0.1, settle=0.01) as source:
        assert queue(source) == "q1"
        fill(tabled, "q2")
        eventually(lambda: queue(source) == "q2")
        fill(tabled, "q3")
        eventually(lambda: source.status()["refused"] is not None)
        assert queue(source) == "q2"
        refused: Any = source.status()["refused"]
        assert (refused["diagnostics"][0]["line"], refused["diagnostics"][0]["cell"]) == (2, "B2")
        fill(tabled, "q1")
        eventually(lambda: queue(source) == "q1")
