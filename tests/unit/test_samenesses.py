"""Guarantees that contacts which differ in some fields alone are treated the same."""

import pytest

from routekit import Engine, Policy
from routekit.analysis import prove
from routekit.prover.witness import Pair

POLICY = """
policy care
record contact { channel one of voice, web, chat  intent one of billing, other ? }
record customer { senior flag ?  value integer 0..100 = 0  name text ? }
channel voice { assisted }
channel web { self_service }
channel chat { assisted }
queue general { on voice, chat, web }
queue best { on voice, chat, web }
outcome { sla duration = 5m  greeting text ? }
segment frail when customer.senior
route {
  rule vip when customer.value > 80 then queue best, greeting = customer.name
  rule old when frail and customer.value > 70 then queue general, priority 2, sla = 1m
  otherwise queue general
    after 1m priority 3
}
offers { offer x when customer.senior worth 3   offer y worth 2 }
guarantee told PROMISE
"""


@pytest.mark.parametrize(
    ("promise", "answer"),
    [
        ("whatever customer.senior then same queue, message", "proved"),
        ("whatever customer.senior then same priority", "counterexample"),
        ("whatever customer.senior then same outcome.sla", "counterexample"),
        ("whatever customer.senior then same outcome.greeting", "proved"),
        ("whatever customer.senior then same rule", "counterexample"),
        (
            "when customer.value <= 70 whatever customer.senior then same priority, plan, agent, skills",
            "proved",
        ),
        ("when customer.value <= 70 whatever customer.senior then same service", "counterexample"),
        ("whatever customer.name then same service", "counterexample"),
        ("whatever customer.value in {10, 20} then same service", "proved"),
        ("whatever customer.value in {10, 90} then same service", "counterexample"),
        ("whatever contact.channel in {voice, web} then same priority, skills", "proved"),
        ("whatever contact.channel in {voice, web} then same channel", "counterexample"),
    ],
)
def test_it_is_proved_or_a_pair_shows_the_difference(promise: str, answer: str) -> None:
    policy = Policy.from_text(POLICY.replace("PROMISE", promise))
    (found,) = prove(policy).guarantees
    assert found.answer == answer
    if answer == "counterexample":
        assert isinstance(found.witness, Pair)
        engine = Engine(policy)
        decided = [engine.decide(each) for each in (found.witness.contact, found.witness.other)]
        assert decided == [found.witness.decision, found.witness.other_decision]
        assert decided[0] != decided[1]
