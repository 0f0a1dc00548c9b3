"""Lines that a terminal holds: folded between words, and between wide letters, which have no spaces."""

import re
import sys
import unicodedata
from collections.abc import Callable
from shutil import get_terminal_size

__all__ = ["NARROWEST", "fold", "line_width", "padded", "width_of"]

_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60"
_NEVER_FIRST = "，。、；：？！）」』】》”’,.;:?!)"
_PIECES = re.compile(rf"(\s*)([^\s{_WIDE}]+[{_NEVER_FIRST}]*|[{_WIDE}][{_NEVER_FIRST}]*)")

NARROWEST = 20


def width_of(text: str) -> int:
    """Counts the columns of a fixed-width font: two for a wide character, none for a joining mark.

    >>> width_of("queue"), width_of("中文"), width_of("e\\u0301")
    (5, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_of_letter(letter) for letter in text)


def padded(text: str, columns: int) -> str:
    """Fills a text up to so many columns.

    >>> padded("queue", 8), padded("队列", 8)
    ('queue   ', '队列    ')
    """
    return text + " " * (columns - width_of(text))


def _of_letter(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def line_width(most: int) -> int:
    """Returns the columns of the terminal that is written to, up to ``most``; that where it is none."""
    if not sys.stdout.isatty():
        return most
    return min(most, max(NARROWEST, get_terminal_size((most, 24)).columns))


def fold(
    text: str, width: int, first: str = "", rest: str = "", *, measure: Callable[[str], int] = width_of
) -> list[str]:
    """Folds a text into lines of so many columns, the first and the others with an indent of their own.

    What has no place to be folded at stands out to the right.

    >>> fold("queue general on voice", 12, "", "  ")
    ['queue', '  general on', '  voice']
    >>> fold("客户的价值太低。", 8)
    ['客户的价', '值太低。']
    """
    lines: list[str] = []
    line, used, is_empty = first, measure(first), True
    for space, piece in _PIECES.findall(text):
        gap = "" if is_empty else space
        if not is_empty and used + len(gap) + measure(piece) > width:
            lines.append(line)
            line, used, gap = rest, measure(rest), ""
        line += gap + piece
        used += len(gap) + measure(piece)
        is_empty = False
    return [*lines, line] if not is_empty else []
