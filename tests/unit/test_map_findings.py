"""What `routekit map` finds, says and counts, kind by kind."""

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Policy
from routekit.analysis import contact_map, prove
from routekit.cli.map import command
from routekit.contact_map.figures import figures
from routekit.diagnostics import MAP_CODES
from routekit.diagnostics.codes import page

TODAY = date(2026, 11, 30)
HEAD = """
policy care "Care"
record contact { channel one of voice, chat, web, sms, desk  wish one of bill, fault ? }
record customer { id text ?  senior flag = no }
channel voice { assisted }
channel chat  { assisted }
channel web   { self_service  hands over contact.wish }
channel sms   { self_service  carries 160 letters }
channel desk  { assisted  in_person }
queue general { on voice, chat, desk }
queue portal  { on web }
queue tips    { on web }
"""


def found(text: str, **more: object) -> list[tuple[str, str, str]]:
    """The findings of a map, by kind, what they are about, and the rule of the contact."""
    drawn = contact_map(Policy.from_text(HEAD + text), on=TODAY, **more)  # type: ignore[arg-type]
    return [(item.kind, item.about, item.rule) for item in drawn.findings]


# ── contacts ──────────────────────────────────────────────────────────────────

ONLINE = "rule online when contact.channel in {web, sms} then queue portal"


@pytest.mark.parametrize(
    ("matter", "plan", "expected"),
    [
        ("solved on web, voice, chat, desk", "", []),
        ("solved on voice, chat, desk", "", ["blind", "misplaced"]),
        ("solved on voice, chat, desk", "after 2m queue general", ["misplaced"]),
        ("solved on voice, chat, desk", "after 2m callback within 4h", ["misplaced"]),
        ("solved on desk, chat  solved on voice, web when customer.senior", "", ["blind", "misplaced"] * 2),
        ("solved on voice, chat, desk", "after 2m queue tips after 3m queue general", ["misplaced"]),
    ],
)
def test_a_matter_is_blind_or_misplaced(matter: str, plan: str, expected: list[str]) -> None:
    text = f"matter bill when contact.wish is bill {{ {matter} }}\n"
    kinds = [kind for kind, *_ in found(f"{text} route {{ {ONLINE} {plan} otherwise queue general }}")]
    assert [kind for kind in kinds if kind in ("blind", "misplaced")] == sorted(expected)


def test_a_matter_that_is_solved_nowhere_is_one_fault() -> None:
    text = f"matter bill when contact.wish is bill {{}}\nroute {{ {ONLINE} otherwise queue general }}"
    assert found(text) == [("blind", "bill", "otherwise")]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("after 1m queue tips after 2m queue portal", 1),
        ("after 1m queue general after 2m queue portal", 0),
        ("after 1m queue portal", 0),
        ("after 1m queue tips, callback within 1m after 2m queue portal", 0),
        ("after 1m queue tips after 90s callback within 1m after 2m queue portal", 1),
        ("after 1m when customer.senior then queue tips after 2m queue portal", 1),
    ],
)
def test_steps_lead_back_with_no_person_between(plan: str, expected: int) -> None:
    kinds = found(f"route {{ {ONLINE} {plan} otherwise queue general }}")
    assert kinds.count(("loop", "portal", "online")) == expected


def test_a_queue_asks_again_for_what_was_lost_on_the_way() -> None:
    asking = HEAD.replace("queue general {", "queue general { asks for customer.id, contact.wish")
    route = "route { otherwise queue general }"
    drawn = contact_map(Policy.from_text(asking + route))
    (handoff,) = [item for item in drawn.findings if item.kind == "handoff"]
    assert handoff.message == (
        "`general` asks again for `customer.id`, which web does not hand over: rule `otherwise`, at arrival"
    )
    assert handoff.witness is not None
    assert handoff.witness.contact == {"contact": {"channel": "web"}, "customer": {"id": "x"}}


def test_contacts_are_moved_unsaid_in_the_map_and_in_proofs() -> None:
    policy = Policy.from_text(
        """
        policy v
        record contact { channel one of voice, email }
        channel voice { assisted }
        channel email { assisted }
        queue phone_team { on voice }
        queue mail_team { on email }
        route {
          rule all_of_them when contact.channel is known then queue phone_team
          otherwise queue mail_team
        }
        """
    )
    said = (
        "contacts that came by `email` are served on `voice` by rule `all_of_them`, which does not say `on`"
    )
    for findings in (contact_map(policy).findings, prove(policy).findings):
        (moved,) = [item for item in findings if item.kind == "moved"]
        assert moved.message == said
        assert moved.witness is not None
        assert moved.witness.contact == {"contact": {"channel": "email"}}


def test_what_the_prover_cannot_settle_is_unknown_by_name() -> None:
    matter = "matter bill when contact.wish is bill { solved on web }"
    kinds = found(f"{matter}\nroute {{ {ONLINE} otherwise queue general }}", timeout=0.0)
    assert ("unknown", "bill", "") in kinds
    assert {kind for kind, *_ in kinds} == {"unknown", "unanswered"}


# ── what is declared ──────────────────────────────────────────────────────────

ROUTE = "\nroute { otherwise queue general }"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('message m { web "in 12 hours" voice "in 12h" }', []),
        ('message m { web "in 12 hours" voice "in twelve hours" }', []),
        ('message m { web "in 12 hours" voice "soon" }', ["wordings"]),
        ('message m { web "for 4 EUR" voice "for {fee}" }', ["wordings"]),
        ('message m { web "for {fee}" voice "for {fee}" sms "{fee}: {pay_url}" }', []),
        ('message m { sms "%s" }' % ("x" * 160), []),
        ('message m { sms "%s" }' % ("x" * 159 + "€"), ["too long"]),
        ('message m { sms "%s" }' % ("ż" * 71), ["too long"]),
        ('message m { sms "{late}%s" } fact late = "3 EUR"' % ("x" * 155), []),
        ('message m { sms "{late}%s" } fact late = "13 EUR"' % ("x" * 155), ["too long"]),
        (  # of fewer letters, and longer in an SMS
            'message m { sms "{late}%s" } fact late = "123456" until 2027-01-01 '
            'fact late = "€€€€€" from 2027-01-02' % ("x" * 152),
            ["too long"],
        ),
        ('message m { web "{late}" } fact late = "3" until 2027-01-28', ["expired"]),
        ('message m { web "{late}" } fact late = "3" until 2027-01-29', []),
        ('message m { web "{late}" } fact late = "3" from 2026-12-01', ["expired"]),
        ('fact late = "3" until 2026-12-31', []),
        ('journey one < two\ntouchpoint t { stage one  on web  ours  chosen }', ["stage"]),
        ('journey one\ntouchpoint t { on web  ours  chosen }', ["stage", "stage"]),
        ('matter bill when contact.wish is bill { solved on voice, chat, desk, web }', ["unanswered"]),
        (
            'matter bill when contact.wish is bill { solved on voice, chat, desk, web }\n'
            'message m about bill { web "It is so." }',
            [],
        ),
    ],
)  # fmt: skip
def test_what_is_declared_is_wrong(text: str, expected: list[str]) -> None:
    assert [kind for kind, *_ in found(text + ROUTE)] == expected


def test_a_stated_fill_counts_for_the_length() -> None:
    text = 'message m { sms "{url}%s" }' % ("x" * 150) + ROUTE
    assert found(text) == []
    assert found(text, fills={"url": "https://a.example"}) == [("too long", "m", "")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 hours", "12h"),
        ("EUR 4.50", "4,50 €"),
        ("2,000", "2000"),
        ("8:00", "8 am"),
        ("48 hours", "2 days"),
    ],
)
def test_figures_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert figures(one).keys() == figures(other).keys()


@pytest.mark.parametrize(("one", "other"), [("12 hours", "12 minutes"), ("3 EUR", "3 USD"), ("2.5", "25")])
def test_other_figures_are_others(one: str, other: str) -> None:
    assert figures(one).keys() != figures(other).keys()


@pytest.mark.parametrize(("kind", "code"), MAP_CODES.items())
def test_the_page_of_a_code_shows_what_the_map_finds(kind: str, code: str) -> None:
    wrong, right = (part.split("```route\n")[1].split("```")[0] for part in page(code).split("\n## ")[1:])
    kinds = [
        {item.kind for item in contact_map(Policy.from_text(text), on=TODAY).findings}
        for text in (wrong, right)
    ]
    assert kind in kinds[0]
    assert kind not in kinds[1]


# ── the command ───────────────────────────────────────────────────────────────


@pytest.fixture
def path(tmp_path: Path) -> Path:
    text = f"{HEAD} matter bill when contact.wish is bill {{ solved on voice, chat, desk }}"
    place = tmp_path / "care.route"
    place.write_text(f"{text}\nroute {{\n  {ONLINE}\n  otherwise queue general }}\n", encoding="utf-8")
    return place


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [*map(str, arguments)])
    return result.exit_code, result.stdout


def test_the_map_as_data_has_each_finding_with_its_contact_and_place(path: Path) -> None:
    status, out = run(path, "--format", "json")
    document = json.loads(out)
    assert (status, document["format_version"]) == (1, 1)
    first = document["findings"][0]
    assert (first["kind"], first["about"], first["code"]) == ("blind", "bill", "RK601")
    assert first["contact"] == {"contact": {"channel": "web", "wish": "bill"}}
    assert (first["decision"]["queue"], first["line"], Path(first["file"]).name) == (
        "portal",
        15,
        "care.route",
    )


def test_only_the_kinds_that_are_named_fail(path: Path) -> None:
    assert run(path, "--fail-on", "handoff,too-long")[0] == 0
    assert run(path, "--fail-on", "handoff, blind")[0] == 1
    assert run(path, "--fail-on", "blond")[0] == 2
    assert run(path, "--on", "tomorrow")[0] == 2
    assert run(path, "--fail-on", "handoff", "--timeout", "0.1", "--years", "2020..2021")[0] in (0, 1)


def test_what_is_allowed_in_place_is_left_unsaid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(ONLINE, f"{ONLINE}  # allow RK601, RK602: it is a trial"), encoding="utf-8")
    assert "RK601" not in run(path)[1]
    path.write_text(text.replace("route {", "# allow RK601, RK602: no\nroute {"), encoding="utf-8")
    assert "RK601" in run(path)[1]


def test_contacts_of_a_file_are_counted_in_the_cells(path: Path) -> None:
    contacts = path.with_name("contacts.csv")
    contacts.write_text(
        "contact.channel,contact.wish\nweb,bill\nweb,bill\nvoice,bill\nvoice,\n", encoding="utf-8"
    )
    status, out = run(path, "--contacts", contacts, "--format", "csv")
    rows = {(row["matter"], row["channel"]): row for row in csv.DictReader(StringIO(out))}
    assert status == 1
    counted = [rows["bill", channel] for channel in ("web", "voice", "chat")]
    assert [row["contacts"] for row in counted] == ["2", "1", "0"]
    assert [row["never"] for row in counted] == ["2", "0", "0"]
    assert [row["becomes"] for row in counted] == ["blind", "solved", "solved"]


@pytest.mark.parametrize("options", [(), ("--plain",)])
def test_the_map_is_drawn_and_told_in_sentences(path: Path, options: tuple[str, ...]) -> None:
    status, out = run(path, *options)
    assert status == 1
    assert "bill: solved on voice, chat and desk" in out
    assert "RK601" in out


def test_the_page_and_other_forms_go_to_a_file(path: Path) -> None:
    for kind in ("html", "text", "json", "csv"):
        target = path.with_suffix(f".{kind}")
        assert run(path, "--format", kind, "-o", target)[0] == 1
        assert "bill" in target.read_text(encoding="utf-8")


def test_touchpoints_can_be_read_in_a_window_of_usual_width(tmp_path: Path) -> None:
    controls = ("ours", 'partner "the laboratory"', 'others "the insurer"')
    path = tmp_path / "clinic.route"
    path.write_text(
        "policy clinic\nrecord contact { channel one of voice }\nchannel voice { assisted }\n"
        "queue general { on voice }\njourney notice < treatment\nroute { otherwise queue general }\n"
        + "".join(
            f"touchpoint in_{held}_{number} {{ stage notice, treatment  in_person  {control}  {held} }}\n"
            for number, control in enumerate(controls)
            for held in ("forced", "chosen")
        ),
        encoding="utf-8",
    )
    status, said = run(path)
    assert status == 0
    for number in range(3):
        assert said.count(f"■ in_forced_{number}") == said.count(f"□ in_chosen_{number}") == 2
    assert "■ forced   □ chosen" in said


def test_rules_that_move_contacts_alike_are_one_finding_of_a_proof_and_each_its_own_of_the_map() -> None:
    text = """
    policy v
    record contact { channel one of voice, email  kind integer 0..9 = 0 }
    channel voice { assisted }
    channel email { assisted }
    queue phone_team { on voice }
    route {
      rule a when contact.kind is 1 then queue phone_team
      rule b when contact.kind is 2 then queue phone_team
      otherwise queue phone_team
    }
    """
    policy = Policy.from_text(text)
    (one,) = [item for item in prove(policy).findings if item.kind == "moved"]
    assert one.message == (
        "contacts that came by `email` are served on `voice` by rules `a`, `b` and `otherwise`,"
        " which do not say `on`"
    )
    assert [item.rule for item in contact_map(policy).findings if item.kind == "moved"] == [
        "a",
        "b",
        "otherwise",
    ]
