"""Characters that a reviewer cannot see, or that change the order in which he reads."""

import re
import unicodedata

from routekit.diagnostics import Reporter, Source, Span

__all__ = ["is_hidden", "report_hidden_characters"]

_CATEGORIES = {"Cc", "Cf", "Cs"}
_WELCOME = "\t\n\r"
_SHAPELESS = "\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u3164\uffa0"
"""Fillers and separators that belong to other categories and show nothing all the same."""

MOST_REPORTED = 100


def is_hidden(letter: str) -> bool:
    """Whether a character shows nothing, or changes the order of what does."""
    if letter in _WELCOME:
        return False
    return unicodedata.category(letter) in _CATEGORIES or letter in _SHAPELESS


def report_hidden_characters(source: Source, reporter: Reporter) -> None:
    """An error for each such character, in comments and texts too."""
    hidden = "".join(sorted(filter(is_hidden, set(source.text))))
    if not hidden:
        return
    for count, match in enumerate(re.finditer(f"[{re.escape(hidden)}]", source.text)):
        if count == MOST_REPORTED:
            return
        letter = match.group()
        name = unicodedata.name(letter, "a control character").lower()
        reporter.report(
            "RK003",
            f"an invisible character stands here: U+{ord(letter):04X}, {name}",
            Span(source, match.start(), match.end()),
            label="it can show a reviewer something other than what runs",
            help="remove it",
        )
