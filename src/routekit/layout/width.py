"""How many columns of a screen a text takes."""

import unicodedata

__all__ = ["width_of"]


def width_of(text: str) -> int:
    """Columns of a fixed-width font: two for a wide character, none for a mark that joins another.

    >>> width_of("queue"), width_of("中文"), width_of("e\\u0301")
    (5, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_of_letter(letter) for letter in text)


def _of_letter(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1
