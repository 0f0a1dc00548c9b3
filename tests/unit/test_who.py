"""Who comes to an outcome, in the policy's words: exactly, or at most."""

import json
from collections.abc import Callable
from itertools import product

import pytest

from routekit import Decision, Engine, Policy, PolicyError
from routekit.analysis import ask
from routekit.prover.report import reply_as_json, reply_lines

TEXT = """
policy p "A small policy"
record contact { channel one of voice, web }
record customer {
  temp integer -3..3 ?
  vip  flag = no
  id   text ?
}
channel voice { assisted }
channel web { self_service }
queue a { on voice }
queue b { on voice }
queue portal { on web }
segment cold when customer.temp < 0
route {
  rule first when cold and customer.vip then queue a, priority 3
  rule second when customer.temp > 1 then queue b
  rule third when contact.channel is web and (cold or customer.vip) then queue portal
  rule fourth when customer.vip then queue a
  otherwise queue portal
}
adjust { rule sooner when customer.temp is 1 then priority -1 }
offers {
  show 1
  offer gift "A gift" when cold worth 1
}
"""


@pytest.mark.parametrize(
    "asked",
    [
        "queue portal",
        "queue a",
        "queue b",
        "priority < 5",
        "queue is a and priority is 3",
        "rule is third or queue b",
        "channel is assisted",
        "offer gift",
    ],
)
def test_who_is_exactly_who(asked: str) -> None:
    reply = ask(Policy.from_text(TEXT), f"who reaches {asked}?")
    assert (reply.answer, reply.is_exact) == ("yes", True)
    condition = " or ".join(f"({group.condition})" for group in reply.who)
    route = f"route {{ rule them when {condition} then queue a  otherwise queue b }}"
    told = Engine(Policy.from_text(TEXT[: TEXT.index("route {")] + route))
    engine = Engine(Policy.from_text(TEXT))
    tests: dict[str, Callable[[Decision], bool]] = {
        "queue portal": lambda d: d.queue == "portal",
        "queue a": lambda d: d.queue == "a",
        "queue b": lambda d: d.queue == "b",
        "priority < 5": lambda d: d.priority < 5,
        "queue is a and priority is 3": lambda d: (d.queue, d.priority) == ("a", 3),
        "rule is third or queue b": lambda d: d.rule == "third" or d.queue == "b",
        "channel is assisted": lambda d: d.channel == "voice",
        "offer gift": lambda d: "gift" in d.offers,
    }
    reached = tests[asked]
    for channel, temp, vip in product(["voice", "web"], [None, *range(-3, 4)], [True, False]):
        contact = {"contact": {"channel": channel}, "customer": {"temp": temp, "vip": vip}}
        assert (told.decide(contact).rule == "them") is reached(engine.decide(contact)), contact


def test_a_condition_narrows_who_is_meant() -> None:
    reply = ask(Policy.from_text(TEXT), "who with customer.vip and cold reaches queue a")
    assert [group.condition for group in reply.who] == ["customer.vip and cold"]
    (nobody,) = reply_lines(ask(Policy.from_text(TEXT), "who with cold reaches queue b"))
    assert nobody[1].startswith("no, it is proved that no contact can")


def test_whom_a_split_deals_out_is_said_at_most() -> None:
    split = 'split by customer.id seed "s" { 50% queue a  50% queue b }'
    text = TEXT.replace("rule second when customer.temp > 1 then queue b", f"rule second when cold {split}")
    reply = ask(Policy.from_text(text), "who reaches queue b")
    assert [(group.condition, group.exact) for group in reply.who] == [("cold and customer.vip is no", False)]
    lines = [line for _, line in reply_lines(reply)]
    assert lines[0] == "at most: cold and customer.vip is no"
    assert json.loads(json.dumps(reply_as_json(reply)))["who"] == [
        {"condition": "cold and customer.vip is no", "exact": False}
    ]


def test_can_is_answered_as_before() -> None:
    reply = ask(Policy.from_text(TEXT), "can a contact with customer.vip reach queue portal")
    assert (reply.answer, reply.who) == ("yes", ())


def test_a_question_that_cannot_be_read_says_both_ways() -> None:
    with pytest.raises(PolicyError, match="or as `who reaches THEN`"):
        ask(Policy.from_text(TEXT), "who is it")
