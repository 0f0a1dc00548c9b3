"""What is private stays so wherever routekit writes by itself."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from routekit import Engine, Policy
from tests.unit.test_cli import routekit

POLICY = """
policy care "Care"
record contact { channel one of voice, web  at time ? }
record customer private {
  id        text ?
  birthday  date ?
  arrears   number 0.. = 0
  deaf      flag = no
  needs     set of text = {}
  banker    text ?
}
record account { tier ordered bronze < gold = bronze }
let owed = customer.arrears * 2
channel voice { assisted }
queue general { on voice }
queue special { on voice }
segment old when customer.birthday < 1960-01-01
segment poor when owed >= 1000
route {
  rule blocked when customer.id is "c-1" or customer.id starts with "x" then queue special
  rule careful when customer.deaf or customer.needs has "sign" then queue special
  rule older when old or poor then queue special, agent customer.banker
  rule trial when account.tier is bronze split by customer.id seed "s" {
    50% queue general
    50% queue special
  }
  otherwise queue general
}
offers {
  offer plan worth customer.arrears / 3
  offer gift worth 5
}
"""
PLANTED = {
    "id": "Zoe-Planted",
    "birthday": "1987-06-05",
    "arrears": 777.25,
    "needs": ["braille-planted"],
    "banker": "Max-Planted",
}
LEAKS = ("Planted", "planted", "1987", "777", "1554", "259", "06-0")


def _leaks(text: str) -> list[str]:
    return [leak for leak in LEAKS if leak in text]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Policy.from_text(POLICY))


def _contact(**customer: object) -> dict[str, object]:
    contact = {"channel": "voice", "at": "2026-11-23T10:00Z"}
    return {"contact": contact, "customer": {**PLANTED, **customer}}


@pytest.mark.parametrize("customer", [{}, {"arrears": 3}, {"deaf": True}, {"arrears": 0, "needs": []}])
@pytest.mark.parametrize("rule", ["blocked", "careful", "older", "trial"])
@pytest.mark.parametrize("offer", ["plan", "gift"])
def test_no_explanation_tells_a_private_value(
    engine: Engine, customer: dict[str, object], rule: str, offer: str
) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)  # not the clock, whose digits may be anything
    explanation = engine.explain(_contact(**customer), now=noon, rule=rule, offer=offer)
    for told in (
        explanation.to_text(all_rules=True),
        explanation.to_html(),
        json.dumps(explanation.to_dict()),
        repr(explanation),
    ):
        assert _leaks(told) == []
    assert "(private)" in explanation.to_text()


def test_a_private_value_is_told_where_it_is_asked_for(engine: Engine) -> None:
    explanation = engine.explain(_contact(), show_private=True)
    assert explanation.summary == (
        "Sent to queue special on voice, priority 5, by rule older because owed is 1554.5 "
        "(1000 or more, customer.arrears is 777.25, poor)."
    )
    hidden = engine.explain(_contact())
    assert hidden.summary == (
        "Sent to queue special on voice, priority 5, by rule older because owed is (private) "
        "(1000 or more, customer.arrears is (private), poor)."
    )
    assert explanation.decision.agent == "Max-Planted"
    assert hidden.decision.agent == "(private)"


def test_that_a_private_value_is_missing_is_told(engine: Engine) -> None:
    contact = {"contact": {"channel": "voice"}}
    assert "customer.id is missing" in engine.explain(contact).to_text()


def test_changes_name_private_fields_without_their_values(engine: Engine) -> None:
    explanation = engine.explain(_contact(arrears=3), rule="older")
    (change,) = explanation.answers[0].changes
    assert change.text == "another customer.arrears"
    assert change.to_dict()["set"] == [{"path": "customer.arrears", "value": "(private)"}]


def test_a_decision_is_what_it_is(engine: Engine) -> None:
    public = Engine(Policy.from_text(POLICY.replace(" private {", " {")))
    for contact in (_contact(), _contact(arrears=1), _contact(id="c-1"), {}):
        one, other = engine.decide(contact).to_dict(), public.decide(contact).to_dict()
        assert {**one, "revision": ""} == {**other, "revision": ""}


def test_the_command_tells_private_values_only_when_asked_to(tmp_path: Path) -> None:
    policy, contacts = tmp_path / "p.route", tmp_path / "c.jsonl"
    policy.write_text(POLICY)
    contacts.write_text(json.dumps(_contact()) + "\n")
    for how in ("text", "json", "html"):
        ran = routekit("explain", str(policy), str(contacts), "--format", how)
        assert _leaks(ran.out) == []
    ran = routekit("explain", str(policy), str(contacts), "--show-private")
    assert "777.25" in ran.out


def test_models_carry_the_mark_and_hide_the_values(engine: Engine) -> None:
    model = engine.policy.contact_model()
    customer = model.model_json_schema()["$defs"]["Customer"]["properties"]
    assert all(field["x-private"] for field in customer.values())
    assert "x-private" not in json.dumps(model.model_json_schema()["$defs"]["Account"])
    assert _leaks(repr(model.model_validate(_contact()))) == []
    with pytest.raises(ValidationError) as refused:
        model.model_validate(_contact(birthday="on 1987-06-05"))
    assert _leaks(str(refused.value)) == []


def test_a_record_that_is_taken_from_a_model_takes_the_mark_along() -> None:
    class Customer(BaseModel):
        id: Annotated[str | None, Field(json_schema_extra={"x-private": True})] = None
        value: int = 0

    policy = Policy.from_text(
        """policy p record contact { channel one of voice } channel voice { assisted }
        queue general { on voice } queue special { on voice }
        route { rule a when customer.id is known then queue special otherwise queue general }""",
        records={"customer": Customer},
    )
    fields = next(record.fields for record in policy.checked.records if record.name == "customer")
    assert [(field.name, field.private) for field in fields] == [("id", True), ("value", False)]


def test_what_was_seen_last_of_a_private_field_is_private() -> None:
    text = POLICY.replace("let owed", "history { before last customer.id within 7d }\nlet owed")
    record = Policy.from_text(text).checked.records[-1]
    assert [field.private for field in record.fields] == [True]
