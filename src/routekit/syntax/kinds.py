"""What each token of a text is to the parser, as far as the parser can follow."""

import re

from routekit.diagnostics import Source
from routekit.syntax.automaton import Automaton
from routekit.syntax.lexer import DECLARATIONS, Lexeme, tokens
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.tables import tables

__all__ = ["kinds_of_tokens"]

_DECLARATION = re.compile(rf"^(?:{'|'.join(sorted(DECLARATIONS))})\b", re.MULTILINE)


def kinds_of_tokens(text: str) -> dict[int, tuple[int, str]]:
    """Tells where each token ends and its terminal in the grammar, by where it begins.

    What stands between a mistake and the next declaration at the left edge is left out.

    >>> kinds_of_tokens("queue queue {")
    {0: (5, 'QUEUE'), 6: (11, 'NAME'), 12: (13, 'LBRACE')}
    """
    found: dict[int, tuple[int, str]] = {}
    if len(text) > MOST_CHARACTERS or _follow(text, 0, found, mending=False) == len(text):
        return found
    found.clear()
    position: int | None = 0
    while position is not None:
        failed = _follow(text, position, found, mending=True)
        match = _DECLARATION.search(text, max(failed, position + 1)) if failed < len(text) else None
        position = match.start() if match else None
    return found


def _follow(text: str, position: int, found: dict[int, tuple[int, str]], *, mending: bool) -> int:
    """Reads on from a declaration; where that ended."""
    source, automaton = Source("", text), Automaton(tables())

    def make(kind: str, value: str, start: int, end: int) -> Lexeme:
        return Lexeme(source, kind, value, start, end)

    for lexeme in tokens(text, position, automaton, tables().keywords, [], make, mending):
        if not automaton.feed(lexeme):
            return lexeme.start
        found[lexeme.start] = lexeme.end, lexeme.type
    return len(text)
