"""A table of a policy as a spreadsheet, with what helps to fill it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from routekit.checker import Workspace, check
from routekit.checker.groundwork import groundwork
from routekit.checker.workspace import DiskFolder
from routekit.diagnostics import Reporter, Source
from routekit.engine.errors import PolicyError
from routekit.engine.files import read_source
from routekit.layout import laid_out
from routekit.rule_tables.finding import FoundTable, TableError, find_table
from routekit.rule_tables.importing import Rows, with_rows
from routekit.rule_tables.sheet import as_sheet
from routekit.rule_tables.text import as_text
from routekit.translation import t

__all__ = ["Format", "Mark", "Marks", "export_table"]

Format: TypeAlias = Literal["xlsx", "csv"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is to be seen of a row: that it can ``never`` decide, or that no example covers it; in words."""

    look: Literal["never", "uncovered"]
    words: str


Marks: TypeAlias = Mapping[tuple[str, int], Mark]
"""What is said of rows, by their source's name and where they begin in it."""


def export_table(
    policy: str | Path, table: str, format: Format = "xlsx", *, marks: Marks | None = None
) -> bytes:
    """Returns a table as the bytes of a spreadsheet, from which :func:`import_table` makes the same text.

    ``table`` is its name, or the title of a table of examples. A workbook has a drop-down of the names that a
    column lists, notes of the types on its headings, and rows coloured by ``marks``. Raises ``OSError`` where
    a file cannot be read, ``PolicyError`` where the policy has errors, :class:`TableError` for a name of no
    table, or where a spreadsheet cannot tell it without loss.

    >>> rows = export_table("rules/bank.route", "lending_desk", "csv").decode("utf-8-sig").splitlines()
    >>> print(rows[2])
    mortgage,,,lending,3,,mortgages,
    """
    path = Path(policy)
    workspace = _loaded(path)
    checked = check(workspace)
    if checked.policy is None:
        raise PolicyError(checked.diagnostics, checked.allowed)
    context = groundwork(workspace)
    found = find_table(workspace.files, table)
    comments = [
        comment
        for file in (*workspace.files, *(filled.file for filled in workspace.tables))
        for comment in file.comments
    ]
    sheet = as_sheet(context, found, comments, is_typed=format == "xlsx")
    if format == "csv":
        data = as_text(sheet)
    else:
        from routekit.rule_tables.workbook import as_workbook

        data = as_workbook(context, found, sheet, marks or {})
    said = next((each for each in workspace.tables if each.file.source == _source_of(found)), None)
    body = None if said is None else said.file.source.text[said.body :].strip()
    _check_same(path, table, Rows(f"{table}.{format}", data), body)
    return data


def _source_of(found: FoundTable) -> Source:
    return (found.node.rows or found.node.columns)[0].span.source


def _loaded(path: Path) -> Workspace:
    workspace = Workspace(DiskFolder.at(path.parent), Reporter())
    workspace.load(read_source(path), path.name)
    return workspace


def _check_same(path: Path, table: str, rows: Rows, body: str | None) -> None:
    """Raises :class:`TableError` where the rows of the spreadsheet would not be those of the policy.

    ``body`` is what the rows are whose file the policy names: written out, as importing does.
    """
    workspace = _loaded(path)
    unread = find_table(workspace.files, table)
    try:
        again = with_rows(workspace, unread, rows)
    except PolicyError:
        again = ""
    text = unread.file.source.text
    if body is not None:
        text = f"{text[: unread.opening]}{body}{text[unread.span.end :]}"
    if again != laid_out(text, unread.file.source.name):
        raise TableError(
            t("the table `{name}` cannot be told in a spreadsheet without loss", name=table),
            t("keep it in the policy, or write it more simply"),
        )
