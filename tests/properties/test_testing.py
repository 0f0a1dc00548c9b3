"""The contacts that users draw for properties of their own."""

import json
import subprocess
import sys
from functools import partial

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.testing import clocks, contacts, malformed_contacts
from tests.properties.packs import PACKS, pack
from tests.strategies import policy_texts, slow

packs = pytest.mark.parametrize("name", PACKS)


@partial(slow, times=4)
@given(text=policy_texts(), data=st.data())
def test_a_drawn_contact_has_no_problems_under_any_policy(text: str, data: st.DataObject) -> None:
    policy = Policy.from_text(text)
    engine, drawn = Engine(policy), contacts(policy)
    for _ in range(5):
        contact = data.draw(drawn)
        assert engine.decide(json.loads(json.dumps(contact)), strict=True).queue in policy.checked.queues


@packs
def test_drawn_contacts_reach_what_the_examples_of_a_pack_reach(name: str) -> None:
    """In a few thousand contacts, drawn in turns: what a turn draws depends on how it begins."""
    engine = Engine(pack(name))
    checked = engine.policy.checked
    wanted = {item.value for example in checked.examples for item in example.expected if item.what == "rule"}
    offers = {offer.name for offer in checked.offers}
    reached: set[str] = set()
    shown: set[str] = set()

    @settings(max_examples=500, phases=[Phase.generate])
    @given(contact=contacts(pack(name)), now=clocks(pack(name)))
    def draw(contact: dict[str, object], now: object) -> None:
        decision = engine.decide(contact, now=now, strict=True)  # type: ignore[arg-type]
        reached.add(decision.rule)
        shown.update(decision.offers)

    def is_enough() -> bool:
        return wanted <= reached and offers <= shown and len(reached) > 0.9 * len(checked.rule_names)

    for turn in range(12):
        seed(turn)(draw)()
        if is_enough():
            return
    assert wanted <= reached
    assert offers <= shown
    assert is_enough()


def test_rules_without_any_example_are_reached_too() -> None:
    policy = Policy.from_text("""
        policy deep "Conditions that no contact meets by chance"
        timezone Asia/Shanghai
        record contact  { channel one of voice, chat  at time  note text ?  code integer 0..1000000 }
        record customer { id text ?  value number 0..1 = 0  bought time ?  tags set of text = {} }
        list vips = {"c-77", "c-78"}
        calendar night { open Tue 03:15-03:30 }
        channel voice { assisted }
        queue desk { on voice  open night }
        queue general { on voice }
        live queue { waiting integer 0.. = 0 }
        segment vip when customer.id in vips and customer.value >= 0.75
        segment fresh when contact.at - customer.bought in 3h..4h
        route {
          rule first when vip and fresh and contact.code is 424242 then queue general
          rule second when vip and general.waiting in 40..41 and customer.tags has "gold" then queue general
          rule third when hour(now) is 3 and contact.note starts with "help" then queue desk
          otherwise queue general
        }
    """)
    engine, reached = Engine(policy), set()

    @settings(max_examples=400, phases=[Phase.generate])
    @given(contact=contacts(policy))
    def draw(contact: dict[str, object]) -> None:
        reached.add(engine.decide(contact, strict=True).rule)

    draw()
    assert reached == {"first", "second", "third", "otherwise"}


@given(data=st.data())
def test_a_field_may_be_held_fast(data: st.DataObject) -> None:
    drawn = contacts(pack("telecom"), given={"contact.channel": "web", "live.general.waiting": 3})
    contact = json.loads(json.dumps(data.draw(drawn)))
    assert contact["contact"]["channel"] == "web"
    assert contact["live"]["general"]["waiting"] == 3


def test_a_field_that_is_not_there_cannot_be_held_fast() -> None:
    with pytest.raises(ValueError, match=r"no field `customer\.teir`; did you mean `customer\.tier`"):
        contacts(pack("telecom"), given={"customer.teir": "gold"})


@packs
def test_malformed_contacts_are_decided_and_most_have_problems(name: str) -> None:
    engine, problems = Engine(pack(name)), []

    @settings(max_examples=100, phases=[Phase.generate])
    @given(contact=malformed_contacts(pack(name)))
    def draw(contact: object) -> None:
        problems.append(bool(engine.decide(contact).problems))

    draw()
    assert sum(problems) > len(problems) / 2


def test_without_hypothesis_it_is_said_what_to_install() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; import routekit.testing"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "`routekit.testing` needs hypothesis: install `routekit[testing]`" in ran.stderr
