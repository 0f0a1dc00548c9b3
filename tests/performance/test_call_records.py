"""Call detail records of a switch come in whole: nothing lost, nothing twice, what is wrong is named."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from routekit.cli.outcomes import command
from routekit.performance import score
from routekit.performance.call_records_map import MapError, read_map
from routekit.service import SQLiteStore
from routekit.service.decision_log.masking import pseudonym

KEY = "a secret of sixteen bytes"
MAP = """
id = "Call ID"
at = "Offered"
timezone = "Europe/Berlin"
format = "%d.%m.%Y %H:%M:%S"
customer = "ANI"
channel = { value = "voice" }
queue = "Skill"

[fields]
"contact.intent" = "Reason"

[events.answered]
after = "Wait"
when = { column = "Disposition", is = ["handled", "Transferred"] }
agent = "Agent"
[events.abandoned]
after = "Wait"
when = { column = "Disposition", is = "abandoned" }
[events.rated]
at = "Survey at"
score = "CSAT"
[events.ended]
after = "Talk end"

[values.Skill]
Q_GEN_01 = "general"
"""
CALLS = """Call ID;Offered;ANI;Skill;Reason;Wait;Disposition;Agent;Survey at;CSAT;Talk end
1;02.11.2026 09:00:00;+49 1;Q_GEN_01;bill;12;Handled;Anna;;;00:05:00
2;02.11.2026 09:01:00;+49 2;Q_VIP;bill;1:20;abandoned;;;;1:20
3;25.10.2026 02:30:00;+49 1;Q_GEN_01;"lost; again";5,5;transferred;Ben;02.11.2026 12:00:00;4,5;600
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "columns.toml").write_text(MAP, encoding="utf-8")
    (tmp_path / "calls.csv").write_text(CALLS, encoding="utf-8")
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    return tmp_path


def run(folder: Path, *more: str, file: str = "calls.csv") -> tuple[int, list[Any], str]:
    arguments = ["import", str(folder / file), "--map", str(folder / "columns.toml"), *more]
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_rows_become_contacts_and_events_at_their_times(folder: Path) -> None:
    status, lines, told = run(folder, "--pseudonyms", str(folder / "key"))
    assert status == 0
    assert "3 rows: 3 contacts and 7 events" in told
    assert lines[0] == {
        "format_version": 1, "id": "1", "at": "2026-11-02T08:00:00+00:00", "imported": "calls.csv",
        "channel": "voice", "queue": "general",
        "contact": {"contact": {"channel": "voice", "intent": "bill"}},
        "masked": ["customer.id"],
        "pseudonyms": {"customer.id": pseudonym(KEY.encode(), "customer.id", "+49 1")},
    }  # fmt: skip
    assert lines[1] == {
        "event": "answered", "of": "1", "at": "2026-11-02T08:00:12+00:00", "masked": ["agent"],
        "pseudonyms": {"agent": pseudonym(KEY.encode(), "agent", "Anna")}, "format_version": 1,
    }  # fmt: skip
    events = [(line["of"], line["event"], line["at"][11:19]) for line in lines if "event" in line]
    assert events == [
        ("1", "answered", "08:00:12"), ("1", "ended", "08:05:00"), ("2", "abandoned", "08:02:20"),
        ("2", "ended", "08:02:20"), ("3", "answered", "00:30:05"), ("3", "rated", "11:00:00"),
        ("3", "ended", "00:40:00"),
    ]  # fmt: skip
    assert "Anna" not in json.dumps(lines)
    assert "+49" not in json.dumps(lines)


def test_the_log_is_scored(folder: Path) -> None:
    log = str(folder / "calls.jsonl")
    assert run(folder, "-o", log, "--pseudonyms", str(folder / "key"))[0] == 0
    figures = score([log]).total.figures
    assert figures["abandoned"].value == pytest.approx(1 / 3)
    assert figures["score"].value == 4.5
    status, _, told = run(folder, "-o", log)
    assert status == 2
    assert "is there already" in told
    assert run(folder, "-o", log, "--force")[0] == 0


def test_a_row_told_twice_comes_in_once_and_broken_ones_are_named(folder: Path) -> None:
    with (folder / "calls.csv").open("a", encoding="utf-8") as file:
        file.write("1;02.11.2026 09:00:00;+49 1;Q_GEN_01;bill;12;Handled;Anna;;;00:05:00\n")
        file.write("4;yesterday;;;;;;;;;\n5;02.11.2026 10:00:00;x\n;02.11.2026 10:00:00;;;;;;;;;\n")
        file.write("6;02.11.2026 10:00:00;;;;soon;handled;;;;\n7;02.11.2026 10:00:00;;;;;handled;;;;\n")
    log = str(folder / "calls.jsonl")
    status, _, told = run(folder, "-o", log)
    assert status == 1
    for said in (
        "calls.csv:6 has a time in column `Offered` that is none",
        "calls.csv:7 has 3 cells, and the heading 11",
        "calls.csv:8 has no id in column `Call ID`",
        "calls.csv:9 has a duration in column `Wait` that is none",
        "calls.csv:10 has no time of `answered` in column `Wait`",
        "9 rows: 3 contacts and 9 events",
        "1 row tells of a contact that came in before",
        "give a key by --pseudonyms",
    ):
        assert said in told
    found = score([log]).findings
    assert (found.contacts, sum(found.events.values()), found.doubled) == (3, 7, 2)


def test_contacts_are_remembered_in_a_history(folder: Path) -> None:
    history = folder / "history.db"
    for _ in range(2):
        status, lines, _ = run(folder, "--history", str(history))
        assert (status, lines) == (0, [])
    store = SQLiteStore(history)
    past = store.past("+49 1", datetime(2020, 1, 1, tzinfo=UTC))
    store.close()
    assert [(touch.id, touch.queue, touch.facts) for touch in past.touches] == [
        ("1", "general", {"contact.intent": "bill"}),
        ("3", "general", {"contact.intent": "lost; again"}),
    ]
    assert [event.kind for event in past.touches[1].happened] == ["answered", "ended", "rated"]


def test_parquet_has_times_and_numbers_of_its_own(folder: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    rows = [
        {"id": number, "at": noon, "wait": timedelta(seconds=number), "media": "PHONE", "sale": 9.5 * number}
        for number in range(2)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "calls.parquet")
    (folder / "columns.toml").write_text(
        'id = "id"\nat = "at"\nchannel = "media"\n[values.media]\nPHONE = "voice"\n'
        '[events.answered]\nafter = "wait"\n'
        '[events.bought]\nafter = "wait"\nworth = "sale"\nwhen = { column = "sale", above = 0 }\n',
        encoding="utf-8",
    )
    status, lines, _ = run(folder, file="calls.parquet")
    assert status == 0
    assert [(line.get("event"), line["at"][17:19]) for line in lines] == [
        (None, "00"), ("answered", "00"), (None, "00"), ("answered", "01"), ("bought", "01"),
    ]  # fmt: skip
    assert (lines[0]["channel"], lines[-1]["worth"]) == ("voice", 9.5)


def test_events_of_decided_contacts_come_in_alone(folder: Path) -> None:
    columns = 'id = "id"\nat = "at"\ndecided = true\nplain = ["agent"]\n'
    columns += '[events.answered]\nat = "at"\nagent = "who"\n'
    (folder / "columns.toml").write_text(columns)
    (folder / "calls.csv").write_text("id,at,who\nd-1,2026-11-02T10:00:00+01:00,anna\n")
    status, lines, _ = run(folder)
    assert status == 0
    (line,) = lines
    assert (line["event"], line["of"], line["agent"]) == ("answered", "d-1", "anna")
    assert line["at"] == "2026-11-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("map_", "said"),
    [
        ("id = ", "is no TOML"),
        ('id = "a"', "`at` is missing"),
        ('id = "a"\nat = "b"\nchanel = "c"', "`chanel` is unknown; did you mean `channel`?"),
        ('id = "a"\nat = "b"\nchannel = "c"\n[events.awnsered]\nat = "d"', "there is `answered`"),
        ('id = "a"\nat = "b"\nchannel = "c"\n[events.answered]\nagent = "d"', "name the column of its time"),
        ('id = "a"\nat = "b"\nchannel = "c"\ntimezone = "Mars"', "there is no timezone `Mars`"),
        ('id = "a"\nat = "b"\nchannel = "c"\n[fields]\nintent = "d"', "`intent` is no path of a field"),
        ('id = "a"\nat = "b"', "say by `channel` how contacts were served"),
    ],
)
def test_a_map_that_cannot_be_used_says_why(map_: str, said: str) -> None:
    with pytest.raises(MapError) as refused:
        read_map(map_)
    assert said in str(refused.value)


def test_a_column_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "columns.toml").write_text(MAP.replace('"ANI"', '"ANNI"'), encoding="utf-8")
    status, _, told = run(folder)
    assert status == 2
    assert "there is no column `ANNI`; did you mean `ANI`?" in told
