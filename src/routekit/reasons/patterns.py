"""Texts that a pattern of ``matches`` may find itself in."""

import re
from collections.abc import Iterator

from routekit.policy.patterns import compile_pattern

__all__ = ["likely_matches"]

_FLAGS = re.compile(r"\(\?[a-zA-Z-]*:?|\(\?P?<\w+>")
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
_REPEAT = re.compile(r"\{(\d+)(?:,\d*)?\}|[*+?]\??")
_SAMPLES = {"d": "1", "w": "a", "s": " ", "D": "a", "W": " ", "S": "a", "b": "", "B": "", "A": "", "z": ""}
MOST_REPEATS = 100


def likely_matches(pattern: str) -> Iterator[str]:
    """Texts that match, for patterns of words, classes and repetitions; none where that is not enough.

    >>> list(likely_matches("^(refund|back)s?$"))
    ['refunds', 'backs']
    """
    matches = compile_pattern(pattern)
    plain = _FLAGS.sub("(", pattern)
    for branch in _branches(plain):
        text = _sample(branch)
        if text is not None and matches(text):
            yield text


def _branches(pattern: str) -> list[str]:
    """The pattern with each of its first choices made: ``a(b|c)`` is ``ab`` and ``ac``."""
    inner = re.search(r"\(([^()]*)\)", pattern)
    if inner is None or inner[0].startswith(r"\("):
        return pattern.split("|")[:20]
    choices = inner[1].split("|")[:20]
    found: list[str] = []
    for choice in choices:
        found += _branches(pattern[: inner.start()] + choice + pattern[inner.end() :])
        if len(found) >= 20:
            break
    return found[:20]


def _sample(branch: str) -> str | None:
    """A text for a pattern without choices; None where it has what is not understood here."""
    text, place = "", 0
    while place < len(branch):
        letter = branch[place]
        klass = _CLASS.match(branch, place)
        if klass:
            piece, place = _of_class(klass[0]), klass.end()
        elif letter == "\\" and place + 1 < len(branch):
            piece, place = _SAMPLES.get(branch[place + 1], branch[place + 1]), place + 2
        else:
            piece, place = {"^": "", "$": "", ".": "a"}.get(letter, letter), place + 1
        repeat = _REPEAT.match(branch, place)
        if repeat:
            times = int(repeat[1] or 1)
            if times > MOST_REPEATS:
                return None
            piece, place = piece * times, repeat.end()
        text += piece
    return text


def _of_class(klass: str) -> str:
    inside = klass[1:-1]
    if inside.startswith("^"):
        return next((letter for letter in "a1 -_.!" if letter not in inside), "~")
    return _SAMPLES.get(inside[1:2], inside[1:2]) if inside.startswith("\\") else inside[:1]
