"""Tables whose rows are in files, put in the place of the nodes that name the files.

What the checker sees behind this is a table like any other, the places of its nodes being cells of the file.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from routekit.checker.context import Context
from routekit.checker.groundwork import Models, groundwork
from routekit.checker.table_headings import (
    Column,
    asked_by_policy,
    case_column,
    example_column,
    rule_column,
)
from routekit.checker.table_rows import ReadRow, ReadTable, read_rows
from routekit.checker.types import resolve_type
from routekit.checker.workspace import FilledTable, Workspace
from routekit.diagnostics import Span
from routekit.schema.types import Type
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.syntax.outside import file_tables

__all__ = ["fill_tables"]

_WORD = re.compile(r"\w+")


def fill_tables(workspace: Workspace, models: Models) -> None:
    """Puts the rows of all files in the place of what names them, in the files of a workspace.

    What a cell means rests on the type of its column, and a column may be a let whose values are in a file
    themselves: so lets come first, each behind those that it asks.
    """
    while pending := dict(_lets(workspace.files)):
        ready = {
            name for name, files in pending.items() if not _words(workspace, files) & pending.keys() - {name}
        }
        ready = ready or {*pending}
        _fill(workspace, models, ready)
    if any(True for file in workspace.files for _ in file_tables(file)):
        _fill(workspace, models, None)


def _lets(files: Sequence[tree.File]) -> Iterator[tuple[str, list[tree.FromFile]]]:
    for file in files:
        for node in file.declarations:
            if isinstance(node, tree.LetNode) and isinstance(node.value, tree.CasesNode):
                named = [
                    item.file for item in node.value.items if isinstance(item, tree.CaseTable) and item.file
                ]
                if named:
                    yield node.name.name, named


def _words(workspace: Workspace, files: Sequence[tree.FromFile]) -> set[str]:
    """The words in the headings of files."""
    tables = [workspace.table_files.get(named.span) for named in files]
    rows = [table.grid.rows[0] for table in tables if table is not None and table.grid.rows]
    return {
        word for row in rows for cell in row.cells if isinstance(cell, str) for word in _WORD.findall(cell)
    }


def _fill(workspace: Workspace, models: Models, lets: Collection[str] | None) -> None:
    context = replace(groundwork(workspace, models), reporter=workspace.reporter)
    for place, file in enumerate(workspace.files):
        filling = _Filling(context, workspace, lets)
        workspace.put(place, filling.file(file))
        workspace.tables += filling.filled


class _Filling:
    """Puts rows in the place of what names their files, in one file; in some lets, or in all but lets."""

    def __init__(self, context: Context, workspace: Workspace, lets: Collection[str] | None) -> None:
        self.context = context
        self.filled: list[FilledTable] = []
        self.lost: set[str] = set()
        self._workspace = workspace
        self._lets = lets

    def file(self, file: tree.File) -> tree.File:
        """Returns a file with the rows of its tables."""
        found: list[tree.Declaration] = []
        for declaration in file.declarations:
            node = self._declaration(declaration)
            if node is not None:
                found.append(node)
        return replace(file, declarations=tuple(found), lost=file.lost | self.lost)

    def _declaration(self, node: tree.Declaration) -> tree.Declaration | None:
        match node:
            case tree.LetNode(value=tree.CasesNode()):
                return self._let(node) if node.name.name in (self._lets or ()) else node
            case _ if self._lets is not None:
                return node
            case tree.Route() | tree.Adjust():
                return replace(node, items=self._items(node.items))
            case tree.ExampleTableNode(file=tree.FromFile()):
                return self._example(node)
            case _:
                return node

    def _items(self, items: Sequence[tree.RouteItem]) -> tuple[tree.RouteItem, ...]:
        found: list[tree.RouteItem] = []
        for item in items:
            match item:
                case tree.GroupNode():
                    found.append(replace(item, items=self._items(item.items)))
                case tree.TableNode(file=tree.FromFile()):
                    filled = self._table(item)
                    if filled is None:
                        self.lost.add(item.name.name)
                    else:
                        found.append(filled)
                case _:
                    found.append(item)
        return tuple(found)

    # ── the three kinds of tables ──────────────────────────────────────────────

    def _table(self, node: tree.TableNode) -> tree.TableNode | None:
        asked = asked_by_policy(node.columns) if node.columns else None

        def column(place: int, heading: str) -> Column:
            return rule_column(self.context, place, heading, asked)

        head = f"table {node.name.name}"
        read = self._rows(node.file, head, column, node.columns)
        if read is None:
            return None
        rows = tuple(map(_rule_row, read.rows))
        filled = replace(node, columns=tuple(read.asked), rows=rows, file=None)
        if not read.is_whole:
            self.lost.add(node.name.name)
        in_file = replace(filled, span=Span(read.source, 0, len(read.source.text)))
        self._keep(node.file, read, tree.Route(in_file.span, (in_file,)))
        return filled

    def _let(self, node: tree.LetNode) -> tree.LetNode | None:
        assert isinstance(node.value, tree.CasesNode)
        type_ = self._type_of(node)
        items: list[tree.CaseItem] = []
        for item in node.value.items:
            if not isinstance(item, tree.CaseTable) or item.file is None:
                items.append(item)
                continue
            filled = self._case_table(node, item, type_)
            if filled is None:
                self.lost.add(node.name.name)
                return None
            items.append(filled)
        return replace(node, value=replace(node.value, items=tuple(items)))

    def _case_table(
        self, node: tree.LetNode, item: tree.CaseTable, type_: Type | None
    ) -> tree.CaseTable | None:
        asked = asked_by_policy(item.columns) if item.columns else None
        names = [node.name.name, *([node.title] if node.title else [])]

        def column(place: int, heading: str) -> Column:
            return case_column(self.context, place, heading, asked, names)

        read = self._rows(item.file, "table", column, item.columns, type_)
        if read is None or not read.is_whole:
            return None
        rows = tuple(tree.CaseRow(row.span, tuple(row.left), row.right[0][1]) for row in read.rows)
        filled = replace(item, columns=tuple(read.asked), rows=rows, file=None)
        in_file = replace(filled, span=Span(read.source, 0, len(read.source.text)))
        cases = tree.CasesNode(in_file.span, "first", (in_file,))
        self._keep(item.file, read, replace(node, span=in_file.span, value=cases))
        return filled

    def _example(self, node: tree.ExampleTableNode) -> tree.ExampleTableNode | None:
        def column(place: int, heading: str) -> Column:
            return example_column(self.context, place, heading)

        read = self._rows(node.file, f"example {node.title.text} table", column)
        if read is None:
            return None
        paths = tuple(path for path in read.asked if isinstance(path, tree.Path))
        rows = tuple(
            tree.ExampleRow(row.span, tuple(row.left), tuple(node for _, node in row.right), row.because)
            for row in read.rows
        )
        filled = replace(node, columns=paths, results=tuple(read.expected), rows=rows, file=None)
        in_file = replace(filled, span=Span(read.source, 0, len(read.source.text)))
        self._keep(node.file, read, in_file)
        return filled

    # ── what they share ────────────────────────────────────────────────────────

    def _rows(
        self,
        named: tree.FromFile | None,
        head: str,
        column: Callable[[int, str], Column],
        asked: Sequence[tree.Expression] = (),
        value: Type | None = None,
    ) -> ReadTable | None:
        assert named is not None
        file = self._workspace.table_files.get(named.span)
        return None if file is None else read_rows(self.context, file, head, column, asked=asked, value=value)

    def _type_of(self, node: tree.LetNode) -> Type | None:
        """The type that a let gives itself; what its rows say tells none before they are read."""
        return None if node.type is None else resolve_type(self.context, node.type)

    def _keep(self, named: tree.FromFile | None, read: ReadTable, declaration: tree.Declaration) -> None:
        assert named is not None
        file = tree.File(read.source, (declaration,), read.comments)
        self.filled.append(FilledTable(named, file, read.body))


def _rule_row(row: ReadRow) -> tree.Row:
    actions: list[tree.Action] = []
    steps: list[tree.Step] = []
    for column, node in row.right:
        match column.role:
            case "then":
                actions += node.actions
                steps += node.steps
            case "step":
                steps.append(node)
            case _:
                actions += node
    first, last = actions[0].span, (*actions, *steps)[-1].span
    outcome = tree.Outcome(
        Span(first.source, first.start, max(first.end, last.end)), tuple(actions), tuple(steps)
    )
    return tree.Row(row.span, tuple(row.left), outcome, unquote(row.because) if row.because else "")
