"""Many contacts at once: a table in, the decisions out as a table of the same kind.

Tables stand on the compiled program. The cells of each column are cut by the partition of its field, the
row masks of cells are joined with numpy, a word of 64 rules at a time, and so the rule of each row is
found; rows whose rule, channel, adjustments and offers are settled by that share one decision, which is
asked for once. Rows that need more (an agent's name, a worth worked out, a cap, a value with a problem) are
decided each, or once for all that are equal. Whatever kind of table comes in is read as Arrow columns, part
by part.
"""

from routekit.batch.decided import Decided
from routekit.batch.decider import Batch, Progress

__all__ = ["Batch", "Decided", "Progress"]
