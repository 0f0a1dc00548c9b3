"""The one way to lay a policy out."""

from routekit.layout.layout import UnreadablePolicyError, laid_out

__all__ = ["UnreadablePolicyError", "laid_out"]
