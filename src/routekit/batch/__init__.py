"""Many contacts at once: a table in, the decisions out as a table of the same kind."""

from routekit.batch.decider import Batch, Decided, Progress

__all__ = ["Batch", "Decided", "Progress"]
