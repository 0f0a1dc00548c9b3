"""What a file may cost before it is taken for an attack."""

__all__ = [
    "MOST_CELLS",
    "MOST_COLUMNS",
    "MOST_FILE",
    "MOST_INFLATED",
    "MOST_MARKS",
    "MOST_RATIO",
    "MOST_ROWS",
    "MOST_SHARED",
    "MOST_TOKEN",
    "SMALL_INFLATED",
]

MOST_FILE = 256 << 20
"""Bytes of a workbook as it lies there."""
MOST_INFLATED = 1 << 30
"""Bytes of all its parts together."""
MOST_SHARED = 256 << 20
"""Bytes of the part with its texts, which is held in memory."""
MOST_RATIO, SMALL_INFLATED = 250, 16 << 20
"""How many times as large as in the file a part may be, where it is not small."""
MOST_TOKEN = 16 << 20
"""Bytes of one tag or text."""
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
"""What spreadsheet programs have."""
MOST_CELLS = 20_000_000
"""Cells between the first and the last that holds something; in memory each takes 24 bytes."""
MOST_MARKS = 200_000
"""Cells of a sheet that hold errors, or begin merged ones; each is remembered by its place."""
