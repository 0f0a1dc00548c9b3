"""The parts of a decision that a policy declares: in reasons, tables, logs and differences."""

import json
from datetime import UTC, datetime

import pyarrow as pa

from routekit import Engine, Policy
from routekit.analysis import diff
from routekit.service.decision_log import Entry
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.replay import Replay, read_record

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXT = """
policy care
record contact { channel one of voice }
record customer { name text private ?  wait duration ?  gold flag = no }
channel voice { assisted }
queue general { on voice }
outcome { sla "Answer within" duration = 5m  greeting text ?  music one of calm, jazz = calm  due time ? }
route {
  rule vip when customer.gold then queue general, sla = customer.wait, greeting = customer.name, due = now
    after 1m greeting = customer.name, music = jazz
  otherwise queue general
}
"""
POLICY = Policy.from_text(TEXT)
CONTACT = {"contact": {"channel": "voice"}, "customer": {"gold": True, "name": "Ann"}}


def test_reasons_tell_what_did_not_come_out_and_hide_what_is_private() -> None:
    told = str(Engine(POLICY).explain(CONTACT, now=NOON))
    assert "Answer within is 5m: customer.wait is missing" in told
    assert "Ann" not in told


def test_what_is_declared_as_private_is_told_where_it_is_asked_for() -> None:
    engine = Engine(Policy.from_text(TEXT.replace("greeting text ?", "greeting text ? private")))
    assert engine.explain(CONTACT, now=NOON).decision.data["greeting"] == "(private)"
    told = engine.explain(CONTACT, now=NOON, show_private=True)
    assert told.decision == engine.decide(CONTACT, now=NOON)


def test_tables_have_a_typed_column_for_each() -> None:
    table = Engine(POLICY).decide_batch(pa.Table.from_pylist([CONTACT]), now=NOON)
    types = {
        name: str(table.schema.field(f"data.{name}").type) for name in ("sla", "greeting", "music", "due")
    }
    assert types == {"sla": "double", "greeting": "string", "music": "string", "due": "timestamp[us, tz=UTC]"}
    (row,) = table.to_pylist()
    assert (row["data.sla"], row["data.greeting"], row["data.due"]) == (300, "Ann", NOON)
    assert row["plan"][0]["data"] == {"sla": None, "greeting": "Ann", "music": "jazz", "due": None}


def test_a_log_leaves_out_what_private_fields_give_and_is_replayed() -> None:
    engine = Engine(POLICY)
    entry = Entry("d-1", NOON, 0.0, engine.decide(CONTACT, now=NOON), CONTACT, POLICY.checked)
    record = json.loads(json.dumps(Recorder(frozenset(), None)(entry)))
    assert "Ann" not in json.dumps(record)
    assert record["data"] == {"sla": 300, "music": "calm", "due": NOON.isoformat()}
    assert {"data.greeting", "plan.data.greeting"} <= {*record["masked"]}
    assert Replay(engine).compare(read_record(record)).kind == "same"
    other = Engine(Policy.from_text(TEXT.replace("= 5m", "= 6m")))
    verdict = Replay(other).compare(read_record(record))
    assert [change.what for change in verdict.changes] == ["data.sla"]


def test_a_difference_tells_the_values_that_are_written_out() -> None:
    other = Policy.from_text(TEXT.replace("music one of calm, jazz = calm", "music one of calm, jazz = jazz"))
    plain, changed = (
        Policy.from_text(p.replace("\n    after 1m greeting = customer.name, music = jazz", ""))
        for p in (TEXT, TEXT.replace("jazz = calm", "jazz = jazz"))
    )
    difference = diff(plain, changed)
    assert difference.answer == "different"
    assert [str(thing) for change in difference.groups[0].changes for thing in change.after] == [
        "music = jazz"
    ]
    assert not diff(POLICY, other).unknown


def test_a_guarantee_that_is_gone_with_the_part_it_speaks_of_is_unknown_by_name() -> None:
    promise = "guarantee prompt then outcome.sla <= 5m"
    bare = TEXT.replace('sla "Answer within" duration = 5m  ', "").replace(" sla = customer.wait,", "")
    difference = diff(Policy.from_text(TEXT + promise), Policy.from_text(bare))
    (change,) = difference.promises
    assert (change.name, change.kind, change.now) == ("prompt", "removed", "unknown")
    assert "guarantee prompt" in {item.what for item in difference.unknown}
    assert "the two do not declare `outcome.sla` alike" in str(difference)
