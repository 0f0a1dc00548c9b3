"""Decisions as tables: what stands in them, that they open elsewhere, and that nothing in them runs."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from python_calamine import load_workbook

from routekit.schema.times import zone
from routekit.writers import Column, TextStyle, open_table
from routekit.writers.delimited import safe
from tests.unit.test_cli import routekit

POLICY = """
policy desk "Desk"
timezone Europe/Berlin
record contact {
  channel one of voice, chat
  at time ?
}
record customer {
  id text = ""
  name text ? private
  value number 0..100 = 0
  vip flag = no
  since date ?
  waited duration ?
  tags set of text ?
}
channel voice { assisted cost 4 }
channel chat { self_service cost 1 }
queue general { on voice, chat }
queue best { on voice, chat }
route {
  rule good when customer.value >= 80 then queue best, priority 2, skills {german, gold}
  otherwise queue general, agent customer.id
    after 2m any agent
}
"""
HEADER = "channel;at;customer.id;name;value;vip;since;waited;tags"
ROWS = (
    "voice;27.11.2026 14:05;007;Zoë;92,5;ja;1.2.2026;0:03:05;a; b",
    "chat;;=cmd|' /C calc'!A0;@x;viel;nein;;;",
)
TABLE = "\n".join((HEADER, ROWS[0].replace("a; b", '"a; b"'), ROWS[1])) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "desk.route").write_text(POLICY)
    (tmp_path / "c.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of_excel(path: Path) -> list[dict[str, object]]:
    header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_workbook_of_decisions_has_real_types(folder: Path) -> None:
    ran = routekit("decide", "desk.route", "c.csv", "-o", "d.xlsx", "--keep", "all")
    assert ran.status == 0
    good, odd = of_excel(folder / "d.xlsx")
    assert good == {
        "contact.channel": "voice",
        "contact.at (Europe/Berlin)": datetime(2026, 11, 27, 14, 5),
        "customer.id": "007",
        "customer.name": "Zoë",
        "customer.value": 92.5,
        "customer.vip": True,
        "customer.since": datetime(2026, 2, 1),
        "customer.waited": timedelta(minutes=3, seconds=5),
        "customer.tags": "a; b",
        "line": 2,
        "rule": "good",
        "channel": "voice",
        "queue": "best",
        "agent": None,
        "priority": 2,
        "skills": "german; gold",
        "offers": None,
        "message": None,
        "plan": None,
        "arm": None,
        "revision": good["revision"],
        "problems": None,
    }
    assert (odd["customer.id"], odd["customer.value"], odd["plan"]) == (
        "=cmd|' /C calc'!A0",
        "viel",
        "after 2m: any agent",
    )
    assert odd["problems"] == "customer.value is text, not a number"
    read = load_workbook(folder / "d.xlsx").get_sheet_by_index(0).to_python()
    assert read[2][2] == "=cmd|' /C calc'!A0"
    assert openpyxl.load_workbook(folder / "d.xlsx").active["C3"].data_type == "s"


def test_text_of_decisions_is_written_as_the_contacts_were(folder: Path) -> None:
    routekit("decide", "desk.route", "c.csv", "-o", "d.csv", "--keep", "at,customer.id,value,waited")
    raw = (folder / "d.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    header, good, odd = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";")
    assert header[:5] == [
        "contact.at (Europe/Berlin)",
        "customer.id",
        "customer.value",
        "customer.waited",
        "line",
    ]
    assert good[:5] == ["2026-11-27 14:05:00", "007", "92,5", "0:03:05", "2"]
    assert odd[:5] == ["", "'=cmd|' /C calc'!A0", "viel", "", "3"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_what_was_written_decides_again_as_before(folder: Path, ending: str) -> None:
    (folder / "c.csv").write_text(TABLE.replace("viel", "5").replace("=cmd|' /C calc'!A0", "8"))
    before = routekit("decide", "desk.route", "c.csv").decisions
    routekit("decide", "desk.route", "c.csv", "-o", f"d.{ending}", "--keep", "all")
    (folder / "map.toml").write_text('"channel" = ""  # that of the decision\n')
    after = routekit("decide", "desk.route", f"d.{ending}", "--map", "map.toml")
    assert (after.status, after.decisions) == (0, before)


def test_parquet_has_the_types_of_its_columns(folder: Path) -> None:
    routekit("decide", "desk.route", "c.csv", "-o", "d.parquet", "--keep", "all")
    good, odd = pq.read_table(folder / "d.parquet").to_pylist()
    assert good["contact.at"] == datetime(2026, 11, 27, 14, 5, tzinfo=zone("Europe/Berlin"))
    assert (good["customer.value"], good["customer.waited"]) == (92.5, timedelta(minutes=3, seconds=5))
    assert (good["customer.since"], good["skills"]) == (date(2026, 2, 1), ["german", "gold"])
    assert (odd["customer.value"], odd["problems"]) == (None, "customer.value is text, not a number")


def test_private_fields_are_written_where_that_is_asked_for_alone(folder: Path) -> None:
    ran = routekit("decide", "desk.route", "c.csv", "-o", "d.xlsx")
    assert "left out as private: customer.name; --keep all writes them too" in ran.err
    assert "customer.name" not in of_excel(folder / "d.xlsx")[0]
    routekit("decide", "desk.route", "c.csv", "-o", "d.xlsx", "--keep", "name")
    assert of_excel(folder / "d.xlsx")[0]["customer.name"] == "Zoë"


def test_explanations_have_the_reason_in_a_sentence(folder: Path) -> None:
    ran = routekit("explain", "desk.route", "c.csv", "-o", "e.xlsx", "--now", "2026-11-27T10:00")
    assert ran.status == 0
    assert [row["reason"] for row in of_excel(folder / "e.xlsx")] == [
        "Sent to queue best on voice, priority 2, by rule good because customer.value is 92.5 (80 or more).",
        "Sent to queue general on chat, priority 5, because no rule applies.",
    ]


@pytest.mark.parametrize("command", ["decide", "explain"])
def test_lines_that_cannot_be_read_stand_in_the_table_too(folder: Path, command: str) -> None:
    (folder / "c.csv").write_text("channel;value\nvoice;1;2\nvoice;92\n")
    ran = routekit(command, "desk.route", "c.csv", "-o", "d.xlsx")
    assert ran.status == 1
    broken, good = of_excel(folder / "d.xlsx")
    assert (broken["line"], broken["queue"], broken["problems"]) == (2, None, "has 3 cells, the header has 2")
    assert (good["line"], good["queue"]) == (3, "best")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "xlsx"), "xlsx is no text for a terminal"),
        (("-o", "d.doc"), "`d.doc` ends like no table"),
        (("-o", "d.csv", "--format", "json"), "only a table is written to a file"),
        (("-o", "c.csv"), "`c.csv` is the file of contacts itself"),
        (("-o", "d.csv", "--keep", "customer.nam"), "--keep: `customer.nam` is no field of the policy"),
        (("-o", "none/d.csv"), "`none/d.csv` cannot be written: no such file or directory"),
    ],
)
def test_a_table_that_cannot_be_written_is_told_and_nothing_is_left(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = (folder / "c.csv").read_text()
    ran = routekit("decide", "desk.route", "c.csv", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err
    assert sorted(path.name for path in folder.iterdir()) == ["c.csv", "desk.route"]
    assert (folder / "c.csv").read_text() == before


def test_a_table_of_text_goes_to_standard_output_without_a_mark(folder: Path) -> None:
    ran = routekit("decide", "desk.route", "c.csv", "--format", "csv", "--keep", "customer.id")
    assert ran.out.splitlines()[0].startswith("customer.id;line;rule")
    assert len(ran.out.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1+cmd|'/C calc'!A0", "'+1+cmd|'/C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-5", "-5"),
        ("+49 (0)151 / 234", "+49 (0)151 / 234"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_no_text_is_a_formula(text: str, written: str) -> None:
    assert safe(text) == written


def test_what_excel_cannot_hold_is_written_as_text(tmp_path: Path) -> None:
    columns = [
        Column("a"),
        Column("b", "whole"),
        Column("c", "date"),
        Column("d", "time"),
        Column("e", "duration"),
    ]
    path = tmp_path / "d.xlsx"
    with open_table(str(path), "xlsx", columns, timezone="UTC", title="x") as table:
        table.write(
            ["x" * 40_000, 10**17, date(1600, 1, 1), datetime(1600, 1, 1, 9, tzinfo=UTC), -timedelta(hours=1)]
        )
        table.write(["\x00\ud800\x1b", None, None, None, None])
    first, second = of_excel(path)
    assert (len(str(first["a"])), first["b"]) == (32_767, "100000000000000000")
    assert (first["c"], first["d (UTC)"], first["e"]) == ("1600-01-01", "1600-01-01 09:00:00", "-1h")
    assert second["a"] is not None


def test_a_failure_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("before")
    with (
        pytest.raises(KeyError),
        open_table(str(path), "csv", [Column("a")], timezone="UTC", title="x", style=TextStyle()),
    ):
        raise KeyError
    assert [each.name for each in tmp_path.iterdir()] == ["d.csv"]
    assert path.read_text() == "before"
