"""A table of the policy as the cells of a spreadsheet, each so that it is read again as what it was."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from routekit.checker.context import Context
from routekit.checker.table_cells import CellError
from routekit.checker.table_headings import Column, case_column, example_column, expression_of, rule_column
from routekit.checker.table_pieces import known_in, piece_of, type_of
from routekit.checker.types import resolve_type
from routekit.diagnostics import Source, Span
from routekit.rule_tables.finding import FoundTable, TableError
from routekit.schema.times import parse_duration
from routekit.schema.types import Date, Integer, Number, Type
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import t

__all__ = ["Line", "SheetTable", "Value", "as_sheet"]

Value = str | int | float | date | None

_FOLD = re.compile(r"\s*\n\s*")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SIGNED = re.compile(r"([+-]) ([0-9]+)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIKE_A_FORMULA = ("=", "+", "-", "@")
_LIKE_A_NUMBER = re.compile(r"[0-9.,/:%eE+\- ]+|true|false", re.IGNORECASE)
_ANYTHING = "_"
_WORDS = frozenset({"because", "then"})
"""Headings that may be the names of parts which a policy declares, too."""

_MOST_DIGITS = 15
_FIRST_DAY = "1900-03-01"
"""Before it, spreadsheets count days wrongly, or not at all."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet: its cells by column, and where the row of the policy stands, if it is one."""

    cells: Sequence[Value]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class SheetTable:
    """The columns, the types that they are read as, and the rows below the headings."""

    columns: Sequence[Column]
    types: Sequence[Type | None]
    lines: Sequence[Line]


@dataclass(slots=True)
class _Row:
    """A row as it is written: what stands under each heading."""

    span: Span
    said: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    steps: dict[str, str] = field(default_factory=dict)
    whole: str = ""
    is_plain: bool = True


def as_sheet(
    context: Context, found: FoundTable, comments: Sequence[tree.Comment], *, is_typed: bool
) -> SheetTable:
    """Returns a table as the cells of a sheet; ``is_typed`` where its program keeps the types of cells.

    Raises :class:`TableError` where a comment stands where a sheet has no place for it, or a row holds what
    no cell can say.
    """
    return _Sheet(context, found, is_typed).table(comments)


class _Sheet:
    def __init__(self, context: Context, found: FoundTable, is_typed: bool) -> None:
        self._context = context
        self._found = found
        self._is_typed = is_typed
        self._known = known_in(context)

    def table(self, comments: Sequence[tree.Comment]) -> SheetTable:
        node = self._found.node
        rows = [self._row(row) for row in node.rows]
        is_own = node.span.source == self._source  # else all of the source is the table's file
        inside = [
            comment
            for comment in comments
            if comment.span.source == self._source
            and (not is_own or node.span.start <= comment.span.start < node.span.end)
        ]
        notes, placed = self._placed(rows, inside)
        headings = [*map(self._asked, node.columns)]
        headings += self._headings_behind(rows)
        if any("because" in row.said for row in rows):
            headings.append("because")
        if notes:
            headings.append("#")
        columns = [self._column(place, heading) for place, heading in enumerate(headings)]
        types = [self._type(column) for column in columns]
        lines = [
            self._comment_line(item, len(columns))
            if not isinstance(item, _Row)
            else self._line(item, columns, types, notes)
            for item in placed
        ]
        return SheetTable(columns, types, lines)

    @property
    def _source(self) -> Source:
        return (self._found.node.rows or self._found.node.columns)[0].span.source

    # ── what a row says ────────────────────────────────────────────────────────

    def _row(self, node: tree.Row | tree.CaseRow | tree.ExampleRow) -> _Row:
        row = _Row(node.span)
        match node:
            case tree.Row():
                row.order = [*self._left(row, node.cells)]
                self._outcome(row, node.outcome)
                self._reason(row, node.outcome.span.end)
            case tree.CaseRow():
                row.order = [*self._left(row, node.cells)]
                row.said[self._value] = _raw(node.value.span)
            case tree.ExampleRow():
                for place, cell in enumerate((*node.given, *node.expected)):
                    row.said[self._example_heading(place)] = _raw(cell.span)
                self._reason(row, node.expected[-1].span.end)
        return row

    def _left(self, row: _Row, cells: Sequence[tree.Cell]) -> Iterator[str]:
        for place, cell in enumerate(cells):
            row.said[f"{place}"] = _raw(cell.span)
        yield from ()

    def _example_heading(self, place: int) -> str:
        node = self._found.node
        assert isinstance(node, tree.ExampleTableNode)
        given = len(node.columns)
        return f"{place}" if place < given else _of_data(node.results[place - given].name)

    @property
    def _value(self) -> str:
        assert self._found.let is not None
        return self._found.let.name.name

    def _outcome(self, row: _Row, outcome: tree.Outcome) -> None:
        row.whole = _raw(outcome.span)
        for action in outcome.actions:
            if action.name is not None and action.word == "=":
                heading, behind = _of_data(action.name.name), action.span.text.partition("=")[2]
            else:
                heading, behind = action.word, action.span.text[len(action.word) :]
            row.is_plain = row.is_plain and heading not in row.said
            row.order.append(heading)
            row.said[heading] = _FOLD.sub(" ", behind).strip()
        for step in outcome.steps:
            after = step.after.span
            row.is_plain = row.is_plain and after.text not in row.steps
            row.steps[after.text] = _FOLD.sub(" ", step.span.text[after.end - step.span.start :]).strip()

    def _reason(self, row: _Row, behind: int) -> None:
        """What is written as the reason, with its quotes."""
        rest = row.span.source.text[behind : row.span.end].strip()
        if rest.startswith("because"):
            row.said["because"] = rest.removeprefix("because").strip()

    # ── columns ────────────────────────────────────────────────────────────────

    def _asked(self, node: tree.Expression) -> str:
        text = _raw(node.span)
        try:
            column = self._resolved(0, text)
        except CellError:
            return f"({text})"
        return text if column.role in ("asked", "given") and column.text == text else f"({text})"

    def _headings_behind(self, rows: Sequence[_Row]) -> list[str]:
        node = self._found.node
        match node:
            case tree.CaseTable():
                return [self._value]
            case tree.ExampleTableNode():
                return [_of_data(result.name) for result in node.results]
            case _:
                pass
        order = _merged(row.order for row in rows) if all(row.is_plain for row in rows) else None
        if order is None or not self._are_headings(order):
            for row in rows:
                row.said = {key: said for key, said in row.said.items() if key.isdigit() or key == "because"}
                row.said["then"] = row.whole
            return ["then"]
        for row in rows:
            row.said |= {f"after {after}": said for after, said in row.steps.items()}
        times = {after: parse_duration(after) for row in rows for after in row.steps}
        return [
            *order,
            *(f"after {after}" for after in sorted(times, key=lambda after: (times[after], after))),
        ]

    def _are_headings(self, words: Sequence[str]) -> bool:
        """Whether each word is the heading of a part of the outcome, and of nothing else."""
        try:
            return all(self._resolved(0, word).role in ("part", "data") for word in words)
        except CellError:
            return False

    def _column(self, place: int, heading: str) -> Column:
        try:
            return self._resolved(place, heading)
        except CellError as error:
            raise TableError(
                t("the column `{text}` cannot be told: {reason}", text=heading, reason=str(error))
            ) from None

    def _resolved(self, place: int, heading: str) -> Column:
        match self._found.node:
            case tree.CaseTable():
                return case_column(self._context, place, heading, None, [self._value])
            case tree.ExampleTableNode():
                return example_column(self._context, place, heading)
            case _:
                return rule_column(self._context, place, heading, None)

    def _type(self, column: Column) -> Type | None:
        let = self._found.let
        value = None if let is None or let.type is None else resolve_type(self._context, let.type)
        return type_of(self._context, column, expression_of(column.text), value)

    # ── lines ──────────────────────────────────────────────────────────────────

    def _placed(
        self, rows: list[_Row], comments: Sequence[tree.Comment]
    ) -> tuple[dict[int, str], list[_Row | str]]:
        """The notes behind rows, by where these begin, and rows, comments and gaps in their order."""
        node = self._found.node
        text = self._source.text
        notes: dict[int, str] = {}
        placed: list[_Row | str] = []
        last = node.columns[-1].span
        before = last.end if last.source == self._source else text.index("{")
        items: list[_Row | tree.Comment] = [*rows, *comments]
        for item in sorted(items, key=lambda item: item.span.start):
            is_alone = "\n" in text[before : item.span.start] and item.span.start >= before
            if isinstance(item, tree.Comment) and not is_alone:
                self._note(item, placed, notes)
            else:
                if text.count("\n", before, item.span.start) > 1 and placed:
                    placed.append("")
                placed.append(item if isinstance(item, _Row) else item.text.rstrip())
            before = max(before, item.span.end)
        return notes, placed

    def _note(self, comment: tree.Comment, placed: Sequence[_Row | str], notes: dict[int, str]) -> None:
        """Keeps a comment that stands behind a row."""
        row = placed[-1] if placed else None
        if not isinstance(row, _Row) or comment.span.start < row.span.end:
            raise TableError(
                t("the comment `{text}` stands where a spreadsheet has no place", text=comment.text[:40]),
                t("write it on a line of its own, or behind a row"),
            )
        notes[row.span.start] = comment.text.rstrip()

    def _comment_line(self, text: str, width: int) -> Line:
        return Line([text or None, *([None] * (width - 1))])

    def _line(
        self, row: _Row, columns: Sequence[Column], types: Sequence[Type | None], notes: dict[int, str]
    ) -> Line:
        asked = len(self._found.node.columns)
        cells: list[Value] = []
        for column, type_ in zip(columns, types, strict=True):
            if column.role == "note":
                cells.append(notes.get(row.span.start))
                continue
            key = f"{column.place}" if column.place < asked else column.heading
            said = row.said.get(key)
            cells.append(None if said is None else self._cell(column, said, type_))
        return Line(cells, row.span)

    def _cell(self, column: Column, said: str, type_: Type | None) -> Value:
        """What is put into a cell, so that it is read as what was said."""
        if said == _ANYTHING and column.role in ("asked", "given", "expected"):
            return None
        for value in self._candidates(column, said, type_):
            try:
                _, _, again = piece_of(column, value, type_, self._known)
            except CellError:
                continue
            if again == said and value != "":  # a cell that is empty says nothing
                return value
        raise TableError(
            t(
                "`{said}` in the column `{heading}` cannot be told in a spreadsheet",
                said=said,
                heading=column.heading,
            )
        )

    def _candidates(self, column: Column, said: str, type_: Type | None) -> Iterator[Value]:
        is_number = isinstance(type_, Integer | Number) or column.text == "priority"
        if _NUMBER.fullmatch(said) and is_number and len(said) <= _MOST_DIGITS:
            number = float(said) if "." in said else int(said)
            yield number if self._is_typed else said
        if self._is_typed and isinstance(type_, Date) and _DAY.fullmatch(said) and said >= _FIRST_DAY:
            yield date.fromisoformat(said)
        bare = _TEXT.sub(lambda text: unquote(text[0]), said)
        braceless = said[1:-1].strip() if said.startswith("{") and said.endswith("}") else said
        for text in (braceless, bare, said) if column.role in ("part", "expected") else (bare, said):
            if self._is_typed or not _is_changed_by_programs(text):
                yield text
        if not self._is_typed:
            yield f"'{said}"
            yield said


def _of_data(name: str) -> str:
    """The heading of a part that the policy declares, told from the word of a column."""
    return f"{name} =" if name in _WORDS else name


def _is_changed_by_programs(text: str) -> bool:
    """Whether a program takes the cell of a text file for something else."""
    return text.startswith(_LIKE_A_FORMULA) or _LIKE_A_NUMBER.fullmatch(text) is not None


def _raw(span: Span) -> str:
    return _FOLD.sub(" ", span.text)


def _merged(orders: "Iterator[list[str]]") -> list[str] | None:
    """One order in which all have theirs; None where there is none."""
    listed = [*orders]
    graph: dict[str, dict[str, None]] = {}
    for order in listed:
        for word in order:
            graph.setdefault(word, {})
        for first, second in pairwise(order):
            graph[second][first] = None
    sorter = TopologicalSorter(graph)
    try:
        return [*sorter.static_order()]
    except CycleError:
        return None
