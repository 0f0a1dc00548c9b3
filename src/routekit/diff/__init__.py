"""Who is treated differently by a new version of a policy.

``declarations`` says what a policy declares part by part, ``edits`` what of it is another; ``renames`` finds
what is called otherwise, and the old version is then compared in the new names. Both versions are compared
over one space: ``joined_policy`` says both in the same names, ``joined_fields`` reads a field that both
declare otherwise through a guard for each. ``align_rules`` matches the rules that are the same; a contact
that is treated differently by its rule is decided by one without a match before or now, so only those are
asked about, and ``affected_rules`` leaves out rules that share no contact with a changed one, as plain
``boxes`` tell. ``changed_parts`` has the literals of what differs, by the rows of the outcome's parts;
``compare`` asks until nothing is left, a group at a time; ``describe`` finds the condition of a group and has
the solver say whether anybody else meets it. ``brief`` tells it on a screen, ``report`` and ``markdown``
whole. ``touched`` says of which kinds it is, ``totals`` what becomes of a file of contacts, and ``approvals``
who has seen it.
"""

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
