"""Patterns of ``matches``: RE2, so that no text can make one slow."""

from collections.abc import Callable
from functools import lru_cache

__all__ = ["MOST_PATTERN", "PatternError", "compile_pattern"]

MOST_PATTERN = 1_000
_MOST_MEMORY = 8 << 20


class PatternError(ValueError):
    """A pattern that RE2 does not take; the message says why."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A function that says whether the pattern is found anywhere in a text.

    >>> compile_pattern("^re(fund)?s$")("refunds")
    True
    """
    import re2

    if len(pattern) > MOST_PATTERN:
        raise PatternError(f"it has {len(pattern):,} characters, {MOST_PATTERN:,} at most are allowed")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    try:
        search = re2.compile(pattern, options).search
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown"
        raise PatternError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None
    return lambda text: search(text) is not None
