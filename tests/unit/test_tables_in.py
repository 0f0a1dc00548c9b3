"""Tables as every command takes them: how they are to be read, and what is told of values that cannot be."""

from pathlib import Path

import pytest
import xlsxwriter

from tests.unit.test_cli import routekit
from tests.unit.test_readers import POLICY


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "desk.route").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet()
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return path


COMMANDS = [
    ("decide", "desk.route"),
    ("explain", "desk.route", "--now", "2026-11-23T10:00:00Z"),
    ("bench", "desk.route", "--seconds", "0.05"),
    ("diff", "desk.route", "desk.route", "--contacts"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_follows_what_is_said_of_a_table(folder: Path, command: tuple[str, ...]) -> None:
    (folder / "map.toml").write_text('"Weg" = "contact.channel"\n"Wert" = "customer.value"\n')
    (folder / "c.csv").write_bytes("Weg:Wert:vip\nvoice:92:ja\n".encode("utf-16-le"))
    given = ("--map", "map.toml", "--separator", ":", "--encoding", "utf-16-le")
    ran = routekit(*command, "c.csv", *given)
    assert ran.status == 0
    assert "is not in the policy" not in ran.err
    if command[0] == "decide":
        assert ran.decisions[0]["queue"] == "best"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_reads_workbooks(folder: Path, command: tuple[str, ...]) -> None:
    workbook(folder / "c.xlsx", ("channel", "value", "vip"), ("voice", 92, True), ("chat", 10, False))
    ran = routekit(*command, "c.xlsx")
    assert (ran.status, ran.err) == (0, "")
    if command[0] == "decide":
        assert [decision["queue"] for decision in ran.decisions] == ["best", "general"]


def test_the_project_says_what_headings_stand_for(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.routekit.columns]\n"Weg" = "contact.channel"\n"Wert" = "customer.value"\n"x" = "other.field"\n'
    )
    (folder / "c.csv").write_text("Weg;Wert;vip\nvoice;92;ja\n")
    ran = routekit("decide", "desk.route", "c.csv")
    assert [decision["queue"] for decision in ran.decisions] == ["best"]
    loaded = routekit("repl", "desk.route", given="load c.csv\ncustomer.value\n")
    assert (loaded.status, "92" in loaded.out) == (0, True)


def test_values_that_cannot_be_read_are_told_and_counted_and_all_rows_are_decided(folder: Path) -> None:
    (folder / "c.csv").write_text(
        "contact.channel;value;since\nvoice;viel;gestern\nfax;5;\nvoice;1.234;\nchat;x;\n"
    )
    ran = routekit("decide", "desk.route", "c.csv")
    assert (ran.status, len(ran.decisions)) == (0, 4)
    assert "viel" not in ran.err
    assert "gestern" not in ran.err
    assert ran.err.splitlines() == [
        "c.csv: read as separated by semicolons",
        "warning: c.csv:2 `value` is text, not a whole number",
        "warning: c.csv:2 `since` is no time such as 2026-11-23T10:00:00+08:00",
        "warning: c.csv:3 `contact.channel` is not one of voice, chat",
        "warning: c.csv:4 `value` is a number whose mark may part decimals or thousands: "
        "say `--decimal ,` or `--decimal .`",
        "warning: c.csv:5 `value` is text, not a whole number",
        "warning: `value` is text, not a whole number: in 2 contacts",
        "warning: `since` is no time such as 2026-11-23T10:00:00+08:00: in 1 contact",
        "warning: `contact.channel` is not one of voice, chat: in 1 contact",
        "warning: `value` is a number whose mark may part decimals or thousands: "
        "say `--decimal ,` or `--decimal .`: in 1 contact",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("c.jsonl", "--separator", ";"), "--separator says nothing of a file such as `c.jsonl`"),
        (("c.csv", "--sheet", "One"), "--sheet says nothing of a file such as `c.csv`"),
        (("c.csv", "--dates", "yesterday"), "`yesterday` is no order of a date"),
        (("c.csv", "--separator", ";;"), "a separator is one character, or `tab`"),
        (("c.csv", "--encoding", "klingon"), "there is no encoding `klingon`"),
        (("c.csv", "--map", "none.toml"), "none.toml cannot be read: no such file"),
        (("c.csv", "--map", "odd.toml"), "odd.toml: names fields by headings"),
        (("c.csv", "--map", "wrong.toml"), "`Wert` stands for `customer.valeu`, which is no field"),
    ],
)
def test_what_is_said_of_a_table_and_cannot_be_is_refused(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    (folder / "c.csv").write_text("channel\nvoice\n")
    (folder / "c.jsonl").write_text("{}\n")
    (folder / "odd.toml").write_text('"Wert" = 5\n')
    (folder / "wrong.toml").write_text('"Wert" = "customer.valeu"\n')
    ran = routekit("decide", "desk.route", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err
