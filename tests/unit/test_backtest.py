"""A change of a policy put before contacts that came: who moves, what it costs, where the load goes."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routekit import Engine, Policy
from routekit.analysis import diff
from routekit.backtest import Handling, backtest
from routekit.backtest.backtest import change_of
from routekit.backtest.both import Both
from routekit.backtest.load import week_of
from routekit.backtest.page import backtest_page
from routekit.backtest.report import backtest_as_json, backtest_lines
from routekit.backtest.run import run
from routekit.backtest.tally import Tally
from routekit.intake.cells import columns_of
from routekit.readers import open_contacts
from routekit.schema.times import zone
from routekit.service.decision_log import Entry
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.rendering import as_line
from tests.unit.test_cli import routekit

OLD = """
policy care "Care"
timezone Europe/Berlin
record contact { channel one of voice, web  at time ? }
record customer { id text ?  value integer 0..100 = 0 private }
channel voice { assisted      cost 4.00 }
channel web   { self_service  cost 0.10 }
queue general   { on voice }
queue dedicated { on voice }
queue portal    { on web }
route {
  rule best when customer.value >= 80 then queue dedicated, priority 2
  rule online when customer.value < 30 then queue portal
  otherwise queue general
}
offers {
  offer bonus when customer.value >= 60
}
"""
NEW = OLD.replace(">= 80 then", ">= 60 then").replace("< 30", "< 40")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def came(number: int = 100) -> list[dict[str, object]]:
    """A contact a minute from ten in Berlin on, of each value."""
    return [
        {
            "contact": {"channel": "voice", "at": (MONDAY + timedelta(minutes=minute % 60)).isoformat()},
            "customer": {"id": f"c-{minute}", "value": minute % 100},
        }
        for minute in range(number)
    ]


@pytest.fixture
def old() -> Policy:
    return Policy.from_text(OLD)


@pytest.fixture
def new() -> Policy:
    return Policy.from_text(NEW)


def test_each_contact_that_moves_is_counted_in_its_proved_group(old: Policy, new: Policy) -> None:
    found = backtest(old, new, came())
    assert (found.contacts, found.treated_differently, found.share) == (100, 30, 0.3)
    assert [
        (moved.contacts, moved.group.who.condition, moved.group.who.exact)
        for moved in found.moved
        if moved.group
    ] == [(20, "customer.value in 60..79", True), (10, "customer.value in 30..39", True)]
    assert found.moved[0].places == ("61", "62", "63", "64", "65")
    costs = [total.cost_a_contact for total in (found.before, found.now)]
    assert costs == [pytest.approx(0.7 * 4 + 0.3 * 0.1), pytest.approx(0.6 * 4 + 0.4 * 0.1)]
    assert found.now.offers_a_contact == 0.4


def test_load_is_that_of_the_busiest_half_hour_by_the_clock_of_the_policy(old: Policy, new: Policy) -> None:
    handling = {"dedicated": Handling(timedelta(minutes=9), "measured", timedelta(minutes=3))}
    found = backtest(old, new, came(60 * 100), handling=handling)
    loads = {load.queue: load for load in found.loads}
    dedicated = loads["dedicated"]
    assert dedicated.slot == (0, 20)  # Monday at ten in Berlin
    assert sum((dedicated.before, dedicated.now)) == pytest.approx(600 + 1200)
    assert dedicated.erlangs == pytest.approx((600 * 9 / 30, 1200 * 9 / 30))
    assert dedicated.people is not None
    assert dedicated.people[0] is not None
    assert 150 < dedicated.people[0] < 200
    assert loads["general"].people is None
    assert "portal" not in loads  # nobody waits for a machine
    lines = " ".join(" ".join(backtest_lines(found)).split())
    assert "busiest half hour Mon 10:00: 180.0 → 360.0 erlangs" in lines
    assert "Erlang A, handling time 540 s, measured, patience 180 s" in lines


def test_a_mean_week_counts_the_weekdays_of_the_period() -> None:
    days = [datetime(2026, 11, day, 10, tzinfo=UTC) for day in (2, 9, 23)]
    arrivals = {(1, "general", int(day.timestamp()) // 900): 8 for day in days}
    assert week_of(arrivals, zone("UTC"))["general"].now == {
        (0, 20): 6.0
    }  # four Mondays from 2 to 23 November
    kathmandu = week_of(arrivals, zone("Asia/Kathmandu"))["general"].now
    assert kathmandu == {(0, 31): 6.0}  # 15:45


def files(tmp_path: Path, contacts: list[dict[str, object]]) -> tuple[Path, Path]:
    lines, table = tmp_path / "came.jsonl", tmp_path / "came.csv"
    lines.write_text("".join(f"{json.dumps(each)}\n" for each in contacts))
    with table.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["contact.channel", "contact.at", "customer.id", "customer.value"])
        for each in contacts:
            contact, customer = each["contact"], each["customer"]
            assert isinstance(contact, dict)
            assert isinstance(customer, dict)
            writer.writerow([contact["channel"], contact["at"], customer["id"], customer["value"]])
    return lines, table


def test_tables_lines_and_processes_count_the_same(old: Policy, new: Policy, tmp_path: Path) -> None:
    contacts = came(3_000)
    contacts[7]["contact"] = {"channel": "voice", "at": "23 November"}
    contacts[8]["contact"] = {"channel": "voice", "at": "2026-11-23T10:08"}
    lines, table = files(tmp_path, contacts)
    change = change_of(old, new, diff(old, new), MONDAY)
    columns = columns_of(new.checked)

    def tally(path: Path, jobs: int = 1) -> Tally:
        opened = open_contacts(str(path), None, columns)
        found = run(change, opened, lambda row: pytest.fail(row.broken), jobs=jobs)
        opened.close()
        found.places = {
            key: tuple(place.rpartition(":")[2] for place in each) for key, each in found.places.items()
        }
        return found

    alone = tally(lines)
    both = Both(change)
    one_by_one = both.nothing()
    for number, contact in enumerate(contacts, start=1):
        both.count(one_by_one, contact, str(number))
    assert alone == one_by_one
    assert (one_by_one.timeless, one_by_one.with_problems) == (1, 1)
    by_table = tally(table)
    assert tally(table, jobs=2) == by_table
    assert {key: tuple(str(int(place) - 1) for place in each) for key, each in by_table.places.items()} == (
        one_by_one.places  # a heading stands above the rows
    )
    by_table.places = one_by_one.places
    assert by_table == one_by_one


def test_counts_of_workers_come_to_the_same_in_any_order(old: Policy, new: Policy) -> None:
    pa = pytest.importorskip("pyarrow", reason="batches need pyarrow: install routekit[arrow]")
    from routekit.distributed.backtest import Tallies, put_together, tally_in_arrow

    contacts = came(400)
    change = change_of(old, new, diff(old, new), MONDAY)
    table = pa.table(
        {
            "contact.channel": ["voice"] * 400,
            "contact.at": [each["contact"]["at"] for each in contacts],  # type: ignore[index]
            "customer.value": [each["customer"]["value"] for each in contacts],  # type: ignore[index]
        }
    )
    count, parts = Tallies(change), [table.slice(start, 100) for start in range(0, 400, 100)]
    sent = [count(part)["tally"][0].as_py() for part in parts]
    whole = put_together(change, sent)
    assert put_together(change, reversed(sent)) == whole
    (batch,) = tally_in_arrow(change)(iter(table.to_batches()))
    assert put_together(change, batch.column(0).to_pylist()) == whole
    assert whole.moved.total() == 120


def test_a_log_is_decided_again_and_what_is_masked_is_in_doubt(old: Policy, tmp_path: Path) -> None:
    (tmp_path / "old.route").write_text(OLD)
    (tmp_path / "new.route").write_text(NEW)
    recorder, engine = Recorder(frozenset(), None), Engine(old)
    lines = [
        as_line(recorder(Entry(f"d-{n}", MONDAY, 0.001, engine.decide(contact), contact, old.checked)))
        for n, contact in enumerate(came(10))
    ]
    event = {"event": "answered", "of": "d-1", "at": MONDAY.isoformat()}
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join([*lines, lines[3], f"{json.dumps(event)}\n".encode(), b"{ broken\n"]))
    ran = routekit("backtest", tmp_path / "old.route", tmp_path / "new.route", log, "--format", "json")
    assert ran.status == 1
    assert "log.jsonl:13" in ran.err
    said = json.loads(ran.out)
    assert (said["contacts"], said["broken"], said["in_doubt"], said["format_version"]) == (10, 1, 10, 1)


def test_a_log_with_outcomes_tells_times_and_how_those_who_move_fared(tmp_path: Path) -> None:
    (tmp_path / "old.route").write_text(OLD.replace(" private", ""))
    (tmp_path / "new.route").write_text(NEW.replace(" private", ""))
    old = Policy.from_path(tmp_path / "old.route")
    recorder, engine = Recorder(frozenset(), None), Engine(old)
    lines: list[bytes] = []
    for n, contact in enumerate(came(100)):
        entry = Entry(f"d-{n}", MONDAY, 0.001, engine.decide(contact), contact, old.checked)
        lines.append(as_line(recorder(entry)))
        waits = 60 if n < 80 else 10  # the best are answered sooner
        for kind, later in (("answered", waits), ("ended", waits + 300)):
            event = {"event": kind, "of": f"d-{n}", "at": (MONDAY + timedelta(seconds=later)).isoformat()}
            lines.append(f"{json.dumps(event)}\n".encode())
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    ran = routekit("backtest", tmp_path / "old.route", tmp_path / "new.route", log, "--format", "json")
    said = json.loads(ran.out)
    assert (ran.status, said["in_doubt"]) == (0, 0)
    loads = {load["queue"]: load for load in said["loads"]}
    assert (loads["general"]["handling_seconds"], loads["general"]["known"]) == (300, "measured")
    fared = said["groups"][0]["fared"]
    assert fared["moved"]["waited_p50"]["value"] == 60
    assert (fared["beside"]["waited_p50"]["value"], fared["beside"]["waited_p50"]["of"]) == (10, 20)
    ran = routekit("backtest", tmp_path / "old.route", tmp_path / "new.route", log)
    assert "fared so far: waited, p50 60 s (of 20)" in ran.out
    assert "those already in that queue: waited, p50 10 s (of 20)" in ran.out


def test_the_command_tells_the_change_as_text_data_and_a_page(tmp_path: Path) -> None:
    (tmp_path / "old.route").write_text(OLD)
    (tmp_path / "new.route").write_text(NEW)
    lines, _ = files(tmp_path, came())
    given = "backtest", tmp_path / "old.route", tmp_path / "new.route", lines
    ran = routekit(*given, "--handling", "5m", "--handling", "dedicated=10m")
    assert ran.status == 0
    told = ran.out.splitlines()
    assert told[1] == "of 100 contacts 30 (30.0 %) are treated differently"
    assert told[2].strip().startswith("20  queue general → dedicated, priority 5 → 2")
    assert "cost 2.83 → 2.44 a contact (−13.8 %)     offers 0.40 → 0.40 a contact" in ran.out
    assert "handling time 600 s, assumed" in " ".join(ran.out.split())
    ran = routekit(*given, "--format", "html", "-o", tmp_path / "change.html")
    assert (ran.status, ran.out) == (0, "")
    assert "From queue to queue" in (tmp_path / "change.html").read_text()
    for wrong in (
        ("--handling", "vip=5m"),
        ("--handling", "5 m x"),
        ("--target", "80"),
        ("--patience", "-2m"),
    ):
        ran = routekit(*given, *wrong)
        assert (ran.status, ran.out) == (2, "")


def test_data_and_page_hold_what_the_text_tells(old: Policy, new: Policy) -> None:
    found = backtest(old, new, came(), handling={"general": Handling(timedelta(minutes=5), "assumed")})
    said = json.loads(json.dumps(backtest_as_json(found)))
    assert [group["contacts"] for group in said["groups"]] == [20, 10]
    assert said["totals"]["now"]["offers"] == {"bonus": 40}
    assert said["loads"][0]["known"] in ("assumed", None)
    page = backtest_page(found)
    for text in ("customer.value in 60..79", "Handling times that are called assumed", "30.0 %"):
        assert text in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")


def test_nobody_moves_where_nothing_changed(old: Policy) -> None:
    found = backtest(old, old, came())
    assert (found.treated_differently, found.moved) == (0, ())
    assert "of 100 contacts 0 (0.0 %) are treated differently" in list(backtest_lines(found))
