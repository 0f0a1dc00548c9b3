"""Whatever a table says, a spreadsheet says it too, and is read back as the same text."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given

from routekit.checker import Workspace
from routekit.checker.workspace import DiskFolder
from routekit.diagnostics import Reporter
from routekit.engine.files import read_source
from routekit.layout import laid_out
from routekit.rule_tables import export_table, import_table
from routekit.rule_tables.finding import tables_in
from tests.strategies import policy_texts, slow


@slow
@given(policy_texts())
def test_tables_of_any_policy_come_back_as_they_were(text: str) -> None:
    text = laid_out(text)
    with TemporaryDirectory() as folder:
        path = Path(folder, "p.route")
        path.write_text(text, encoding="utf-8")
        workspace = Workspace(DiskFolder.at(path.parent), Reporter())
        workspace.load(read_source(path), path.name)
        for number, table in enumerate(tables_in(workspace.files)):
            made = path.parent / ("made.csv" if number % 2 else "made.xlsx")
            name = f"{table.word} {table.name}"
            made.write_bytes(export_table(path, name, "csv" if number % 2 else "xlsx"))
            assert import_table(path, name, made).text == text
