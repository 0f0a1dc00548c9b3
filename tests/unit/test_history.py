"""The features of the history, and rules whose queue a field names, as a service and an author get them."""

from datetime import timedelta

import pyarrow as pa
import pytest
from pydantic import BaseModel, ValidationError

from routekit import Engine, Policy, PolicyError
from routekit.analysis import ask, prove
from routekit.policy.model import Feature
from routekit.trials import Running

POLICY = """
policy care "Care"
record contact { channel one of voice, chat, web  intent one of billing, fault = billing  at time ? }
record customer { value integer 0..100 = 0 }
history {
  calls_today    count on voice, chat within 24h
  same_matter    count about contact.intent within 7d
  last_queue     last queue on voice within 7d
  last_intent    last contact.intent within 30d
  open_incident  open incident about contact.intent
}
channel voice { assisted }
channel web { self_service }
calendar office { open Mon-Fri 08:00-20:00 }
queue general { on voice }
queue special { on voice  open office }
queue portal { on web }
route {
  rule back "They know the matter"
    when history.same_matter >= 2
    then queue history.last_queue, priority 2
  rule online when contact.channel is web then queue portal
  rule valued when customer.value > 50 then queue special
  otherwise queue general
}
guarantee not_to_the_portal when history.last_queue is not portal and contact.channel is voice
  then queue is not portal
"""
MONDAY, SUNDAY = "2026-11-23T10:00Z", "2026-11-22T10:00Z"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Policy.from_text(POLICY))


def _contact(at: str = MONDAY, **history: object) -> dict[str, object]:
    return {"contact": {"channel": "voice", "at": at}, "history": history}


def test_the_features_say_how_they_are_worked_out(engine: Engine) -> None:
    week, about = timedelta(days=7), ("contact", "intent")
    assert engine.policy.checked.history == (
        Feature("calls_today", "count", None, ("voice", "chat"), None, timedelta(days=1)),
        Feature("same_matter", "count", None, (), about, week),
        Feature("last_queue", "last", "queue", ("voice",), None, week),
        Feature("last_intent", "last", ("contact", "intent"), (), None, timedelta(days=30)),
        Feature("open_incident", "open", None, (), about, None),
    )
    record = engine.policy.checked.records[-1]
    assert record.name == "history"
    assert [field.name for field in record.fields if field.optional] == ["last_queue", "last_intent"]


def test_a_rule_whose_queue_a_field_names_is_one_rule(engine: Engine) -> None:
    checked = engine.policy.checked
    assert checked.rule_names == ("back", "online", "valued", "otherwise")
    assert [len(rules) for rules in checked.written_rules()] == [3, 1, 1, 1]
    coverage = Running("care.route", engine.policy).trial().coverage
    assert [unit.name for unit in coverage.units if unit.kind == "rules"] == list(checked.rule_names)
    assert [unit.name for unit in coverage.units if unit.name.startswith("history")] == [
        "history.same_matter >= 2"
    ]


@pytest.mark.parametrize(
    ("at", "history", "told"),
    [
        (MONDAY, {"same_matter": 1}, "history.same_matter is 1, not 2 or more"),
        (
            MONDAY,
            {"same_matter": 2},
            "its condition holds, but history.last_queue is missing, so it leads to no queue",
        ),
        (
            SUNDAY,
            {"same_matter": 2, "last_queue": "special"},
            "its condition holds, but queue special is closed: office is closed (it is Sun 2026-11-22 10:00, "
            "opens Mon 2026-11-23 08:00)",
        ),
    ],
)
def test_why_it_does_not_lead_back(engine: Engine, at: str, history: dict[str, object], told: str) -> None:
    explanation = engine.explain(_contact(at, **history), rule="back")
    assert next((reason.rule, reason.text) for reason in explanation.earlier) == ("back", told)
    (answer,) = explanation.answers
    assert answer.changes[0].decision.rule == "back"


def test_why_it_leads_back(engine: Engine) -> None:
    explanation = engine.explain(_contact(same_matter=3, last_queue="special"), rule="back")
    assert explanation.summary == (
        'Sent to queue special on voice, priority 2, by rule back "They know the matter" because '
        "history.same_matter is 3 (2 or more) and history.last_queue is special, in the hours of office "
        "(it is Mon 2026-11-23 10:00)."
    )
    assert explanation.earlier == ()
    assert explanation.answers[0].holds


def test_proofs_speak_of_the_rule_and_not_of_its_queues(engine: Engine) -> None:
    proof = prove(engine.policy)
    assert [promise.answer for promise in proof.guarantees] == ["proved"]
    assert [(found.kind, found.subject) for found in proof.findings] == [("moved", "back")]
    assert dict(proof.checked)["rules"] == 3
    assert ask(engine.policy, "can contact.channel is voice reach rule is back and queue is portal").witness


def test_a_rule_that_never_leads_anywhere_is_found_once() -> None:
    text = POLICY.replace(
        "  rule valued",
        "  rule late when history.same_matter > 4 and history.last_queue is not special\n"
        "    then queue history.last_queue\n"
        "  rule valued",
    )
    proof = prove(Policy.from_text(text))
    dead = [found for found in proof.findings if found.kind != "moved"]
    assert [(found.subject, found.taken_by) for found in dead] == [("late", ("back",))]


def test_columns_of_a_table_are_named_after_features(engine: Engine) -> None:
    table = pa.table(
        {
            "contact.channel": ["voice"] * 4,
            "history.same_matter": [2, 2, None, 5],
            "history.last_queue": ["portal", "old", "portal", "general"],
        }
    )
    decisions = engine.decide_batch(table)
    assert decisions["rule"].to_pylist() == ["back", "otherwise", "otherwise", "back"]
    assert decisions["queue"].to_pylist() == ["portal", "general", "general", "general"]
    assert decisions["problems"][1].as_py()[0]["path"] == "history.last_queue"


def test_the_contact_model_has_the_features(engine: Engine) -> None:
    model = engine.policy.contact_model()
    sent = {"contact": {"channel": "voice"}, "history": {"last_queue": "portal"}}
    assert engine.decide(model.model_validate(sent).model_dump()) == engine.decide(sent)
    with pytest.raises(ValidationError):
        model.model_validate({"contact": {"channel": "voice"}, "history": {"last_queue": "old"}})


def test_a_model_of_the_history_is_compared() -> None:
    class History(BaseModel):
        calls_today: int = 0
        same_matter: str = ""
        last_queue: str | None = None
        last_intent: str | None = None

    with pytest.raises(PolicyError) as refused:
        Policy.from_text(POLICY, records={"history": History})
    assert [found.message for found in refused.value.diagnostics if found.severity == "error"] == [
        "`history.same_matter` is `integer 0..` here, `text` in the model",
        "`history.last_queue` is `one of general, portal, special` here, `text` in the model",
        "`history.last_intent` is `one of billing, fault` here, `text` in the model",
        "the model of `history` has no field `open_incident`",
    ]


def test_too_many_rules_are_refused_before_they_are_made() -> None:
    queues = "\n".join(f"queue q{number} {{ on voice }}" for number in range(600))
    rules = "\n".join(f"rule r{number} then queue history.last_queue" for number in range(600))
    text = (
        "policy p record contact { channel one of voice } channel voice { assisted } "
        f"history {{ last_queue last queue within 7d }}\n{queues}\nroute {{ {rules} otherwise queue q0 }}"
    )
    with pytest.raises(PolicyError, match="RK008"):
        Policy.from_text(text)
