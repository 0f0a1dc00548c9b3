"""Texts in another spelling, for comparing what people typed."""

import re
from unicodedata import combining, normalize

__all__ = ["folded", "lower"]

_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
"""What Unicode calls Default_Ignorable: joiners, soft hyphens, selectors of variants, marks of direction."""

_FEW_MARKS = 1_000
_MARKS_IN_DISGUISE = frozenset("\u0f73\u0f75\u0f81")
"""Letters that are no marks themselves, but made of marks alone."""


def lower(text: str) -> str:
    """Spells a text without capitals.

    >>> lower("İstanbul, STRASSE, Straße") == "i̇stanbul, strasse, straße"
    True
    """
    return text.lower()


def folded(text: str) -> str:
    """Spells a text as one that is compared with what others typed.

    It is in NFKC, its case folded, without characters that are Default_Ignorable, and white space is trimmed
    and made single. What is folded already stays as it is.

    >>> folded("  Große  ＳＴＲＡＳＳＥ "), folded("can\\u00adcel"), folded("Ｆ\\u200dＡＸ")
    ('grosse strasse', 'cancel', 'fax')
    """
    if text.isascii():
        return " ".join(text.lower().split())
    while True:
        once = _normal(_normal(text).casefold())
        once = " ".join(_IGNORABLE.sub("", once).split())
        if once == text:  # what was taken away may have held apart what composes
            return once
        text = once


def _normal(text: str) -> str:
    return normalize("NFKC", text if len(text) <= _FEW_MARKS else _with_marks_in_order(text))


def _with_marks_in_order(text: str) -> str:
    """Sorts the marks behind each letter as normalisation does, which takes the square of their number."""
    if sum(map(bool, map(combining, text))) <= _FEW_MARKS and _MARKS_IN_DISGUISE.isdisjoint(text):
        return text
    found: list[str] = []
    marks: list[str] = []
    for part in (part for letter in text for part in normalize("NFKD", letter)):
        if combining(part):
            marks.append(part)
        else:
            found += sorted(marks, key=combining)
            marks.clear()
            found.append(part)
    return "".join((*found, *sorted(marks, key=combining)))
