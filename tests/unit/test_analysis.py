"""What the analysis finds in policies with planted faults, and what it must not find."""

import json
import sys
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import count, product
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Engine, Policy, PolicyError
from routekit.analysis import Reply, ask, prove
from routekit.cli.main import _routekit
from routekit.policy.expressions import Compare, Constant, FieldRef, TextTest
from routekit.policy.patterns import compile_pattern
from routekit.prover.domains.terms import Evaluator
from routekit.prover.domains.texts import cut_text
from routekit.prover.languages.language import PatternLanguage
from routekit.prover.languages.patterns import UnreadPatternError, read_pattern

ROOT = Path(__file__).parent.parent.parent
PACKS = sorted((ROOT / "rules").glob("*.route"))

HEAD = """
policy planted
timezone Europe/Berlin
record contact {
  channel one of voice, chat, web
  intent  one of buy, ask ?
  at      time ?
  text    text = ""
}
record customer {
  id     text ?
  tier   ordered bronze < silver < gold ?
  value  integer 0..100 = 0
  growth integer 0..100 = 0
  tags   set of text = {}
  langs  set of text = {}
  lang   text ?
  last   time ?
  born   date ?
  a      integer ?
  b      integer ?
  c      integer ?
}
live queue { waiting integer 0.. = 0 }
let potential = customer.value * 0.7 + customer.growth * 0.3
channel voice { assisted }
channel web   { self_service }
calendar office   { open Mon-Fri 08:00-20:00  closed holidays DE-BE }
calendar skipped  { open Sun 02:15-02:45 }
calendar shut     { open Mon 08:00-09:00  closed 0001-01-01..9999-12-31 }
queue people { on voice, web }
queue desk   { on voice  open office }
queue closed { on voice  open shut }
"""


@pytest.fixture(params=["python-sat", "plain"])
def solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "pysat.solvers", None)


def found(rules: str, more: str = "") -> list[tuple[str, str]]:
    policy = Policy.from_text(f"{HEAD} route {{ {rules} otherwise queue people }} {more}")
    return [(item.kind, item.subject) for item in prove(policy).findings]


def is_dead(condition: str) -> bool:
    kinds = found(f"rule r when {condition} then queue people")
    assert kinds in ([], [("unreachable-rule", "r")])
    return bool(kinds)


def test_the_packs_are_proved_and_nothing_is_unknown(solver: None) -> None:
    for path in PACKS:
        proof = prove(Policy.from_path(path))
        assert {promise.answer for promise in proof.guarantees} == {"proved"}, path.name
        assert not proof.findings, path.name


@pytest.mark.parametrize(
    "condition",
    [
        "customer.tier is gold and customer.tier is missing",
        "not (customer.tier >= silver) and customer.tier is missing",
        "customer.value > 50 and customer.value * 2 < 90",
        "customer.value >= 80 and potential < 50",
        'contact.text matches "^a+$" and contact.text contains "b"',
        'contact.text starts with "ab" and contact.text matches "^b"',
        'contact.text is "" and contact.text matches "."',
        'customer.tags has all {"x", "y"} and customer.tags is empty',
        "office is open and weekday(now) is sun",
        "office is open and date(now) is 2026-12-25",
        "office is open and hour(now) is 20",
        "shut is open",
        "day(now) is 31 and month(now) is 4",
        "day(customer.born) is 30 and month(customer.born) is 2",
        # the clock goes from 01:59 to 03:00 on that day
        "date(now) is 2026-03-29 and hour(now) is 2",
        "date(now) is 2026-03-29 and skipped is open",
        "contact.at >= 2026-03-29 02:00 and contact.at < 2026-03-29 03:00",
        "now - customer.last < 1d and now - customer.last > 2d",
        "customer.last > now and now - customer.last > 1h",
        "customer.a < customer.b and customer.b < customer.c and customer.c < customer.a",
        "customer.a + customer.b > 5 and customer.b + customer.a < 5",
        "customer.value > customer.growth and customer.growth > 99",
        "customer.value / 0 > 1",
        "contact.at < now",
        "date(contact.at) < 2000-02-29",
        "month(customer.last) is 2 and day(customer.last) is 30 and customer.last < 1990-01-01 00:00",
        "people.waiting < 0",
        "customer.lang in customer.langs and customer.langs is empty",
    ],
)
def test_what_cannot_be(condition: str) -> None:
    assert is_dead(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "contact.channel is missing",
        "customer.tier is missing and customer.value >= 80",
        "customer.value >= 80 and potential < 57",
        'contact.text matches "(?i)a.*b" and contact.text contains "xy" and not (contact.text contains "z")',
        'contact.text matches "^[a-c]{3}$" and contact.text ends with "b"',
        'customer.tags has any {"x"} and not (customer.tags has "y")',
        "office is open and weekday(now) is fri and hour(now) is 19",
        "date(now) is 2026-10-25 and hour(now) is 2",
        "date(now) is 2026-11-01 and skipped is open",
        "day(now) is 29 and month(now) is 2 and weekday(now) is mon",
        "month(customer.born) is month(now) and day(customer.born) is day(now) and office is open",
        "now - customer.last in 1d..2d and customer.last < 2020-01-01 00:00",
        "customer.a < customer.b and customer.b < customer.c and customer.a > 1000000",
        "customer.value * customer.growth is 391",
        "customer.a + customer.b is missing and customer.a is known and customer.b is known",
        "office is open at now + 2h and not (office is open)",
        "date(customer.last) < 2000-02-29",
        "month(customer.last) is 2 and day(customer.last) is 29 and customer.last < 1990-01-01 00:00",
        "date(customer.last) > 2199-12-31 and hour(customer.last) is 9",
        "contact.at is missing and office is open",
        'customer.lang in customer.langs and customer.lang is not "de"',
        'customer.lang is customer.id and customer.lang is not "x"',
        "people.waiting > 1000000",
        '(customer.lang else "a") is "b"',
    ],
)
def test_what_can_be(condition: str) -> None:
    assert not is_dead(condition)


def test_the_rules_that_take_all_contacts_are_named(solver: None) -> None:
    policy = Policy.from_text(
        HEAD
        + """
        route {
          rule noise when customer.value > 90 then queue people, priority 2
          rule low when contact.channel in {voice, chat} then queue people
          rule rest when contact.channel is web then queue people
          rule dead when contact.channel is known and customer.tier is gold then queue people
          otherwise queue people
        }
        """
    )
    (finding,) = prove(policy).findings
    assert finding.taken_by == ("low", "rest")
    assert finding.message == "rule `dead` can never decide: `low` and `rest` take all its contacts"
    assert finding.span is not None
    assert finding.span.text.startswith("rule dead")


def test_a_closed_queue_passes_contacts_on() -> None:
    passed_on = "rule a then queue desk rule b then queue people"
    assert found(passed_on) == [("unreachable-rule", "otherwise")]
    assert found(
        "rule a when office is open then queue desk rule b when office is open then queue people"
    ) == [("unreachable-rule", "b")]
    assert found("rule a then queue closed") == [("unreachable-rule", "a")]


def test_rows_gaps_arms_and_steps() -> None:
    table = """
      table t (contact.channel, customer.value) {
        voice, chat | >= 50 -> queue people
        voice       | _     -> queue people
        voice       | 10..20 -> queue people
        web         | _     -> queue people
        chat        | 0..48 -> queue people
      }
    """
    policy = Policy.from_text(f"{HEAD} route {{ {table} otherwise queue people }}")
    row, gap = prove(policy).findings
    assert (row.kind, row.subject, row.taken_by) == ("unreachable-row", "t[3]", ("t[2]",))
    assert gap.kind == "gap"
    assert gap.witness is not None
    assert gap.witness.contact == {"contact": {"channel": "chat"}, "customer": {"value": 49}}
    whole = table.replace("0..48", "_")
    assert found(whole) == [("unreachable-row", "t[3]")]
    split = 'rule s split by customer.id seed "s" { 20% queue people 0% queue people 80% queue closed }'
    assert [kind for kind, _ in found(split)] == ["unreachable-arm", "unreachable-arm"]
    steps = "rule s when office is open then queue people after 1m queue desk after 12h queue desk"
    assert found(steps) == [("unreachable-step", "s` step `after 12h")]


def test_offers_segments_and_adjustments() -> None:
    offers = """
      offers {
        show 1
        offer best worth 10 + customer.value
        offer hidden worth 5
        offer rare when customer.value > 50 worth customer.growth * 2
        offer silent when customer.value > 70 worth 500
        offer elsewhere when contact.channel is voice worth 500 on web
        offer capped worth 500 at most 0 per 1d
        never when customer.value > 60
        never when customer.value > 200
      }
      segment nobody when customer.value > 60 and customer.value < 50
      adjust { rule idle when nobody then priority - 1 }
    """
    assert found("", offers) == [
        ("empty-segment", "nobody"),
        ("unreachable-adjustment", "idle"),
        ("unreachable-never", "never 2"),
        ("never-shown-offer", "hidden"),
        ("unreachable-offer", "silent"),
        ("unreachable-offer", "elsewhere"),
        ("unreachable-offer", "capped"),
    ]


def test_guarantees_hold_after_adjust(solver: None) -> None:
    policy = Policy.from_text(
        HEAD
        + """
        segment best when customer.value >= 80 or customer.tier >= gold
        route { rule first when best then queue people, priority 2  otherwise queue people }
        adjust { rule later when customer.growth > 90 then priority + 2 }
        guarantee soon when best then priority <= 3
        guarantee fair when best then priority <= 4
        guarantee nobody when customer.value > 80 and customer.value < 70 then queue is desk
        """
    )
    soon, fair, nobody = prove(policy).guarantees
    assert soon.answer == "counterexample"
    assert soon.witness is not None
    assert soon.witness.contact == {
        "contact": {"channel": "voice"},
        "customer": {"tier": "gold", "growth": 91},
    } or soon.witness.contact == {"contact": {"channel": "voice"}, "customer": {"value": 80, "growth": 91}}
    assert soon.witness.decision.priority == 4
    assert (fair.answer, nobody.answer, nobody.reason) == ("proved", "proved", "no contact meets its `when`")


def test_a_guarantee_that_only_a_broken_contact_breaks() -> None:
    policy = Policy.from_text(
        f"""{HEAD}
        route {{ rule known when contact.channel is known then queue people otherwise queue other }}
        queue other {{ on voice }}
        guarantee g then queue is people
        """
    )
    (promise,) = prove(policy).guarantees
    assert promise.witness is not None
    assert [problem.path for problem in promise.witness.decision.problems] == ["contact.channel"]


def asked(question: str) -> Reply:
    policy = Policy.from_text(
        HEAD
        + """
        segment best when customer.value >= 80
        route {
          rule web_only when contact.channel is web and not best then queue people on web
          otherwise queue people on voice
        }
        offers { offer gift when best worth 1 }
        """
    )
    return ask(policy, question)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("can contact.channel is web reach channel is web", "yes"),
        ("can a contact with contact.channel is web reach channel web?", "yes"),
        ("can a customer with best reach a machine?", "no"),
        ("can best reach offer gift", "yes"),
        ("can customer.value < 80 reach offer gift?", "no"),
        ("can anybody reach rule web_only and offer gift", "no"),
        ('can contact.text is "can it reach you" reach queue people', "yes"),
        ("can a contact with customer.value > 3 and customer.value < 2 reach queue people", "no"),
    ],
)
def test_questions(question: str, answer: str) -> None:
    assert asked(question).answer == answer


@pytest.mark.parametrize(
    ("question", "underlined"),
    [
        ("can customer.teir is gold reach queue people", "customer.teir"),
        ("can a contact with best reach queue peopel?", "peopel"),
        ("what about queue people", "what about queue people"),
    ],
)
def test_what_is_wrong_with_a_question_is_underlined(question: str, underlined: str) -> None:
    with pytest.raises(PolicyError) as error:
        asked(question)
    assert error.value.diagnostics[0].span.text == underlined


def test_time_that_is_up_is_said() -> None:
    proof = prove(Policy.from_path(PACKS[0]), timeout=0)
    assert {promise.answer for promise in proof.guarantees} == {"unknown"}
    assert proof.findings[0].reason == "the time was up"


@pytest.mark.parametrize(
    "pattern",
    [
        "abc",
        "^a+$",
        "a|b|^c",
        "(?i)gas.{0,2}leak",
        "[^a-c]x?",
        r"\d{2,}\s",
        "^$",
        "a{2}b*",
        "(ab|c)+d",
        r"\.\x41",
        "",
    ],
)
def test_texts_are_cut_as_re2_reads_patterns(pattern: str) -> None:
    policy = Policy.from_text(f"{HEAD} route {{ otherwise queue people }}").checked
    base = FieldRef("contact", "text")
    tests = (
        TextTest("matches", base, Constant(pattern)),
        TextTest("ends with", base, Constant("a")),
        Compare("is", base, Constant("ab")),
    )
    cells, left = cut_text(base, tests, Evaluator(policy))
    assert not left
    evaluator = Evaluator(policy)
    hands = {
        tuple(evaluator.truth(test, evaluator.at({base: sample})) for test in tests)
        for cell in cells
        for sample in cell.samples
    }
    letters = ["", "a", "b", "c", "x", "d", "0", " ", "A", ".", "gas leak", "aab", "ab", "cd", "00 ", "\n"]
    for first in letters:
        for second in letters:
            scope = evaluator.at({base: first + second})
            assert tuple(evaluator.truth(test, scope) for test in tests) in hands


def test_patterns_that_are_not_taken_apart_are_left_open() -> None:
    with pytest.raises(UnreadPatternError):
        read_pattern(r"(?m)^word")
    policy = Policy.from_text(
        HEAD
        + r'route { rule r when contact.text matches "(?m)^word" then queue people otherwise queue people }'
    )
    (finding,) = prove(policy).findings
    assert finding.kind == "unknown"
    assert finding.takes


PATTERNS = (
    *(r"\bab\b", r"\Ba\B", r"^\ba", r"a\b$", r"\b", r"(\ba|b\b)+", r"a\b.b", r"\b^a", r"a$\b", r"x*\b"),
    *(r"[[:alpha:]]+1", r"[[:^digit:]a]b", r"\pL\d", r"[^\W\d]a", r"(?i)k\b", r"\x41|\x{62}", r"[]a]b"),
    *("ab|b1", "(?i)(AB|1)", "(?i)B.{0,1}1|aa", "(a|)", "a b.", " 1|.b"),
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_are_read_as_they_are_run(pattern: str) -> None:
    search, run = PatternLanguage(read_pattern(pattern)), compile_pattern(pattern)
    for letters in (letters for length in range(5) for letters in product("ab 1é", repeat=length)):
        text = "".join(letters)
        assert search.accepts(reduce(search.step, text, search.begin())) == run(text), text


def test_what_re2_finds_within_a_letter_is_left_open() -> None:
    assert compile_pattern(r"\B")("é")
    with pytest.raises(UnreadPatternError):
        read_pattern(r"\B")


@pytest.mark.parametrize(
    ("condition", "dead"),
    [
        (r'contact.text matches "\\bcancel\\b" and contact.text is "cancelled"', True),
        (r'contact.text matches "\\bcancel\\b" and not (contact.text contains "cancel")', True),
        (r'contact.text matches "\\bcancel\\b" and contact.text contains "cancelled"', False),
        (r'contact.text matches "^[[:alpha:]]+$" and contact.text contains "1"', True),
        (r'contact.text matches "^\\pL+$" and not (contact.text matches "^[[:alpha:]]+$")', False),
    ],
)
def test_words_and_named_classes_are_taken_apart(condition: str, dead: bool) -> None:
    assert is_dead(condition) == dead


# ── the commands ──────────────────────────────────────────────────────────────


def test_commands(tmp_path: Path) -> None:
    path = tmp_path / "planted.route"
    path.write_text(
        f"{HEAD} route {{ rule r when hour(now) is 3 and office is open then queue desk otherwise queue z }}"
        "queue z { on voice }"
    )
    run = CliRunner().invoke(_routekit, ["prove", str(path)])
    assert run.exit_code == 1
    assert "rule `r` can never decide: its condition can never be true" in run.output
    assert f"{path.as_posix()}:" in run.output
    run = CliRunner().invoke(_routekit, ["prove", str(PACKS[0]), "--format", "json"])
    assert (run.exit_code, '"format_version": 1' in run.output, '"answer": "proved"' in run.output) == (
        0,
        True,
        True,
    )
    run = CliRunner().invoke(_routekit, ["ask", str(path), "can anybody reach queue desk?"])
    assert run.exit_code == 0
    assert run.output == "no, it is proved that no contact can (contacts of 2020 to 2049)\n"
    run = CliRunner().invoke(_routekit, ["ask", str(path), "can anybody reach queue dsk?"])
    assert run.exit_code == 2
    assert "did you mean `desk`?" in run.output
    assert CliRunner().invoke(_routekit, ["prove", str(tmp_path / "none.route")]).exit_code == 2


def test_splits_deal_out_listed_values_as_they_fall() -> None:
    ids = ", ".join(f'"c-{number}"' for number in range(1, 30))
    split = 'split by customer.id seed "bot-7" { 10% queue people 80% queue people 10% queue people }'
    assert found(f"rule s when customer.id in {{{ids}}} {split}") == []
    # c-1 falls on 3%, c-2 on 67%
    assert found(f'rule s when customer.id is "c-2" {split}') == [
        ("unreachable-arm", "s` arm `1"),
        ("unreachable-arm", "s` arm `3"),
    ]
    assert found(f"rule s when customer.id is missing {split}") == [
        ("unreachable-arm", "s` arm `1"),
        ("unreachable-arm", "s` arm `2"),
    ]


SLOW = {
    "patterns": " ".join(
        f'rule r{n} when contact.text matches "{a}.*{b}.{{7}}x" or contact.text contains "{a}{a}" '
        "then queue people"
        for n, (a, b) in enumerate(zip("abcdefghijkl", "bcdefghijklm", strict=True))
    ),
    "days": " ".join(
        f"rule r{n} when date(now + {n * 7 + 1}d) is 20{30 + n}-01-02 and office is open at now + {n}h "
        "then queue people"
        for n in range(40)
    ),
    "splits": " ".join(
        f'rule r{n} split by customer.id seed "s{n}" {{ 30% queue people 30% queue people 40% queue people }}'
        for n in range(12)
    ),
    "arithmetic": " ".join(
        f"rule r{n} when customer.a * customer.b + {n} is {1_000_003 + n} "
        f"and customer.a * customer.a > customer.b * {n + 2} then queue people"
        for n in range(12)
    ),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_time_limit_is_kept_while_values_are_cut_too(kind: str, solver: None) -> None:
    policy = Policy.from_text(
        f"""{HEAD} route {{ {SLOW[kind]} otherwise queue people }}
        guarantee g when contact.text contains "aa" or customer.a * customer.b > 1 then priority < 5"""
    )
    proof = prove(policy, timeout=0)
    assert proof.guarantees[0].answer == "unknown"
    assert proof.guarantees[0].reason == "the time was up"
    assert {item.kind for item in proof.findings} <= {"unknown"}


@pytest.mark.parametrize("calls", [1, 10, 100, 1_000, 3_000])
def test_what_is_said_when_the_time_is_up_holds(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Policy.from_path(PACKS[0])
    whole = prove(policy)
    names = {promise.name: promise.answer for promise in whole.guarantees}
    dead = {(item.kind, item.subject) for item in whole.findings}
    monkeypatch.setattr("routekit.prover.limits.monotonic", count().__next__)
    cut_short = prove(policy, timeout=calls)
    for promise in cut_short.guarantees:
        assert promise.answer in (names[promise.name], "unknown")
    for item in cut_short.findings:
        assert item.kind == "unknown" or (item.kind, item.subject) in dead


def test_a_set_has_what_is_the_same_or_has_it_not() -> None:
    policy = Policy.from_text(
        """policy p
        record contact { channel one of voice }
        record c { mine text ?  last text ?  next text ?  seen set of text = {} }
        channel voice { assisted }
        queue general { on voice }
        route {
          rule same when c.seen has c.mine and c.mine is c.last and not (c.seen has c.last) then queue general
          rule apart when c.seen has c.mine and c.seen has c.last and c.mine is not c.last
            and c.next is known and not (c.seen has c.next) then queue general
          rule three when c.seen has c.mine and c.mine is c.next and c.next is c.last
            and not (c.seen has c.last) then queue general
          otherwise queue general
        }"""
    )
    proof = prove(policy, timeout=20)
    assert [(item.kind, item.subject) for item in proof.findings] == [
        ("unreachable-rule", "same"),
        ("unreachable-rule", "three"),
    ]
    for rule in ("apart", "otherwise"):
        assert ask(policy, policy.question(f"can c.seen is not empty reach rule is {rule}")).answer == "yes"


@pytest.mark.parametrize("declared", ["integer 1..2", "flag", "one of x, y", "number 1..1"])
def test_a_set_whose_values_all_have_a_name_has_no_other(declared: str) -> None:
    values = {"integer 1..2": (1, 2), "flag": ("yes", "no"), "one of x, y": ("x", "y"), "number 1..1": (1,)}
    named = " or ".join(f"customer.levels has {value}" for value in values[declared])
    policy = Policy.from_text(
        f"""
        policy p
        record contact {{ channel one of voice }}
        record customer {{ levels set of {declared} = {{}} }}
        channel voice {{ assisted }}
        queue general {{ on voice }}
        queue special {{ on voice }}
        route {{
          rule a when {named} then queue special
          rule b when customer.levels is not empty then queue special, priority 1
          otherwise queue general
        }}
        guarantee g when customer.levels is not empty then priority > 1
        """
    )
    proof = prove(policy, timeout=20)
    assert [promise.answer for promise in proof.guarantees] == ["proved"]
    assert [finding.subject for finding in proof.findings] == ["b"]


WAITS = """
policy p
record contact { channel one of voice }
record customer { until date ?  x number = 0 }
live queue { longest_wait duration = 0s }
channel voice { assisted }
queue qa { on voice }
queue qb { on voice }
"""


def test_witnesses_hold_values_that_people_send() -> None:
    policy = Policy.from_text(
        f"""{WAITS} route {{
          rule shorter when qa.longest_wait > qb.longest_wait then queue qb
          otherwise queue qa
        }}
        guarantee g when qa.longest_wait > qb.longest_wait + 5m then queue is qa"""
    )
    witness = prove(policy).guarantees[0].witness
    assert witness is not None
    assert witness.contact == {"contact": {"channel": "voice"}, "live": {"qa": {"longest_wait": "6m"}}}


@pytest.mark.parametrize(
    "condition",
    [
        "(qa.longest_wait + 5m) is missing",
        "qa.longest_wait > 999999999d23h59m59s",
        "qb.longest_wait < 999999999d and not qa.longest_wait + 1s > qb.longest_wait",
        "qa.longest_wait > qb.longest_wait + 9000000d and qa.longest_wait < qb.longest_wait + 9000000d1s",
    ],
)
def test_witnesses_hold_waits_that_json_holds_however_long_they_are(condition: str) -> None:
    policy = Policy.from_text(
        f"{WAITS} route {{ rule r when {condition} then queue qb  otherwise queue qa }}"
    )
    witness = ask(policy, "can contact.channel is voice reach queue is qb").witness
    assert witness is not None
    sent = json.loads(json.dumps(witness.contact))
    assert Engine(policy).decide(sent, now=witness.now) == witness.decision
    assert (witness.decision.queue, witness.decision.problems) == ("qb", ())


@pytest.mark.parametrize(
    ("condition", "brought"),
    [
        ("customer.value + customer.other >= 2", {"other": 1}),  # with 1, the default, as the value
        ("customer.value <= customer.other", {"other": 1}),
        ("customer.tags has any {x, y}", {"tags": ["x"]}),
        ("customer.tags has any {x, y} and customer.tags has any {y, z}", {"tags": ["y"]}),
        ("customer.marks has any {1, 2} and customer.value is 2", {"marks": [1], "value": 2}),
    ],
)
def test_a_witness_is_the_smallest(condition: str, brought: dict[str, object]) -> None:
    policy = Policy.from_text(
        f"""policy p
        record contact {{ channel one of voice }}
        record customer {{
          value integer 0..2 = 1  other integer 0..2 ?
          tags set of one of x, y, z = {{}}  marks set of integer 1..3 ?
        }}
        channel voice {{ assisted }}
        queue qa {{ on voice }}
        queue qb {{ on voice }}
        route {{ rule r when {condition} then queue qb  otherwise queue qa }}
        guarantee g then queue is qa"""
    )
    witness = prove(policy).guarantees[0].witness
    assert witness is not None
    assert witness.contact == {"contact": {"channel": "voice"}, "customer": brought}


def test_a_witness_names_the_clock_that_it_needs() -> None:
    policy = Policy.from_text(
        f"""{WAITS} calendar c {{ open Mon-Fri 08:00-20:00 }}
        segment shop_shut when c is not open
        route {{
          rule expired when customer.until < date(now) then queue qb
          rule a when c is not open then queue qa, priority 2
          otherwise queue qa
        }}
        guarantee g then queue is qa
        guarantee h then priority > 5"""
    )
    clocks = [
        datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day) for day in range(9) for hour in (3, 12)
    ]
    shown = [promise.witness for promise in prove(policy).guarantees]
    shown.append(ask(policy, "can customer.until < date(now) and shop_shut reach priority is 5").witness)
    for witness in shown:
        assert witness is not None
        for now in clocks if witness.now is None else [witness.now]:
            assert Engine(policy).decide(witness.contact, now=now) == witness.decision


def test_whole_numbers_between_two_large_floats_are_not_called_impossible() -> None:
    policy = Policy.from_text(
        f"""{WAITS} route {{
          rule r when customer.x > {2**53} and customer.x < {2**53 + 2} then queue qb
          otherwise queue qa
        }}"""
    )
    assert (
        Engine(policy).decide({"contact": {"channel": "voice"}, "customer": {"x": 2**53 + 1}}).queue == "qb"
    )
    assert ask(policy, "can contact.channel is voice reach queue qb").answer != "no"
    assert not any(finding.kind == "unreachable-rule" for finding in prove(policy).findings)


@pytest.mark.parametrize(
    ("offers", "outcome"),
    [
        ("offer late worth hour(now)  offer early worth 9", ""),
        ("", "outcome { told time ? }"),
    ],
)
def test_a_contact_whose_decision_is_worked_out_from_the_clock_has_one(offers: str, outcome: str) -> None:
    """No test asks for the time, and yet it is decided otherwise at another one."""
    sets = ", told = now" if outcome else ""
    policy = Policy.from_text(
        f"""policy p
        record contact {{ channel one of voice }}
        channel voice {{ assisted }}
        queue desk {{ on voice }}
        queue never {{ on voice }}
        {outcome}
        route {{ otherwise queue desk{sets} }}
        {f"offers {{ {offers} }}" if offers else ""}
        guarantee broken then queue is never"""
    )
    (promise,) = prove(policy).guarantees
    assert promise.witness is not None
    assert promise.witness.now is not None
    again = Engine(policy).decide(promise.witness.contact, now=promise.witness.now)
    assert (again.offers, again.data) == (promise.witness.decision.offers, promise.witness.decision.data)
