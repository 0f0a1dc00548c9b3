"""The text of a table from a file, as a policy would have it, with the cell of each of its pieces."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from routekit.checker.table_cells import CellError
from routekit.diagnostics import CellSource, Diagnostic, Reporter, Span, Written
from routekit.sheets import place_of
from routekit.syntax.automaton import Piece
from routekit.syntax.fragments import Kind, mistake_in, read_piece

__all__ = ["Pieces", "Slot", "TableText"]


@dataclass(slots=True)
class Slot:
    """A piece of the text that a cell says; ``kind`` is None for what is no node, such as a reason."""

    kind: Kind | None
    start: int
    end: int
    error: CellError | None = None


@dataclass(slots=True)
class TableText:
    """Grows row by row; the text of a row stands on the line of its number."""

    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _line: int = 1
    _cells: list[Written] = field(default_factory=list)

    @property
    def length(self) -> int:
        """How many characters there are."""
        return self._length

    def to_row(self, number: int) -> None:
        """Begins the line of a row."""
        lines = max(0, number - self._line)
        self._line += lines
        self.say("\n" * lines)

    def say(self, text: str) -> None:
        """Writes what stands between cells."""
        self._parts.append(text)
        self._length += len(text)

    def cell(
        self, row: int, place: int, shown: str, text: str, kind: Kind | None = None, before: str = ""
    ) -> Slot:
        """Writes what a cell says; ``before`` belongs to the piece and stands in the heading."""
        start = self._length
        self._cells.append(Written(start, start + len(before), place + 1, place_of(row, place), shown))
        self.say(before + text)
        return Slot(kind, start, self._length)

    def wrong(self, row: int, place: int, shown: str, error: CellError) -> Slot:
        """Writes a cell that was surely not meant so."""
        slot = self.cell(row, place, shown, shown or " ")
        slot.error = error
        return slot

    def source(self, name: str, sheet: str) -> CellSource:
        """Returns the text as a source of the file."""
        return CellSource(name, "".join(self._parts), tuple(self._cells), sheet)


@dataclass(slots=True)
class Pieces:
    """Reads the pieces of a text, and reports what is wrong with them; the same of many cells once."""

    source: CellSource
    reporter: Reporter
    _said: set[str] = field(default_factory=set)

    def node(self, slot: Slot) -> Piece | None:
        """Returns the node of a piece; None where something is wrong with it."""
        span = Span(self.source, slot.start, slot.end)
        if slot.error is not None:
            if str(slot.error) not in self._said:
                self._said.add(str(slot.error))
                self.reporter.report("RK019", str(slot.error), span, help=slot.error.hint)
            return None
        if slot.kind is None:
            return span
        node = read_piece(slot.kind, self.source, slot.start, slot.end)
        if node is None:
            self.add(mistake_in(slot.kind, self.source, slot.start, slot.end))
        return node

    def nodes(self, slots: Sequence[Slot]) -> list[Piece] | None:
        """Returns the nodes of pieces; None where something is wrong with one of them."""
        found = [self.node(slot) for slot in slots]
        return None if any(node is None for node in found) else found

    def add(self, found: Diagnostic) -> None:
        """Adds what the parser says."""
        self.reporter.found.append(found)
