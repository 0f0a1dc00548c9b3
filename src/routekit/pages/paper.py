"""Paper: letters small enough, or a sheet large enough, for a page to be printed on one sheet."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from routekit.pages.matrix import Cell
from routekit.pages.scales import width

__all__ = ["fitting", "matrix_lines", "rows_of"]

_TAGS = re.compile(r"<[^>]*>")

_SHEETS = ((297, 210), (420, 297), (594, 420), (841, 594), (1189, 841))
"""Sheets that lie, by millimetres: A4 and the greater ones."""

_MARGIN, _PIXEL = 9, 25.4 / 96
_LARGEST, _SMALLEST = 9.5, 6.0
_LINE, _LETTER = 1.25, 0.56
"""How high a line is and how wide a letter, in sizes of letters."""
_PADDING = 0.4
"""Lines that a row of a table takes beside what stands in it."""


def fitting(lines: Callable[[float], float]) -> str:
    """Returns CSS that prints a page on one sheet: on A4 where its letters can be read, else on a larger one.

    ``lines`` says how many lines the page takes where so many letters stand in a line across the sheet.

    >>> fitting(lambda letters: 6000 / letters)
    '@page{size:297mm 210mm}@media print{html{font-size:9.5px}figure svg{zoom:0.79}}'
    """
    sizes = [_LARGEST - step / 4 for step in range(round((_LARGEST - _SMALLEST) * 4) + 1)]
    for wide, high in _SHEETS:
        across, down = ((side - 2 * _MARGIN) / _PIXEL for side in (wide, high))
        for size in sizes:
            if lines(across / (size * _LETTER)) * size * _LINE <= down:
                return _style(wide, high, size)
    return _style(*_SHEETS[-1], _SMALLEST)


def _style(wide: int, high: int, size: float) -> str:
    return (
        f"@page{{size:{wide}mm {high}mm}}"
        f"@media print{{html{{font-size:{size:g}px}}figure svg{{zoom:{size / 12:.2f}}}}}"
    )


def rows_of(texts: Iterable[str], letters: float) -> int:
    """Returns how many lines texts take one below the other, where so many letters stand in a line.

    >>> rows_of(["a short one", "one that is longer"], 12)
    3
    """
    room = max(letters, 1) * width("x")
    return sum(max(1, int(-(-width(text) // room))) for text in texts)


def matrix_lines(
    rows: Sequence[str], columns: Sequence[str], cells: Mapping[tuple[str, str], Cell], letters: float
) -> float:
    """Returns about how many lines a matrix takes, where so many letters stand in a line across it.

    >>> matrix_lines(["bill"], ["chat", "web"], {("bill", "web"): Cell("solved", ("at once",), 12)}, 60)
    5.4
    """
    across = letters / (len(columns) + 1) - 3
    lines = 2.0
    for row in rows:
        there = [cells[row, column] for column in columns if (row, column) in cells]
        lines += _PADDING + max([_row_lines(row, across), *(_cell_lines(cell, across) for cell in there)])
    return lines


def _row_lines(row: str, letters: float) -> int:
    return rows_of([_TAGS.sub("", line) for line in row.split("<div")], letters)


def _cell_lines(cell: Cell, letters: float) -> int:
    said = [_TAGS.sub("", line) for line in (cell.said, *cell.below) if line]
    return rows_of(said, letters) + (cell.count is not None)
