"""A text that was made of the cells of a spreadsheet, whose places are cells."""

from bisect import bisect_right
from dataclasses import dataclass, field

from routekit.diagnostics.source import Excerpt, Source

__all__ = ["CellSource", "Written"]

_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Written:
    """A cell with a text: where that begins, and in it what the cell says; its column from 1, its name.

    ``shown`` is what stands in the cell.
    """

    start: int
    inside: int
    column: int
    name: str
    shown: str


@dataclass(frozen=True)
class CellSource(Source):
    """What the rows of a file say, as a policy says it: a line for each row of the sheet.

    ``cells`` are those with a text, in its order; ``sheet`` is named where the policy names one.
    """

    cells: tuple[Written, ...] = field(default=(), repr=False, compare=False)
    sheet: str = ""

    def position(self, offset: int) -> tuple[int, int]:
        """Finds the row and the column of the cell that an offset lies in, both counted from 1."""
        row, _ = super().position(offset)
        found = self._written(row, offset)
        return row, 1 if found is None else found.column

    def cell(self, offset: int) -> str:
        row, _ = super().position(offset)
        found = self._written(row, offset)
        return f"A{row}" if found is None else found.name

    def place(self, offset: int) -> str:
        """Writes where an offset stands: ``C7``, or ``Night!C7`` where the policy names the sheet."""
        return f"{self.sheet}!{self.cell(offset)}" if self.sheet else self.cell(offset)

    def excerpt(self, start: int, end: int) -> Excerpt:
        """Returns what stands in the cells that a span of one row covers."""
        row, _ = super().position(start)
        inside = [each for each in self._of_row(row) if each.start < end]
        first = self._written(row, start)
        shown = [each for each in inside if first is None or each.start >= first.start]
        text = _BETWEEN.join(each.shown for each in shown)
        if len(shown) == 1 and self.text.startswith(text, shown[0].inside):
            first_letter = max(0, start - shown[0].inside)
            return Excerpt(self.cell(start), text, first_letter, end - shown[0].inside - first_letter)
        return Excerpt(self.cell(start), text, 0, len(text))

    def _of_row(self, row: int) -> tuple[Written, ...]:
        first, last = self._line_starts[row - 1], len(self.text)
        if row < len(self._line_starts):
            last = self._line_starts[row] - 1
        return self.cells[self._behind(first - 1) : self._behind(last)]

    def _written(self, row: int, offset: int) -> Written | None:
        """The cell that an offset lies in or behind; the first of the row for one before it."""
        of_row = self._of_row(row)
        before = [each for each in of_row if each.start <= offset]
        return before[-1] if before else of_row[0] if of_row else None

    def _behind(self, offset: int) -> int:
        return bisect_right(self.cells, offset, key=lambda each: each.start)
