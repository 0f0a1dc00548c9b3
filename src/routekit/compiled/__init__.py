"""The same meaning as the reference's, fast: rules as bit masks, joined by generated code.

Ahead of time the values of each field, signal or clock reading (a base) are cut into the cells of its
partition, each with a bit mask of the rules that a value of it allows. To decide is to look up a mask per
value and join them by ``&``; the lowest bit left is the first match. What is a function of more than one
value becomes generated code.

That code is built of ``ast`` nodes, never of text. Names are a counter with a hint of the policy's field in
plain letters; whatever an author wrote is reached through a table of constants. A contact's values are read
once, through guards of their exact type; whatever does not pass, or has a problem, is read in full by the
intake first, and then decided by the same code. ``Compiled.source`` shows what was generated.
"""

from routekit.compiled.compiled import Compiled, Decide
from routekit.compiled.main import Clock

__all__ = ["Clock", "Compiled", "Decide"]
