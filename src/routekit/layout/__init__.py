"""The one way to lay a policy out.

White space is all that changes. ``scanning`` reads the text as tokens with the comments around them;
``declarations``, ``blocks``, ``rules`` and ``expressions`` go through the tree and mark tokens on a
``sheet``: here a line begins, there a column, here it may fold. ``columns`` aligns, ``printing``
divides what is too long, and writes. All tokens are written in their order, so no comment can be lost and
no bracket dropped. ``writing`` writes policies that were never a text.
"""

from routekit.layout.layout import UnreadablePolicyError, laid_out

__all__ = ["UnreadablePolicyError", "laid_out"]
