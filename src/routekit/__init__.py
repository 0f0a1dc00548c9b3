"""Who gets which service: a policy language, its checker, and a fast evaluator for contact centres."""

from routekit.engine.engine import Engine
from routekit.engine.errors import InvalidContact, PolicyError
from routekit.engine.policy import Policy
from routekit.policy.decision import Decision, PlanStep, Problem

__all__ = ["Decision", "Engine", "InvalidContact", "PlanStep", "Policy", "PolicyError", "Problem"]
__version__ = "0.1.0"
