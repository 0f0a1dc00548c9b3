"""The meaning of the language: a small, slow, obvious evaluator. Whatever is faster must agree with it."""

from routekit.reference.care import care, customer_clock
from routekit.reference.decide import chosen_arm, decide, holds, is_queue_open, times_shown, worth_of
from routekit.reference.moments import Moment, first_break, moments
from routekit.reference.values import Scope

__all__ = [
    "Moment",
    "Scope",
    "care",
    "chosen_arm",
    "customer_clock",
    "decide",
    "first_break",
    "holds",
    "is_queue_open",
    "moments",
    "times_shown",
    "worth_of",
]
