"""What is wrong, where, and what to do about it: data first, renderings apart."""

from routekit.diagnostics.codes import CODES, Code, Severity
from routekit.diagnostics.diagnostic import Diagnostic, Label, Reporter, sort_by_place
from routekit.diagnostics.fix import Advice, Edit, Fix
from routekit.diagnostics.source import Source, Span
from routekit.diagnostics.suggest import closest

__all__ = [
    "Advice",
    "CODES",
    "Code",
    "Diagnostic",
    "Edit",
    "Fix",
    "Label",
    "Reporter",
    "Severity",
    "Source",
    "Span",
    "closest",
    "sort_by_place",
]
