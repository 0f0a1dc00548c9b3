"""Rules that were once called unreachable though a contact reaches them, each with that contact."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.analysis import ask, diff, prove
from routekit.intake import Intake
from routekit.prover.report import reply_lines
from routekit.reference import holds
from routekit.testing.choices import seeded
from tests.properties.test_every_construct import check_difference

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LARGE = "10000000000000000.0"


def _policy(fields: str, rules: list[str], lets: str = "") -> Policy:
    route = "\n".join(f"rule r{number} when {rule} then queue a" for number, rule in enumerate(rules))
    return Policy.from_text(
        f"""policy p
        record contact {{ channel one of voice  at time ? }}
        channel voice {{ assisted }}
        queue a {{ on voice }}
        queue g {{ on voice }}
        record c {{ {fields} }}
        {lets}
        route {{
        {route}
        otherwise queue g }}"""
    )


@pytest.mark.parametrize(
    ("fields", "rules", "lets", "contact"),
    [
        pytest.param(
            "t time ?  u time ?  n integer 0..23 = 12",
            ["hour(contact.at else c.t) < c.n and hour(contact.at else c.u) > c.n"],
            "",
            {"t": "2026-01-01T03:00:00Z", "u": "2026-01-01T18:00:00Z"},
            id="an else whose first part is never there",
        ),
        pytest.param(
            'zone text = "UTC"',
            ["(hour(now, c.zone) else 99) > 50"],
            "",
            {"zone": "nowhere"},
            id="a timezone that is none",
        ),
        pytest.param(
            "a integer 0..10000000000 = 0",
            ["(c.a * 1000000 * 1000000) is missing"],
            "",
            {"a": 10**10},
            id="a product too large on the way",
        ),
        pytest.param(
            "x number = 0",
            ["c.x > 0 and c.x < 100000000000 and (c.x * c.x) is missing"],
            "",
            {"x": 10**10},
            id="whole numbers in a field of numbers",
        ),
        pytest.param(
            "n integer = 0",
            ["c.n * 2 > 6000000000000000000", "c.n * 2.0 > 6000000000000000000"],
            "",
            {"n": 5 * 10**18},
            id="2 and 2.0",
        ),
        pytest.param(
            "d date ?",
            ["(c.d + 30d) > 2030-01-01 and weekday(c.d) is fri", "c.d > 2030-01-01 and weekday(c.d) is fri"],
            "",
            {"d": "9999-12-31"},
            id="the last day there is",
        ),
        pytest.param(
            "e text ?  f flag = no  a set of text ?  b set of text ?",
            ['not c.f and c.e in s and c.e is "y"', 'c.a has "y"'],
            "let s { when c.f then c.a  otherwise c.b }",
            {"e": "y", "b": ["y"]},
            id="a member of a set by cases",
        ),
        pytest.param(
            "e text ?  a set of text ?  b set of text ?  d set of text ?",
            [
                'c.b is missing and c.e in (c.b else c.d) and c.e is "y"',
                "c.e in (c.a else c.b)",
                'c.a has "y"',
            ],
            "",
            {"e": "y", "d": ["y"]},
            id="a member of one set after the other",
        ),
        pytest.param(
            "x integer 0..20 = 0",
            ["s is 5"],
            "let s sum { table (c.x) { < 5 and > 10 -> 1\n 5..10 -> 2\n _ -> 3 } }",
            {"x": 7},
            id="rows of a sum that do not exclude each other",
        ),
        pytest.param(
            "x number 1..100 = 1  y number 1..1000 = 1",
            [f"c.x * ({LARGE} + 1.1 - {LARGE}) > c.y * 1.5 and c.y > c.x * 1.01 + 0.123"],
            "",
            {"x": 100, "y": 120},
            id="a constant that loses its digits",
        ),
        pytest.param(
            "n integer 0..1000000000000000 = 0  y number 1..100 = 1  z number 0..100 = 0",
            ["((c.n + 0.1) - c.n) * c.y > c.z and c.z > 0.11 * c.y"],
            "",
            {"n": 10**15, "y": 100, "z": 11.5},
            id="a sum that loses its digits",
        ),
    ],
)
def test_what_a_contact_reaches_is_not_called_unreachable(
    fields: str, rules: list[str], lets: str, contact: dict[str, Any]
) -> None:
    policy = _policy(fields, rules, lets)
    decision = Engine(policy).decide({"contact": {"channel": "voice"}, "c": contact}, now=NOW)
    dead = {item.subject for item in prove(policy).findings if item.kind == "unreachable-rule"}
    assert decision.rule == f"r{0 if decision.rule == 'r0' else 1}"
    assert decision.rule not in dead


@pytest.mark.parametrize(
    ("fields", "rule", "lets"),
    [
        (
            "f flag = no  x number 0..10 = 1  y number 0..10 = 1",
            "c.x * (rate - 0.5) > c.y",
            "let rate { when c.f then 1.5  otherwise 0.5 }",
        ),
        ("f flag = no", "hour(now, z) < 12", 'let z = "nowhere"'),
    ],
)
def test_a_factor_of_nothing_and_a_zone_that_is_none_end_in_no_error(
    fields: str, rule: str, lets: str
) -> None:
    assert prove(_policy(fields, [rule], lets)) is not None


OFFERS = """policy p
record contact { channel one of voice }
record c { tier one of base, gold ?  sad flag = no }
channel voice { assisted }
queue a { on voice }
offers {
  offer gift when (not (c.tier is base)) else yes
  %s
}
route { otherwise queue a }
guarantee g when %s then %s
"""


@pytest.mark.parametrize(
    ("never", "when", "then", "holds_for_all"),
    [
        ("", "(not (c.tier is base)) else yes", "offers has gift", False),
        ("", "c.tier is gold", "offers has gift", True),
        ("", "c.tier is base", "offers is empty", True),
        ("never when c.sad", "c.tier is gold and not c.sad", "offers has gift", False),
        ("never when c.sad", "c.sad", "offers is empty", True),
    ],
)
def test_a_promise_of_offers_tells_that_unreadable_values_break_it(
    never: str, when: str, then: str, holds_for_all: bool
) -> None:
    policy = Policy.from_text(OFFERS % (never, when, then))
    (promise,) = prove(policy).guarantees
    reply = ask(policy, policy.question(f"can ({when}) reach not ({then})"))
    assert (promise.answer, reply.answer) == ("proved", "no")
    assert (promise.reason == "") == (reply.reason == "") == holds_for_all
    intake, broken = Intake(policy.checked), False
    for tier in ("junk", "base", "gold", None):
        for sad in ("perhaps", True, False):
            facts = intake.read({"contact": {"channel": "voice"}, "c": {"tier": tier, "sad": sad}}, NOW)
            broken |= not holds(policy.checked, policy.checked.guarantees[0], facts)
    assert broken != holds_for_all


def test_whole_numbers_between_two_floats_fall_on_arms_too() -> None:
    policy = _policy("n number 9007199254740992..9007199254740996 ?", ['share(c.n, "z5") in 10..<30'])
    reached = {
        Engine(policy).decide({"contact": {"channel": "voice"}, "c": {"n": number}}, now=NOW).rule
        for number in range(2**53, 2**53 + 5)
    }
    assert "r0" in reached
    assert "unreachable-rule" not in {finding.kind for finding in prove(policy).findings}


def _offers(offers: str, at: str = "?") -> Policy:
    return Policy.from_text(
        f"""policy p
        record contact {{ channel one of voice  at time {at} }}
        record c {{ n integer 0..100 = 0  t one of x, y ? }}
        channel voice {{ assisted }}
        queue a {{ on voice }}
        offers {{ {offers} }}
        route {{ otherwise queue a }}"""
    )


CAPPED = """altogether at most 2 per 30d
    offer one at most 1 per 30d  offer two at most 1 per 30d  offer three"""


@pytest.mark.parametrize(
    ("offers", "at", "when", "then", "contact"),
    [
        (
            CAPPED,
            "?",
            "contact.channel is voice",
            "offers has one or offers has two or not (offers has three)",
            {"offers_shown": [{"offer": 5, "at": "2026-01-04T00:00:00Z"}]},
        ),
        (
            "offer one when weekday(contact.at) is sat",
            "= 2026-01-03 10:00",
            "weekday(contact.at) is sat",
            "offers has one",
            {"contact": {"channel": "voice", "at": "junk"}},
        ),
        (
            "offer one at most 10001 per 30d  offer two at most 1 per 1d",
            "?",
            "contact.channel is voice",
            "offers has one",
            {"offers_shown": [{"offer": "two", "at": "2020-01-04T00:00:00Z"}] * 10_001},
        ),
    ],
)
def test_what_was_shown_and_cannot_be_read_is_left_out_of_account_and_told(
    offers: str, at: str, when: str, then: str, contact: dict[str, object]
) -> None:
    policy = _offers(offers, at)
    decision = Engine(policy).decide({"contact": {"channel": "voice"}, **contact}, now=NOW)
    assert "one" not in decision.offers
    reply = ask(policy, policy.question(f"can {when} reach not ({then})"))
    assert (reply.answer, bool(reply.reason)) == ("no", True)


def test_findings_of_offers_tell_as_far_as_they_are_so() -> None:
    always = "offer one when c.n * 2 > 50 or c.n * 2 <= 50 worth 10"
    (found,) = prove(_offers(f"show 1 by worth {always}  offer two worth 5")).findings
    assert (found.kind, "can be read" in found.message) == ("never-shown-offer", True)
    (plain,) = prove(_offers("show 1 by worth offer one worth 10  offer two worth 5")).findings
    assert (plain.kind, "can be read" in plain.message) == ("never-shown-offer", False)
    policy = _offers("offer one when (c.t is x) else yes")
    reply = ask(policy, policy.question("who reaches offers has one"))
    assert reply.is_exact
    assert "can be read" in "".join(text for _, text in reply_lines(reply))


CLOSED = "calendar k { open Mon-Sun 00:00-24:00 closed holidays DE }"
CLOSED_IN_MARCH = "calendar k { open Mon-Sun 00:00-24:00 closed Mar 30 }"


@pytest.mark.parametrize(
    ("calendar", "rule", "at"),
    [
        (
            "",
            "month(now) is 10 and month(now + 1d) is 11 and weekday(now) is sun",
            "2027-10-31T12:00+01:00",
        ),
        ("", "day(now + 1d) is 1 and month(now) is 10 and weekday(now) is sun", "2027-10-31T12:00+01:00"),
        (
            "",
            "month(contact.at) is 10 and month(contact.at + 1d) is 11 and weekday(contact.at) is sun",
            "2027-10-31T12:00+01:00",
        ),
        (
            "",
            "weekday(now) is sat and weekday(now + 1d) is mon and day(now + 1d) is 31",
            "2025-03-29T23:30+01:00",
        ),
        (
            CLOSED,
            "weekday(now) is sat and weekday(now + 1d) is mon and not (k is open at now + 1d)",
            "2024-03-30T23:30+01:00",
        ),
        (
            CLOSED_IN_MARCH,
            "weekday(now) is mon and weekday(now - 1d) is sat and not (k is open at now - 1d)",
            "2024-04-01T00:30+02:00",
        ),
    ],
)
def test_days_on_which_clocks_change_are_not_all_alike(calendar: str, rule: str, at: str) -> None:
    policy = _policy("n number ?", [rule], f"timezone Europe/Berlin {calendar}")
    decision = Engine(policy).decide({"contact": {"channel": "voice", "at": at}}, now=NOW)
    assert decision.rule == "r0"
    assert [finding.kind for finding in prove(policy).findings] == []


LARGE_WHOLE = 2**53 + 1


@pytest.mark.parametrize(
    ("type_", "rule", "number"),
    [
        (f"number 0..{LARGE_WHOLE} = 0", f"c.x > {2**53}", LARGE_WHOLE),
        (f"number 0..{LARGE_WHOLE} = 0", f"c.x is {LARGE_WHOLE}", LARGE_WHOLE),
        (f"number 0..{LARGE_WHOLE} = 0", f"c.x + 0 > {2**53}", LARGE_WHOLE),
        (f"number 0..{LARGE_WHOLE} = 0", f"c.x * 1 is {LARGE_WHOLE}", LARGE_WHOLE),
        (f"number -{LARGE_WHOLE}..0 = 0", f"c.x < -{2**53}", -LARGE_WHOLE),
        (f"number 0..{2**63 - 1} = 0", "(c.x + 1) is missing", 2**63 - 1),
        (f"number 0..{2**63 - 2} = 0", "(c.x + 2) is missing", 2**63 - 2),
        (f"number -{2**63 - 1}..0 = 0", "(c.x - 1) is missing", -(2**63 - 1)),
        ("number 3..3 = 3", f"(c.x * {4 * 10**18}) is missing", 3),
    ],
)
def test_a_bound_beyond_floats_holds_the_whole_numbers_up_to_it(type_: str, rule: str, number: int) -> None:
    policy = _policy(f"x {type_}", [rule])
    assert Engine(policy).decide({"contact": {"channel": "voice"}, "c": {"x": number}}).rule == "r0"
    assert "unreachable-rule" not in {finding.kind for finding in prove(policy).findings}
    assert diff(policy, _policy(f"x {type_}", ["c.x is missing"])).answer != "same"


def test_a_time_that_is_the_same_as_nothing_is_asked_of_no_calendar() -> None:
    check_difference(seeded(6003042))


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("(c.t - 300d) is missing and weekday(c.t) is mon", "0001-01-08T10:00+00:00"),
        ("weekday(c.t + 300d) is missing and weekday(c.t) is mon", "9999-12-27T10:00+00:00"),
        ('hour(c.t, "America/Los_Angeles") is 23 and (c.t - 300d) is missing', "0001-01-03T07:00+00:00"),
        ("(c.t + 300d) is missing and day(c.t) is 29", "9999-12-28T23:30+00:00"),
        ("k is open at c.t and (c.t - 300d) is missing and day(c.t) is 4", "0001-01-04T02:00+00:00"),
    ],
)
def test_times_are_looked_at_up_to_the_ends_of_time(rule: str, at: str) -> None:
    zone = 'timezone Asia/Tokyo calendar k "k" { open Mon-Sun 08:00-20:00 }'
    moved = "weekday(c.t - 300d) is mon or weekday(c.t + 300d) is mon"
    policy = _policy("t time ?", [moved, f"c.t is known and {rule}"], zone)
    assert Engine(policy).decide({"contact": {"channel": "voice"}, "c": {"t": at}}).rule == "r1"
    assert "unreachable-rule" not in {finding.kind for finding in prove(policy).findings}
