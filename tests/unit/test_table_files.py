"""Tables of rules in files: what people type, what spreadsheets make of it, and what must come of both."""

import json
import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from routekit import Policy, PolicyError
from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import RENDERERS, pretty
from routekit.repl.versions import Versions
from tests.sheets import Formatted, Mark, Raw, Typed, workbook
from tests.unit.test_cli import routekit

POLICY = """policy desks "Desks"
record contact { channel one of voice  language text ?  intent one of billing, fault ? }
record customer {
  value number = 0  share number = 0  gold flag = no  born date ?  since time ?  wait duration ?
  region one of north, south, "FAR NORTH" ?
}
channel voice { assisted }
queue a { on voice }
queue b { on voice }
queue general { on voice }
outcome { sla duration = 5m  greeting text ? }
route { table d from "FILE"  otherwise queue general }
"""
REGION, LANGUAGE, VALUE = "customer.region", "contact.language", "customer.value"
QUEUE = "queue"


def read(data: bytes, name: str = "d.xlsx", policy: str = POLICY) -> Policy:
    files = {"p.route": policy.replace("FILE", name).encode(), name: data}
    return Policy.from_files(files, "p.route")


def rows_of(data: bytes, name: str = "d.xlsx") -> list[str]:
    """The rows as the policy would have them."""
    spans = [rule.span for rule in read(data, name).checked.rules[:-1]]
    return [span.text for span in spans if span is not None]


def refused(data: bytes, name: str = "d.xlsx") -> tuple[Diagnostic, ...]:
    with pytest.raises(PolicyError) as caught:
        read(data, name)
    return caught.value.diagnostics


# ── what can be meant in one way alone ─────────────────────────────────────────

READ: dict[str, tuple[str, Typed, str]] = {
    "a number": (VALUE, 50, "50"),
    "a number with digits behind the point": (VALUE, 0.3, "0.3"),
    "a number of which a spreadsheet shows 15 digits": (VALUE, 0.1 + 0.2, "0.3"),
    "a number that a spreadsheet shows with zeros": (VALUE, Formatted(7, "000"), "7"),
    "a number with zeros, typed as text": (VALUE, "007", "007"),
    "a range that is no date": (VALUE, "20-49", "20..49"),
    "a range with a dash": (VALUE, "20–49, 80 – 90", "20..49, 80..90"),
    "a range as the language writes it": (VALUE, "3..4", "3..4"),
    "a comparison": (VALUE, ">= 20 and < 50", ">= 20 and < 50"),
    "a value of a formula": (VALUE, Raw("=40+2", 42), "42"),
    "a flag": ("customer.gold", True, "yes"),
    "a flag as text": ("customer.gold", "FALSE", "no"),
    "a flag in the language": ("customer.gold", "Yes", "yes"),
    "a date": ("customer.born", date(1990, 4, 3), "1990-04-03"),
    "a date compared": ("customer.born", "< 1990-04-03", "< 1990-04-03"),
    "a time": ("customer.since", datetime(2026, 4, 3, 14, 30), "2026-04-03 14:30"),
    "a time with seconds": ("customer.since", datetime(2026, 4, 3, 14, 30, 5), "2026-04-03 14:30:05"),
    "a time at midnight": ("customer.since", date(2026, 4, 3), "2026-04-03 00:00"),
    "a duration": ("customer.wait", timedelta(hours=26), "1d2h"),
    "a duration that looks like a time of day": ("customer.wait", time(8, 30), "8h30m"),
    "a word of a column of texts": (LANGUAGE, "de", '"de"'),
    "words of a column of texts": (LANGUAGE, "de, en", '"de", "en"'),
    "a text of several words": (LANGUAGE, "Wiener Deutsch", '"Wiener Deutsch"'),
    "a text in quotes": (LANGUAGE, '"de, en"', '"de, en"'),
    "a text in curly quotes": (LANGUAGE, "“de”", '"de"'),
    "a text with a space that does not break": (LANGUAGE, "\u00a0Wiener\u00a0Deutsch ", '"Wiener Deutsch"'),
    "a text of digits": (LANGUAGE, "007", '"007"'),
    "a text that looks like a number": (LANGUAGE, "1E5", '"1E5"'),
    "a text that looks like a date": (LANGUAGE, "1/2", '"1/2"'),
    "a text with a dash": (LANGUAGE, "3-4", '"3-4"'),
    "a whole number in a column of texts": (LANGUAGE, 4711, '"4711"'),
    "a test of texts": (LANGUAGE, "starts with d", 'starts with "d"'),
    "texts that are left out": (LANGUAGE, "not in {de, at}", 'not in {"de", "at"}'),
    "a missing text": (LANGUAGE, "missing", "missing"),
    "a word that says anything": (LANGUAGE, "_", "_"),
    "a listed name": (REGION, "north", "north"),
    "a listed name of two words": (REGION, "FAR NORTH", '"FAR NORTH"'),
    "listed names": (REGION, "FAR NORTH, south", '"FAR NORTH", south'),
    "a test of listed names": (REGION, "not in {north, south}", "not in {north, south}"),
    "a line break between two": (REGION, "north,\nsouth", "north, south"),
}  # fmt: skip


@pytest.mark.parametrize("what", READ)
def test_what_can_be_meant_in_one_way_is_read_so(what: str) -> None:
    heading, cell, said = READ[what]
    assert rows_of(workbook([[heading, QUEUE], [cell, "a"]])) == [f"{said} -> queue a"]


OUTCOMES: dict[str, tuple[str, Typed, str]] = {
    "a priority": ("priority", 2, "priority 2"),
    "skills without braces": ("skills", "german, mandarin", "skills {german, mandarin}"),
    "skills with braces": ("Skills", "{german}", "skills {german}"),
    "an agent": ("agent", "e-1", 'agent "e-1"'),
    "an agent of a field": ("agent", "contact.language", "agent contact.language"),
    "a duration of the policy's own": ("sla", timedelta(minutes=3), "sla = 3m"),
    "a text of the policy's own": ("greeting", "Guten Tag", 'greeting = "Guten Tag"'),
    "a text with a dash": ("greeting", "Guten-Tag", 'greeting = "Guten-Tag"'),
    "a text of a field": ("greeting", "contact.language", "greeting = contact.language"),
}  # fmt: skip


@pytest.mark.parametrize("what", OUTCOMES)
def test_a_part_of_the_outcome_is_read_by_its_column(what: str) -> None:
    heading, cell, said = OUTCOMES[what]
    assert rows_of(workbook([[VALUE, QUEUE, heading], [5, "a", cell]])) == [f"5 -> queue a, {said}"]


def test_an_outcome_its_steps_and_its_reason_stand_in_columns() -> None:
    data = workbook(
        [
            [VALUE, "queue", "after 2m", "because", "#"],
            [5, "a", "queue b, priority 1", 'few "of" them', "see the wiki"],
        ]
    )
    assert rows_of(data) == [r'5 -> queue a  after 2m queue b, priority 1   because "few \"of\" them"']


def test_a_name_of_the_policy_is_no_text() -> None:
    policy = POLICY.replace("route {", 'let usual = "de"\nlist nordic = {"sv"}\nroute {')
    data = workbook([[LANGUAGE, QUEUE], ["usual", "a"], ["in nordic", "b"]])
    rules = read(data, policy=policy).checked.rules
    assert [str(rule.span and rule.span.text) for rule in rules[:-1]] == [
        "usual -> queue a",
        "in nordic -> queue b",
    ]


# ── what was surely not meant ──────────────────────────────────────────────────

REFUSED: dict[str, tuple[str, Typed, str]] = {
    "`3-4` that became a date": (VALUE, date(2026, 4, 3), "is the date `2026-04-03`"),
    "`1/2` that became a date among texts": (LANGUAGE, date(2026, 2, 1), "is the date `2026-02-01`"),
    "`3-4`": (VALUE, "3-4", "a day or a month"),
    "`5-2026`": (VALUE, "5-2026", "a day or a month"),
    "`1/2`": (VALUE, "1/2", "found `/`"),
    "a day with hours in a column of dates": ("customer.born", datetime(2026, 4, 3, 14), "is the date"),
    "a time of day in a column of numbers": (VALUE, time(3, 4), "is the time of day"),
    "`TRUE` in a column of texts": (LANGUAGE, True, "is the flag `TRUE`"),
    "a share": ("customer.share", Formatted(0.05, "0%"), "shows a share of 100"),
    "a share as text": ("customer.share", "5%", "can be read in two ways"),
    "`007` that became a number": (LANGUAGE, Formatted(7, "000"), "is the number `7`"),
    "`1E5` that became a number": (LANGUAGE, Formatted(100_000, "0.00E+00"), "is the number `100000`"),
    "a number that lost its digits": (LANGUAGE, 1234567890123456, "is the number"),
    "`1E5`": (VALUE, "1E5", "found `E5`"),
    "a comma in a number": (VALUE, "0,5", "can be read in two ways"),
    "an error": (VALUE, Raw("=1/0", "#DIV/0!"), "is the error `#DIV/0!`"),
    "a formula without its value": (VALUE, Raw("=1+1"), "is a formula without a kept value"),
    "a text with a comma": (LANGUAGE, "Guten Tag, Wien", "expected"),
    "a text with `and`": (LANGUAGE, "Salt and Pepper", "can be read in two ways"),
    "a name that is not listed": (REGION, "nort", "`nort` is not one of"),
    "a listed name in capitals": (REGION, "North", "`North` is not one of"),
    "more than a cell": (REGION, "north -> queue b", "is more than a cell holds"),
    "a comment": (REGION, "north # and south", "is more than a cell holds"),
    "an invisible character": (REGION, "north\u200b", "invisible character"),
    "a minus for anything": (REGION, "-", "`-` alone is no cell"),
    "a text that is no test": (LANGUAGE, '"de', "not closed"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_was_surely_not_meant_is_told_at_its_cell(what: str) -> None:
    heading, cell, words = REFUSED[what]
    (found,) = refused(workbook([["#", heading, QUEUE], [], [None, cell, "a"]]))
    assert words in found.message
    assert found.span.place == "d.xlsx:B3"
    assert (found.span.line, found.span.column) == (3, 2)
    assert found.fix is None, "spreadsheets are written by people"


def test_cells_that_are_merged_are_told_once() -> None:
    rows: list[list[Typed]] = [[REGION, QUEUE], ["north", "a"], [None, "a"], [None, "b"]]
    data = workbook(rows, lambda sheet: sheet.merge_range("A2:A4", "north"))
    (found,) = refused(data)
    assert (found.span.place, found.code) == ("d.xlsx:A3", "RK019")
    assert "merged with `A2`" in found.message


def test_a_second_row_of_headings_is_told_once() -> None:
    data = workbook([[REGION, VALUE, QUEUE], ["Gebiet", "Wert", "Schlange"], ["north", 5, "a"]])
    (found,) = refused(data)
    assert (found.span.place, found.code) == ("d.xlsx:A2", "RK019")
    again = workbook([[REGION, VALUE, QUEUE], ["north", 5, "a"], [REGION, VALUE, "Queue"], ["south", 5, "a"]])
    assert [item.span.place for item in refused(again)] == ["d.xlsx:A3"]


HIDDEN: dict[str, tuple[Mark, str, str]] = {
    "a row": (lambda s: s.set_row(1, None, None, {"hidden": True}), "d.xlsx:A2", "are hidden, and decide"),
    "a column": (lambda s: s.set_column(0, 0, None, None, {"hidden": True}), "d.xlsx:A1", "is hidden, and"),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_what_is_hidden_counts_and_is_named(what: str) -> None:
    mark, place, words = HIDDEN[what]
    policy = read(workbook([[REGION, QUEUE], ["north", "a"], ["south", "b"]], mark))
    (found,) = policy.warnings
    assert (found.code, found.span.place) == ("RK415", place)
    assert words in found.message
    assert len(policy.checked.rules) == 3


def test_rows_that_a_filter_hides_are_named_so() -> None:
    def filtered(sheet: object) -> None:
        sheet.autofilter("A1:B3")  # type: ignore[attr-defined]
        sheet.set_row(2, None, None, {"hidden": True})  # type: ignore[attr-defined]

    (found,) = read(workbook([[REGION, QUEUE], ["north", "a"], ["south", "b"]], filtered)).warnings
    assert "hidden by a filter" in found.message


def test_blank_rows_and_columns_say_nothing_and_comments_are_passed_over() -> None:
    data = workbook(
        [
            [None, None],
            [None, REGION, None, QUEUE],
            ["# those of the old desk"],
            [None, "north", None, "a"],
            [],
            [None, " ", "\u00a0", None],
            [None, "south", None, "b"],
            [],
        ]
    )
    policy = read(data)
    spans = [rule.span for rule in policy.checked.rules[:-1] if rule.span is not None]
    assert [span.text for span in spans] == ["north -> queue a", "south -> queue b"]
    assert [span.place for span in spans] == ["d.xlsx:B4", "d.xlsx:B7"]


# ── files ──────────────────────────────────────────────────────────────────────


def test_of_several_sheets_one_is_named() -> None:
    data = workbook([[REGION, QUEUE], ["nort", "a"]], sheets=("Day", "Night"))
    (found,) = refused(data)
    assert "has 2 sheets: `Day`, `Night`" in found.message
    named = POLICY.replace('from "FILE"', 'from "FILE" sheet "Night"')
    with pytest.raises(PolicyError) as caught:
        read(data, policy=named)
    assert caught.value.diagnostics[0].span.place == "d.xlsx:Night!A2"
    with pytest.raises(PolicyError) as caught:
        read(data, policy=named.replace("Night", "Nigth"))
    assert "has no sheet `Nigth`" in caught.value.diagnostics[0].message


def repacked(parts: dict[str, bytes]) -> bytes:
    """A workbook with other parts, or more of them."""
    held = BytesIO()
    rows = workbook([[REGION, QUEUE], ["north", "a"]])
    with zipfile.ZipFile(BytesIO(rows)) as whole, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for part in {*whole.namelist(), *parts}:
            made.writestr(part, parts[part] if part in parts else whole.read(part))
    return held.getvalue()


NO_TABLES = {
    "nothing": (b"", "d.xlsx", "is empty"),
    "a workbook that is none": (b"PK\x03\x04no", "d.xlsx", "is damaged, or no workbook"),
    "an encrypted workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "d.xlsx", "is encrypted"),
    "a text called a workbook": (b"customer.region,queue\n", "d.xlsx", "is no workbook"),
    "a text of a legacy page": ("region,queue\nköln,a\n".encode("cp1252"), "d.csv", "is no text in UTF-8"),
    "quotes that are not closed": (b'customer.region,queue\nnorth,"a\n', "d.csv", "is no table"),
    "no rows": (b"\n \n", "d.csv", "has no rows"),
}  # fmt: skip


@pytest.mark.parametrize("what", NO_TABLES)
def test_a_file_that_is_no_table_is_one_finding(what: str) -> None:
    data, name, words = NO_TABLES[what]
    (found,) = refused(data, name)
    assert found.code == "RK017"
    assert words in found.message


def test_a_bomb_is_not_unpacked() -> None:
    (found,) = refused(repacked({"xl/worksheets/sheet1.xml": b"0" * (64 << 20)}))
    assert "unpacks to far more" in found.message


def test_too_many_rows_are_one_finding() -> None:
    text = "customer.value,queue\n" + "5,a\n" * 100_000
    (found,) = refused(text.encode(), "d.csv")
    assert "has more than 51,000 rows" in found.message


TEXTS = {
    "commas": b"customer.region,customer.value,queue\nnorth,\">= 5, 7\",a\n",
    "semicolons": b"customer.region;customer.value;queue\nnorth;>= 5, 7;a\n",
    "tabs and a mark": "\ufeffcustomer.region\tcustomer.value\tqueue\r\nnorth\t>= 5, 7\ta\r\n".encode(),
    "bars": b"customer.region|customer.value|queue\nnorth|>= 5, 7|a\n",
    "UTF-16": "customer.region\tcustomer.value\tqueue\nnorth\t>= 5, 7\ta\n".encode("utf-16"),
    "a named separator": b"sep=;\ncustomer.region;customer.value;queue\nnorth;>= 5, 7;a\n",
    "a line break in a cell": b'customer.region,customer.value,queue\nnorth,">= 5,\n 7",a\n',
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_is_read_whatever_parts_its_cells(what: str) -> None:
    assert rows_of(TEXTS[what], "d.csv") == ["north | >= 5, 7 -> queue a"]


def test_the_revision_is_that_of_the_cells() -> None:
    rows: list[list[Typed]] = [[VALUE, LANGUAGE, QUEUE], [5, "de", "a"]]
    one, other = workbook(rows), workbook(rows, lambda sheet: sheet.set_column(0, 2, 40))
    assert one != other
    assert read(one).revision == read(other).revision
    assert read(one).revision != read(workbook([rows[0], [6, "de", "a"]])).revision


def test_macros_are_never_looked_at() -> None:
    data = repacked({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Sub Auto_Open()"})
    assert rows_of(data, "d.xlsm") == ["north -> queue a"]


# ── what is said of it ─────────────────────────────────────────────────────────


def test_a_finding_shows_the_cell() -> None:
    (found,) = refused(workbook([[REGION, QUEUE], ["south, nort", "a"]]))
    assert pretty(found).splitlines()[1:5] == [
        "    ┌─ d.xlsx:A2",
        "    │",
        " A2 │ south, nort",
        "    │        ^^^^",
    ]


def test_every_renderer_names_the_cell() -> None:
    (found,) = refused(workbook([[REGION, QUEUE], ["nort", "a"]]))
    said = {name: render([found]) for name, render in RENDERERS.items()}
    assert said["compact"].startswith("d.xlsx:A2: error[RK105]")
    assert "in d.xlsx, cell A2:" in said["plain"]
    assert "the cell reads: nort" in said["plain"]
    assert "file=d.xlsx,line=2,col=1" in said["github"]
    assert "::A2: `nort`" in said["github"]
    (shown,) = json.loads(said["json"])["diagnostics"]
    assert (shown["file"], shown["line"], shown["column"], shown["cell"]) == ("d.xlsx", 2, 1, "A2")
    (location,) = json.loads(said["sarif"])["runs"][0]["results"][0]["locations"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "d.xlsx:A2", "kind": "member"}]


def test_the_conversation_sees_rows_that_change(tmp_path: Path) -> None:
    path = tmp_path / "p.route"
    path.write_text(POLICY.replace("FILE", "d.csv"))
    (tmp_path / "d.csv").write_text("customer.region,queue\nnorth,a\n")
    versions = Versions(path)
    assert versions.good is not None
    assert "north -> queue a" in versions.good.texts[(tmp_path / "d.csv").as_posix()]
    (tmp_path / "d.csv").write_text("customer.region,queue\nnorth,a\nsouth,b\n")
    assert versions.have_changed()


def test_fixes_are_never_written_into_a_spreadsheet(tmp_path: Path) -> None:
    path, rows = tmp_path / "p.route", tmp_path / "d.csv"
    path.write_text(POLICY.replace("FILE", "d.csv").replace("queue general }", "queue generel }"))
    rows.write_text("customer.region,queue\nnort,a\nsouth,b\n")
    ran = routekit("check", "--fix", path)
    assert ran.status == 1
    assert "queue general }" in path.read_text(), "the policy is mended"
    assert rows.read_text() == "customer.region,queue\nnort,a\nsouth,b\n"
    assert f"{rows.as_posix()}:A2" in ran.out + ran.err
