"""Whether one contact keeps a guarantee, by the reference."""

from datetime import UTC, datetime

import pytest

from routekit import Policy
from routekit.intake import Intake
from routekit.reference import holds

POLICY = """
policy p "Guarantees"
record contact {{ channel one of voice, web }}
record customer {{ vip flag ?  value integer 0..100 = 0  sad flag = no }}
channel voice {{ assisted cost 4 }}
channel web {{ self_service cost 0.1 }}
queue general {{ on voice }}
queue portal {{ on web }}
message hello {{ voice "Hello" }}
route {{
  rule best when customer.vip then queue general, priority 2, skills {{english}}, message hello
  rule poor when customer.value < 10 then queue portal, priority 7
  otherwise queue general
}}
adjust {{ rule hurry when customer.sad then priority - 4 }}
offers {{
  offer gift when customer.value > 50
  offer coupon when customer.value > 80
}}
guarantee g "G" {clause}
"""

VIP = {"vip": True, "value": 90}
POOR = {"vip": False, "value": 5}
PLAIN = {"vip": False, "value": 50}
SAD = {"vip": False, "value": 5, "sad": True}
UNKNOWN = {"value": 50}


@pytest.mark.parametrize(
    ("clause", "customer", "expected"),
    [
        ("then channel is assisted", PLAIN, True),
        ("then channel is assisted", POOR, False),
        ("then channel is self_service", POOR, True),
        ("then channel is not assisted", POOR, True),
        ("then channel in {web}", POOR, True),
        ("then queue is portal", PLAIN, False),
        ("then queue in {portal, general}", PLAIN, True),
        ("then priority <= 5", PLAIN, True),
        ("then priority <= 5", POOR, False),
        ("then priority <= 5", SAD, True),  # after `adjust`
        ("then priority is 3", SAD, True),
        ("then rule is poor", POOR, True),
        ("then rule is otherwise", PLAIN, True),
        ("then rule in {best, poor}", PLAIN, False),
        ("then offers has gift", PLAIN, False),
        ("then offers has gift", VIP, True),
        ("then offers has all {gift, coupon}", VIP, True),
        ("then offers is empty", PLAIN, True),
        ("then not offers has gift", VIP, False),
        ("then skills has english", VIP, True),
        ("then skills is empty", VIP, False),
        ("then message is hello", VIP, True),
        ("then message is hello", PLAIN, False),  # there is none: the promise is not true
        ("then message is missing", PLAIN, True),
        ("then channel is assisted or priority >= 7", POOR, True),
        ("then channel is assisted and priority < 7", POOR, False),
        ("then not (channel is assisted or priority < 7)", POOR, True),
        # where its `when` is not true, a guarantee says nothing
        ("when customer.vip then queue is portal", VIP, False),
        ("when customer.vip then queue is portal", PLAIN, True),
        ("when customer.vip then queue is portal", UNKNOWN, True),
        ("when not customer.vip then queue is portal", UNKNOWN, True),
        ("when customer.vip is missing then queue is portal", UNKNOWN, False),
    ],
)
def test_a_guarantee_holds_for_a_contact_or_not(
    clause: str, customer: dict[str, object], expected: bool
) -> None:
    policy = Policy.from_text(POLICY.format(clause=clause)).checked
    facts = Intake(policy).read(
        {"contact": {"channel": "voice"}, "customer": customer}, datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert holds(policy, policy.guarantees[0], facts) is expected
