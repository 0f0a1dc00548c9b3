"""The meaning of the language: a small, slow, obvious evaluator. Whatever is faster must agree with it."""

from routekit.reference.decide import chosen_arm, decide, holds, is_queue_open, times_shown, worth_of
from routekit.reference.values import Scope

__all__ = ["Scope", "chosen_arm", "decide", "holds", "is_queue_open", "times_shown", "worth_of"]
