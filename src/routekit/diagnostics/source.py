"""A text that was read, and a place in it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Excerpt", "Source", "Span"]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of a place: what stands in the margin, the text, and the characters that are meant."""

    margin: str
    text: str
    start: int
    length: int


@dataclass(frozen=True)
class Source:
    """One text with the name that people know it by, usually its path."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Finds the line and column of an offset, both counted from 1.

        >>> Source("a.route", "one\\ntwo").position(5)
        (2, 2)
        """
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def cell(self, offset: int) -> str:  # noqa: ARG002 - a text has lines, and no cells
        """Names the cell of a spreadsheet, as ``C7``; nothing in a text."""
        return ""

    def place(self, offset: int) -> str:
        """Writes where an offset stands, as diagnostics do behind the name.

        >>> Source("a.route", "one\\ntwo").place(5)
        '2:2'
        """
        line, column = self.position(offset)
        return f"{line}:{column}"

    def excerpt(self, start: int, end: int) -> Excerpt:
        """Returns the line on which a span begins, with the place of the span in it."""
        number, column = self.position(start)
        return Excerpt(str(number), self.line(number), column - 1, end - start)

    def line(self, number: int) -> str:
        """Returns the text of a line, counted from 1, without its end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """The characters ``start`` up to, not including, ``end`` of a source."""

    source: Source = field(repr=False)
    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """Spans from the start of this one to the end of the other."""
        return Span(self.source, self.start, max(self.end, other.end))

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        """Where it begins, with the name of its source: ``a.route:7:3``, ``desk.xlsx:C7``."""
        return f"{self.source.name}:{self.source.place(self.start)}"

    @property
    def cell(self) -> str:
        """The cell of a spreadsheet that it begins in; empty in a text."""
        return self.source.cell(self.start)

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]
