"""The rows of a table's file as rows of the policy: each cell read as what its column asks or sets."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile

from routekit.checker.context import Context
from routekit.checker.table_cells import CellError, Known, cleaned, shown
from routekit.checker.table_headings import NOTE, Column, Role, expression_of
from routekit.checker.table_pieces import is_there, known_in, piece_of, type_of
from routekit.checker.table_repeats import cell_of, filled_places, is_comment, is_heading_again
from routekit.checker.table_text import Pieces, Slot, TableText
from routekit.checker.workspace import TableFile
from routekit.diagnostics import CellSource, Span
from routekit.schema.types import Type
from routekit.sheets import CellFault, SheetRow
from routekit.syntax import fragments, tree
from routekit.syntax.automaton import Piece
from routekit.syntax.hidden import report_hidden_characters
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.parser import is_within_limits
from routekit.translation import plural, t

__all__ = ["ReadRow", "ReadTable", "read_rows"]

_LEFT: frozenset[Role] = frozenset({"asked", "given"})
_ONCE: frozenset[Role] = frozenset({"given", "expected", "value", "part", "data", "then", "step", "because"})


_FOLD = re.compile(r"\s*\n\s*")
"""A line break, which people type in cells where there is no room."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """The nodes of a row: what stands before `->`, behind it by column, and the reason."""

    span: Span
    left: Sequence[Piece]
    right: Sequence[tuple[Column, Piece]]
    because: str


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What a file says: what it expects, the nodes of what it asks, its rows, comments, the text of it all.

    ``is_whole`` says whether every row could be read; ``body`` is where the text behind the head begins.
    """

    source: CellSource
    expected: Sequence[tree.Ident]
    asked: Sequence[tree.Expression]
    rows: Sequence[ReadRow]
    comments: tuple[tree.Comment, ...]
    is_whole: bool
    body: int


def read_rows(
    context: Context,
    file: TableFile,
    head: str,
    column_of: Callable[[int, str], Column],
    *,
    asked: Sequence[tree.Expression] = (),
    value: Type | None = None,
) -> ReadTable | None:
    """Reads the rows of a table; None where its headings are none, which is reported.

    ``head`` is what the policy says before the columns, ``asked`` are columns that it names itself, ``value``
    is the type of a let.
    """
    return _Reading(context, file, column_of, tuple(asked), value).read(head)


@dataclass(slots=True)
class _Line:
    """The slots of a row."""

    number: int
    left: list[Slot]
    right: list[tuple[Column, Slot]]
    because: Slot | None
    start: int
    end: int


@dataclass(slots=True)
class _Reading:
    context: Context
    file: TableFile
    column_of: Callable[[int, str], Column]
    asked: tuple[tree.Expression, ...]
    value: Type | None
    text: TableText = field(default_factory=TableText)
    comments: list[tuple[int, int]] = field(default_factory=list)
    types: dict[int, Type | None] = field(default_factory=dict)
    known: Known = field(default=frozenset[str]().__contains__)

    def read(self, head: str) -> ReadTable | None:
        rows = [*dropwhile(is_comment, self.file.grid.rows)]
        if not rows:
            self._refuse(t("the table `{name}` has no rows", name=self.file.name), "")
            return None
        self.text.to_row(rows[0].number)
        self.text.say(f"{head} ")
        body = self.text.length
        columns, header, results, faults = self._headings(rows[0], rows[1:])
        if not faults:
            faults = self._shape(columns, rows[0])
        if faults:
            self._report_headings(rows[0], faults)
            return None
        self.types = {column.place: self._type(column) for column in columns}
        self.known = known_in(self.context)
        lines = [line for row in rows[1:] if (line := self._row(row, columns, rows[0])) is not None]
        self.text.to_row(rows[-1].number + 1)
        self.text.say("}")
        source = self.text.source(self.file.name, self.file.sheet)
        reporter = self.context.reporter
        before = len(reporter.found)
        if len(source.text) > MOST_CHARACTERS:
            most = MOST_CHARACTERS
            message = t("the table `{name}` has more than {most:,} characters", name=source.name, most=most)
            self._refuse(message, t("keep fewer rows in it"))
            return None
        report_hidden_characters(source, reporter)
        if not is_within_limits(source, source.text, reporter):
            return None
        self._report_hidden_rows(source, columns, lines)
        pieces = Pieces(source, reporter)
        nodes = self.asked or pieces.nodes(header)
        found = [self._nodes(pieces, line) for line in lines]
        read = [row for row in found if row is not None]
        is_whole = len(read) == len(found) and not any(
            item.severity == "error" for item in reporter.found[before:]
        )
        comments = tuple(
            tree.Comment(Span(source, start, end), source.text[start:end]) for start, end in self.comments
        )
        if nodes is None:
            return None
        expected = [
            tree.Ident(Span(source, slot.start, slot.end), source.text[slot.start : slot.end])
            for slot in results
        ]
        return ReadTable(source, expected, nodes, read, comments, is_whole, body)

    # ── headings ───────────────────────────────────────────────────────────────

    def _headings(
        self, row: SheetRow, rows: Sequence[SheetRow]
    ) -> tuple[list[Column], list[Slot], list[Slot], dict[int, CellError]]:
        columns: list[Column] = []
        faults: dict[int, CellError] = {}
        there = filled_places(row)
        if len(there) == 1 and any(len(filled_places(each)) > 1 for each in rows[:2]):
            above = CellError(
                t("the first row has no headings"), t("remove what stands above them, or begin it with `#`")
            )
            return [], [], [], {there[0]: above}
        used = {
            place
            for each in rows
            if not is_comment(each)
            for place, cell in enumerate(each.cells)
            if is_there(cell)
        }
        for place in sorted(used.union(range(len(row.cells)))):
            cell = row.cells[place] if place < len(row.cells) else None
            try:
                if not is_there(cell):
                    if place in used:
                        raise CellError(
                            t("this column has no heading"), t("name it, or call it `#` if it holds notes")
                        )
                elif isinstance(cell, str):
                    columns.append(self.column_of(place, cell))
                elif isinstance(cell, CellFault):
                    raise CellError(t("this heading {fault}", fault=cell.text))
                else:
                    raise CellError(t("`{text}` is no heading", text=shown(cell)))
            except CellError as error:
                faults[place] = error
        columns = self._in_order(columns)
        left = [column for column in columns if column.role in _LEFT]
        right = [column for column in columns if column.role == "expected"]
        self.text.say("(")
        slots = []
        for number, column in enumerate((*left, *right)):
            self.text.say("" if number == 0 else " -> " if number == len(left) else ", ")
            slots.append(self._heading_slot(row.number, column))
        self.text.say(") {")
        return columns, slots[: len(left)], slots[len(left) :], faults

    def _heading_slot(self, number: int, column: Column) -> Slot:
        kind = fragments.COLUMN if column.role in _LEFT else None
        return self.text.cell(number, column.place, cleaned(column.heading), column.text, kind)

    def _in_order(self, columns: list[Column]) -> list[Column]:
        """The columns as the text has them: what is asked as the policy does, steps behind actions."""
        by_policy = {node.span.text: place for place, node in enumerate(self.asked)}
        order = {"asked": 0, "given": 0, "step": 2, "because": 3, "note": 4}
        return sorted(
            columns,
            key=lambda column: (order.get(column.role, 1), by_policy.get(column.text, 0)),
        )

    def _shape(self, columns: Sequence[Column], row: SheetRow) -> dict[int, CellError]:
        """What is wrong with the columns together, by the place of one of them."""
        first: dict[tuple[Role, str], Column] = {}
        faults: dict[int, CellError] = {}
        for column in columns:
            is_once = column.role in _ONCE or (column.role == "asked" and self.asked)
            known = first.setdefault((column.role, column.text), column)
            if is_once and known is not column:
                faults[column.place] = CellError(
                    t("`{text}` stands over two columns", text=column.heading), t("keep the one that counts")
                )
        roles = {column.role for column in columns}
        start = next((place for place, cell in enumerate(row.cells) if is_there(cell)), 0)
        if "then" in roles and roles & {"part", "data", "step"}:
            place = next(column.place for column in columns if column.role == "then")
            faults[place] = CellError(
                t("`then` is the whole outcome, and other columns have parts of it"),
                t("keep one or the other"),
            )
        if not roles & _LEFT:
            faults[start] = CellError(
                t("no column asks anything"),
                t("the first row says what each column asks, as `customer.region`, then `queue` or `then`"),
            )
        elif not roles & {"part", "data", "then", "value", "expected"}:
            faults[start] = CellError(
                t("no column says what comes of a row"), t("name one `queue`, or `then` for whole outcomes")
            )
        lacking = [node for node in self.asked if ("asked", node.span.text) not in first]
        if lacking:
            faults[start] = CellError(
                t("no column is called `{text}`, which the policy asks", text=lacking[0].span.text)
            )
        return faults

    def _report_headings(self, row: SheetRow, faults: Mapping[int, CellError]) -> None:
        """Reports what is wrong with the headings, each at its cell, in a text of the headings alone."""
        text = TableText()
        text.to_row(row.number)
        slots = {}
        for place in range(max(len(row.cells), max(faults) + 1)):
            cell = shown(row.cells[place]) if place < len(row.cells) else ""
            slots[place] = text.cell(row.number, place, cell, cell or " ")
            text.say(" ")
        source = text.source(self.file.name, self.file.sheet)
        for place, error in sorted(faults.items()):
            span = Span(source, slots[place].start, slots[place].end)
            self.context.reporter.report("RK018", str(error), span, help=error.hint)

    def _refuse(self, message: str, help_: str) -> None:
        source = TableText().source(self.file.name, self.file.sheet)
        self.context.reporter.report("RK017", message, Span(source, 0, 0), help=help_)

    # ── what a column is read as ───────────────────────────────────────────────

    def _type(self, column: Column) -> Type | None:
        by_policy = {node.span.text: node for node in self.asked}
        node = by_policy.get(column.text) or expression_of(column.text)
        return type_of(self.context, column, node, self.value)

    # ── rows ───────────────────────────────────────────────────────────────────

    def _row(self, row: SheetRow, columns: Sequence[Column], header: SheetRow) -> _Line | None:
        """Writes a row; None for one that holds a comment."""
        self.text.to_row(row.number)
        there = filled_places(row)
        first = row.cells[there[0]]
        if is_comment(row):
            self._comment(row, there[0], str(first))
            return None
        if is_heading_again(self.context, self.types, row, columns, header):
            error = CellError(
                t("this row reads like a second row of headings"), t("remove it, or begin it with `#`")
            )
            slot = self.text.wrong(row.number, there[0], shown(first), error)
            return _Line(row.number, [slot], [], None, slot.start, slot.end)
        start = self.text.length
        left = [column for column in columns if column.role in _LEFT]
        slots = []
        for number, column in enumerate(left):
            self.text.say("" if number == 0 else " | ")
            slots.append(self._slot(row, column))
        self.text.say(" -> ")
        right, because = self._right(row, [column for column in columns if column not in left])
        end = self.text.length
        for column in columns:
            if column.role == "note" and is_there(cell_of(row, column)):
                self.text.say("  ")
                cell = cell_of(row, column)
                self._comment(row, column.place, cell if isinstance(cell, str) else shown(cell))
        return _Line(row.number, slots, right, because, start, end)

    def _right(
        self, row: SheetRow, columns: Sequence[Column]
    ) -> tuple[list[tuple[Column, Slot]], Slot | None]:
        found: list[tuple[Column, Slot]] = []
        because = None
        for column in columns:
            is_filled = is_there(cell_of(row, column))
            if column.role == "expected" or (is_filled and column.role not in ("note", "because")):
                between = " | " if column.role == "expected" else "  " if column.role == "step" else ", "
                self.text.say(between if found else "")
                found.append((column, self._slot(row, column)))
            elif column.role == "because" and is_filled:
                self.text.say("   ")
                because = self._slot(row, column)
        if not any(column.role != "step" for column, _ in found):
            place = next(column.place for column in columns if column.role not in ("note", "because", "step"))
            error = CellError(
                t("this row says nothing of what comes of it"), t("fill in this cell, or remove the row")
            )
            found = [(columns[0], self.text.wrong(row.number, place, "", error))]
        return found, because

    def _comment(self, row: SheetRow, place: int, said: str) -> None:
        said = _FOLD.sub(" ", said).strip()
        said = said if said.startswith(NOTE) else f"{NOTE} {said}"
        slot = self.text.cell(row.number, place, said, said)
        self.comments.append((slot.start, slot.end))

    def _slot(self, row: SheetRow, column: Column) -> Slot:
        cell = cell_of(row, column)
        format_ = row.formats.get(column.place, "")
        seen = shown(cell, format_)
        try:
            kind, before, text = piece_of(column, cell, self.types[column.place], self.known, format_)
        except CellError as error:
            return self.text.wrong(row.number, column.place, seen, error)
        if "\n" in text:
            if '"' in text:
                broken = CellError(t("a text has no line breaks"), t("write it on one line"))
                return self.text.wrong(row.number, column.place, seen, broken)
            text = _FOLD.sub(" ", text)
        return self.text.cell(row.number, column.place, seen, text, kind, before)

    def _nodes(self, pieces: Pieces, line: _Line) -> ReadRow | None:
        left = pieces.nodes(line.left)
        right = pieces.nodes([slot for _, slot in line.right])
        because = None if line.because is None else pieces.node(line.because)
        if left is None or right is None or (line.because is not None and because is None):
            return None
        reason = "" if because is None else because.text.removeprefix("because ")
        span = Span(pieces.source, line.start, line.end)
        columns = [column for column, _ in line.right]
        return ReadRow(span, left, [*zip(columns, right, strict=True)], reason)

    def _report_hidden_rows(
        self, source: CellSource, columns: Sequence[Column], lines: Sequence[_Line]
    ) -> None:
        grid = self.file.grid
        hidden = {row.number for row in grid.rows if row.is_hidden}
        found = [line for line in lines if line.number in hidden]
        if found:
            first = found[0]
            self.context.reporter.report(
                "RK415",
                t("rows of this table are hidden by a filter, and decide nevertheless")
                if grid.is_filtered
                else t("rows of this table are hidden, and decide nevertheless"),
                Span(source, first.start, first.end),
                label=plural("{number} row, from here on", "{number} rows, from here on", len(found)),
                help=t("show them all and save the file, or delete what does not count"),
            )
        unseen = [
            column for column in columns if column.place in grid.hidden_columns and column.role != "note"
        ]
        if unseen and lines:
            place = source.text.find("(")
            starts = [cell.start for cell in source.cells if cell.column == unseen[0].place + 1]
            at = starts[0] if starts else place
            self.context.reporter.report(
                "RK415",
                t("the column `{heading}` is hidden, and counts nevertheless", heading=unseen[0].heading),
                Span(source, at, at + 1),
                help=t("show it and save the file, or delete it"),
            )
