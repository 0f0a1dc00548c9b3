"""Why a contact was decided so, as its readers get it: the words, the changes, JSON and HTML."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routekit import Engine, Policy
from routekit.policy.patterns import likely_matches
from routekit.reasons import Explanation
from tests.properties.packs import PACKS, pack, sample_contacts
from tests.unit.test_cli import ROOT, routekit

POLICY = """
policy care "Care"
timezone Asia/Shanghai
record contact {
  channel   one of voice, chat, web
  intent    one of billing, cancel, upgrade, other = other
  sentiment number -1..1 ?
  subject   text = ""
  at        time ?
}
record customer {
  id         text ?
  tier       ordered bronze < silver < gold ?
  value      integer 0..100 = 0
  growth     integer 0..100 = 0
  complaints integer 0.. = 0
  regulator  flag = no
  tags       set of text = {}
}
channel voice { assisted }
channel chat { assisted }
channel web { self_service }
calendar office { open Mon-Fri 08:00-20:00 }
live queue { longest_wait duration = 0s }
queue dedicated { on voice, chat }
queue retention { on voice, chat  open office }
queue general { on voice, chat }
queue portal { on web }
list silent = {"c-9", "c-8"}
let potential = customer.value * 0.7 + customer.growth * 0.3
segment high_value when customer.value >= 80 or customer.tier >= gold
segment sensitive when customer.complaints >= 2 or customer.regulator
route {
  rule sensitive_first when sensitive then queue dedicated, priority 1
  rule keep_high_value "Those who may leave"
    when high_value and contact.intent is cancel then queue retention, priority 2
    because "a valued customer is about to go"
  rule promising when potential >= 60 then queue dedicated
  rule upset when contact.sentiment < -0.4 then queue dedicated, priority 3
  rule refunds when contact.subject matches "^refunds?$" then queue dedicated
  rule never_ever when customer.value > 50 and customer.value < 40 then queue dedicated
  group online when contact.channel is web {
    rule busy when general.longest_wait > 3m then queue portal
    rule trial when customer.tags has "trial"
      split by customer.id seed "s" { 50% queue portal  50% queue general }
  }
  otherwise queue general
}
adjust { rule faster when customer.tags has "vip" then priority - 1 }
offers {
  show 1 by worth
  offer gift when high_value worth 80 at most 1 per 30d
  offer points worth customer.growth
  offer web_only worth 500 on web
  never when customer.id in silent
}
"""
MONDAY = "2026-11-23T10:00:00+08:00"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Policy.from_text(POLICY))


def explain(
    engine: Engine,
    *,
    rule: str | None = None,
    contact: dict[str, object] | None = None,
    **customer: object,
) -> Explanation:
    own = {"channel": "voice", "at": MONDAY, **(contact or {})}
    return engine.explain({"contact": own, "customer": customer}, rule=rule)


def leads(explanation: Explanation) -> list[str]:
    """The changes that were found for what was asked about."""
    return [change.text for answer in explanation.answers for change in answer.changes]


def earlier(explanation: Explanation) -> dict[str, str]:
    return {reason.rule: reason.text for reason in explanation.earlier}


# ── why this one ──────────────────────────────────────────────────────────────


def test_the_summary_is_one_paragraph_with_the_rule_its_facts_and_their_values(engine: Engine) -> None:
    told = explain(engine, tier="gold", contact={"intent": "cancel"})
    assert told.summary == (
        'Sent to queue retention on voice, priority 2, by rule keep_high_value "Those who may leave" '
        "because customer.tier is gold (high_value) and contact.intent is cancel, "
        "in the hours of office (it is Mon 2026-11-23 10:00)."
    )
    assert "The rule says: a valued customer is about to go." in str(told)


def test_each_earlier_rule_says_what_failed_it(engine: Engine) -> None:
    reasons = earlier(explain(engine, complaints=1, value=40))
    assert reasons["sensitive_first"] == (
        "not sensitive – customer.complaints is 1, not 2 or more; customer.regulator is no"
    )
    assert reasons["promising"] == (
        "potential is 28, not 60 or more (customer.value is 40, customer.growth is 0)"
    )
    assert reasons["upset"] == (
        "contact.sentiment is missing, so `contact.sentiment < -0.4` cannot be answered"
    )
    assert reasons["busy"] == "not in group online: contact.channel is voice, not web"


def test_a_closed_queue_says_when_it_opens(engine: Engine) -> None:
    told = explain(engine, tier="gold", contact={"intent": "cancel", "at": "2026-11-21T10:00:00+08:00"})
    assert earlier(told)["keep_high_value"] == (
        "its condition holds, but queue retention is closed: "
        "office is closed (it is Sat 2026-11-21 10:00, opens Mon 2026-11-23 08:00)"
    )


HOURS = """
policy hours
timezone Europe/London
record contact { channel one of voice  at time ?  back time ? private }
channel voice { assisted }
calendar west {
  timezone America/Los_Angeles
  open   Mon-Fri 08:00-20:00
  open   Jun 1..Aug 31 Mon-Fri 07:00-22:00
  open   Dec 24 08:00-12:00
  closed holidays US-CA, 2027-03-10 13:00-16:00
}
queue coast { on voice  open west }
queue general { on voice }
route {
  rule first then queue coast
  rule later when west is open at contact.back then queue general
  otherwise queue general
}
"""


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-12-25T18:00", "it is Fri 2026-12-25 18:00, 2026-12-25 10:00 in America/Los_Angeles, "
         "closed holidays US-CA, opens Mon 2026-12-28 16:00"),
        ("2026-12-24T21:00", "it is Thu 2026-12-24 21:00, 2026-12-24 13:00 in America/Los_Angeles, "
         "open Dec 24 08:00-12:00, opens Mon 2026-12-28 16:00"),
        ("2027-03-10T22:00", "it is Wed 2027-03-10 22:00, 2027-03-10 14:00 in America/Los_Angeles, "
         "closed 2027-03-10 13:00-16:00, opens Thu 2027-03-11 00:00"),
        ("2026-11-29T18:00", "it is Sun 2026-11-29 18:00, 2026-11-29 10:00 in America/Los_Angeles, "
         "opens Mon 2026-11-30 16:00"),
    ],
)  # fmt: skip
def test_the_clause_of_a_calendar_that_closes_it_is_told(at: str, told: str) -> None:
    contact = {"contact": {"channel": "voice", "at": at}}
    reasons = earlier(Engine(Policy.from_text(HOURS)).explain(contact))
    assert reasons["first"] == f"its condition holds, but queue coast is closed: west is closed ({told})"


def test_the_clause_of_a_calendar_that_opens_it_is_told() -> None:
    contact = {"contact": {"channel": "voice", "at": "2026-12-24T17:00"}}
    told = Engine(Policy.from_text(HOURS)).explain(contact).summary
    assert told.endswith(
        "in the hours of west (it is Thu 2026-12-24 17:00, 2026-12-24 09:00 in America/Los_Angeles, "
        "open Dec 24 08:00-12:00)."
    )


def test_a_private_time_is_not_told_by_the_clause_that_speaks_of_its_day() -> None:
    contact = {"contact": {"channel": "voice", "at": "2026-11-29T18:00", "back": "2026-12-25T18:00Z"}}
    told = str(Engine(Policy.from_text(HOURS)).explain(contact))
    assert "west is closed (contact.back is" in told
    assert "holidays" not in told


def test_a_split_an_adjustment_and_a_channel_are_told(engine: Engine) -> None:
    told = explain(engine, contact={"channel": "web"}, tags=["trial", "vip"], id="c-1")
    notes = " / ".join(told.notes)
    assert "the split by customer.id puts" in notes
    assert 'adjusted by faster (priority - 1), because customer.tags is {"trial", "vip"}, with "vip"' in notes
    missing = explain(engine, contact={"channel": "web"}, tags=["trial"])
    assert "customer.id is missing, so the split takes the last arm: arm 2 of 2" in missing.notes[0]
    assert "the contact came by web; queue general is served on voice and chat" in missing.notes


def test_problems_of_the_input_are_told_with_what_was_taken_instead(engine: Engine) -> None:
    told = explain(engine, value="lots", tier="lead")
    assert told.problems == (
        "customer.tier is not one of bronze, silver, gold, so it counts as missing",
        "customer.value is text, not a whole number, so its default 0 is taken",
    )


# ── why not that one ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "customer", "contact", "change"),
    [
        ("sensitive_first", {"complaints": 0}, {}, "customer.complaints = 2 instead of 0"),
        ("sensitive_first", {"complaints": 1}, {}, "customer.complaints = 2 instead of 1"),
        ("keep_high_value", {"value": 72}, {"intent": "cancel"}, "customer.value = 80 instead of 72"),
        ("promising", {"value": 60, "growth": 20}, {}, "customer.value = 78 instead of 60"),
        ("upset", {}, {"sentiment": 0.46}, "contact.sentiment = -0.41 instead of 0.46"),
        ("refunds", {}, {}, 'contact.subject = "refunds" instead of ""'),
        ("busy", {}, {"channel": "web"}, "general.longest_wait = 3m1s instead of 0s"),
        ("trial", {}, {"channel": "web"}, 'customer.tags with "trial"'),
        ("otherwise", {"regulator": True}, {}, "customer.regulator = no instead of yes"),
    ],
)
def test_the_smallest_change_that_makes_a_rule_decide(
    engine: Engine, rule: str, customer: dict[str, object], contact: dict[str, object], change: str
) -> None:
    own = {"channel": "voice", "at": MONDAY, **contact}
    assert leads(engine.explain({"contact": own, "customer": customer}, rule=rule)) == [change]


def test_several_fields_are_changed_only_where_one_will_not_do(engine: Engine) -> None:
    told = explain(engine, rule="keep_high_value", tier="silver", value=5)
    assert leads(told) == [
        "customer.tier = gold instead of silver and contact.intent = cancel instead of other"
    ]


def test_what_cannot_be_is_not_guessed(engine: Engine) -> None:
    (answer,) = explain(engine, rule="never_ever").answers
    assert answer.changes == ()
    assert answer.note == "no change of up to three fields was found that does it"


def test_the_time_is_changed_where_nothing_else_stands_in_the_way(engine: Engine) -> None:
    told = explain(
        engine,
        rule="keep_high_value",
        tier="gold",
        contact={"intent": "cancel", "at": "2026-11-21T10:00:00+08:00"},
    )
    ((change,),) = [answer.changes for answer in told.answers]
    assert [setting.path for setting in change.settings] == ["contact.at"]
    assert change.decision.rule == "keep_high_value"


def test_without_a_time_of_the_contact_the_clock_is_changed() -> None:
    engine = Engine(
        Policy.from_text("""
        policy p "P"
        record contact { channel one of voice }
        channel voice { assisted }
        calendar office { open Mon-Fri 08:00-20:00 }
        queue day { on voice  open office }
        queue night { on voice }
        route { rule by_day then queue day  otherwise queue night }
        """)
    )
    told = engine.explain({"contact": {"channel": "voice"}}, now=datetime(2026, 11, 23, 6), rule="by_day")
    ((change,),) = [answer.changes for answer in told.answers]
    assert change.text == "now = Mon 2026-11-23 08:00 instead of 2026-11-23 06:00"
    assert engine.decide(change.contact, now=change.now).rule == "by_day"


def test_an_adjust_rule_may_be_asked_about(engine: Engine) -> None:
    assert leads(explain(engine, rule="faster")) == ['customer.tags with "vip"']


@pytest.mark.parametrize(
    ("offer", "customer", "outcome", "change"),
    [
        ("gift", {"value": 10}, "condition", "customer.tier = gold"),
        ("web_only", {}, "channel", None),
        ("points", {"value": 90, "growth": 10}, "beaten", "customer.growth = 81 instead of 10"),
        ("points", {"id": "c-9"}, "never", None),
    ],
)
def test_offers_say_why_not(
    engine: Engine, offer: str, customer: dict[str, object], outcome: str, change: str | None
) -> None:
    contact = {"contact": {"channel": "voice", "at": MONDAY}, "customer": customer}
    told = engine.explain(contact, offer=offer)
    assert {item.offer: item.outcome for item in told.offers}[offer] == outcome
    (answer,) = told.answers
    assert answer.changes
    assert offer in answer.changes[0].decision.offers
    if outcome == "beaten":
        assert leads(told) in ([change], ["customer.value = 79 instead of 90"])


def test_a_cap_that_is_used_up_is_told_and_freed(engine: Engine) -> None:
    shown = [{"offer": "gift", "at": "2026-11-20T10:00:00+08:00"}]
    contact = {
        "contact": {"channel": "voice", "at": MONDAY},
        "customer": {"value": 90},
        "offers_shown": shown,
    }
    told = engine.explain(contact, offer="gift")
    (answer,) = told.answers
    assert answer.text == "it is not made: shown once in the last 30d, and at most once is allowed"
    assert answer.changes[0].text == "without the last showing of gift"
    assert answer.changes[0].settings[0].value == []


def test_unknown_names_are_refused_with_the_likely_one(engine: Engine) -> None:
    with pytest.raises(ValueError, match="no rule `promisng`: did you mean `promising`"):
        engine.explain({}, rule="promisng")
    with pytest.raises(ValueError, match="no offer `gfit`: did you mean `gift`"):
        engine.explain({}, offer="gfit")


# ── as data, as a page, in a terminal ─────────────────────────────────────────


@pytest.mark.parametrize("name", PACKS)
def test_every_sample_contact_of_a_pack_is_explained(name: str) -> None:
    engine = Engine(pack(name))
    for contact in sample_contacts(name)[:40]:
        told = engine.explain(contact)
        json.dumps(told.to_dict(), allow_nan=False)
        assert told.summary in " ".join(str(told).split()).replace("\n", " ")
        assert told.changes
        for change in told.changes:
            assert engine.decide(change.contact, now=change.now) == change.decision


@pytest.mark.parametrize("contact", [None, [], "x", 3.5, {"contact": []}, {"customer": {"value": 10**400}}])
def test_any_value_at_all_is_explained(engine: Engine, contact: object) -> None:
    told = engine.explain(contact, rule="promising", offer="gift")
    assert told.decision.problems
    assert told.to_html()


def test_what_a_contact_sends_is_harmless_in_a_page_and_in_a_terminal(engine: Engine) -> None:
    told = explain(engine, contact={"subject": "<script>alert(1)</script>\x1b[31m"}, rule="refunds")
    assert "<script" not in told.to_html()
    assert "&lt;script&gt;" in told._repr_html_()
    assert "\x1b" not in str(told)
    again = explain(engine, id="<script>\x1b[31m", tags=["<b>\x1b"], rule="trial", contact={"channel": "web"})
    assert "<script" not in again.to_html()
    assert "<b>" not in again.to_html()
    assert "\x1b" not in str(again)


def test_patterns_are_met_by_an_example() -> None:
    assert set(likely_matches("(?i)(scam|did not)")) == {"scam", "did not"}
    assert [*likely_matches(r"^\d{3}-[a-c]+$")] == ["111-a"]


def test_the_explanation_in_the_readme_is_what_comes_out() -> None:
    engine = Engine(Policy.from_path(ROOT / "examples" / "care.route"))
    told = engine.explain(
        {
            "contact": {"channel": "voice", "intent": "billing"},
            "customer": {"value": 25, "complaints_90d": 1},
        },
        rule="our_best",
    )
    assert f"```text\n{told}\n```" in (ROOT / "README.md").read_text(encoding="utf-8")


TELECOM = ROOT / "rules" / "telecom.route"
CONTACTS = ROOT / "examples" / "contacts" / "telecom.jsonl"


def test_the_command_explains_in_text_and_json_and_html() -> None:
    text = routekit("explain", TELECOM, CONTACTS, "--limit", 1)
    assert text.status == 0
    assert text.out.startswith("Sent to queue ")
    assert "What would change it" in text.out
    assert "\x1b" not in text.out
    as_json = routekit("explain", TELECOM, CONTACTS, "--limit", 2, "--format", "json")
    assert [told["format_version"] for told in as_json.decisions] == [1, 1]
    page = routekit("explain", TELECOM, CONTACTS, "--limit", 2, "--format", "html").out
    assert page.startswith("<!doctype html>")
    assert page.count('<div class="routekit">') == 2


def test_the_command_reads_the_clock_once_and_says_how_to_tell_the_same_again() -> None:
    contacts = '{"contact": {"channel": "voice", "intent": "other"}}\n' * 2
    first = routekit("explain", TELECOM, "-", "--format", "json", given=contacts)
    (moment,) = {told["now"] for told in first.decisions}
    said = re.search(r"--now (\S+) tells the same again", first.err)
    assert said is not None
    assert datetime.fromisoformat(said[1]) == datetime.fromisoformat(str(moment))
    again = routekit("explain", TELECOM, "-", "--format", "json", "--now", said[1], given=contacts)
    assert (again.out, again.err) == (first.out, "")


def test_the_command_names_the_nearest_rules_or_all_of_them(tmp_path: Path) -> None:
    rules = "\n".join(
        f'rule r{number} when customer.value > {number} and customer.city is "c{number}" then queue general'
        for number in range(40)
    )
    policy = tmp_path / "many.route"
    policy.write_text(
        f"""policy many "Many"
        record contact {{ channel one of voice }}
        record customer {{ value integer 0..100 = 0  city text ? }}
        channel voice {{ assisted }}
        queue general {{ on voice }}
        route {{ {rules} otherwise queue general }}"""
    )
    contact = '{"contact": {"channel": "voice"}, "customer": {"value": 0, "city": "c30"}}'
    few = routekit("explain", policy, "-", given=contact).out
    assert "34 other earlier rules did not apply either; these were the nearest" in few
    assert "r30   customer.value is 0, not more than 30" in few
    every = routekit("explain", policy, "-", "--all", given=contact).out
    assert "other earlier rules" not in every
    assert "r29" in every


def test_the_command_refuses_names_that_are_not_there_and_goes_on_behind_broken_lines() -> None:
    unknown = routekit("explain", TELECOM, CONTACTS, "--rule", "sensitive_frist")
    assert (unknown.status, unknown.out) == (2, "")
    assert "did you mean `sensitive_first`" in unknown.err
    broken = routekit("explain", TELECOM, "-", given='not json\n{"contact": {"channel": "voice"}}\n')
    assert broken.status == 1
    assert "is not JSON" in broken.err
    assert broken.out.startswith("Sent to queue ")


def test_the_command_says_that_there_are_more_contacts() -> None:
    ran = routekit("explain", TELECOM, CONTACTS)
    assert ran.out.count("Sent to queue ") == 10
    assert "the first 10 contacts are shown; --limit 0 shows all" in ran.err


def test_a_foreign_key_of_a_contact_stops_no_explanation(engine: Engine) -> None:
    class Name:
        armed = False

        def __hash__(self) -> int:
            return hash("customer")

        def __eq__(self, other: object) -> bool:
            if Name.armed:
                raise AssertionError
            return False

    contact = {Name(): 1, "contact": {"channel": "voice"}, "customer": {"value": 1}}
    Name.armed = True
    explanation = engine.explain(contact)
    assert explanation.decision == engine.decide(contact)


ONE_FIELD = [
    ("d date ?", "customer.d in 2026-03-03..2026-03-09 and weekday(customer.d) is fri", "2026-01-02"),
    ("d date ?", "day(customer.d) is 29 and month(customer.d) is 2", "2026-01-02"),
    ("d time ?", "day(customer.d) is 3 and month(customer.d) is 4", "2026-01-02T10:00:00Z"),
    ("d time ?", "customer.d > 2026-03-01 00:00 and c is open at customer.d", "2026-01-02T10:00:00Z"),
    ("d text ?", 'customer.d contains "ab" and customer.d contains "cd"', "x"),
    ("d text ?", 'customer.d matches "^a[0-9]+" and customer.d ends with "zz"', "x"),
    ("d duration ?", "customer.d < 3m", 86399999913600.0),
    ("d duration ?", "customer.d + 1d > 3m", -86399999913600.0),
    ("d set of text = {}", "let_empty is no", []),
    ("d set of text = {}", '(customer.d has "a") is contact.flag', ["b"]),
]


@pytest.mark.parametrize(("declared", "condition", "value"), ONE_FIELD)
def test_one_field_that_leads_elsewhere_is_found(declared: str, condition: str, value: object) -> None:
    policy = Policy.from_text(
        f"""
        policy p
        record contact {{ channel one of voice  flag flag = yes }}
        record customer {{ {declared} }}
        {"let let_empty = customer.d is empty" if "let_empty" in condition else ""}
        channel voice {{ assisted }}
        calendar c {{ open Mon-Fri 08:00-20:00 }}
        queue a {{ on voice }}
        queue b {{ on voice }}
        route {{ rule r when {condition} then queue a otherwise queue b }}
        """
    )
    contact = {"contact": {"channel": "voice"}, "customer": {"d": value}}
    text = str(Engine(policy).explain(contact, now=datetime(2026, 1, 7, 12, tzinfo=UTC)))
    assert "→ queue a on voice, by rule r" in text
    assert "no change of up to three fields" not in text


ASKED_BY_FUNCTIONS = {
    "clock(now) in 9h30m..<10h": "contact.at = Mon 2026-11-23 09:59",
    'hour(now, "Asia/Kathmandu") is 5': "contact.at = Mon 2026-11-23 01:14",
    "years(customer.born) >= 18": "customer.born = 2008-11-23",
    "anniversary(customer.born) is today": "customer.born = 2019-11-23",
    "max(customer.value, customer.growth) >= 90": "customer.growth = 90",
    'folded(customer.words) contains any {"fax", "telex"}': 'customer.words = "fax"',
    "length(customer.words) > 6": 'customer.words = "Helloxx"',
    "size(customer.tags) >= 2": 'customer.tags with "x", "x1"',
}


@pytest.mark.parametrize(("condition", "change"), ASKED_BY_FUNCTIONS.items())
def test_the_nearest_change_of_what_a_function_is_asked_of(condition: str, change: str) -> None:
    policy = Policy.from_text(
        f"""
        policy p
        timezone Europe/Berlin
        record contact {{ channel one of voice = voice  at time ? }}
        record customer {{
          born date ?  words text ?  tags set of text = {{}}
          value integer 0..100 = 0  growth integer 0..100 ?
        }}
        channel voice {{ assisted }}
        queue a {{ on voice }}
        queue b {{ on voice }}
        route {{ rule r when {condition} then queue b  otherwise queue a }}
        """
    )
    customer = {"born": "2020-05-05", "words": "Hello", "value": 3, "growth": 4}
    contact = {"contact": {"at": "2026-11-23T12:00:00+01:00"}, "customer": customer}
    assert f"{change} " in str(Engine(policy).explain(contact, rule="r"))
