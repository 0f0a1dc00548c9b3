"""What a sheet says of its cells beside their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routekit.sheets.cells import CellFault, SheetError
from routekit.sheets.limits import MOST_CELLS
from routekit.translation import t

__all__ = [
    "Range",
    "SheetState",
    "error_fault",
    "merged_fault",
    "too_many_marks",
    "unkept_fault",
    "within_bounds",
]

Range = tuple[int, int, int, int]
"""First row and column, last row and column; rows count from 1, columns from 0."""

_ERRORS = frozenset(
    {
        "#BLOCKED!", "#BUSY!", "#CALC!", "#CONNECT!", "#DIV/0!", "#FIELD!", "#GETTING_DATA", "#N/A", "#NAME?",
        "#NULL!", "#NUM!", "#REF!", "#SPILL!", "#UNKNOWN!", "#VALUE!",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetState:
    """Which cells of a sheet are not what they seem, which are hidden, which are merged.

    ``rows`` and ``columns`` are how far the cells go that hold something.
    """

    rows: int
    columns: int
    faults: Mapping[tuple[int, int], CellFault] = field(default_factory=dict)
    formats: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: Sequence[Range] = ()
    is_filtered: bool = False


def within_bounds(rows: int, columns: int) -> None:
    """Raises :class:`SheetError` where the cells between the first and the last are too many."""
    if rows * columns > MOST_CELLS:
        raise SheetError(
            t("has {rows:,} rows and {columns:,} columns, too many to read", rows=rows, columns=columns),
            t("delete what stands far from the table, or save it as CSV"),
        )


def too_many_marks() -> SheetError:
    """Says that more cells are merged, or hold errors, than anybody could mend."""
    return SheetError(t("has too many cells that are merged or hold no value"), t("save the values alone"))


def error_fault(code: str) -> CellFault:
    """Says that a cell holds an error, by its name where that is one of a spreadsheet program."""
    code = code.strip().upper()
    return CellFault(t("is the error `{code}`", code=code) if code in _ERRORS else t("is an error"))


def unkept_fault() -> CellFault:
    """Says that a cell is a formula whose value was not saved with it."""
    return CellFault(
        t("is a formula without a kept value: open the file in a spreadsheet program and save it")
    )


def merged_fault(place: str) -> CellFault:
    """Says that a cell belongs to others, the first of which alone has a value."""
    return CellFault(t("is merged with `{place}`, which alone has the value", place=place))
