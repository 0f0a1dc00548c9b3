"""Many contacts at once: a table in, the decisions out as a table of the same kind.

Tables stand on the compiled program. The cells of each column are cut by the partition of its field, the
row masks of cells are joined with numpy, a word of 64 rules at a time, and so the rule of each row is
found. What no column decides alone (the clock, calendars, tests of several values) is worked out for all
rows at once, and so is whatever else tells decisions of one rule apart: agents, arms of splits, steps that
are left out, caps used up, the order of offers. Rows that are alike in all that share one decision, which is
asked for once, but for when they are called back in open time, which is worked out for each row. Rows that
need more (a value with a problem) are decided each, or once for all that are equal. Whatever kind of table
comes in is read as Arrow columns, part by part.
"""

from routekit.batch.decided import Decided
from routekit.batch.decider import Batch, Progress

__all__ = ["Batch", "Decided", "Progress"]
