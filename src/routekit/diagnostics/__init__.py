"""What is wrong, where, and what to do about it: data first, renderings apart."""

from routekit.diagnostics.cells import CellSource, Written
from routekit.diagnostics.codes import CODES, MAP_CODES, Code, Severity
from routekit.diagnostics.diagnostic import (
    Advice,
    Diagnostic,
    Edit,
    Fix,
    Label,
    Reporter,
    closest,
    sort_by_place,
)
from routekit.diagnostics.source import Source, Span

__all__ = [
    "Advice",
    "CODES",
    "CellSource",
    "Code",
    "Diagnostic",
    "Edit",
    "Fix",
    "Label",
    "MAP_CODES",
    "Reporter",
    "Severity",
    "Source",
    "Span",
    "Written",
    "closest",
    "sort_by_place",
]
