"""Patterns of texts: RE2, so that no text can make one slow."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from routekit.translation import t

__all__ = [
    "MOST_EXPANSION",
    "MOST_PATTERN",
    "PatternError",
    "compile_pattern",
    "expansion",
    "likely_matches",
    "one_of",
    "repeated_steps",
]

MOST_PATTERN = 1_000
MOST_EXPANSION = 2_000_000
"""Of all patterns of a policy together, in steps of RE2: about a second, and 25 MB."""

_MOST_MEMORY = 8 << 20
_STEPS_OF_A_LETTER = 20
_STEPS_OF_A_PLACE = 3
_ONE_LETTER = re.compile(
    r"(\\[pP](?:\{\^?\w+\}|\w)|\\[dDwWsS]|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\.)|\\.", re.DOTALL
)
"""What stands for one letter of many, or any other escaped letter."""
_SIGN, _ESCAPED = re.compile(r"[!-/:-@\[-^`{-~]"), r"\\\g<0>"
_NOTHING = r"[^\x{0}-\x{10FFFF}]"
_FLAGS = re.compile(r"\(\?[a-zA-Z-]*:?|\(\?P?<\w+>")
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
_REPEAT = re.compile(r"\{(\d+)(?:,\d*)?\}|[*+?]\??")
_SAMPLES = {"d": "1", "w": "a", "s": " ", "D": "a", "W": " ", "S": "a", "b": "", "B": "", "A": "", "z": ""}
MOST_REPEATS = 100
_BRANCHES = re.compile(
    r"(\(\?i\))?(\()?((?:[A-Za-z0-9 ,_'&:;/-]|\.(?:\*|\+|\{\d{1,3}(?:,\d{0,3})?\})?|\|)+)(?(2)\))"
)
"""Choices among words, with anything between their parts, in brackets or not."""
_BETWEEN = re.compile(r"\.(?:\*|\+|\{[\d,]*\})?")


class PatternError(ValueError):
    """A pattern that RE2 does not take; the message says why."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Returns a function that says whether the pattern is found anywhere in a text.

    >>> compile_pattern("^re(fund)?s$")("refunds")
    True
    """
    search = _compiled(pattern).search
    words = _words(pattern)
    if words is None:
        return lambda text: search(text) is not None
    return _after_words(words, lambda text: search(text) is not None)


@dataclass(frozen=True, slots=True)
class _Words:
    """Words, one of which stands in each text of ASCII that matches; if they ``are_all``, in no other."""

    words: tuple[str, ...]
    in_any_case: bool
    are_all: bool


def _words(pattern: str) -> _Words | None:
    """The words that a pattern looks for; None where it is of another kind.

    >>> _words("(?i)(scam|smell.{0,10}GAS)")
    _Words(words=('scam', 'smell'), in_any_case=True, are_all=False)
    """
    choices = _BRANCHES.fullmatch(pattern)
    if choices is None:
        return None
    in_any_case = choices[1] is not None
    parts = [_BETWEEN.split(choice) for choice in choices[3].split("|")]
    words = tuple(max(choice, key=len) for choice in parts)
    if in_any_case:
        words = tuple(word.lower() for word in words)
    return _Words(words, in_any_case, all(len(choice) == 1 for choice in parts))


def _after_words(known: _Words, matches: Callable[[str], bool]) -> Callable[[str], bool]:
    """The same function, which looks for the words first: most texts have none of them."""
    words, in_any_case, are_all = known.words, known.in_any_case, known.are_all
    shortest = min(map(len, words))

    def found(text: str) -> bool:
        if len(text) < shortest:
            return False
        if not text.isascii():  # some letters beyond ASCII are the same as one of it, in another case
            return matches(text)
        folded = text.lower() if in_any_case else text
        for word in words:
            if word in folded:
                return are_all or matches(text)
        return False

    return found


def expansion(pattern: str) -> int:
    r"""Counts the steps of RE2 that a pattern takes beyond those that its length tells: time and memory.

    >>> expansion("refund|storno"), expansion(r"\pL{1,200}") > 100_000
    (0, True)
    """
    return max(0, int(_compiled(pattern).programsize) - _STEPS_OF_A_LETTER * len(pattern))


@lru_cache(maxsize=1024)
def repeated_steps(pattern: str) -> int:
    r"""How many steps the repetitions of a pattern stand for, of which each may be taken at each letter.

    A class counts as one letter: of its many only one is taken.

    >>> repeated_steps("refund|storno"), repeated_steps(r".{0,200}x"), repeated_steps(r"\pL{1,200}x")
    (0, 378, 371)
    """
    if "{" not in pattern:
        return 0
    plain = _ONE_LETTER.sub(lambda found: found[0] if found[1] is None else "a", pattern)
    try:
        size = int(_compiled(plain).programsize)
    except PatternError:
        size = int(_compiled(pattern).programsize)
    return max(0, size - _STEPS_OF_A_PLACE * len(pattern))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    import re2

    if len(pattern) > MOST_PATTERN:
        raise PatternError(
            t(
                "it has {count:,} characters, {most_pattern:,} at most are allowed",
                count=len(pattern),
                most_pattern=MOST_PATTERN,
            )
        )
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown"
        raise PatternError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None


def one_of(texts: Collection[str]) -> str:
    r"""Returns the pattern that is found where one of some texts stands; nowhere, where there are none.

    >>> print(one_of(["a.b", "c"]))
    (?:a\.b|c)
    """
    return f"(?:{'|'.join(_SIGN.sub(_ESCAPED, text) for text in texts) if texts else _NOTHING})"


def likely_matches(pattern: str) -> Iterator[str]:
    """Yields texts that match, for patterns of words, classes and repetitions; none where that is not enough.

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
