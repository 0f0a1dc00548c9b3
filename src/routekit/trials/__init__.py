"""A policy's own examples, run: what came of them, why, and what of the policy they reach.

Each example is followed through the route by the reference evaluator, which counts what it reaches. Rows of
an example table are examples like any other by then.
"""

from routekit.trials.coverage import Coverage, Unit
from routekit.trials.trial import Broken, Result, Running, Trial, run_example, start

__all__ = ["Broken", "Coverage", "Result", "Running", "Trial", "Unit", "run_example", "start"]
