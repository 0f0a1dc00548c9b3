"""Running a policy's own examples."""

import pytest

from routekit import Engine, Policy
from routekit.engine.examples import Mismatch, contact_of, mismatches
from routekit.policy.model import Example
from routekit.policy.outcome_parts import PART

POLICY = """
policy p "Examples"
timezone Asia/Shanghai
record contact {{ channel one of voice, web  at time ? }}
record customer {{
  id text ?  tier ordered low < high ?  value integer 0..100 = 0  tags set of text = {{}}  boss text ?
}}
channel voice {{ assisted cost 4 }}
channel web {{ self_service cost 1 }}
live queue {{ waiting integer 0.. = 0  longest duration ? }}
queue general {{ on voice, web }}
queue desk {{ on voice }}
message hello {{ voice "Hello" }}
route {{
  rule noon when hour(now) is 12 and date(now) is 2026-01-01 and customer.value is 1 then queue desk
  rule high when customer.tier >= high
    then queue desk, agent customer.boss, priority 2, skills {{a, b}}, message hello
  rule busy when general.waiting > 3 or desk.longest > 1m then queue general on web
  table by_tag (customer.value) {{
    1..9   -> queue desk
    10..19 -> queue general
  }}
  rule trial when customer.tags has "t" split by customer.id seed "s" {{ 100% queue desk }}
  otherwise queue general
}}
offers {{
  offer small when customer.value > 50 worth 1
  offer large when customer.value > 50 worth 2
}}
example "e" {example}
"""


def _run(example: str) -> tuple[Mismatch, ...]:
    policy = Policy.from_text(POLICY.format(example=example))
    return mismatches(Engine(policy), policy.checked.examples[0])[1]


@pytest.mark.parametrize(
    "example",
    [
        "expect rule otherwise, queue general, channel voice, priority 5, skills {}, offers {}",
        "expect arm missing, agent missing, message missing",
        "given contact.channel web expect queue general, channel web",
        "given contact.channel voice, customer.tier high expect rule high, queue desk, priority 2",
        'given customer.tier high, customer.boss "e-1" expect agent "e-1", skills {b, a}, message hello',
        "given customer.tier high expect agent missing",
        "given customer.value 60 expect offers {large, small}",
        "given general.waiting 4 expect rule busy, channel web",
        "given desk.longest 2m expect rule busy",
        "given customer.value 15 expect rule by_tag[2]",
        'given customer.tags {"t"}, customer.id "c-1" expect rule trial, arm 1',
        "given customer.value 1 expect rule noon",  # the clock stands at noon of the policy's timezone
        "given contact.at 2026-01-01 12:30, customer.value 1 expect rule noon",
        "given contact.at 2026-01-01 13:00, customer.value 1 expect rule by_tag[1]",
        "given customer.tier missing expect rule otherwise",
    ],
)
def test_an_example_that_comes_true_has_no_mismatches(example: str) -> None:
    assert _run(example) == ()


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("expect queue desk", Mismatch(PART["queue"], "desk", "general")),
        ("expect priority 1", Mismatch(PART["priority"], 1, 5)),
        (
            "given customer.value 60 expect offers {small, large}",
            Mismatch(PART["offers"], ("small", "large"), ("large", "small")),
        ),
        (
            "given customer.value 60 expect offers {large}",
            Mismatch(PART["offers"], ("large",), ("large", "small")),
        ),
        (
            "given customer.tier high expect skills {a}",
            Mismatch(PART["skills"], frozenset({"a"}), frozenset({"a", "b"})),
        ),
        ("given customer.tier high expect rule otherwise", Mismatch(PART["rule"], "otherwise", "high")),
        ("expect message hello", Mismatch(PART["message"], "hello", None)),
        ("expect arm 1", Mismatch(PART["arm"], 1, None)),
    ],
)
def test_an_example_that_does_not_says_what_came_instead(example: str, expected: Mismatch) -> None:
    assert _run(example) == (expected,)


def test_all_that_is_expected_is_compared() -> None:
    found = _run("expect rule high, queue desk, channel web, priority 5, offers {small}")
    assert [mismatch.what for mismatch in found] == ["rule", "queue", "channel", "offers"]


def test_the_contact_of_an_example_is_one_that_a_caller_could_send() -> None:
    given = 'contact.channel voice, customer.id "c-1", general.waiting 4, customer.tags {"t"}'
    text = POLICY.format(example=f"given {given} expect queue desk")
    (example,) = Policy.from_text(text).checked.examples
    assert isinstance(example, Example)
    assert contact_of(example) == {
        "contact": {"channel": "voice"},
        "customer": {"id": "c-1", "tags": frozenset({"t"})},
        "live": {"general": {"waiting": 4}},
    }
