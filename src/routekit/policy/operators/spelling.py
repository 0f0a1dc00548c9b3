"""Texts in another spelling, for comparing what people typed."""

import re
from unicodedata import normalize

__all__ = ["folded", "lower"]

_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
"""What Unicode calls Default_Ignorable: joiners, soft hyphens, selectors of variants, marks of direction."""


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
        once = normalize("NFKC", normalize("NFKC", text).casefold())
        once = " ".join(_IGNORABLE.sub("", once).split())
        if once == text:  # what was taken away may have held apart what composes
            return once
        text = once
