"""The operators of the language, a row each: what an operator means, and what is known of it."""

from collections.abc import Callable
from dataclasses import dataclass

from routekit.schema.types import Value

__all__ = [
    "Operator",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator that is missing as soon as one of its operands is.

    ``meaning`` is asked of operands that are all there, in the order in which they are written; it gives
    None where there is no result. ``code`` is the same as an expression of Python, of names that stand in
    ``operands``; without it, the evaluator that is compiled calls the meaning.
    """

    name: str
    meaning: Callable[..., Value | None]
    code: str = ""
    operands: tuple[str, ...] = ("left", "right")
