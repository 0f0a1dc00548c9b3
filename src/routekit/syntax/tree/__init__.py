"""The tree of a policy file, as it was written: nothing resolved, nothing worked out.

Nodes are frozen and compare by what they say, not by where they stand. There is a module for each section
of the grammar; all nodes are names of this one.
"""

from routekit.syntax.tree.care import *
from routekit.syntax.tree.contact_map import *
from routekit.syntax.tree.data import *
from routekit.syntax.tree.definitions import *
from routekit.syntax.tree.expressions import *
from routekit.syntax.tree.facts import *
from routekit.syntax.tree.file import *
from routekit.syntax.tree.node import *
from routekit.syntax.tree.promises import *
from routekit.syntax.tree.resources import *
from routekit.syntax.tree.routing import *
