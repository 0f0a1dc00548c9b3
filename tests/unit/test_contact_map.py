"""The contact map of a policy as data, and what a difference tells of an edit of it."""

import re
from datetime import date
from pathlib import Path

import pytest

from routekit import Policy
from routekit.analysis import diff
from routekit.contact_map.draw import draw
from routekit.diff.edit_wording import edited
from routekit.policy.contact_map import Matter, Solved, Touchpoint
from routekit.policy.expressions import FieldRef
from tests.markdown import CASES, read_cases
from tests.properties.packs import PACKS, pack

CASE = next(case for case in read_cases(CASES / "30-contact-map.md") if case.decisions)
POLICY = Policy.from_text(CASE.policy)


def test_a_map_is_plain_data_in_the_order_of_the_policy() -> None:
    drawn = POLICY.contact_map
    assert drawn.stages == ("discover", "buy", "use", "leave")
    assert [item.name for item in drawn.touchpoints] == [
        "booking_site",
        "security",
        "baggage_belt",
        "welcome_call",
    ]
    assert drawn.touchpoints[2] == Touchpoint(
        "baggage_belt", "", ("use",), (), True, "partner", "the handler", True, ("baggage",)
    )
    assert drawn.touchpoints[3].makes == ("welcome",)
    bill = drawn.matters[0]
    assert (bill.title, bill.unit) == ("Questions about the bill", "finance")
    assert bill.needs == (FieldRef("customer", "id"), FieldRef("contact", "intent"))
    assert [(one.channel, one.condition is None) for one in bill.solved] == [
        ("web", True),
        ("ivr", True),
        ("sms", False),
        ("voice", True),
        ("desk", True),
    ]
    assert drawn.matters[2] == Matter("anything", "", None, (), (), None)
    assert Solved("desk") in drawn.matters[1].solved


def test_channels_queues_and_messages_hold_what_they_say_for_the_map() -> None:
    checked = POLICY.checked
    assert checked.channels["voice"].hands_over is None
    assert checked.channels["web"].hands_over == (FieldRef("contact", "intent"),)
    assert (checked.channels["desk"].in_person, checked.channels["sms"].carries) == (True, 160)
    assert checked.queues["general"].asks_for == (FieldRef("customer", "id"), FieldRef("contact", "intent"))
    assert checked.messages["late_bill"].about == ("bill", "anything")


EDITS = (
    ("unit finance", "unit billing", "matter bill: unit finance → billing"),
    ("sms when not customer.senior", "sms", "matter bill: solved on sms not customer.senior → always"),
    ("solved on web, ivr", "solved on web", "matter bill: without solved on ivr always"),
    ("needs customer.id, ", "needs ", "matter bill: without needs customer.id"),
    ("matter anything { }", "matter anything { unit legal }", "matter anything: with unit legal"),
    ('airport"  forced', 'airport"  chosen', "touchpoint security: need forced → chosen"),
    ("security", "safety", "touchpoint security is called safety now, wherever it stood"),
    ("matter baggage", "matter bags", "matter baggage is called bags now, wherever it stood"),
    (
        "discover < buy",
        "buy < discover",
        "journey: discover < buy < use < leave → buy < discover < use < leave",
    ),
    ("0.02  hands over contact.intent", "0.02", "channel web: hands over contact.intent → all"),
    ("carries 160 letters", "", "channel sms: without carries 160 letters"),
    ("asks for customer.id, ", "asks for ", "queue general: without asks for customer.id"),
    ("about bill, anything", "about bill", "message late_bill: without about matter anything"),
)


@pytest.mark.parametrize(("before", "now", "told"), EDITS)
def test_an_edit_of_the_map_is_told_and_changes_no_decision(before: str, now: str, told: str) -> None:
    text = CASE.policy.replace(before, now)
    if now == "matter bags":
        text = text.replace("about baggage", "about bags")
    assert text != CASE.policy
    found = diff(POLICY, Policy.from_text(text))
    assert edited(found) == [f"{told}; changes no decision"]
    assert found.groups == ()
    assert not any(setting.matters for setting in found.settings if "called" not in setting.message)


def test_events_follow_the_new_name_of_a_matter() -> None:
    text = CASE.policy + "event sale { on 2026-11-01  about bill }\n"
    renamed = text.replace("matter bill", "matter invoice").replace("about bill", "about invoice")
    found = diff(Policy.from_text(text), Policy.from_text(renamed))
    assert edited(found) == ["matter bill is called invoice now, wherever it stood; changes no decision"]


@pytest.mark.parametrize("name", PACKS)
def test_the_map_of_a_pack_has_no_finding(name: str) -> None:
    drawn = draw(pack(name).checked, on=date(2026, 11, 30))
    assert len(drawn.findings) == 0
    assert len(pack(name).contact_map.touchpoints) >= 10


@pytest.mark.parametrize("page", ["map.md", "language.md"])
def test_the_maps_that_the_pages_show_have_no_finding(page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    policies = [
        body for body in re.findall(r"^```route\n(.*?)^```", text, re.M | re.S) if "\nmatter " in body
    ]
    assert policies
    for body in policies:
        assert [
            found.message for found in draw(Policy.from_text(body).checked, on=date(2026, 11, 30)).findings
        ] == []
