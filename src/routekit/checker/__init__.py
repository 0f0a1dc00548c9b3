"""From the tree of a policy to the checked policy: names, types, and what is surely not meant."""

from routekit.checker.check import Checked, check
from routekit.checker.workspace import Workspace

__all__ = ["Checked", "Workspace", "check"]
