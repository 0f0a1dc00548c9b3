"""A sheet as text, its cells parted by commas: UTF-8 with its mark, by which programs see what it is."""

import csv
from io import StringIO

from routekit.rule_tables.sheet import SheetTable

__all__ = ["as_text"]


def as_text(sheet: SheetTable) -> bytes:
    """Returns the sheet as CSV."""
    held = StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow([column.heading for column in sheet.columns])
    for line in sheet.lines:
        writer.writerow(["" if cell is None else cell for cell in line.cells])
    return held.getvalue().encode("utf-8-sig")
