"""Tables of rules as spreadsheets and back: nothing is lost, and what helps to fill one in is there."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from routekit import Policy
from routekit.checker import Workspace
from routekit.checker.workspace import DiskFolder
from routekit.diagnostics import Reporter
from routekit.engine.files import read_source
from routekit.layout import laid_out
from routekit.rule_tables import Mark, TableError, export_table, import_table
from routekit.rule_tables.exporting import Format
from routekit.rule_tables.finding import tables_in
from routekit.sheets import open_book
from tests.properties.packs import PACKS, RULES
from tests.unit.test_cli import routekit

POLICY = laid_out(r'''
policy desks "Desks"

record contact { channel one of voice  language text ?  priority "How urgent" integer 1..9 = 5 }
record customer { value number = 0  born date ?  region one of north, "FAR NORTH" ? tags set of text = {} }

channel voice { assisted }
queue a { on voice }
queue b { on voice }
queue general { on voice }
plan later { after 10m queue b }
outcome { sla duration = 5m  greeting text ?  because integer = 1 }
let priority = contact.priority - 1
type effort = ordered easy < hard
let how effort {
  table (contact.language, customer.value > 5) {
    "de" | yes -> easy  # they know us
    _    | _   -> hard
  }
}
let sums sum {
  table (customer.region) { north -> 1 }
  table (customer.region) { "FAR NORTH" -> customer.value * 2 }
}

route {
  table desk "Who answers" (contact.language, customer.value, customer.born, priority, customer.tags) {
    # those who speak it
    "de", "at" | 20..49, 80 | _ | _ | has any {"a", "b c"} -> queue a, priority 2, plan later
      because "few \"of\" them"
    "007" | 0.5 | 1990-04-03 | > 3 | _ -> queue a on voice, skills {x, y}, greeting = "=1+1", sla = 3m  # note

    starts with "1E5" | -5 | 1899-12-31 | _ | _ -> queue b, agent contact.language, because = 3
      after 2m queue a, priority 1
      after 5m when customer.value > 5 then any agent
    missing | _ | _ | _ | is empty -> queue b, skills {}, greeting = contact.language else "a  b"
    # the end
  }
  table order (customer.value) {
    1 -> queue a, priority 2
    2 -> priority 2, queue a
      after 1m queue b
  }
  otherwise queue general
}

adjust {
  table desk (contact.language) {
    "de" -> skills + {german}, skills - {english}, priority - 1
    "zh" -> priority 3, sla = 1m   because "-"
  }
}

example "by \"value\""
  given contact.channel voice
  table (contact.language, customer.value, customer.tags -> rule, queue, priority, skills, plan, sla,
         because) {
    "de" | 30 | {"a"} -> desk[1] | a       | 1 | {german} | _  | _  | _
    _    | 1  | _     -> order[1] | a      | 2 | _        | {} | 5m | 1   because "the first"
    _    | 9  | _     -> otherwise | general | 5 | {}     | _  | _  | 1
  }
''')  # fmt: skip


def _names(policy: Path) -> list[str]:
    workspace = Workspace(DiskFolder.at(policy.parent), Reporter())
    workspace.load(read_source(policy), policy.name)
    return [f"{table.word} {table.name}" for table in tables_in(workspace.files)]


TABLES = ("route desk", "order", "adjust desk", "how", "sums[1]", "sums[2]", 'example by "value"')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "desks.route"
    path.write_text(POLICY, encoding="utf-8")
    Policy.from_path(path)
    return path


def there_and_back(path: Path, table: str, format: Format) -> str:
    made = path.parent / f"made.{format}"
    made.write_bytes(export_table(path, table, format))
    return import_table(path, table, made).text


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("table", TABLES)
def test_a_table_comes_back_as_it_was(path: Path, table: str, format: Format) -> None:
    assert there_and_back(path, table, format) == POLICY


PACKED = [(pack, table) for pack in PACKS for table in _names(RULES / f"{pack}.route")]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize(("pack", "table"), PACKED)
def test_the_tables_of_the_packs_come_back_as_they_were(
    pack: str, table: str, format: Format, tmp_path: Path
) -> None:
    policy, made = RULES / f"{pack}.route", tmp_path / f"made.{format}"
    made.write_bytes(export_table(policy, table, format))
    assert import_table(policy, table, made).text == policy.read_text(encoding="utf-8")


def test_a_table_in_a_file_comes_back_into_the_policy(path: Path) -> None:
    (path.parent / "desk.csv").write_bytes(export_table(path, "route desk", "csv"))
    begin = POLICY.index("(contact.language, customer.value, customer.born")
    end = POLICY.index("\n\n  table order")
    path.write_text(f'{POLICY[:begin]}from "desk.csv"{POLICY[end:]}')
    kept = Policy.from_path(path)
    assert kept.checked.rules == _from(POLICY).checked.rules
    assert there_and_back(path, "route desk", "xlsx") == POLICY
    again = path.parent / "desk.csv"
    assert export_table(path, "route desk", "csv") == again.read_bytes()


def _from(text: str) -> Policy:
    return Policy.from_text(text)


def test_what_is_changed_in_the_spreadsheet_is_written_into_the_policy(path: Path) -> None:
    made = path.parent / "made.csv"
    rows = export_table(path, "order", "csv").decode("utf-8-sig").replace("\r\n", "\n")
    assert rows == 'customer.value,then\n1,"queue a, priority 2"\n2,"priority 2, queue a after 1m queue b"\n'
    made.write_text("value;Queue;because\n7;b;they said so\n", encoding="utf-16")
    text = import_table(path, "order", made).text
    assert '    7 -> queue b   because "they said so"\n' in text
    assert "  table order (customer.value) {\n" in text


def test_a_spreadsheet_that_does_not_read_is_told_at_its_cell(path: Path) -> None:
    made = path.parent / "made.csv"
    made.write_text("customer.value,queue\n1,a\n2,c\n")
    ran = routekit("table", "import", path, "order", made)
    assert (ran.status, path.read_text()) == (1, POLICY)
    assert f"{made.as_posix()}:B3" in ran.err
    assert "unknown queue `c`" in ran.err


def test_the_commands_write_and_read(path: Path) -> None:
    book, text = path.parent / "desk.xlsx", path.parent / "desk.csv"
    assert routekit("table", "export", path, "how", "-o", book).status == 0
    assert routekit("table", "export", path, "how", "-o", text).status == 0
    printed = routekit("table", "export", path, "how")
    assert printed.out == text.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    assert routekit("table", "import", path, "how", book, "--print").out == POLICY
    text.write_text(printed.out.replace("they know us", "they know all of us"))
    assert routekit("table", "import", path, "how", text).status == 0
    assert path.read_text() == POLICY.replace("they know us", "they know all of us")


def test_names_of_none_and_of_several_are_told(path: Path) -> None:
    with pytest.raises(TableError, match="several tables are called `desk`"):
        export_table(path, "desk")
    with pytest.raises(TableError, match="the policy has no table `ordre`") as caught:
        export_table(path, "ordre")
    assert "order" in caught.value.hint
    assert routekit("table", "export", path, "ordre").status == 2
    assert routekit("table", "export", path, "order", "-o", path.parent / "order.pdf").status == 2


def test_a_comment_without_a_place_in_a_sheet_is_told(path: Path) -> None:
    path.write_text(POLICY.replace("table order (customer.value) {", "table order (customer.value) {  # why"))
    with pytest.raises(TableError, match="the comment `# why` stands where"):
        export_table(path, "order")


def _parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(data)) as book:
        return {name: book.read(name).decode("utf-8", "replace") for name in book.namelist()}


def test_a_workbook_helps_to_fill_it_in(path: Path) -> None:
    parts = _parts(export_table(path, "route desk"))
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert sheet.count("<dataValidation ") >= 1
    assert "names!$A$1:$A$3" in sheet
    assert "integer" in parts["xl/comments1.xml"]
    assert 'state="hidden"' in parts["xl/workbook.xml"]
    assert "<f>" not in sheet, "no text is a formula"


def test_rows_that_never_decide_and_rows_without_an_example_are_coloured(path: Path) -> None:
    span = Policy.from_path(path).checked.rules[1].span
    assert span is not None
    marks = {(span.source.name, span.start): Mark("never", "it never decides")}
    marked = _parts(export_table(path, "route desk", marks=marks))
    assert "it never decides" in marked["xl/comments1.xml"]
    assert "FFF8CBAD" in marked["xl/styles.xml"]
    book = path.parent / "desk.xlsx"
    path.write_text(
        POLICY.replace("    1 -> queue a, priority 2", "    1 -> queue a, priority 2\n    1 -> queue b")
    )
    ran = routekit("table", "export", path, "order", "-o", book)
    assert ran.status == 0, ran.err
    comments = _parts(book.read_bytes())["xl/comments1.xml"]
    assert "order[2]" in comments


def test_cells_of_a_text_file_are_no_formulas(path: Path) -> None:
    rows = export_table(path, "adjust desk", "csv").decode("utf-8-sig")
    assert not any(cell.startswith(("=", "+", "@")) for row in rows.splitlines() for cell in row.split(","))
    desk = open_book(BytesIO(export_table(path, "route desk")))
    assert desk.names == ("desk",)
    assert desk.hidden == ("names",)
