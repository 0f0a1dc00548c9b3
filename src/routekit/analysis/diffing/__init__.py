"""Who is treated differently by a new version of a policy."""

from routekit.analysis.diffing.changes import Change, Comparer, Key
from routekit.analysis.diffing.comparing import compare
from routekit.analysis.diffing.results import (
    Description,
    Difference,
    Group,
    Open,
    PromiseChange,
    Setting,
    Twice,
)

__all__ = [
    "Change",
    "Comparer",
    "Description",
    "Difference",
    "Group",
    "Key",
    "Open",
    "PromiseChange",
    "Setting",
    "Twice",
    "compare",
]
