"""Which block of a text was meant to be closed, as the indentation shows it."""

import re
from dataclasses import dataclass

from routekit.syntax.lexer import RAW_TOKEN

__all__ = ["Opened", "first_unclosed", "margin"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A `{` that is not closed: where it stands, what it opens, and before what its `}` is missing."""

    start: int
    head: str
    indent: str
    missing: int

    @property
    def is_set(self) -> bool:
        """Whether it holds values, and no block."""
        return re.search(r"(?:^|\b(?:in|any|all|skills|from)|[=,(|+-])$", self.head) is not None


def first_unclosed(text: str, begin: int, end: int) -> Opened | None:
    """Finds the block that is left open between two places, the first of which begins a declaration.

    It is the first one that a `}` further out closes; where each `}` stands below what it closes, it is the
    innermost one that is open at the end.

    >>> text = "route {\\n  group g {\\n    a\\n}\\n"
    >>> first_unclosed(text, 0, len(text)).head
    'group g'
    """
    opened: list[int] = []
    position = begin
    while position < end:
        match = RAW_TOKEN.match(text, position)
        position = match.end() if match else position + 1
        if match is None or match.group() not in ("{", "}"):
            continue
        if match.group() == "{":
            opened.append(match.start())
        elif opened:
            brace = opened.pop()
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            if not before.strip() and len(before) < len(_indent(text, brace)):
                return _described(text, brace, match.start())
    return _described(text, opened[-1], end) if opened else None


def _described(text: str, brace: int, end: int) -> Opened:
    """An open block, and the first line up to ``end`` that is no further in than the one that opens it."""
    line = text[text.rfind("\n", 0, brace) + 1 : brace]
    head = re.split(r"[{}]", line)[-1].strip()
    indent = _indent(text, brace)
    outside = re.compile(rf"^[ \t]{{0,{len(indent)}}}(?=[^\s#])", re.MULTILINE).search(text, brace, end)
    return Opened(brace, head, indent, end if outside is None else outside.end())


def _indent(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    line = text[start:position]
    return line[: len(line) - len(line.lstrip())]


def margin(text: str) -> int:
    """Tells how far in the first declaration stands."""
    match = re.search(r"^([ \t]*)[^\s#]", text, re.MULTILINE)
    return len(match.group(1)) if match else 0
