"""Tables of text, as Excel opens them by a double click and other programs read them."""

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import TextIO

from routekit.schema.times import format_duration
from routekit.writers.columns import Cell, Column, TextStyle, joined_names

__all__ = ["Delimited", "safe"]

_CALCULATED = re.compile(r"[=+\-@\t\r]")
_HARMLESS = re.compile(r"[+-]?[0-9][0-9 ./()-]*")
_MOST_HOURS = 10_000


def safe(text: str) -> str:
    """Returns a text that no spreadsheet program calculates: what begins like a formula gets a ``'``.

    Numbers, and what looks like a telephone number, stay as they are.

    >>> safe("=1+1"), safe("@SUM(A1)"), safe("+49 151 234"), safe("-5")
    ("'=1+1", "'@SUM(A1)", '+49 151 234', '-5')
    """
    return f"'{text}" if _CALCULATED.match(text) and not _HARMLESS.fullmatch(text) else text


class Delimited:
    """Writes a table of text; times as the clock on the wall of ``local``, ``zone`` in their heading."""

    def __init__(
        self, out: TextIO, columns: Sequence[Column], style: TextStyle, local: tzinfo, zone: str
    ) -> None:
        self._style, self._local = style, local
        self._rows = csv.writer(out, delimiter=style.separator, lineterminator="\r\n")
        self._out = out
        self._rows.writerow(
            [safe(f"{each.name} ({zone})" if each.kind == "time" else each.name) for each in columns]
        )

    def write(self, cells: Sequence[Cell]) -> None:
        """Writes one row."""
        self._rows.writerow([self._text(cell) for cell in cells])

    def close(self) -> None:
        """Writes what is still held back."""
        self._out.flush()

    def _text(self, cell: Cell) -> str | int:
        match cell:
            case None:
                return ""
            case bool():
                return "yes" if cell else "no"
            case str():
                return safe(cell)
            case int():
                return cell
            case float():
                return repr(cell).replace(".", self._style.decimal)
            case datetime():
                return cell.astimezone(self._local).replace(tzinfo=None).isoformat(sep=" ")
            case date():
                return cell.isoformat()
            case timedelta():
                return _duration(cell)
            case _:
                return safe(joined_names(cell))


def _duration(span: timedelta) -> str:
    """A duration as spreadsheet programs read it, ``0:03:05``; as the language has it where they cannot."""
    hours, rest = divmod(span, timedelta(hours=1))
    if not 0 <= hours < _MOST_HOURS or rest.microseconds:
        return format_duration(span)
    minutes, seconds = divmod(rest.seconds, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
