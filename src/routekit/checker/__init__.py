"""From the tree of a policy to the checked policy: names, types, and what is surely not meant.

One function a pass, in the order that ``check`` shows; ``Context`` is what they share. Groups and tables
are flattened into rules with their whole condition, so that no evaluator knows of them. ``queue FIELD``
becomes a rule for each queue that the field can name, one behind the other under one name; whatever speaks
of rules to people goes by ``CheckedPolicy.written_rules``. A policy comes out only where there is no error.
Last of all ``allow`` takes away what the policy silences in place.
"""

from routekit.checker.check import Checked, check
from routekit.checker.workspace import Workspace

__all__ = ["Checked", "Workspace", "check"]
