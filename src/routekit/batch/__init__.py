"""Many contacts at once: a table in, the decisions out as a table of the same kind."""

from routekit.batch.decided import Decided
from routekit.batch.decider import Batch, Progress

__all__ = ["Batch", "Decided", "Progress"]
