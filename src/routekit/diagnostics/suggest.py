"""The likely spelling of a name that is not known."""

from collections.abc import Iterable

__all__ = ["closest"]

MOST_CANDIDATES = 2_000


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like the name, or None where none has at least half the letters right.

    >>> closest("teir", ["tier", "value"])
    'tier'
    >>> closest("teir", ["birthday"])
    """
    from difflib import SequenceMatcher  # most policies are read without a suggestion

    wanted = name.casefold()
    matcher = SequenceMatcher(autojunk=False, b=wanted)
    best, best_ratio = None, 0.6
    for candidate in list(candidates)[:MOST_CANDIDATES]:
        matcher.set_seq1(candidate.casefold())
        if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
            ratio = matcher.ratio()
            if ratio > best_ratio:
                best, best_ratio = candidate, ratio
    return best
