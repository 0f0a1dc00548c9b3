"""Who is treated differently by a new version of a policy."""

from routekit.diff.changes import Change, Comparer, Key
from routekit.diff.compare import compare
from routekit.diff.results import (
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
