"""The meaning of the language: a small, slow, obvious evaluator. Whatever is faster must agree with it."""

from routekit.reference.decide import decide, holds
from routekit.reference.values import Scope

__all__ = ["Scope", "decide", "holds"]
