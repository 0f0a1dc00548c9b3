"""The meaning of the language: a small, slow, obvious evaluator. Whatever is faster must agree with it."""

from routekit.reference.care import care, customer_clock
from routekit.reference.contact_map import (
    Fault,
    FaultKind,
    callers,
    faults,
    has_matter,
    is_solved,
    solved_when,
)
from routekit.reference.decide import chosen_arm, decide, holds, is_queue_open, times_shown, worth_of
from routekit.reference.moments import Moment, first_break, moments
from routekit.reference.values import Scope

__all__ = [
    "Fault",
    "FaultKind",
    "Moment",
    "Scope",
    "callers",
    "care",
    "chosen_arm",
    "customer_clock",
    "decide",
    "faults",
    "first_break",
    "has_matter",
    "holds",
    "is_queue_open",
    "is_solved",
    "moments",
    "solved_when",
    "times_shown",
    "worth_of",
]
