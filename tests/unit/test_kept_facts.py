"""Facts and events beside decisions: what differences and reasons tell, where files are wrong."""

from pathlib import Path

import pytest

from routekit import Engine, Policy, PolicyError
from routekit.analysis import diff, prove
from routekit.diff.edit_wording import edited

TEXT = """
policy p "A small policy"
record contact { channel one of voice, web  at time ?  owes number 0.. = 0 }
channel voice { assisted }
channel web { self_service }
queue general { on voice, web }
queue special { on voice }
matter bill { solved on voice }
fact late_fee "What a late payment costs" = "3 EUR" until 2026-12-31 kept by finance
fact late_fee = "4 EUR" from 2027-01-01 kept by finance
fact limit = 50 until 2026-12-31
fact limit = 60 from 2027-01-01
event sale "New fares" { on 2026-11-01..2026-11-14  about bill  expect +40% }
message late_bill about bill { web "It costs {late_fee}." }
route {
  rule sold when sale and contact.owes > 100 then queue special, priority 2
  rule over when contact.owes > limit then queue special
  otherwise queue general
}
"""
POLICY = Policy.from_text(TEXT)

EDITS = (
    (
        'late_fee = "4 EUR" from',
        'late_fee = "5 EUR" from',
        'fact late_fee: "4 EUR" from 2027-01-01 kept by finance → "5 EUR" from 2027-01-01 kept by finance',
        'is "5 EUR" from 2027-01-01; it was "4 EUR" from 2027-01-01',
    ),
    (
        "from 2027-01-01 kept by finance",
        "from 2027-01-01 kept by sales",
        'fact late_fee: "4 EUR" from 2027-01-01 kept by finance → "4 EUR" from 2027-01-01 kept by sales',
        None,
    ),
    (
        "fact limit = 60 from 2027-01-01\n",
        "fact limit = 60 from 2027-01-01\nfact new = 1h30m\n",
        "fact new is new: 1h30m",
        None,
    ),
    ("expect +40%", "expect -12.5%", "event sale: expect +40% → -12.5%; changes no decision", None),
)


@pytest.mark.parametrize(("before", "now", "told", "setting"), EDITS)
def test_an_edit_of_a_fact_or_event_is_told(before: str, now: str, told: str, setting: str | None) -> None:
    text = TEXT.replace(before, now)
    assert text != TEXT
    found = diff(POLICY, Policy.from_text(text))
    assert edited(found) == [told]
    assert [item.message for item in found.settings] == ([setting] if setting else [])
    assert found.groups == ()


def test_a_fact_that_decides_moves_contacts() -> None:
    found = diff(POLICY, Policy.from_text(TEXT.replace("limit = 60", "limit = 70")))
    assert found.answer == "different"
    assert edited(found) == ["fact limit: 60 from 2027-01-01 → 70 from 2027-01-01"]
    assert {group.rules for group in found.groups} == {(("over", "otherwise"),)}


def test_patterns_are_asked_of_a_fact_that_changed() -> None:
    asked = 'late_fee matches "EUR" and contact.owes > 100'
    text = TEXT.replace("sale and contact.owes > 100", asked).replace(
        "owes number", "note text ?  owes number"
    )
    found = diff(Policy.from_text(text), Policy.from_text(text.replace('"3 EUR"', '"3 USD"')))
    assert found.answer == "different"


def test_a_proof_knows_the_periods() -> None:
    text = (
        TEXT
        + """
    guarantee dear when contact.owes > 55 and today < 2027-01-01 then queue is special
    guarantee cheap when contact.owes > 55 then queue is special
    guarantee always when contact.owes > 0 and limit is missing then queue is special
    """
    )
    found = {item.name: item.answer for item in prove(Policy.from_text(text)).guarantees}
    assert found == {"dear": "proved", "cheap": "counterexample", "always": "proved"}


@pytest.mark.parametrize(
    ("at", "owes", "said"),
    [
        ("2026-11-05T10:00:00Z", 150, "today is 2026-11-05 (2026-11-01 to 2026-11-14"),
        ("2026-12-05T10:00:00Z", 55, "more than limit, which is 50, until 2026-12-31"),
        ("2027-12-05T10:00:00Z", 65, "more than limit, which is 60, since 2027-01-01"),
    ],
)
def test_reasons_name_facts_by_value_and_period(at: str, owes: int, said: str) -> None:
    contact = {"contact": {"channel": "voice", "at": at, "owes": owes}}
    assert said in str(Engine(POLICY).explain(contact))


_HEAD = """
policy p "A"
record contact { channel one of voice }
channel voice { assisted }
queue general { on voice }
"""
_FILES = (
    ("", 1, "no column `name`"),
    ("\n \n", 1, "no column `name`"),
    ("name,value\nfee,3\nfee two,4\n", 3, "`fee two` is no name of a fact"),
    ("name,value\nfee,\n", 2, "has no value"),
    ("name,worth\nfee,3\n", 1, "unknown column `worth`"),
    ("name,until\nfee,2026-12-31\n", 1, "no column `value`"),
    ("name,value,value\nfee,3,4\n", 1, "`value` stands twice"),
    ("name,value,from\nfee,3,31.12.2026\n", 2, "`31.12.2026` is no date"),
    ("name,value,from\nfee,3,2026-02-30\n", 2, "`2026-02-30` is no date"),
    ("name,value\nfee,3,50 EUR\n", 2, "3 cells, the first line 2"),
    ("name,value,kept by\nfee,3,the finance\n", 2, "`the finance` is no name"),
    ('name,value\nfee,"3\n', 2, "not CSV"),
    ('name,value\nfee,"3"4\n', 2, "not CSV"),
    ("name,value\nfee,3\u200b\n", 2, "invisible character"),
    ("name;value;until;from\nfee;3;2026-12-31;\nfee;4;;2026-12-31\n", 3, "two values on 2026-12-31"),
    ("name,value,from,until\nfee,3,2027-01-01,2026-12-31\n", 2, "never holds"),
    ('name,value\nnote,"two\nlines"\nnow,4\n', 4, "a word of the language"),
)


@pytest.mark.parametrize(("file", "line", "said"), _FILES)
def test_a_wrong_file_of_facts_is_told_at_its_line(file: str, line: int, said: str) -> None:
    files = {
        "p.route": f'{_HEAD}facts from "facts.csv"\nroute {{ otherwise queue general }}\n'.encode(),
        "facts.csv": file.encode(),
    }
    with pytest.raises(PolicyError) as refused:
        Policy.from_files(files, "p.route")
    (found,) = refused.value.diagnostics
    assert (found.span.source.name, found.span.line) == ("facts.csv", line)
    assert said in found.message


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("\ufeffname,value\r\nfee,3\r\n", [3]),
        ("name\tvalue\rfee\t3.50\r", [3.5]),
        ("value|name|\n3 EUR|fee|\n||\n", ["3 EUR"]),
        ('name,value\nfee,"a, ""b"" c"\n', ['a, "b" c']),
        ("name,value\nfee,C:\\temp\n", ["C:\\temp"]),
        ("name,value,,\n fee , -3 ,,\n", [-3]),
        ("\n\nname,value\n\nfee,3\n", [3]),
    ],
)
def test_a_file_of_facts_is_read_as_spreadsheets_write_it(file: str, values: list[object]) -> None:
    files = {
        "p.route": f'{_HEAD}facts from "facts.csv"\nroute {{ otherwise queue general }}\n'.encode(),
        "facts.csv": file.encode(),
    }
    (fact,) = Policy.from_files(files, "p.route").facts
    assert [value.value for value in fact.values] == values


def test_the_file_is_part_of_the_revision(tmp_path: Path) -> None:
    (tmp_path / "p.route").write_text(f'{_HEAD}facts from "facts.csv"\nroute {{ otherwise queue general }}\n')
    revisions = set()
    for fee in ("3", "4"):
        (tmp_path / "facts.csv").write_text(f"name,value\nfee,{fee}\n")
        revisions.add(Policy.from_path(tmp_path / "p.route").revision)
    assert len(revisions) == 2
