"""What a syntax error says was expected and found, in words of the language."""

from collections.abc import Iterable

from routekit.policy.operators.registry import tests

__all__ = ["expectation", "in_words"]

_KINDS = {
    "NAME": "a name",
    "STR": "a text in quotes",
    "NUM": "a number",
    "SPAN": "a duration such as `30s`",
    "DAY": "a date such as `2026-11-23`",
    "INSTANT": "a time such as `2026-11-23 10:00`",
    "CLOCK": "hours such as `08:00-20:00`",
    "ZONE": "a timezone such as `Europe/Berlin`",
    "REGION": "a country such as `CN` or `US-CA`",
    "COMPARISON": "a comparison",
    "AT_MOST": "`at most`",
    "$END": "the end of the file",
}
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
    return _KINDS.get(terminal) or f"`{fixed.get(terminal, terminal.lower())}`"


def expectation(terminals: Iterable[str], fixed: dict[str, str]) -> str:
    """Tells what may stand here, the likely ones first, a few at most; empty where too much may."""
    expected = set(terminals) - {"LEADING_MINUS"}
    phrases: list[str] = []
    if expected >= {"NAME", "STR", "NUM"}:
        expected -= _VALUE | {"LPAR", "LBRACE", "MINUS", "NOT"}
        phrases.append("a value")
    if expected >= _DAYS:
        expected -= _DAYS
        phrases.append("days such as `Mon-Fri`, `Dec 24`, `2026-12-24` or `holidays US`")
    if len(expected & _TESTS) > 2:
        phrases.append("a test such as `is`, `>=` or `in`")
        expected -= _TESTS
    if len(expected) > 2:
        expected -= _OPERATORS
    phrases += [in_words(terminal, fixed) for terminal in sorted(expected)]
    if not phrases or len(phrases) > MOST_NAMED:
        return ""
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"
