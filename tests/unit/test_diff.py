"""What `routekit diff` finds in policies with planted edits, and what it must not find."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Engine, Policy
from routekit.analysis import Difference, diff, prove
from routekit.cli.main import _routekit
from routekit.diff import Comparer, affected_rules
from routekit.diff.joined_policy import join
from routekit.diff.markdown import difference_as_markdown
from routekit.diff.report import difference_as_json, difference_lines
from routekit.diff.results import Setting, sections
from routekit.diff.wording import setting_text, title
from routekit.prover.report import proof_lines
from routekit.prover.witness import Pair
from routekit.reasons.words import shortened

ROOT = Path(__file__).parent.parent.parent
PACKS = sorted((ROOT / "rules").glob("*.route"))

FROM_DEDICATED = "queue dedicated → general, priority 2 → 5"
TO_DEDICATED = "queue general → dedicated, priority 5 → 2"
TO_PERSON = "queue portal → general, self-service → a person"
TO_PORTAL = "queue general → portal, a person → self-service"

CARE = """
policy care
timezone Europe/Berlin
record contact {
  channel one of voice, chat, web
  intent  one of buy, cancel, ask ?
  at      time ?
  text    text = ""
}
record customer {
  id      text ?
  tier    ordered bronze < silver < gold ?
  value   integer 0..100 = 0
  cases   integer 0..100 = 0
  tags    set of one of vip, new = {}
  manager text ?
}
live queue { waiting integer 0.. = 0 }
channel voice { assisted cost 4 }
channel chat  { assisted cost 2 }
channel web   { self_service cost 0.1 }
calendar office { open Mon-Fri 08:00-20:00 }
queue general   { on voice, chat }
queue dedicated { on voice  skills care  open office }
queue retention { on voice, chat }
queue portal    { on web }
segment sensitive when customer.cases >= 2
segment valued    when customer.value >= 80 or customer.tier >= gold
route {
  rule careful "Take care" when sensitive then queue retention, priority 1
  rule best when valued and contact.intent is buy
    then queue dedicated, agent customer.manager, priority 2
      after 1m queue general
  rule trial when contact.intent is ask and contact.channel is web
    split by customer.id seed "t" {
      20% queue portal, message hello
      80% queue general
    }
  rule online when contact.channel is web then queue portal
  otherwise queue general
}
adjust {
  rule vip when customer.tags has vip then priority - 1, skills + {patience}
}
offers {
  show 1 by worth
  offer gift when valued worth 20
  offer points when customer.value > 10 worth 10 at most 1 per 30d
  never when sensitive
}
message hello { web "hello" }
guarantee people when sensitive then channel is assisted
guarantee soon when valued and contact.intent is buy and customer.cases < 2 then priority <= 5
"""


@pytest.fixture(params=["python-sat", "plain"])
def solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "pysat.solvers", None)


def change(*edits: tuple[str, str]) -> Difference:
    text = CARE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    one, other = Policy.from_text(CARE), Policy.from_text(text)
    difference = diff(one, other)
    for group in difference.groups:  # what is shown is what the engine does
        witness = group.witness
        assert Engine(one).decide(witness.contact, now=witness.now).to_dict() == witness.before.to_dict()
        assert Engine(other).decide(witness.contact, now=witness.now).to_dict() == witness.decision.to_dict()
    return difference


def told(difference: Difference) -> list[tuple[str, str, bool]]:
    return [(title(group.key), group.who.condition, group.who.exact) for group in difference.groups]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rule careful", "rule take_care"),
        ('"Take care"', '"Mind them"'),
        (
            "rule best when valued and contact.intent is buy",
            "rule best when contact.intent is buy and valued",
        ),
        ("customer.cases >= 2", "customer.cases > 1"),
        ("customer.cases >= 2", "not (customer.cases < 2)"),
        ("  rule online", "  rule never_again when sensitive then queue portal\n  rule online"),
        ("integer 0..100 = 0\n  cases", "integer 0..100 = 0 # a comment\n  cases"),
        ("tier    ordered bronze < silver < gold ?", "tier ordered silver < bronze < gold ?"),
        ("  text    text", "  other   text ?\n  text    text"),
        (
            "  rule online when contact.channel is web then queue portal\n",
            "  rule a when contact.channel is web and valued then queue portal\n"
            "  rule b when contact.channel is web then queue portal\n",
        ),
        (
            "offer points when customer.value > 10 worth 10",
            "offer points when customer.value > 10 worth 5 + 5",
        ),
        (
            "calendar office { open Mon-Fri 08:00-20:00 }",
            "calendar office { open Mon-Fri 08:00-12:00, Mon-Fri 12:00-20:00 }",
        ),
    ],
)
def test_what_is_no_change(old: str, new: str, solver: None) -> None:
    difference = change((old, new))
    assert not difference.groups
    assert not difference.unknown
    assert not difference.promises


def test_the_same_text_is_the_same_and_renamed_rules_are_counted() -> None:
    assert change().answer == "same"
    difference = change(("rule careful", "rule take_care"), ("rule online", "rule on_the_web"))
    assert difference.answer == "same"
    assert difference.notes == ("2 rules were renamed",)
    difference = change(("  rule online", "  rule idle when sensitive then queue portal\n  rule online"))
    assert (difference.answer, difference.notes) == ("same", ("idle is new or said otherwise",))


def test_all_rules_of_which_nothing_comes_are_in_the_json_and_counted_in_the_text() -> None:
    rules = [f"idle_{number}" for number in range(7)]
    idle = "".join(f"  rule {name} when sensitive then queue portal\n" for name in rules)
    difference = change(("  rule online", f"{idle}  rule online"))
    assert difference_as_json(difference)["notes"] == [f"{', '.join(rules)} are new or said otherwise"]
    said = "idle_0, idle_1, idle_2, idle_3 and 3 more are new or said otherwise: nothing comes of it"
    assert ("plain", said) in difference_lines(difference)
    assert f"{said}." in difference_as_markdown(difference)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "customer.value >= 80",
            "customer.value >= 85",
            FROM_DEDICATED,
        ),
        ("then queue retention, priority 1", "then queue retention, priority 2", "priority 1 → 2"),
        ("queue dedicated, agent customer.manager", "queue dedicated", "agent customer.manager → no agent"),
        (
            "after 1m queue general",
            "after 2m queue general",
            "plan without after 1m queue general, with after 2m queue general",
        ),
        ("skills + {patience}", "skills + {patience, care}", "skills with care"),
        ("{ self_service cost 0.1 }", "{ assisted cost 0.1 }", "self-service → a person"),
        ("queue portal, message hello", "queue portal", "message hello → no message"),
        ("worth 20", "worth 5", "offers without gift, with points"),
        ("show 1 by", "show 2 by", "offers with points"),
        ("Mon-Fri 08:00-20:00", "Mon-Fri 08:00-18:00", FROM_DEDICATED),
        ("queue general   { on voice, chat }", "queue general { on chat, voice }", "channel voice → chat"),
        ("at most 1 per 30d", "at most 1 per 60d", "offers without points"),
        ("never when sensitive", "never when sensitive and valued", "offers with points"),
    ],
)  # fmt: skip
def test_what_changes_is_found(old: str, new: str, expected: str, solver: None) -> None:
    difference = change((old, new))
    assert expected in [name for name, _, _ in told(difference)]
    assert not difference.unknown


def test_groups_are_told_by_their_condition() -> None:
    difference = change(("customer.value >= 80", "customer.value >= 85"))
    told_of = {name: (condition, exact) for name, condition, exact in told(difference)}
    condition, exact = told_of[FROM_DEDICATED]
    assert exact
    assert "customer.value in 80..84" in condition
    assert "(customer.tier < gold or customer.tier is missing)" in condition
    assert "not sensitive" in condition
    assert difference.concerned.startswith("customer.value in 80..84")


def test_a_share_that_moves_is_told() -> None:
    difference = change(("20% queue", "30% queue"), ("80% queue", "70% queue"))
    (group,) = difference.groups
    assert title(group.key) == TO_PORTAL
    assert group.who.share == "10% of them, dealt by customer.id"
    assert group.who.exact


def test_another_seed_deals_anew() -> None:
    difference = change(('seed "t"', 'seed "u"'))
    shares = {title(group.key): group.who.share for group in difference.groups}
    assert shares[TO_PORTAL] == "about 16% of them, dealt by customer.id"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("value   integer 0..100 = 0", "value integer 0..100 = 90", TO_DEDICATED),
        ("value   integer 0..100 = 0", "value integer 0..200 = 0", TO_DEDICATED),
        ("value   integer 0..100 = 0", "value integer 0..90 = 0", FROM_DEDICATED),
        ("one of voice, chat, web", "one of voice, chat, app", TO_PERSON),
        ("bronze < silver < gold ?", "bronze < silver < gold < platinum ?", TO_DEDICATED),
        ("one of vip, new", "one of vip, new, old", "priority 5 → 4"),
        ("value   integer 0..100 = 0", "value text = \"0\"", "offers without points"),
    ],
)  # fmt: skip
def test_what_a_contact_may_hold_changes(old: str, new: str, expected: str) -> None:
    edits = [(old, new)]
    if "app" in new:
        edits += [
            ("contact.channel is web", "contact.channel is app"),
        ]
    if "text" in new:
        edits += [
            ("customer.value >= 80", 'customer.value is "80"'),
            ("customer.value > 10", 'customer.value is "x"'),
        ]
    difference = change(*edits)
    assert expected in [name for name, _, _ in told(difference)]
    assert not difference.unknown


def test_a_value_that_only_the_new_version_reads_shows_it() -> None:
    difference = change(("value   integer 0..100 = 0", "value integer 0..200 = 0"))
    group = next(group for group in difference.groups if "dedicated" in title(group.key))
    assert group.witness.contact["customer"]["value"] == 101  # type: ignore[index]
    assert [str(problem) for problem in group.witness.before.problems] == ["customer.value is outside 0..100"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('web "hello"', 'web "good day"', 'message hello says on web "good day"; it said "hello"'),
        ("cost 4", "cost 5", "channel voice costs 5.00 a contact; it cost 4.00"),
        ("skills care", "skills care, calm", "queue dedicated asks its agents for skills {calm, care}; it asked for {care}"),  # noqa: E501
    ],
)  # fmt: skip
def test_settings_are_told(old: str, new: str, expected: str) -> None:
    difference = change((old, new))
    assert difference.answer == "different"
    assert not difference.groups
    assert [f"{item.kind} {item.name} {item.message}" for item in difference.settings] == [expected]


def test_a_wording_is_cut_for_people_as_far_as_it_still_differs() -> None:
    def wordings(*ends: str) -> list[Policy]:
        said = (CARE.replace("otherwise queue general", "otherwise queue general, message new") for _ in ends)
        texts = zip(said, ends, strict=True)
        return [
            Policy.from_text(f'{text}message new {{ voice "{"word " * 20}{end}" }}') for text, end in texts
        ]

    difference = diff(*wordings("a", "b"))
    assert [item.message.count("word ") for item in difference.settings] == [40]
    told = " ".join(text.strip() for _, text in difference_lines(difference))
    assert "message new: voice …" in told
    assert 'word a" → …' in told
    assert 'word b"' in told
    assert setting_text(Setting("message", "new", f'says "{"word " * 20}"')).endswith('word…"')


def test_answers_that_are_new_or_gone_are_told_and_change_no_decision() -> None:
    matter = "route { otherwise queue q1 } matter bill when contact.intent is bill {} matter more {} "
    answer = 'message how about bill { voice "So." web "So." }'
    plain, with_ = Policy.from_text(BASE + matter), Policy.from_text(BASE + matter + answer)
    moved = Policy.from_text(BASE + matter + answer.replace("about bill", "about more"))
    for old, new, said in (
        (plain, with_, ["answers questions about bill now"]),
        (with_, plain, ["answers no questions about bill any more"]),
        (with_, moved, ["answers questions about more now", "answers no questions about bill any more"]),
    ):
        difference = diff(old, new)
        assert difference.answer == "same"
        assert [item.message for item in difference.settings] == said


def test_guarantees_are_compared() -> None:
    gone = change(("guarantee people when sensitive then channel is assisted\n", ""))
    assert [(item.name, item.kind, item.now) for item in gone.promises] == [("people", "removed", "kept")]
    broken = change(("then queue retention, priority 1", "then queue portal, priority 1"))
    (promise,) = broken.promises
    assert (promise.name, promise.kind, promise.now) == ("people", "broken", "broken")
    assert promise.witness is not None
    assert promise.witness.decision.channel == "web"
    renamed = change(("guarantee people when", "guarantee somebody when"))
    assert renamed.answer == "same"
    weaker = change(("then priority <= 5", "then priority <= 6"))
    assert [(item.name, item.kind, item.now) for item in weaker.promises] == [("soon", "changed", "kept")]


def test_a_queue_that_is_called_otherwise_is_renamed_and_moves_nobody() -> None:
    difference = change(("queue retention", "queue keeping"))
    assert (difference.answer, told(difference), difference.unknown) == ("different", [], ())
    assert [(item.kind, item.before, item.now) for item in difference.renames] == [
        ("queue", "retention", "keeping")
    ]
    assert [item.message for item in difference.settings] == ["is called keeping now, wherever it stood"]


def test_what_differs_beside_a_new_name_is_told_in_the_new_names() -> None:
    difference = change(
        ("queue retention", "queue keeping"),
        ("customer.cases >= 2", "customer.cases >= 3"),
        ("gift", "present"),
    )
    assert {item.before for item in difference.renames} == {"retention", "gift"}
    titles = [name for name, _, _ in told(difference)]
    assert "queue keeping → general, priority 1 → 5" in titles
    assert not any("retention" in name or "gift" in name for name in titles)
    before = {group.witness.before.queue for group in difference.groups}
    assert "retention" in before  # as the old version itself says it


def test_what_cannot_be_told_is_unknown() -> None:
    difference = change(("at      time ?", "at text ?"))
    assert difference.answer == "unknown"


def test_a_changed_timezone_is_compared_instant_by_instant() -> None:
    rules = """  rule early when hour(now) < 9 then queue portal on web
  rule late when clock(now) >= 21h30m then queue retention
  rule month_end when day(now + 1d) is 1 and month(now) in {1, 2, 3, 10} then queue portal on web
  rule new_year when date(now) in 2026-12-31..2027-01-01 then queue retention, priority 1
  rule sundays when weekday(now) is sun and not (date(now) > 2026-06-01) then queue portal on web
  rule careful"""
    texts = [
        CARE.replace("  rule careful", rules).replace("Europe/Berlin", zone)
        for zone in ("Europe/Berlin", "America/New_York")
    ]
    policies = [Policy.from_text(text) for text in texts]
    difference = diff(*policies)
    assert not difference.unknown
    assert [item.matters for item in difference.settings if item.kind == "policy"] == [True]
    engines = [Engine(policy) for policy in policies]
    comparer = Comparer(policies[0].checked, policies[1].checked)
    known = {group.key for group in difference.groups}
    days = [
        date(2026, month, day)
        for month in (1, 3, 10, 12)
        for day in (1, 2, 15, 28, 29, 30, 31)
        if (month, day) != (2, 30)
    ]
    found = set()
    for day in [*days, date(2027, 1, 1), date(2026, 3, 8), date(2026, 3, 29), date(2026, 11, 1)]:
        for half in range(48):
            now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=30 * half)
            before, after = (engine.decide({"contact": {"channel": "voice"}}, now=now) for engine in engines)
            changes = comparer.changes(before, after)
            if changes:
                found.add(comparer.key(before, after, changes))
    assert found
    assert found <= known


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("value   integer 0..100 = 0", "value number 0..100 = 0"), []),
        (("value   integer 0..100 = 0", "value number 0..200 = 0"), [TO_DEDICATED]),
        (("value   integer 0..100 = 0", "value number 0..90.5 = 0"), [FROM_DEDICATED]),
    ],
)  # fmt: skip
def test_whole_numbers_are_compared_where_a_field_reads_fractions_too(
    edit: tuple[str, str], expected: list[str]
) -> None:
    difference = change(edit)
    assert not difference.unknown
    assert set(expected) <= {name for name, _, _ in told(difference)}
    assert bool(difference.groups) is bool(expected)
    assert difference.answer == "different"  # those with a fraction are told
    assert ["fraction" in item.message for item in difference.settings] == [True]


def test_a_text_that_becomes_one_of_some_names_is_compared() -> None:
    rule = (
        "  rule online",
        '  rule words when contact.text is "fax" then queue portal on web\n  rule online',
    )
    one = CARE.replace(*rule)
    other = one.replace('text    text = ""', "text one of fax, mail ?").replace('is "fax"', "is fax")
    difference = diff(Policy.from_text(one), Policy.from_text(other))
    assert difference.answer == "same"
    narrower = other.replace("one of fax, mail ?", "one of letter, mail ?").replace("is fax", "is letter")
    difference = diff(Policy.from_text(one), Policy.from_text(narrower))
    assert not difference.unknown
    assert {TO_PORTAL, TO_PERSON} & {name for name, _, _ in told(difference)}


def test_no_time_is_unknown_not_the_same() -> None:
    text = CARE.replace(
        "  rule online when contact.channel is web then queue portal\n",
        "  rule a when contact.channel is web and valued then queue portal\n"
        "  rule b when contact.channel is web then queue portal\n",
    )
    assert diff(Policy.from_text(CARE), Policy.from_text(text), timeout=0).answer == "unknown"


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_a_pack_is_the_same_as_itself_and_an_edit_is_found(path: Path, solver: None) -> None:
    text, policy = path.read_text(encoding="utf-8"), Policy.from_path(path)
    assert diff(policy, policy).answer == "same"
    head, _, tail = text.rpartition("\n  otherwise queue ")
    queue, priority = tail.split(",")[0].split("\n")[0].strip(), ", priority 9"
    assert head
    rest = tail[len(queue) :]
    rest = rest.partition("\n")[2] if rest.startswith(",") else rest.removeprefix("\n")
    edited = Policy.from_text(
        f"{head}\n  otherwise queue {queue}{priority}\n{rest}", name=path.name, folder=path.parent
    )
    difference = diff(policy, edited)
    assert difference.groups
    assert not difference.unknown
    assert all("otherwise" in {rule for pair in group.rules for rule in pair} for group in difference.groups)


# ── the command ───────────────────────────────────────────────────────────────


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(_routekit, ["diff", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "old.route").write_text(CARE)
    (tmp_path / "new.route").write_text(CARE.replace("customer.value >= 80", "customer.value >= 85"))
    return str(tmp_path / "old.route"), str(tmp_path / "new.route")


def test_the_command_says_what_changes(files: tuple[str, str]) -> None:
    code, said = run(*files)
    assert code == 1
    assert "edited: segment valued: customer.value >= 80 → customer.value >= 85\n" in said
    assert f". {FROM_DEDICATED}\n" in said
    assert "     rule best, queue dedicated, priority 2 → rule otherwise, queue general, priority 5" in said
    _, said = run(*files, "--details")
    assert f". {FROM_DEDICATED}\n" in said
    assert "    before: rule best, queue dedicated, " in said
    assert run(files[0], files[0])[0] == 0
    assert run(files[0], "nowhere.route")[0] == 2


def test_json_has_all_of_it(files: tuple[str, str]) -> None:
    code, said = run(*files, "--format", "json")
    found = json.loads(said)
    assert (code, found["format_version"], found["answer"]) == (1, 1, "different")
    group = next(group for group in found["groups"] if group["title"] == FROM_DEDICATED)
    assert {"part": "queue", "before": "dedicated", "after": "general", "always": True} in group["changes"]
    assert group["witness"]["before"]["rule"] == "best"
    assert group["exact"] is True


def test_markdown_is_a_table_with_details(files: tuple[str, str]) -> None:
    _, said = run(*files, "--format", "markdown")
    assert said.startswith("### `care` ")
    assert f" | {FROM_DEDICATED} | exactly where `" in said
    assert said.count("<details>") == said.count("</details>") > 0


def test_contacts_that_move_are_counted(files: tuple[str, str], tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.jsonl"
    moved = {"contact": {"channel": "voice", "intent": "buy"}, "customer": {"value": 82}}
    stays = {"contact": {"channel": "voice", "intent": "buy"}, "customer": {"value": 92}}
    lines = [json.dumps(stays), json.dumps(moved), "{", json.dumps(moved)]
    contacts.write_text("\n".join(lines) + "\n")
    now = ("--now", "2026-11-23T10:00")
    code, said = run(*files, "--contacts", str(contacts), *now)
    assert code == 1
    assert "of 3 contacts 2 (66.7%) are treated differently; 1 lines could not be read" in said
    assert "contacts.jsonl:2, contacts.jsonl:4" in said
    assert f"error: {contacts}:3 is not JSON" in said
    code, said = run(*files, "--contacts", str(contacts), *now, "--format", "json")
    found = json.loads(said[said.index("{\n") :])["contacts"]
    assert (found["decided"], found["moved"], found["broken"]) == (3, 2, 1)
    assert found["groups"][0]["places"] == [f"{contacts}:2", f"{contacts}:4"]


def test_groups_between_the_same_queues_stand_together() -> None:
    late = "  rule late when valued and contact.intent is buy then queue general, priority 7\n"
    difference = change(
        ("contact.intent is buy\n", "contact.intent is buy and customer.cases is 0\n"),
        ("  rule online", f"{late}  rule online"),
        ("customer.value >= 80", "customer.value >= 85"),
    )
    (section,) = [item for item in sections(difference.groups) if len(item.groups) > 1]
    assert title(section.key) == "queue dedicated → general"
    assert {title(section.rest(group)) for group in section.groups} == {"priority 2 → 7", "priority 2 → 5"}
    lines = [text for _, text in difference_lines(difference)]
    number = section.number
    assert f"{number}. queue dedicated → general" in lines
    assert any(line.startswith(f"  {number}.2 priority 2 → ") for line in lines)
    assert all(len(line) <= 110 for line in lines if "such as: " not in line)


def test_values_of_private_fields_are_not_printed(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("old.route", "new.route")]
    Path(paths[0]).write_text(REMEMBERS)
    Path(paths[1]).write_text(REMEMBERS.replace("queue first, priority 3", "queue second, agent customer.id"))
    contacts = tmp_path / "contacts.jsonl"
    contacts.write_text(json.dumps({"contact": {"channel": "web"}, "customer": {"id": "Erika Mustermann"}}))
    for format_ in ("pretty", "json", "markdown"):
        code, said = run(*paths, "--contacts", str(contacts), "--format", format_)
        assert code == 1
        assert "1" in said
        assert "Erika" not in said
        assert "customer.id" in said


def test_a_version_may_come_from_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "words.route").write_text('message hello { web "hello" }\n')
    policy = folder / "care.route"
    policy.write_text('use "words.route"\n' + CARE.replace('message hello { web "hello" }', ""))
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *arguments], check=True)
    policy.write_text(policy.read_text().replace("priority 1\n", "priority 2\n"))
    code, said = run("HEAD:rules/care.route", "rules/care.route")
    assert code == 1
    assert "1. priority 1 → 2" in said
    code, said = run("HEAD:rules/nothing.route", "rules/care.route")
    assert code == 2
    assert "cannot be taken from git" in said
    assert run("nowhere:rules/care.route", "rules/care.route")[0] == 2


# ── earlier contacts, private fields, queues that a field names ───────────────

REMEMBERS = """
policy remembers
record contact  { channel one of voice, web  intent one of buy, ask ? }
record customer { id text ? private  tier ordered low < high ?  wish one of first, second ? }
history {
  same_matter  count about contact.intent within 7d
  last_queue   last queue within 7d
}
channel voice { assisted }
channel web   { self_service }
queue first  { on voice }
queue second { on voice }
queue portal { on web }
route {
  rule again when history.same_matter >= 2 then queue history.last_queue, priority 2
  rule wished when customer.tier is high then queue customer.wish
  rule known when customer.id is known then queue first, priority 3
  otherwise queue portal
}
"""


def remembered(*edits: tuple[str, str]) -> Difference:
    text = REMEMBERS
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return diff(Policy.from_text(REMEMBERS), Policy.from_text(text))


def test_what_is_known_of_earlier_contacts_may_mean_something_else() -> None:
    difference = remembered(("intent within 7d", "intent within 30d"))
    assert not difference.groups
    assert [(item.name, item.message, item.matters) for item in difference.settings] == [
        (
            "history.same_matter",
            "is `count about contact.intent within 30d`; it was `count about contact.intent within 7d`",
            True,
        )
    ]
    assert difference.answer == "different"


def test_private_fields_are_told_and_move_nobody() -> None:
    difference = remembered(
        ("text ? private", "text ?"), ("wish one of first, second ?", "wish one of first, second ? private")
    )
    assert difference.answer == "same"
    assert [(item.name, item.message) for item in difference.settings] == [
        ("customer.id", "is no longer private"),
        ("customer.wish", "is private now, and was not"),
    ]


def test_a_queue_that_a_field_names_is_one_rule() -> None:
    assert remembered().answer == "same"
    difference = remembered(("rule wished", "rule asked_for"))
    assert (difference.answer, difference.notes) == ("same", ("1 rule was renamed",))
    difference = remembered(("queue customer.wish", "queue customer.wish, priority 1"))
    assert told(difference) == [
        (
            "priority 5 → 1",
            "customer.wish is known and customer.tier is high "
            "and not (history.same_matter >= 2 and history.last_queue is known)",
            True,
        )
    ]
    assert difference.groups[0].rules == (("wished", "wished"),)
    difference = remembered(
        (
            "rule wished when customer.tier is high then queue customer.wish",
            "rule wished when customer.tier is high then queue second",
        )
    )
    assert difference.answer == "different"
    assert ("queue first → second", True) in [(name, exact) for name, _, exact in told(difference)]


# ── many rules ────────────────────────────────────────────────────────────────


def large(edit: tuple[str, str] = ("", ""), more: str = "") -> Policy:
    return Policy.from_text(large_text(edit, more))


def large_text(edit: tuple[str, str] = ("", ""), more: str = "") -> str:
    rules = [
        f"rule r{number} when customer.value is {number} then queue q{number % 3}, priority {number % 7 + 1}"
        for number in range(400)
    ]
    return (
        "policy large record contact { channel one of voice, web } "
        "record customer { value integer 0..1000 = 0  gold flag = no } channel voice { assisted } "
        "queue q0 { on voice } queue q1 { on voice } queue q2 { on voice } queue rest { on voice } "
        f"route {{ {' '.join(rules).replace(*edit)} otherwise queue rest }} {more}"
    )


def test_a_change_among_many_rules_is_told_by_those_around_it() -> None:
    old, new = large(), large(("r9 when customer.value is 9 ", "s9 when customer.value in 9..11 "))
    near = affected_rules.affected(old.checked, new.checked, join(old.checked, new.checked))
    assert near is not None
    assert [rule.name for rule in near.new.rules] == ["s9", "r10", "r11", "otherwise"]
    difference = diff(old, new)
    assert told(difference) == [
        ("queue q1 → q0, priority 4 → 3", "customer.value is 10", True),
        ("queue q2 → q0, priority 5 → 3", "customer.value is 11", True),
    ]
    contact = {"contact": {"channel": "voice"}, "customer": {"value": 10}}
    assert difference.groups[0].witness.decision == Engine(new).decide(contact)


def near(old: Policy, new: Policy) -> affected_rules.Affected:
    found = affected_rules.affected(old.checked, new.checked, join(old.checked, new.checked))
    assert found is not None
    return found


def test_rules_that_moved_past_others_without_a_contact_are_put_back() -> None:
    text = large_text()
    rules = [
        f"rule {part}" for part in text.partition("route {")[2].partition(" otherwise")[0].split("rule ")[1:]
    ]
    rules[3:5], rules[20:25] = rules[4:2:-1], [*rules[24:20:-1], rules[20]]
    head, tail = text.partition("rule r0")[0], text[text.index("otherwise") :]
    old, new = large(), Policy.from_text(f"{head} {' '.join(rules)} {tail}")
    assert [rule.name for rule in near(old, new).new.rules] == ["otherwise"]
    difference = diff(old, new)
    assert (difference.answer, difference.notes) == ("same", ("5 rules were moved",))


def test_a_rule_that_moved_past_one_that_shares_a_contact_makes_a_difference() -> None:
    edit = (
        "rule r9 when customer.value is 9 then queue q0, priority 3 rule r10 when customer.value is 10 ",
        "rule r10 when customer.value in 9..10 then queue q1, priority 4 "
        "rule r9 when customer.value is 9 then queue q0, priority 3 rule s when customer.value is 10 ",
    )
    wide = (edit[0], edit[0].replace("is 10 ", "in 9..10 "))
    difference = diff(large(wide), large(edit))
    assert told(difference) == [("queue q0 → q1, priority 3 → 4", "customer.value is 9", True)]


def test_what_stands_behind_a_rule_that_takes_all_of_a_change_does_not_matter() -> None:
    broad = "rule r9 when customer.value in 5..300 and customer.gold "
    old = large(("rule r9 when customer.value is 9 ", broad))
    new = large(
        ("rule r9 when customer.value is 9 then queue q0, priority 3", f"{broad}then queue q1, priority 1")
    )
    names = ["r5", "r6", "r7", "r8", "r9", "otherwise"]
    assert [rule.name for rule in near(old, new).new.rules] == names
    assert told(diff(old, new)) == [
        ("queue q0 → q1, priority 3 → 1", "customer.value in 9..300 and customer.gold", True)
    ]


def test_what_is_promised_is_compared_over_all_rules() -> None:
    promise = (
        "guarantee soon when customer.value is 300 then priority <= 7 guarantee r9 then priority is not 9"
    )
    edit = ("queue q0, priority 3 rule r10 ", "queue q0, priority 9 rule r10 ")
    difference = diff(
        large(more=promise), large(edit, promise.replace("300 then priority <= 7", "300 then priority <= 6"))
    )
    assert told(difference) == [("priority 3 → 9", "customer.value is 9", True)]
    assert [(item.name, item.kind, item.now) for item in difference.promises] == [
        ("soon", "changed", "broken"),
        ("r9", "broken", "broken"),
    ]


PLANS = ", ".join(f'"plan {number}"' for number in range(8))
LONG = f'"{"a long text that is not cut, " * 3}"'


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("contact.vip else yes", "contact.vip or contact.vip is missing"),
        ("contact.phone >= 4915112345678", "contact.phone >= 4915112345678"),
        (f"contact.plan in {{{PLANS}}}", f"contact.plan in {{{PLANS}}}"),
        (f"contact.plan is {LONG}", f"contact.plan is {LONG}"),
        (r'contact.plan is "a \"b\" {c, d} \\"', r'contact.plan is "a \"b\" {c, d} \\"'),
        ("contact.wait > 1m30s", "contact.wait > 1m30s"),
        ("contact.born <= 1999-12-31", "contact.born <= 1999-12-31"),
    ],
)
def test_conditions_are_told_in_full_and_read_again(test: str, told: str) -> None:
    text = """
    policy p
    record contact {
      channel one of voice  vip flag ?  phone number ?  plan text ?  wait duration ?  born date ?
    }
    channel voice { assisted }
    queue a { on voice }
    queue b { on voice }
    route { rule one when TEST then queue QUEUE otherwise queue a }
    """.replace("TEST", test)
    old, new = (Policy.from_text(text.replace("QUEUE", queue)) for queue in "ab")
    (group,) = diff(old, new).groups
    assert (group.who.condition, group.who.exact) == (told, True)
    assert new.question(f"can {group.who.condition} reach queue is b").condition is not None


def test_exceptions_are_told_with_their_own_default() -> None:
    text = """
    policy p
    record contact { channel one of voice  vip flag ? }
    channel voice { assisted }
    queue a { on voice }
    queue b { on voice }
    queue c { on voice }
    route {
      rule first when contact.channel is known then queue a
      rule second when contact.vip else yes then queue b
      otherwise queue c
    }
    """
    new = text.replace("rule first when contact.channel is known then queue a", "")
    told = {
        title(group.key): group.who for group in diff(Policy.from_text(text), Policy.from_text(new)).groups
    }
    assert all(who.exact for who in told.values())
    assert told["queue a → b"].condition.startswith("(contact.vip or contact.vip is missing)")
    assert told["queue a → c"].condition.endswith("not (contact.vip else yes)")


def test_a_long_condition_is_cut_for_people_alone() -> None:
    assert shortened(f"contact.plan in {{{PLANS}}}") == (
        'contact.plan in {"plan 0", "plan 1", "plan 2", "plan 3", "plan 4", "plan 5" and 2 more}'
    )
    assert shortened(f"contact.plan is {LONG}").endswith('…"')
    assert (
        shortened(r'contact.plan is "a \"b\" {c}" and x in {}')
        == r'contact.plan is "a \"b\" {c}" and x in {}'
    )


def test_nothing_is_said_of_all_where_a_type_is_not_compared() -> None:
    new = CARE.replace("at      time ?", "at text ?").replace("priority - 1", "priority + 1")
    groups = diff(Policy.from_text(CARE), Policy.from_text(new)).groups
    assert groups
    assert not any(change.always or group.who.exact for group in groups for change in group.changes)


def test_a_number_of_many_digits_is_told_whole_and_read_again() -> None:
    text = """
    policy p
    record contact { channel one of voice  share number 0..1 ? }
    channel voice { assisted }
    queue a { on voice }
    queue b { on voice }
    route {
      rule one when contact.share - 0.3 > 0.2 and contact.share < 0.95 or contact.share * 0.3 < 0.05
        then queue QUEUE
      otherwise queue a
    }
    """
    old, new = (Policy.from_text(text.replace("QUEUE", queue)) for queue in "ab")
    (group,) = diff(old, new).groups
    assert new.question(f"can {group.who.condition} reach queue is b").condition is not None
    condition = "contact.share <= 0.16666666666666666 or contact.share > 0.5 and contact.share < 0.95"
    assert (group.who.condition, group.who.exact) == (condition, True)


OFFICE = "calendar office { open Mon-Fri 08:00-20:00 }"


@pytest.mark.parametrize(
    ("office", "told"),
    [
        ("open Mon-Fri 08:00-20:00  open Dec 24 08:00-12:00", ["says open Dec 24 08:00-12:00 now"]),
        ("open Mon-Sat 08:00-20:00", ["says open Mon-Sat 08:00-20:00 now; it said open Mon-Fri 08:00-20:00"]),
        (
            "open Mon-Fri 08:00-20:00  open makeup days CN  closed holidays CN, 2099-03-10 13:00-16:00",
            ["says open makeup days CN, closed holidays CN, closed 2099-03-10 13:00-16:00 now"],
        ),
        (
            "timezone Asia/Tokyo  open Mon-Fri 08:00-20:00",
            ["goes by the clocks of Asia/Tokyo; it went by those of Europe/Berlin"],
        ),
        ("open 08:00-20:00", ["says open Mon-Sun 08:00-20:00 now; it said open Mon-Fri 08:00-20:00"]),
    ],
)
def test_what_a_calendar_says_otherwise_is_told(office: str, told: list[str]) -> None:
    old, new = (Policy.from_text(CARE.replace(OFFICE, f"calendar office {{ {item} }}")) for item in (
        "open Mon-Fri 08:00-20:00", office))  # fmt: skip
    for one, other, expected in ((old, new, told), (new, old, None)):
        found = [item.message for item in diff(one, other, years=(2026, 2026)).settings]
        assert expected is None or found == expected
        assert len(found) == len(told)


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        # the same hours in other words
        ("open Mon-Fri 08:00-20:00", "open Mon-Thu 08:00-20:00, Fri 08:00-20:00", "same"),
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-20:00  closed Dec 26", "same"),  # a Saturday in 2026
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-20:00  closed Dec 25", "different"),
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-20:00  closed Jan 1..Dec 31 20:00-08:00", "same"),
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-20:00, Jun 1..Aug 31 Mon-Fri 08:00-20:00", "same"),
        ("open Mon-Fri 08:00-20:00  closed Dec 24..Dec 25",
         "open Mon-Fri 08:00-20:00  closed 2026-12-24..2026-12-25", "same"),
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-20:00  closed Feb 29", "same"),  # 2026 has none
        ("open Mon-Fri 22:00-06:00  closed 2026-03-10",
         "open Mon-Fri 22:00-06:00  closed 2026-03-10 22:00-24:00, 2026-03-11 00:00-06:00", "same"),
        ("open Mon-Sun 00:00-24:00  closed 2026-03-10 02:00-03:00", "open Mon-Sun 00:00-24:00", "different"),
        ("open Mon-Fri 08:00-20:00", "timezone Europe/Paris  open Mon-Fri 08:00-20:00", "same"),
        ("open Mon-Fri 08:00-20:00", "timezone Europe/London  open Mon-Fri 07:00-19:00", "same"),
        ("open Mon-Fri 08:00-20:00", "timezone UTC  open Mon-Fri 07:00-19:00", "different"),
        ("timezone Asia/Tokyo  open Mon 00:00-08:00", "timezone UTC  open Sun 15:00-23:00", "same"),
        ("timezone America/New_York  open Mon 03:00-08:00",
         "timezone UTC  open Mon 08:00-13:00", "different"),
    ],
)  # fmt: skip
def test_calendars_are_compared_by_when_they_are_open(before: str, after: str, answer: str) -> None:
    old, new = (Policy.from_text(CARE.replace(OFFICE, f"calendar office {{ {item} }}")) for item in (
        before, after))  # fmt: skip
    assert diff(old, new, years=(2026, 2026)).answer == answer


MARKED = """
policy care
record contact { channel one of voice, web }
record customer { value integer 0..100 ?  tier one of gold, silver ? }
channel voice { assisted }
queue desk { on voice }
queue best { on voice }
segment low when customer.value <= 20 and contact.channel is voice
segment far when customer.tier is gold
route {
  rule one when low and not far then queue best
  otherwise queue desk
}
"""


def test_conditions_in_json_say_of_which_version_their_names_are() -> None:
    old = Policy.from_text(MARKED)
    new = Policy.from_text(
        MARKED.replace("<= 20", "<= 30").replace("0..100", "0..200").replace("is gold", "is silver")
    )
    lost, won = diff(old, new).groups
    assert "customer.value (before) <= 20" in lost.who.told
    assert "(" not in lost.who.condition
    assert [(item.written, item.version) for item in lost.who.meant] == [("customer.value", "old")]
    assert lost.who.versions == ("old",)
    assert old.question(f"can {lost.who.condition} reach queue is best").condition is not None
    assert {item.version for item in won.who.meant} == {"old", "new"}
    assert won.who.versions == ()
    assert new.question(f"can {won.who.condition} reach queue is best").condition is not None


def test_a_list_that_changed_is_told_with_the_version_that_it_is_of() -> None:
    text = """
      policy care
      record contact { channel one of voice, web }
      record customer { tags set of text = {}  id text ? }
      channel voice { assisted }
      queue desk { on voice }
      queue best { on voice }
      list vips = {"a", "b"}
      route {
        rule tagged when customer.tags has any vips then queue best
        otherwise queue desk
      }
    """
    old, new = Policy.from_text(text), Policy.from_text(text.replace('"b"', '"c"'))
    lost, won = sorted(diff(old, new).groups, key=lambda group: title(group.key))
    assert won.who.told == "customer.tags has any vips (now) and not customer.tags has any vips (before)"
    assert lost.who.told == "customer.tags has any vips (before) and not customer.tags has any vips (now)"
    assert [(item.written, item.name, item.version) for item in won.who.meant] == [
        ("vips_now", "vips", "new"),
        ("vips_before", "vips", "old"),
    ]
    said = text.replace("has any vips", "has any vips and customer.id is missing")
    (fewer,) = diff(old, Policy.from_text(said)).groups
    assert (fewer.who.meant, fewer.who.versions) == ((), ("old", "new"))


def test_what_has_a_title_is_called_by_it_in_headings_and_decisions() -> None:
    text = """
      policy care
      record contact { channel one of voice  value integer 0..9 = 0 }
      channel voice "By phone" { assisted }
      queue desk "The front desk" { on voice }
      queue best "The best" { on voice }
      message hello "Hello" { voice "Hello." }
      outcome { music one of calm, jazz = calm }
      route {
        rule first when contact.value > 3 then queue best, message hello, music = jazz after 30s queue desk
        otherwise queue desk
      }
      guarantee never_best then queue is desk
    """
    old, new = Policy.from_text(text), Policy.from_text(text.replace("> 3", "> 2"))
    difference = diff(old, new)
    for told in (
        "\n".join(line for _, line in difference_lines(difference)),
        difference_as_markdown(difference),
    ):
        assert "1. queue The front desk → The best" in told.replace("| 1 | ", "1. ")
        assert "rule first, queue The best" in told
        assert "after 30s queue The front desk" in told
        assert "message Hello" in told
        assert '"jazz"' not in told
    assert '"title": "queue desk → best"' in json.dumps(difference_as_json(difference), ensure_ascii=False)
    assert any(
        "rule first, queue The best, channel By phone" in line and line.endswith("data {music = jazz}")
        for _, line in proof_lines(prove(old))
    )


CAPPED = """\
policy p
record contact { channel one of voice }
record customer { value integer 0..100 = 0 }
channel voice { assisted }
queue general { on voice }
route { otherwise queue general }
offers {
  show 2 by worth
  altogether at most 4 per 30d
  offer a when customer.value > 10 worth 3 at most 1 per 30d
  offer b worth 2 at most 1 per 30d
}
"""


@pytest.mark.parametrize(
    ("before", "now"), [("worth 3 at most 1", "worth 3 at most 2"), ("at most 4", "at most 3")]
)
def test_a_changed_cap_is_shown_beside_caps_over_several_offers(before: str, now: str) -> None:
    old, new = CAPPED, CAPPED.replace(before, now, 1)
    difference = diff(Policy.from_text(old), Policy.from_text(new))
    assert difference.answer == "different"
    assert not difference.unknown
    for group in difference.groups:
        assert group.witness.before.offers != group.witness.decision.offers


def test_a_cap_over_offers_that_are_gone_is_shown_used_up() -> None:
    """The version before alone has the offers that its cap counts; a contact shows that they were shown."""
    old = CAPPED.replace("altogether at most 4 per 30d", "group old { altogether at most 1 per 7d offer c }")
    difference = diff(Policy.from_text(old), Policy.from_text(CAPPED))
    assert difference.answer == "different"
    assert not difference.unknown


BASE = """policy p
timezone Europe/Berlin
record contact { channel one of voice, web  intent one of bill, other = other }
record customer { vip flag = no  value integer 0..100 = 80 }
channel voice { assisted }
channel web { self_service }
queue q1 { on voice, web }
queue q2 { on voice }
"""


def _both(old: str, new: str) -> tuple[Policy, Policy]:
    return Policy.from_text(BASE + old), Policy.from_text(BASE + new)


def _edited(text: str, before: str, now: str) -> tuple[Policy, Policy]:
    whole = BASE + text
    assert before in whole
    return Policy.from_text(whole), Policy.from_text(whole.replace(before, now))


def test_who_declares_the_channel_of_a_contact_serves_it_there() -> None:
    with_, without = _edited("route { otherwise queue q1 }", "channel one of voice, web  ", "")
    for old, new in ((with_, without), (without, with_)):
        assert diff(old, new).answer == "different"


RULES = """route {
  rule a when customer.vip then queue q1
  rule b when customer.value > 90 then queue q2
  otherwise queue q2
}"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (  # names of rules are swapped
            f"{RULES} guarantee g when customer.vip then rule is a",
            RULES.replace("rule a", "rule x").replace("rule b", "rule a").replace("rule x", "rule b")
            + " guarantee g when customer.vip then rule is a",
        ),
        (  # it is called otherwise too
            "route { rule a when customer.vip then queue q1  otherwise queue q1 }"
            " guarantee g then queue is q1",
            "route { rule a when customer.vip then queue q2  otherwise queue q1 }"
            " guarantee h then queue is q1",
        ),
    ],
)
def test_a_promise_that_is_broken_now_is_told(old: str, new: str) -> None:
    difference = diff(*_both(old, new))
    assert difference.answer == "different"
    assert [promise.kind for promise in difference.promises] == ["broken"]


FAIR = """
segment seen_before when customer.vip
route { rule r when customer.vip then queue q2  otherwise queue q1 }
guarantee fair when seen_before whatever customer.value then same queue"""


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("when customer.vip then", "when customer.vip and customer.value < 60 then", ("broken", "broken")),
        ("whatever customer.value", "whatever contact.intent", ("changed", "kept")),
        ("customer.value then", "customer.value then same queue guarantee more whatever customer.vip then",
         ("added", "broken")),
        (FAIR[FAIR.index("guarantee") :], "", ("removed", "kept")),
        ("seen_before when customer.vip", "seen_before when customer.value > 5", None),
    ],
)  # fmt: skip
def test_what_becomes_of_contacts_that_differ_in_some_fields_is_compared(
    before: str, now: str, said: tuple[str, str] | None
) -> None:
    old, new = _edited(FAIR, before, now)
    difference = diff(old, new)
    assert [(item.kind, item.now) for item in difference.promises] == ([] if said is None else [said])
    for item in difference.promises:
        assert (item.now == "broken") == isinstance(item.witness, Pair)
    if said == ("broken", "broken"):
        assert [(item.kind, item.now) for item in diff(new, old).promises] == [("kept", "kept")]


def _of(fields: str, rules: str, promise: str, before: str = "") -> Policy:
    return Policy.from_text(
        f"""policy p {before}
        record contact {{ channel one of voice  at time ? }}
        record c {{ {fields} }}
        channel voice {{ assisted }}
        queue a {{ on voice }}
        queue g {{ on voice }}
        route {{ {rules} otherwise queue g }}
        {promise}"""
    )


F, SOON = "f flag ?  n integer 0..10 ?", "rule r when c.f and c.n < 5 then queue a"
SUNDAYS = "rule r when c.f and weekday(now) is sun then queue a"
BY_F = "guarantee g when {} whatever c.f then same queue"
EDITS = {
    "the segment of the promise": (
        (F, SOON, f"segment s when c.n > 6 {BY_F.format('s')}"),
        (F, SOON, f"segment s when c.n > 1 {BY_F.format('s')}"),
        [("broken", "broken")],
    ),
    "the let of the promise": (
        (F, SOON, f"let s = c.n + 1 {BY_F.format('s > 6')}"),
        (F, SOON, f"let s = c.n + 5 {BY_F.format('s > 6')}"),
        [("broken", "broken")],
    ),
    "the calendar of the promise": (
        (F, SUNDAYS, f"calendar k {{ open Mon-Fri 08:00-20:00 }} {BY_F.format('k is open')}"),
        (F, SUNDAYS, f"calendar k {{ open Mon-Sun 08:00-20:00 }} {BY_F.format('k is open')}"),
        [("broken", "broken")],
    ),
    "what can be read": (
        ("n integer 0..10 ?", "rule r when c.n is missing then queue a",
         "guarantee g when c.n is known whatever c.n then same queue"),
        ("n integer 0..11 ?", "rule r when c.n is missing or c.n is 11 then queue a",
         "guarantee g when c.n is known whatever c.n then same queue"),
        [("broken", "broken")],
    ),
    "the timezone": (
        (F, 'rule r when c.f and hour(now, "UTC") < 6 then queue a', BY_F.format("hour(now) > 6")),
        (F, 'rule r when c.f and hour(now, "UTC") < 6 then queue a', BY_F.format("hour(now) > 6"),
         "timezone Asia/Tokyo"),
        [("broken", "broken")],
    ),
    "it is gone, and its values are others": (
        ("t one of x, y ?", "", "guarantee g whatever c.t in {x, y} then same queue"),
        ("t one of x, z ?", "rule r when c.t is x then queue a", ""),
        [("removed", "unknown")],
    ),
    "it is gone, and its names are more": (
        ("f flag ?  t ordered x < y ?", "", BY_F.format("c.t >= y")),
        ("f flag ?  t ordered x < y < z ?", "", ""),
        [("removed", "unknown")],
    ),
    "it is gone, and its type is another": (
        ("f flag ?  t one of x, y ?", "", BY_F.format("c.t is x")),
        ("f flag ?  t integer 0..5 ?", "", ""),
        [("removed", "unknown")],
    ),
    "it is gone, and its calendar": (
        ("f flag ?", "", f"calendar k {{ open Mon-Fri 08:00-20:00 }} {BY_F.format('k is open')}"),
        ("f flag ?", "", ""),
        [("removed", "unknown")],
    ),
    "it is gone, and its set is a text": (
        ("f flag ?  t set of one of x, y ?", "", BY_F.format("c.t has x")),
        ("f flag ?  t text ?", "", ""),
        [("removed", "unknown")],
    ),
    "the rule that decides": (
        (F, "rule r when c.n > 10 then queue g", "guarantee g then rule is otherwise"),
        (F, "rule r when c.n > 5 then queue g", "guarantee g then rule is otherwise"),
        [("broken", "broken")],
    ),
    "a field that is read otherwise": (
        ("f flag ?  t one of x, y ?", "rule r when c.f then queue a", "guarantee g then queue is g"),
        ("f flag ?  t flag ?", "rule r when c.f then queue a", "guarantee g when c.t is no then queue is g"),
        [("changed", "broken")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_what_a_promise_speaks_of_is_compared_too(edit: str) -> None:
    old, new, said = EDITS[edit]
    difference = diff(_of(*old), _of(*new))
    assert [(item.kind, item.now) for item in difference.promises] == said
    assert not [item for item in difference.unknown if "error of the analysis" in item.why.takes]


def test_a_promise_for_longer_is_another_one() -> None:
    text = "route { otherwise queue q1 } guarantee g then priority is 5"
    difference = diff(*_edited(text, "priority is 5", "priority is 5 throughout"))
    assert [(item.kind, item.now) for item in difference.promises] == [("changed", "kept")]


def test_names_in_another_order_are_told_apart_by_version() -> None:
    text = """type size = ordered small < medium < large
    record parcel { is size = small  fits size = medium }
    route { rule r when parcel.is < parcel.fits then queue q2  otherwise queue q1 }"""
    difference = diff(*_edited(text, "small < medium <", "medium < small <"))
    assert difference.groups
    for group in difference.groups:
        meant = {item.written for item in group.who.meant}
        compared = re.findall(r"parcel\.\w+", group.who.condition)
        assert group.who.exact
        assert compared
        assert meant >= {*compared}


def test_a_promise_that_a_rule_which_is_gone_broke_is_told() -> None:
    promise = " guarantee g then queue is q1"
    difference = diff(
        *_both(
            "route { rule gone when customer.vip then queue q2  otherwise queue q1 }" + promise,
            "route { otherwise queue q1 }" + promise,
        )
    )
    assert [promise.kind for promise in difference.promises] == ["kept"]


def test_the_channels_of_a_queue_to_which_a_step_leads_matter() -> None:
    route = """queue q3 { on voice }
    route { rule a when customer.vip then queue q2 after 1m queue q3  otherwise queue q2 }
    guarantee g then channel is assisted throughout"""
    difference = diff(*_edited(route, "queue q3 { on voice }", "queue q3 { on web, voice }"))
    assert difference.answer == "different"
    assert [promise.kind for promise in difference.promises] == ["broken"]


def test_answers_to_matters_are_told() -> None:
    said = """matter bill when contact.intent is bill { solved on voice }
    message m about bill { voice "It costs 3"  web "It costs 3" }
    route { otherwise queue q1 }"""
    assert diff(*_edited(said, "costs 3", "costs 4")).answer == "different"


def test_facts_change_at_midnight_of_the_timezone() -> None:
    said = """fact fee = 3 until 2026-12-31  fact fee = 4 from 2027-01-01
    message m { voice "It costs {fee}"  web "It costs {fee}" }
    route { otherwise queue q1, message m }"""
    assert diff(*_edited(said, "Europe/Berlin", "Asia/Tokyo")).answer == "different"


def test_a_callback_within_no_time_is_due_at_once_whatever_the_hours() -> None:
    text = """calendar office { open Mon-Fri 08:00-20:00 }
    route { otherwise queue q2 after 1m callback within 0s of office }"""
    difference = diff(*_edited(text, "08:00-20:00", "09:00-20:00"))
    assert (difference.groups, difference.unknown) == ((), ())


def test_a_segment_in_other_words_changes_no_promise() -> None:
    text = """segment dear when customer.vip or customer.value > 90
    route { otherwise queue q2 }
    guarantee g when dear then queue is q2"""
    now = "customer.vip or (customer.value > 90 and not customer.vip)"
    assert diff(*_edited(text, "customer.vip or customer.value > 90", now)).promises == ()
