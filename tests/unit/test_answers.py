"""What is said: facts of a day in messages, what nothing fills, and how an SMS goes out."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routekit import Policy
from routekit.cli.main import _routekit
from routekit.policy.sms import measure_sms
from routekit.repl import Conversation, Session
from routekit.repl.completion import completions
from routekit.repl.conversation import play
from routekit.trials.finding import files_of

POLICY = Policy.from_text(
    """
    policy p "A small policy"
    timezone America/New_York
    record contact { channel one of voice, sms, web, branch }
    channel voice { assisted }
    channel sms { self_service }
    channel web { self_service }
    queue general { on voice, sms, web }
    matter bill { solved on voice }
    matter fault { solved on voice }
    fact late_fee = "3 EUR" until 2026-12-31 kept by finance
    fact late_fee = "4 EUR" from 2027-01-02
    fact rate = 3.50
    fact below = -5
    fact free = yes
    fact back = 1h30m
    fact day = 2026-12-31
    message late about bill, fault {
      sms "Pay {late_fee}: {url}"
      voice "{rate} {below} {free} {back} {day} { } {late_fee}{late_fee}"
    }
    message other { web "{late_fee}" }
    message again about bill { web "No." }
    route { otherwise queue general }
    """
)


def test_each_value_is_said_as_it_is_written() -> None:
    said = POLICY.say("late", channel="voice", on=date(2026, 12, 31))
    assert said is not None
    assert said.text == "3.50 -5 yes 1h30m 2026-12-31 { } 3 EUR3 EUR"
    assert said.is_whole
    assert [name for name, _ in said.facts] == ["rate", "below", "free", "back", "day", "late_fee"]
    assert (said.encoding, said.parts, said.length) == (None, None, len(said.text))


def test_a_fact_wins_over_what_the_caller_fills_and_is_never_looked_through() -> None:
    said = POLICY.say(
        "late", channel="sms", on=date(2026, 1, 1), fills={"late_fee": "0", "url": "{late_fee}"}
    )
    assert said is not None
    assert said.text == "Pay 3 EUR: {late_fee}"
    assert (said.missing, said.encoding, said.length, said.parts) == ((), "GSM-7", 23, 1)


def test_what_nothing_fills_is_named_and_a_fact_without_a_value_is_told_apart() -> None:
    said = POLICY.say("late", channel="sms", on=date(2027, 1, 1))
    assert said is not None
    assert said.text == "Pay {late_fee}: {url}"
    assert (said.missing, said.expired, said.is_whole) == (("late_fee", "url"), ("late_fee",), False)


@pytest.mark.parametrize(
    ("on", "text"),
    [
        (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), "3 EUR"),  # still the old year in New York
        (datetime(2027, 1, 1, 5, 0, tzinfo=UTC), "{late_fee}"),
        (datetime(2027, 1, 2, 0, 0), "4 EUR"),
    ],
)
def test_a_time_is_a_day_by_the_clock_of_the_policy(on: datetime, text: str) -> None:
    said = POLICY.say("other", channel="web", on=on)
    assert said is not None
    assert said.text == text


def test_no_other_wording_is_taken_and_unknown_names_are_errors() -> None:
    assert POLICY.say("late", channel="web") is None
    assert POLICY.say("late", channel="branch") is None  # contacts come in by it
    with pytest.raises(KeyError, match="no channel `fax`"):
        POLICY.say("late", channel="fax")
    with pytest.raises(KeyError, match="no message `lat`"):
        POLICY.say("lat", channel="web")


def test_answers_are_the_messages_about_matters() -> None:
    on = date(2026, 12, 1)
    found = [(item.matter.name, item.said.message, item.said.channel) for item in POLICY.answers(on=on)]
    assert found == [
        ("bill", "late", "sms"),
        ("bill", "late", "voice"),
        ("bill", "again", "web"),
        ("fault", "late", "sms"),
        ("fault", "late", "voice"),
    ]
    (one,) = POLICY.answers(matter="fault", channel="sms", on=on, fills={"url": "x"})
    assert one.to_dict() == {
        "matter": "fault",
        "title": "",
        "message": "late",
        "channel": "sms",
        "text": "Pay 3 EUR: x",
        "missing": [],
        "expired": [],
        "facts": {"late_fee": {"value": "3 EUR", "until": "2026-12-31", "kept_by": "finance"}},
        "length": 12,
        "encoding": "GSM-7",
        "parts": 1,
    }


@pytest.mark.parametrize(
    ("text", "encoding", "length", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("x" * 160, "GSM-7", 160, 1),
        ("x" * 161, "GSM-7", 161, 2),
        ("x" * 306, "GSM-7", 306, 2),
        ("x" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("€" * 153, "GSM-7", 306, 3),  # 76 of them in each part: none is cut in two
        ("x" * 152 + "€" + "x" * 152, "GSM-7", 306, 3),
        ("Größe {a} [b] ~ ^ \\ |", "GSM-7", 29, 1),
        ("ç", "UCS-2", 1, 1),
        ("Ç", "GSM-7", 1, 1),
        ("`", "UCS-2", 1, 1),
        ("中" * 70, "UCS-2", 70, 1),
        ("中" * 71, "UCS-2", 71, 2),
        ("中" * 134, "UCS-2", 134, 2),
        ("中" * 135, "UCS-2", 135, 3),
        ("🙂" * 35, "UCS-2", 70, 1),
        ("🙂" * 67, "UCS-2", 134, 3),  # 33 of them in each part
    ],
)
def test_an_sms_is_measured_as_it_is_sent(text: str, encoding: str, length: int, parts: int) -> None:
    found = measure_sms(text)
    assert (found.encoding, found.length, found.parts) == (encoding, length, parts)


# ── the command ───────────────────────────────────────────────────────────────

EXAMPLE = "examples/answers.route"


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(_routekit, ["answers", *arguments])


def test_the_command_writes_text_json_and_csv(tmp_path: Path) -> None:
    given = [EXAMPLE, "--on", "2027-01-01", "--fill", "pay_url=example.org/pay?a=b"]
    text = asked(*given, "--channel", "sms")
    assert text.exit_code == 0
    assert "sms  Pay within 14 days, else 4 EUR: example.org/pay?a=b  (51 of GSM-7 in 1 part)" in text.output
    found = json.loads(asked(*given, "--format", "json", "--matter", "bill").output)
    assert (found["format_version"], found["on"]) == (1, "2027-01-01")
    assert [(each["channel"], each["missing"]) for each in found["answers"]] == [
        ("voice", []),
        ("web", []),
        ("sms", []),
    ]
    assert asked(*given, "--format", "csv", "-o", str(tmp_path / "answers.csv")).output == ""
    rows = csv.DictReader((tmp_path / "answers.csv").read_text(encoding="utf-8-sig").splitlines())
    assert [row["text"] for row in rows] == [each["text"] for each in found["answers"]]


def test_a_fact_without_a_value_is_a_finding(tmp_path: Path) -> None:
    policy = tmp_path / "p.route"
    policy.write_text(
        "policy p record contact { channel one of web } channel web { self_service } queue general { on web }"
        ' matter m "<A & B>" { solved on web } fact fee = 3 until 2026-12-31'
        ' message x about m { web "It costs <{fee}>, {url}." } route { otherwise queue general }'
    )
    assert asked(str(policy), "--on", "2026-12-31").exit_code == 0
    found = asked(str(policy), "--on", "2027-01-01")
    assert found.exit_code == 1
    assert "the fact `fee` of `x` has no value on 2027-01-01" in found.stderr
    page = tmp_path / "page.html"
    assert asked(str(policy), "--on", "2027-01-01", "--format", "html", "-o", str(page)).exit_code == 1
    written = page.read_text(encoding="utf-8")
    assert "It costs &lt;{fee}&gt;, {url}." in written
    assert "&lt;A &amp; B&gt;" in written
    assert "no value" in written


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--channel", "smss"], "did you mean `sms`?"),
        (["--matter", "bil"], "did you mean `bill`?"),
        (["--on", "tomorrow"], "`tomorrow` is no date"),
        (["--fill", "pay_url"], "fills nothing"),
        (["-o", "/nowhere/answers.txt"], "cannot be written"),
    ],
)
def test_what_cannot_be_asked_is_said(arguments: list[str], said: str) -> None:
    found = asked(EXAMPLE, *arguments)
    assert found.exit_code == 2
    assert said in found.stderr


# ── in the conversation ───────────────────────────────────────────────────────


def test_a_conversation_says_what_the_contact_is_told() -> None:
    told: list[str] = []
    script = """
        contact.intent = bill
        contact.channel = sms
        now 2027-01-03 10:00
        say
        say late_bill web
        say late_bil
        say late_bill fax
    """
    play(Conversation(Session.of(EXAMPLE)), [line.strip() for line in script.splitlines()], told.append)
    lines = "\n".join(told).splitlines()
    assert lines[lines.index("> say") :] == [
        "> say",
        "late_bill, sms  Pay within 14 days, else 4 EUR: {pay_url}  (43 of GSM-7 in 1 part)",
        "note: nothing fills `pay_url`",
        "> say late_bill web",
        "late_bill, web  A bill that is paid after 14 days costs 4 EUR more.",
        "> say late_bil",
        "error: the policy has no message `late_bil`",
        "  did you mean `late_bill`?",
        "> say late_bill fax",
        "error: the policy has no channel `fax`",
    ]


def test_messages_and_their_channels_are_completed() -> None:
    session = Session.of(EXAMPLE)
    assert [found.text for found in completions(session, "say la")] == ["late_bill"]
    assert [found.text for found in completions(session, "say late_bill ")] == ["voice", "web", "sms"]


def test_a_file_of_facts_is_one_of_the_files_of_a_policy() -> None:
    assert files_of(Path(EXAMPLE)) == {Path(EXAMPLE), Path("examples/facts.csv")}
