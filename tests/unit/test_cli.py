"""The commands as their users call them: what they print where, and how they exit."""

import csv
import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from routekit.cli.main import _routekit
from tests.markdown import CASES

ROOT = CASES.parent.parent

POLICY = """
policy care "Care"
record contact {
  channel  one of voice, web
  intent   one of billing, other = other
  at       time ?
}
record customer {
  value    integer 0..100 = 0
  loyal    flag = no
  tags     set of text = {}
  waited   duration = 0s
}
channel voice { assisted cost 4 }
channel web { self_service cost 1 }
queue general { on voice, web }
queue vip { on voice }
live queue { waiting integer 0.. = 0 }
route {
  rule best when customer.value >= 80 or customer.loyal or customer.tags has "vip" then queue vip
  rule busy when general.waiting > 5 or customer.waited > 1m then queue general on web, priority 3
  otherwise queue general
}
offers {
  offer gift "A gift" when customer.value >= 90 at most 1 per 30d
}
"""


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def decisions(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


def routekit(*arguments: object, given: str | bytes | None = None) -> Ran:
    result = CliRunner().invoke(_routekit, [str(argument) for argument in arguments], input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "care.route"
    path.write_text(POLICY)
    return path


def _wrong(policy: Path) -> Path:
    policy.write_text(POLICY.replace("customer.loyal", "customer.loyel"))
    return policy


# check


def test_a_clean_policy_is_reported_as_such(policy: Path) -> None:
    ran = routekit("check", policy)
    assert (ran.status, ran.out, ran.err) == (0, "1 policy checked: nothing found\n", "")


def test_findings_go_to_standard_error_underlined(policy: Path) -> None:
    ran = routekit("check", _wrong(policy))
    assert ran.status == 1
    assert "error[RK102]: unknown field `customer.loyel`" in ran.err
    assert "^^^^^^^^^^^^^^" in ran.err
    assert "did you mean `loyal`?" in ran.err
    assert ran.out == "1 policy checked: 1 error, 0 warnings\n"


def test_findings_as_json_go_to_standard_output(policy: Path) -> None:
    ran = routekit("check", _wrong(policy), "--format", "json")
    report = json.loads(ran.out)
    assert (ran.status, ran.err, report["format_version"], report["errors"]) == (1, "", 1, 1)
    assert report["diagnostics"][0]["code"] == "RK102"
    assert report["diagnostics"][0]["line"] == POLICY[: POLICY.index("customer.loyal")].count("\n") + 1


def test_findings_as_github_annotations(policy: Path) -> None:
    ran = routekit("check", _wrong(policy), "--format", "github")
    assert ran.out.startswith(f"::error file={policy},line=")


def test_findings_as_sarif(policy: Path) -> None:
    log = json.loads(routekit("check", _wrong(policy), "--format", "sarif").out)
    assert log["version"] == "2.1.0"
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["RK102"]


def test_warnings_are_findings_unless_errors_alone_are_asked_for(policy: Path) -> None:
    policy.write_text(POLICY + "segment nobody when customer.value > 3\n")
    assert routekit("check", policy).status == 1
    assert routekit("check", policy, "--errors-only").status == 0


def test_a_file_that_two_policies_bring_in_is_reported_once(policy: Path, tmp_path: Path) -> None:
    (tmp_path / "more.route").write_text("segment nobody when customer.value > 3\n")
    policy.write_text(POLICY + 'use "more.route"\n')
    other = tmp_path / "other.route"
    other.write_text(policy.read_text())
    ran = routekit("check", policy, other)
    assert ran.out == "2 policies checked: 0 errors, 1 warning\n"


def test_an_unreadable_policy_exits_2_and_says_what_to_do(tmp_path: Path) -> None:
    ran = routekit("check", tmp_path / "nope.route")
    assert ran.status == 2
    assert "cannot be read: no such file" in ran.err


# decide


def test_a_contact_a_line_in_and_a_decision_a_line_out(policy: Path) -> None:
    lines = (
        '{"contact": {"channel": "voice"}, "customer": {"value": 92}}\n\n{"contact": {"channel": "web"}}\n'
    )
    ran = routekit("decide", policy, "-", given=lines)
    assert (ran.status, ran.err) == (0, "")
    best, other = ran.decisions
    keys = "rule channel queue agent priority skills offers message plan arm problems revision"
    assert " ".join(best) == keys
    assert (best["rule"], best["queue"], best["channel"], best["offers"]) == (
        "best",
        "vip",
        "voice",
        ["gift"],
    )
    assert (other["rule"], other["channel"], other["message"], other["arm"]) == (
        "otherwise",
        "web",
        None,
        None,
    )


def test_a_broken_line_is_named_and_the_rest_is_decided(policy: Path, tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.jsonl"
    deep = b"[" * 100_000 + b"]" * 100_000
    contacts.write_bytes(
        b'{"contact": {}}\n{"contact"\n\xff\n' + deep + b'\n{"n": 1' + b"0" * 5000 + b"}\n{}\n"
    )
    ran = routekit("decide", policy, contacts)
    assert ran.status == 1
    assert len(ran.decisions) == 2
    assert [line.split(" ")[1] for line in ran.err.splitlines()] == [f"{contacts}:{n}" for n in (2, 3, 4, 5)]


def test_any_json_value_is_a_contact_with_problems(policy: Path) -> None:
    ran = routekit("decide", policy, "-", given='5\nnull\n[]\n{"contact": {"channel": "fax"}}\n')
    assert ran.status == 0
    assert [len(decision["problems"]) > 0 for decision in ran.decisions] == [True] * 4  # type: ignore[arg-type]


def test_strict_refuses_contacts_with_problems_and_names_them(policy: Path) -> None:
    ran = routekit(
        "decide",
        policy,
        "-",
        "--strict",
        given='{"contact": {"channel": "fax"}}\n{"contact": {"channel": "web"}}\n',
    )
    assert ran.status == 1
    assert len(ran.decisions) == 1
    assert "<standard input>:1 is refused: contact.channel is not one of voice, web" in ran.err


def test_a_table_of_contacts_is_read_by_the_types_of_its_columns(policy: Path, tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(
        "contact.channel,customer.value,customer.loyal,customer.tags,customer.waited,"
        "live.general.waiting,offers_shown,note\n"
        "voice,92,no,,,,,ignored\n"
        "voice,,yes,,,,,\n"
        'voice,,,"new; vip",,,,\n'
        "voice,,,,2m,,,\n"
        "voice,,,,,7,,\n"
        'voice,95,,,,,"[{""offer"": ""gift"", ""at"": ""2026-11-20T00:00""}]",\n'
        "voice,many,,,,,,\n"
        "voice,1\n"
    )
    ran = routekit("decide", policy, contacts, "--now", "2026-11-23T10:00")
    assert ran.status == 1
    assert f"{contacts}:9 has 2 cells, the header has 8" in ran.err
    rules = [decision["rule"] for decision in ran.decisions]
    assert rules == ["best", "best", "best", "busy", "busy", "best", "otherwise"]
    assert [decision["offers"] for decision in ran.decisions if decision["offers"]] == [["gift"]]
    assert ran.decisions[-1]["problems"] == [
        {"path": "customer.value", "message": "is text, not a whole number"}
    ]


def test_a_table_in_parts_decides_as_its_rows_one_by_one(policy: Path, tmp_path: Path) -> None:
    """A file is decided in parts, standard input row by row; also where a cell is no text at all."""
    pytest.importorskip("pyarrow", reason="tables are decided at once with routekit[arrow]")
    cells = {
        "contact.channel": ["voice", "web", "", "fax", "VOICE", "voïce"],
        " customer.value ": ["92", "92.0", "", "101", "abc", "1e400", "-0"],
        "customer.loyal": ["yes", "no", "", "maybe"],
        "customer.tags": ["vip", "a; vip", "", "a"],
        "customer.waited": ["61", "3m", "", "soon", "1h30m"],
        "live.general.waiting": ["6", "", "-1", "many"],
        "offers_shown": ['[{"offer": "gift", "at": "2026-11-20T10:00Z"}]', "", "{", "[]"],
        "contact": ["voice", ""],
        "notes": ["anything", ""],
    }
    dice = Random(7)
    for strange in ("", "\udcff"):
        lines = [[dice.choice([*known, strange]) for known in cells.values()] for _ in range(3000)]
        lines[17] = lines[17][:-1]
        text = "".join(f"{row}\n" for row in ("\t".join(cells), *map("\t".join, lines)))
        quoted = StringIO(newline="")
        csv.writer(quoted, lineterminator="\n").writerows(line.split("\t") for line in text.splitlines())
        content = quoted.getvalue().encode("utf-8", "surrogateescape")
        (tmp_path / "contacts.csv").write_bytes(content)
        in_parts = routekit("decide", policy, tmp_path / "contacts.csv", "--now", "2026-11-23T10:00")
        one_by_one = routekit(
            "decide", policy, "-", "--input", "csv", "--now", "2026-11-23T10:00", given=content
        )
        assert in_parts.out.count("\n") == 2999
        assert in_parts.out == one_by_one.out
        assert in_parts.err == one_by_one.err.replace("<standard input>", str(tmp_path / "contacts.csv"))
        assert ":19 has 8 cells, the header has 9" in in_parts.err


def test_a_parquet_file_decides_like_the_same_contacts_as_json(policy: Path, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs the extra `arrow`")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "contact.channel": ["voice", "web", None],
            "customer.value": [92, None, 3],
            "customer.tags": [[], ["vip"], None],
            "customer.loyal": [None, False, True],
        }
    )
    pq.write_table(table, tmp_path / "contacts.parquet")
    ran = routekit("decide", policy, tmp_path / "contacts.parquet")
    assert [decision["rule"] for decision in ran.decisions] == ["best", "best", "best"]
    assert ran.decisions[2]["problems"] == [{"path": "contact.channel", "message": "is required and missing"}]


def test_bench_measures_each_way_over_the_contacts(policy: Path, tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.jsonl"
    contacts.write_text('{"contact": {"channel": "voice"}}\n{"contact": {"channel": "fax"}}\nnothing\n')
    ran = routekit("bench", policy, contacts, "--seconds", "0.05", "--format", "json")
    report = json.loads(ran.out)
    assert (ran.status, report["format_version"], report["contacts"]) == (0, 1, 2)
    ways = {way["name"]: way["speed"] for way in report["ways"]}
    assert ways["one by one"] == 1
    assert ways["by the reference"] > 0
    assert "one by one" in routekit("bench", policy, contacts, "--seconds", "0.05").out


def test_bench_without_contacts_takes_the_examples_and_says_where_there_are_none(policy: Path) -> None:
    nothing = routekit("bench", policy)
    assert nothing.status == 2
    assert "no examples" in nothing.err
    policy.write_text(POLICY + 'example "a call" given contact.channel voice expect queue general\n')
    ran = routekit("bench", policy, "--seconds", "0.05", "--format", "json")
    assert json.loads(ran.out)["contacts"] == 1


def test_the_summary_says_who_went_where(policy: Path) -> None:
    lines = (
        '{"contact": {"channel": "voice"}, "customer": {"value": 92}}\n' * 3
        + '{"contact": {"channel": "fax"}}\n'
    )
    ran = routekit("decide", policy, "-", "--format", "table", given=lines)
    words = " ".join(ran.out.split())
    assert "4 contacts decided by care" in words
    assert "1 with problems" in words
    assert "best vip voice 3 75.0%" in words
    assert "gift A gift 3 75.0%" in words
    assert "contact.channel is not one of voice, web 1 25.0%" in words


def test_a_narrow_terminal_shows_the_counts_before_the_bars(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "46")
    policy.write_text(POLICY.replace("rule best", "rule best_customers_of_the_house_come_first"))
    ran = routekit(
        "decide",
        policy,
        "-",
        "--format",
        "table",
        given='{"contact": {"channel": "voice"}, "customer": {"value": 92}}\n',
    )
    assert "█" not in ran.out
    assert "1   100.0%" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 46


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("contacts.txt",), "ends like no file of contacts"),
        (("nope.jsonl",), "cannot be read: no such file"),
        (("-", "--now", "noon"), "`noon` is no time"),
        (("-", "--input", "parquet"), "cannot come from standard input"),
    ],
)
def test_what_cannot_run_exits_2_and_says_why(policy: Path, arguments: tuple[str, ...], words: str) -> None:
    ran = routekit("decide", policy, *arguments, given="{}\n")
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


def test_a_policy_with_errors_decides_nothing(policy: Path) -> None:
    ran = routekit("decide", _wrong(policy), "-", given="{}\n")
    assert (ran.status, ran.out) == (2, "")
    assert "unknown field `customer.loyel`" in ran.err


@pytest.mark.parametrize(
    "command", [(), ("bench",), ("check",), ("decide",), ("import",), ("import", "twilio")]
)
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    ran = routekit(*command, "--help")
    assert ran.status == 0
    assert "Examples:\n" in ran.out
    assert "rules/telecom.route" in ran.out


# ask


@pytest.mark.parametrize(
    ("question", "help_"),
    [
        ("can customer.value > 90 reech queue vip", "did you mean `reach`?"),
        ("can customer.valeu > 90 reach queue vip", "did you mean `value`?"),
        ("can customer.value > 90 reach queue vpi", "did you mean `vip`?"),
        ("can billing reach queue vip", "`contact.intent is billing`"),
        (
            "can customer.value > 90 customer.loyal reach queue vip",
            "expected `reach` or `whatever`, found `customer`",
        ),
    ],
)
def test_a_question_with_a_word_that_is_not_known_is_told_the_likely_one(
    policy: Path, question: str, help_: str
) -> None:
    ran = routekit("ask", policy, question)
    assert (ran.status, ran.out) == (2, "")
    assert help_ in ran.err


def test_a_question_may_begin_politely(policy: Path) -> None:
    assert routekit("ask", policy, "could customer.value > 90 reach queue vip").out.startswith("yes")
