"""What is decided about each token before anything is printed: where lines begin, align and may fold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from routekit.layout.scanning import Token, is_risky
from routekit.syntax.tree import Node

__all__ = ["INDENT", "NAME_GAP", "ROW_WIDTH", "UNFOLDED", "WIDTH", "Column", "Fold", "Line", "Sheet"]

WIDTH = 100
"""Columns that a line may take where it can be folded."""

ROW_WIDTH = 120
"""Columns that a row of a table may take, since a table is read by its rows."""

UNFOLDED = 1_000_000
"""The width of a line that is never folded."""

INDENT = 2

NAME_GAP = 2
"""Behind names that stand below each other."""

_NOTHING_BEFORE = frozenset({",", ")", "[", "]", ".", "%", "}"})
_NOTHING_BEHIND = frozenset({"(", "[", ".", "{"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True)
class Column:
    """A token that stands below those of the lines around it, ``gap`` behind the longest of them.

    ``alone`` is the gap where there is no other line. Columns of different ``family`` do not align.
    """

    at: int
    gap: int
    alone: int
    family: str = ""


@dataclass(slots=True)
class Line:
    """A line before it is folded. Lines of one ``family`` that stand together align their columns."""

    start: int
    depth: int
    family: str = ""
    columns: list[Column] = field(default_factory=list)
    keeps_blank: bool = False
    needs_blank: bool = False
    split_at: int | None = None
    """Where it becomes two lines if it is too long for one."""
    last: int = 0
    width: int = WIDTH


@dataclass(slots=True)
class Fold:
    """Tokens between which a line may go on in the next, below the first of them.

    ``shift`` moves the new lines to the right. With ``hangs`` the token that begins one, an operator, stands
    to the left of what it joins. At ``firm`` places a fold that needs more than one line begins one.

    What follows is known when it is printed: how many folds are around it, the column that it begins in, the
    row that its last part begins in.
    """

    first: int
    last: int
    shift: int = 0
    hangs: bool = False
    firm: frozenset[int] = frozenset()
    level: int = 0
    base: int = 0
    row: int = 0
    is_broken: bool = False


class Sheet:
    """The tokens of a file with all that is marked on them."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.partner = _partners(tokens)
        self.spaces = _spaces(tokens)
        self.lines: list[Line] = []
        self.breaks: dict[int, Fold] = {}
        self.folds: dict[int, list[Fold]] = {}
        self._starts = {token.start: place for place, token in enumerate(tokens)}
        self._ends = {token.end: place for place, token in enumerate(tokens[:-1])}

    # places

    def at(self, node: Node) -> int:
        """Returns the token that a node begins with, not counting brackets around it."""
        return self._within_brackets(node)[0]

    def end(self, node: Node) -> int:
        """Returns the token that a node ends with, not counting brackets around it."""
        return self._within_brackets(node)[1]

    def _within_brackets(self, node: Node) -> tuple[int, int]:
        first, last = self._starts[node.span.start], self._ends[node.span.end]
        while self.tokens[first].text == "(" and self.partner[first] == last:
            first, last = first + 1, last - 1
        return first, last

    def first(self, node: Node) -> int:
        """Returns the token that an expression begins with, the brackets of its first operand included."""
        place, end = self._within_brackets(node)
        while place and self.tokens[place - 1].text == "(" and self.partner[place - 1] <= end:
            place -= 1
        return place

    def last(self, node: Node) -> int:
        """Returns the token that an expression ends with, the brackets of its last operand included."""
        first, place = self.first(node), self.end(node)
        while self.tokens[place + 1].text == ")" and self.partner[place + 1] >= first:
            place += 1
        return place

    def is_bracketed(self, node: Node) -> bool:
        """Checks whether an expression stands between brackets of its own."""
        return self.before(node) < self.first(node) - 1

    def before(self, node: Node) -> int:
        """Returns the token before an expression and all brackets around it."""
        place, behind = self.first(node) - 1, self.last(node) + 1
        while place >= 0 and self.tokens[place].text == "(" and self.partner[place] == behind:
            place, behind = place - 1, behind + 1
        return place

    # marks

    def line(self, at: int, depth: int, family: str = "", columns: Sequence[Column] = ()) -> Line:
        """Begins a line with a token."""
        line = Line(at, depth, family, list(columns))
        self.lines.append(line)
        return line

    def block(self, opening: int) -> None:
        """Keeps a space inside the braces of a block, which are not those of a set."""
        closing = self.partner[opening]
        if closing > opening + 1:
            self.spaces[opening + 1] = self.spaces[closing] = 1

    def close(self, closing: int, depth: int) -> None:
        """Begins a line with the brace that ends a block; a block that holds nothing stays on its line."""
        if closing > self.partner[closing] + 1 or self.is_forced(closing):
            self.line(closing, depth)

    def tight(self, *places: int) -> None:
        """Leaves no space before these tokens."""
        for place in places:
            self.spaces[place] = 0

    def fold(self, fold: Fold, breaks: Iterable[int]) -> None:
        """Lets a line go on in the next one at these tokens."""
        self.folds.setdefault(fold.first, []).append(fold)
        for place in breaks:
            if not is_risky(self.tokens, place):
                self.breaks[place] = fold

    def fold_list(self, first: int, last: int, firm: Iterable[int] = ()) -> None:
        """Folds what commas divide, behind the commas."""
        breaks, place = [], first
        while place <= last:
            text = self.tokens[place].text
            if text in _CLOSING:
                place = self.partner[place]
            elif text == ",":
                breaks.append(place + 1)
            place += 1
        if breaks:
            self.fold(Fold(first, last, firm=frozenset(firm)), breaks)

    # measures

    def is_forced(self, place: int) -> bool:
        """Checks whether a comment makes this token begin a line."""
        return bool(self.tokens[place].remarks) or (place > 0 and self.tokens[place - 1].note != "")

    def is_whole(self, first: int, last: int) -> bool:
        """Checks whether no comment stands between two tokens."""
        return not any(self.is_forced(place) for place in range(first + 1, last + 1))

    def width(self, first: int, last: int) -> int:
        """Measures the columns from the first of these tokens to the last, on one line."""
        between = sum(self.spaces[first + 1 : last + 1])
        return between + sum(token.width for token in self.tokens[first : last + 1])

    def has_blank_before(self, line: Line) -> bool:
        """Tells whether the author left a blank line above a line that keeps it, or among comments there."""
        token = self.tokens[line.start]
        return line.keeps_blank and (
            token.has_blank_before or any(remark.has_blank_before for remark in token.remarks)
        )


def _partners(tokens: list[Token]) -> list[int]:
    """For each bracket the place of the other one."""
    partners, opened = [-1] * len(tokens), []
    for place, token in enumerate(tokens):
        if token.text in _CLOSING:
            opened.append(place)
        elif token.text in (")", "]", "}"):
            partners[place] = opened.pop()
            partners[partners[place]] = place
    return partners


def _spaces(tokens: list[Token]) -> list[int]:
    """The space before each token, as far as its look tells."""
    spaces, before = [], ""
    for token in tokens:
        spaces.append(0 if token.text in _NOTHING_BEFORE or before in _NOTHING_BEHIND else 1)
        before = token.text
    return spaces
