"""How the policy is written down: sections, aligned columns, comments beside what they are about."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from routekit.importers.twilio.names import visible

__all__ = ["block", "comment", "one_line_blocks", "section"]

WIDTH = 100


def section(title: str) -> str:
    """The line that opens a section."""
    head = f"# ── {title} "
    return head + "─" * max(4, 80 - len(head))


def comment(text: str, indent: int = 0, *, hanging: str = "") -> list[str]:
    """A comment, broken into lines.

    >>> comment("one two", 2)
    ['  # one two']
    """
    lead = " " * indent + "# "
    return wrap(
        visible(text, 2000),
        WIDTH,
        initial_indent=lead,
        subsequent_indent=lead + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [lead.rstrip()]


def _aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows whose columns but the last are as wide as their widest cell; the last is a comment."""
    listed = [list(row) for row in rows]
    widths = [max(len(row[place]) for row in listed) for place in range(len(listed[0]))] if listed else []
    written = []
    for row in listed:
        *cells, note = row
        text = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()
        room = sum(widths[:-1]) + 2 * (len(cells) - 1)
        written.append(f"{text.ljust(room)}   # {note}" if note else text)
    return written


def block(head: str, rows: Iterable[Sequence[str]]) -> list[str]:
    """A block with a row a line: ``record customer {`` and its fields, the last cell of each a comment."""
    return [f"{head} {{", *(f"  {line}" for line in _aligned(rows)), "}"]


def one_line_blocks(word: str, rows: Iterable[tuple[str, str, str]]) -> list[str]:
    """Blocks of one line each, ``queue sales { on voice }``, in columns; the last cell is a comment."""
    return _aligned((f"{word} {name}", f"{{ {inside} }}", note) for name, inside, note in rows)
