"""Contact models, and policies checked against the models that a service has."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from routekit import Engine, Policy, PolicyError
from tests.markdown import CASES

RULES = CASES.parent.parent / "rules"

POLICY = """
policy care "Care"
record contact { channel one of voice, web  at time ?  model_config text ?  copy text = "x" }
%s
channel voice { assisted }
queue general { on voice }
queue vip { on voice }
live queue { waiting integer 0.. = 0  longest_wait duration = 0s }
route { rule best when %s then queue vip  otherwise queue general }
"""


def _policy(record: str = "", condition: str = "general.waiting > 3", **records: type[BaseModel]) -> Policy:
    return Policy.from_text(POLICY % (record, condition), records=records or None)


CUSTOMER = (
    "record customer { value integer 0..100 = 0  tags set of text = {}  waited duration ?  born date ? }"
)


# the model of a policy


@pytest.mark.parametrize("pack", ["telecom", "bank", "airline", "utility"])
def test_a_contact_that_the_model_takes_is_decided_alike_when_it_is_sent_on(pack: str) -> None:
    policy = Policy.from_path(RULES / f"{pack}.route")
    engine, model = Engine(policy), policy.contact_model()
    now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    contacts = (RULES.parent / "examples" / "contacts" / f"{pack}.jsonl").read_text().splitlines()
    taken = 0
    for line in contacts:
        contact = json.loads(line)
        decision = engine.decide(contact, now=now)
        if decision.problems:
            with pytest.raises(ValidationError):
                model.model_validate(contact)
            continue
        taken += 1
        as_python = model.model_validate(contact).model_dump()
        as_json = json.loads(model.model_validate(contact).model_dump_json())
        assert engine.decide(as_python, now=now) == decision
        assert engine.decide(as_json, now=now) == decision
    assert taken > 100


def test_the_schema_says_what_is_required_and_what_is_listed() -> None:
    schema = _policy(CUSTOMER).contact_model().model_json_schema()
    contact = schema["$defs"]["Contact"]
    assert contact["required"] == ["channel"]
    assert contact["properties"]["channel"]["enum"] == ["voice", "web"]
    value = schema["$defs"]["Customer"]["properties"]["value"]["anyOf"][0]
    assert (value["minimum"], value["maximum"]) == (0, 100)


def test_a_refusal_names_the_path_and_the_reason_of_the_decision() -> None:
    policy = _policy(CUSTOMER)
    contact = {"contact": {"channel": "fax"}, "customer": {"value": 101}}
    with pytest.raises(ValidationError) as refused:
        policy.contact_model().model_validate(contact)
    paths = {".".join(map(str, error["loc"])): error["msg"] for error in refused.value.errors()}
    for problem in Engine(policy).decide(contact).problems:
        assert problem.message in paths[problem.path]


def test_a_field_may_be_called_like_a_member_of_pydantic() -> None:
    model = _policy().contact_model()
    contact = model.model_validate({"contact": {"channel": "voice", "model_config": "a", "copy": "b"}})
    assert contact.model_dump()["contact"]["copy"] == "b"
    assert contact.model_dump()["contact"]["model_config"] == "a"


def test_durations_go_out_in_a_form_that_comes_in_again() -> None:
    model = _policy(CUSTOMER).contact_model()
    contact = model.model_validate(
        {
            "contact": {"channel": "voice"},
            "customer": {"waited": "1h30m"},
            "live": {"general": {"waiting": 4}},
        }
    )
    assert contact.model_dump()["customer"]["waited"] == timedelta(minutes=90)
    assert json.loads(contact.model_dump_json())["customer"]["waited"] == 5400


# the models of a service


class Tier(StrEnum):
    SILVER = "silver"
    GOLD = "gold"


class Customer(BaseModel):
    id: str | None = None
    value: Annotated[int, Field(ge=0, le=100)] = 0
    tier: Tier | None = None
    channel: Literal["voice", "web"] = "voice"
    tags: list[str] = []
    waited: timedelta | None = None
    seen: datetime | None = None
    extra: dict[str, int] = {}


def test_a_record_can_be_taken_from_a_model() -> None:
    policy = _policy(condition='customer.tier is gold and customer.tags has "vip"', customer=Customer)
    customer = {"tier": Tier.GOLD, "tags": ["vip"]}
    decision = Engine(policy).decide({"contact": {"channel": "voice"}, "customer": customer})
    assert (decision.rule, decision.problems) == ("best", ())


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("customer.teir is gold", "unknown field `customer.teir`"),
        ("customer.value is gold", "unknown name `gold`"),
        ("customer.tier is bronze", "`bronze` is not one of the values `silver`, `gold`"),
        ("customer.extra is known", "unknown field `customer.extra`"),
    ],
)
def test_rules_are_checked_against_the_fields_of_a_model(condition: str, words: str) -> None:
    with pytest.raises(PolicyError) as refused:
        _policy(condition=condition, customer=Customer)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("name text ?", "the model of `customer` has no field `name`"),
        ("value text ?", "`customer.value` is `text` here, `integer 0..100` in the model"),
        ("id text", "`customer.id` is required here and may be missing in the model"),
        ("tier one of gold ?", "can send `silver` as `tier`, which is not listed here"),
    ],
)
def test_a_declared_record_must_agree_with_the_model(field: str, words: str) -> None:
    with pytest.raises(PolicyError) as refused:
        _policy(f"record customer {{ {field} }}", customer=Customer)
    assert [found.code for found in refused.value.diagnostics] == ["RK107"]
    assert words in str(refused.value)


def test_a_declared_record_that_agrees_is_taken() -> None:
    record = "record customer { id text ?  value integer 0..100 = 0  tier ordered silver < gold ? }"
    assert _policy(record, "customer.tier >= gold", customer=Customer).name == "care"
