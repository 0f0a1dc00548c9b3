"""A question about all contacts: can one that meets a condition come to an outcome?"""

from dataclasses import dataclass

from routekit.policy.expressions import Expr

__all__ = ["Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """``condition`` is None where any contact is meant; ``outcome`` speaks of what is decided."""

    text: str
    condition: Expr | None
    outcome: Expr
