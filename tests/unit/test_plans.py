"""Plans where they are told: reasons, logs, tables of decisions, examples."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from routekit import Engine, Policy
from routekit.engine.examples import mismatches
from routekit.service.decision_log import Entry
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.replay import Replay, read_record

NOON = datetime(2026, 11, 27, 19, tzinfo=UTC)
POLICY = """
policy p "A small policy"
timezone Europe/Berlin
record contact  { channel one of voice  at time ?  phone text ? }
record customer { manager text ? private  senior flag = no private }
channel voice { assisted }
calendar office { open Mon-Fri 08:00-20:00 }
queue general { on voice }
queue desk    { on voice  open office }
plan call_back "We call you" {
  after 2m when contact.phone is known then callback within 4h of office
  after 3m when customer.senior then priority 1
}
route {
  otherwise queue general, plan call_back
    after 1m agent customer.manager
    after 4m queue desk
}
adjust { rule first when customer.senior then priority - 1 }
"""
CONTACT = {
    "contact": {"channel": "voice", "phone": "1", "at": "2026-11-27T19:50:00"},
    "customer": {"manager": "m-7", "senior": True},
}


def test_reasons_tell_where_steps_come_from_and_why_others_are_left_out() -> None:
    engine = Engine(Policy.from_text(POLICY))
    told = str(engine.explain(CONTACT, show_private=True))
    assert "The steps after 2m and 3m come from the plan We call you." in " ".join(told.split())
    without = {"contact": {"channel": "voice", "at": "2026-11-27T19:57:00"}}
    told = " ".join(str(engine.explain(without)).split())
    assert "The step after 2m of the plan We call you is left out: contact.phone is missing." in told
    assert "The step after 4m to queue desk is left out: the queue is closed by then." in told


def test_nobody_reads_of_a_private_agent_of_a_step() -> None:
    engine = Engine(Policy.from_text(POLICY))
    assert "m-7" not in json.dumps(engine.explain(CONTACT).to_dict())
    assert "m-7" in json.dumps(engine.explain(CONTACT, show_private=True).to_dict())
    record = _record(engine)
    assert "m-7" not in json.dumps(record)
    assert "plan.agent" in record["masked"]  # type: ignore[operator]


def _record(engine: Engine) -> dict[str, object]:
    decision = engine.decide(CONTACT, now=NOON)
    entry = Entry("d-1", NOON, 0.0, decision, CONTACT, engine.policy.checked)
    return {**Recorder(frozenset(), None)(entry)}


def test_a_replay_doubts_a_plan_that_hangs_on_masked_values() -> None:
    engine = Engine(Policy.from_text(POLICY))
    verdict = Replay(engine).compare(read_record(json.loads(json.dumps(_record(engine)))))
    assert (verdict.kind, verdict.parts) == ("in doubt", ("priority", "plan"))


def test_a_replay_of_masked_agents_finds_nothing_changed() -> None:
    text = POLICY.replace("senior flag = no private", "senior flag = no")
    engine = Engine(Policy.from_text(text))
    assert Replay(engine).compare(read_record(json.loads(json.dumps(_record(engine))))).kind == "same"


@pytest.mark.parametrize("rows", [1, 400])
def test_tables_give_the_plans_that_the_engine_gives(rows: int) -> None:
    engine = Engine(Policy.from_text(POLICY))
    contacts = [
        {
            "contact": {
                "channel": "voice",
                "phone": None if number % 3 else "1",
                "at": f"2026-11-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00",
            },
            "customer": {"manager": f"m-{number % 5}" if number % 2 else None, "senior": number % 7 == 0},
        }
        for number in range(rows)
    ]
    found = engine.decide_batch(pa.Table.from_pylist(contacts), now=NOON).column("plan").to_pylist()
    for contact, plan in zip(contacts, found, strict=True):
        decision = engine.decide(contact, now=NOON)
        assert decision == Engine(engine.policy, evaluator="reference").decide(contact, now=NOON)
        told = [
            {key: value for key, value in step.items() if value is not None and key != "any_agent"}
            for step in plan
        ]
        wanted = [step.to_dict() for step in decision.plan]
        for step in wanted:
            if "callback_by" in step:
                step["callback_by"] = datetime.fromisoformat(str(step["callback_by"]))
        assert told == wanted


_UNTIL = 'plan {after 1m agent "m-7"  after 2m'
_REST = "after 3m priority 1  after 4m queue desk}"


@pytest.mark.parametrize(
    ("expected", "fits"),
    [
        (f"{_UNTIL} callback by 2026-11-30 11:52  {_REST}", True),
        (f"{_UNTIL} callback by 2026-11-30 11:51  {_REST}", False),
        (f"{_UNTIL} callback within 4h  {_REST}", False),
        ('plan {after 1m agent "m-7"}', False),
        ("plan {}", False),
    ],
)
def test_examples_expect_the_whole_plan(expected: str, fits: bool) -> None:
    given = 'given contact.channel voice, contact.phone "1", contact.at 2026-11-27 19:50'
    example = f'example "it" {given}, customer.manager "m-7", customer.senior yes expect {expected}'
    policy = Policy.from_text(f"{POLICY}\n{example}")
    for evaluator in ("reference", "compiled"):
        engine = Engine(policy, evaluator=evaluator)
        assert (mismatches(engine, policy.checked.examples[0])[1] == ()) is fits


def test_a_table_of_examples_expects_plans() -> None:
    table = """
    example "by phone" given contact.at 2026-11-27 10:00
      table (contact.phone -> plan, priority) {
        "1" -> {after 2m callback by 2026-11-27 14:02  after 4m queue desk} | 5
        _   -> {after 4m queue desk} | _
      }
    """
    policy = Policy.from_text(f"{POLICY}\n{table}")
    engine = Engine(policy)
    assert [mismatches(engine, example)[1] for example in policy.checked.examples] == [(), ()]
