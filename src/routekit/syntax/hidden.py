"""Characters that a reviewer cannot see, or that change the order in which he reads."""

import re
import unicodedata
from collections.abc import Iterator

from routekit.diagnostics import Reporter, Source, Span
from routekit.translation import t

__all__ = ["hidden_in", "is_hidden", "report_hidden_characters"]

_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_WELCOME = "\t\n\r"
_SHAPELESS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Fillers, blanks and selectors of variants, of other categories, that show nothing all the same."""
_PRESENTATIONS = "\ufe0e\ufe0f"
_PICTURED = "‼⁉ℹ↔⤴⤵◽◾〰"
"""What Unicode has a picture for and counts among punctuation, letters or signs, not symbols."""
_JOINER = "\u200d"
_PICTURES = "\u2194\u2195\u2600-\u27bf\u2b1b\u2b1c\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
_PICTURE = re.compile(f"[{_PICTURES}]")
_ENDS_PICTURE = re.compile(f"[{_PICTURES}][\ufe0f\U0001f3fb-\U0001f3ff]?\\Z")
_KEYS, _KEYCAP = "0123456789#*", "\u20e3"
_LONE_RETURN = r"\r(?!\n)"
"""Where editors show a line end, and a reader of bytes does not."""

MOST_REPORTED = 100


def is_hidden(letter: str) -> bool:
    """Checks whether a character shows nothing, or changes the order of what does."""
    if letter in _WELCOME:
        return False
    return unicodedata.category(letter) in _CATEGORIES or letter in _SHAPELESS


def hidden_in(text: str) -> Iterator[re.Match[str]]:
    """Yields the characters of a text that show nothing; what makes one picture of several shows that.

    >>> [found.start() for found in hidden_in("\u200d\U0001f468\u200d\U0001f680\u200d")]
    [0, 4]
    """
    letters = set(text)
    hidden = "".join(sorted(filter(is_hidden, letters)))
    patterns = ([f"[{re.escape(hidden)}]"] if hidden else []) + ([_LONE_RETURN] if "\r" in letters else [])
    if patterns:
        found = re.finditer("|".join(patterns), text)
        yield from (match for match in found if not (_picks_a_picture(match) or _joins_pictures(match)))


def _joins_pictures(match: re.Match[str]) -> bool:
    """Whether it is the joiner between two pictures, each with its skin or its selector."""
    if match.group() != _JOINER:
        return False
    before = match.string[max(0, match.start() - 2) : match.start()]
    return bool(_ENDS_PICTURE.search(before) and _PICTURE.match(match.string, match.end()))


def _picks_a_picture(match: re.Match[str]) -> bool:
    """Whether it is a selector that shows: of a symbol, its picture or letter; of a key, its cap."""
    text, place = match.string, match.start()
    before, behind = text[place - 1 : place], text[match.end() : match.end() + 1]
    if match.group() not in _PRESENTATIONS or not before:
        return False
    is_key = before in _KEYS and behind == _KEYCAP
    return is_key or before in _PICTURED or unicodedata.category(before) == "So"


def report_hidden_characters(source: Source, reporter: Reporter) -> None:
    """Returns an error for each such character, in comments and texts too."""
    for count, match in enumerate(hidden_in(source.text)):
        if count == MOST_REPORTED:
            return
        letter = match.group()
        if letter == "\r":
            reporter.report(
                "RK003",
                t("a carriage return stands here without a line feed"),
                Span(source, match.start(), match.end()),
                label=t("an editor begins a line here, and this does not"),
                help=t("end the line with a line feed"),
            )
            continue
        name = unicodedata.name(letter, "").lower() or t("a control character")
        reporter.report(
            "RK003",
            t("an invisible character stands here: U+{letter:04X}, {name}", letter=ord(letter), name=name),
            Span(source, match.start(), match.end()),
            label=t("it can show a reviewer something other than what runs"),
            help=t("remove it"),
        )
