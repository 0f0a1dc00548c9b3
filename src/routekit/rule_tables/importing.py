"""A spreadsheet as the rows of a table in the text of its policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from routekit.checker import Workspace, check
from routekit.checker.workspace import DiskFolder, Folder
from routekit.diagnostics import Reporter, Source
from routekit.engine.errors import PolicyError
from routekit.engine.files import read_source
from routekit.layout import laid_out
from routekit.rule_tables.finding import FoundTable, find_table
from routekit.schema.types import quoted
from routekit.syntax import tree

__all__ = ["Imported", "Rows", "import_table", "with_rows"]


@dataclass(frozen=True, slots=True)
class Imported:
    """The file of the policy in which the table stands, and its text with the rows of the spreadsheet."""

    path: Path
    text: str


def import_table(policy: str | Path, table: str, file: str | Path, *, sheet: str | None = None) -> Imported:
    """Returns the text of a policy's file with the rows of a spreadsheet in a table; nothing is written.

    ``table`` is its name; ``sheet`` the one that is read of several. The text is laid out as ``fmt`` does.
    Raises ``OSError`` where a file cannot be read, :class:`TableError` for a name of no table, and
    ``PolicyError`` where the policy would have errors, those of cells at their places.

    >>> from routekit.rule_tables import export_table
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     made = Path(folder, "desk.csv")
    ...     _ = made.write_bytes(export_table("rules/bank.route", "lending_desk", "csv"))
    ...     imported = import_table("rules/bank.route", "lending_desk", made)
    >>> imported.text == Path("rules/bank.route").read_text()
    True
    """
    path, file = Path(policy), Path(file)
    data = file.read_bytes()
    workspace = Workspace(DiskFolder.at(path.parent), Reporter())
    workspace.load(read_source(path), path.name)
    found = find_table(workspace.files, table)
    text = with_rows(workspace, found, Rows(file.as_posix(), data, sheet))
    return Imported(Path(found.file.source.name), text)


@dataclass(frozen=True, slots=True)
class Rows:
    """The bytes of a spreadsheet, its name, and the sheet that is meant."""

    name: str
    data: bytes
    sheet: str | None = None

    @property
    def token(self) -> str:
        """The path under which the policy names it while it is read."""
        return f"routekit import of {Path(self.name).name}"


@dataclass(frozen=True, slots=True)
class _With:
    """A folder in which one file holds something else, and another one lies."""

    folder: Folder
    files: Mapping[str, bytes]
    names: Mapping[str, str]

    def shown(self, path: str) -> str:
        return self.names.get(path) or self.folder.shown(path)

    def read(self, path: str, limit: int) -> bytes:
        return self.files[path][:limit] if path in self.files else self.folder.read(path, limit)

    def locate(self, path: str, beside: str) -> str | None:
        return path if path in self.names else self.folder.locate(path, beside)


def with_rows(workspace: Workspace, found: FoundTable, rows: Rows) -> str:
    """Returns the text of the file in which a table stands, with other rows in it.

    The workspace has been loaded, and not been checked. Raises ``PolicyError`` where there would be errors.
    """
    node, source = found.node, found.file.source
    named = f"from {quoted(rows.token)}" + (f" sheet {quoted(rows.sheet)}" if rows.sheet is not None else "")
    start, end = found.opening, node.span.end
    begin = start if node.file is None else node.file.span.start
    asked = f"{source.text[:begin]}{named}{source.text[end:]}"
    checked = _checked(workspace, found.file, asked, rows)
    filled = next(table for table in checked.tables if table.named.path.text == quoted(rows.token))
    body = filled.file.source.text[filled.body :].strip()
    if isinstance(node, tree.CaseTable) and "\n" not in source.text[start:end] and not filled.file.comments:
        body = " ".join(body.split("\n"))  # one that its author wrote on one line stays on one, where it can
    return laid_out(f"{source.text[:start]}{body}{source.text[end:]}", source.name)


def _checked(workspace: Workspace, file: tree.File, text: str, rows: Rows) -> Workspace:
    first, changed = workspace.files[0], workspace.path_of(file)
    files = {changed: text.encode(), rows.token: rows.data}
    folder = _With(workspace.folder, files, {rows.token: rows.name})
    again = Workspace(folder, Reporter())
    source = Source(first.source.name, text) if file is first else first.source
    again.load(source, workspace.path_of(first))
    checked = check(again)
    if checked.policy is None:
        raise PolicyError(checked.diagnostics, checked.allowed)
    return again
