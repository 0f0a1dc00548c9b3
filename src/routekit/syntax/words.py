"""What a syntax error says was expected and found, in words of the language."""

from collections.abc import Iterable

from routekit.policy.operators.registry import tests
from routekit.translation import msgids, t

__all__ = ["expectation", "in_words"]

_KINDS = msgids(
    {
        "NAME": "a name",
        "STR": "a text in quotes",
        "NUM": "a number",
        "SPAN": "a duration such as `30s`",
        "DAY": "a date such as `2026-11-23`",
        "INSTANT": "a time such as `2026-11-23 10:00`",
        "HHMM": "hours such as `08:00-20:00`",
        "ZONE": "a timezone such as `Europe/Berlin`",
        "REGION": "a country such as `CN` or `US-CA`",
        "COMPARISON": "a comparison",
        "AT_MOST": "`at most`",
        "$END": "the end of the file",
    }
)
_VALUE = {"NAME", "STR", "NUM", "SPAN", "DAY", "INSTANT"}
_TESTS = {"COMPARISON", *(row.name.split()[0].upper() for row in tests())}
_OPERATORS = {
    "PLUS",
    "MINUS",
    "STAR",
    "SLASH",
    "ELSE",
    "AND",
    "OR",
    "NOT",
    "DOT",
    "AT",
    "LPAR",
    "RANGE",
}
_DAYS = {"NAME", "DAY", "HOLIDAYS", "MAKEUP"}
"""What an item of a calendar begins with."""
MOST_NAMED = 6


def in_words(terminal: str, fixed: dict[str, str]) -> str:
    """Returns a terminal as an author knows it; ``fixed`` gives the spelling of keywords and signs.

    >>> in_words("WHEN", {"WHEN": "when"})
    '`when`'
    """
    kind = _KINDS.get(terminal)
    return t(kind) if kind else f"`{fixed.get(terminal, terminal.lower())}`"


def expectation(terminals: Iterable[str], fixed: dict[str, str]) -> str:
    """Tells what may stand here, the likely ones first, a few at most; empty where too much may."""
    expected = set(terminals) - {"LEADING_MINUS"}
    phrases: list[str] = []
    if expected >= {"NAME", "STR", "NUM"}:
        expected -= _VALUE | {"LPAR", "LBRACE", "MINUS", "NOT"}
        phrases.append(t("a value"))
    if expected >= _DAYS:
        expected -= _DAYS
        phrases.append(t("days such as `Mon-Fri`, `Dec 24`, `2026-12-24` or `holidays US`"))
    if len(expected & _TESTS) > 2:
        phrases.append(t("a test such as `is`, `>=` or `in`"))
        expected -= _TESTS
    if len(expected) > 2:
        expected -= _OPERATORS
    phrases += [in_words(terminal, fixed) for terminal in sorted(expected)]
    if not phrases or len(phrases) > MOST_NAMED:
        return ""
    return (
        phrases[0]
        if len(phrases) == 1
        else t("{listed} or {phrases}", listed=t(", ").join(phrases[:-1]), phrases=phrases[-1])
    )
