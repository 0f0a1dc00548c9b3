"""Colours for policies: a Pygments lexer, known to Pygments as ``route`` and for ``*.route``."""

import re
from collections.abc import Iterator
from typing import ClassVar

from pygments.lexer import Lexer
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, Punctuation, Text, _TokenType
from pygments.token import Error as Mistake
from pygments.token import String as Quoted

from routekit.policy.operators.registry import operator_words
from routekit.syntax.kinds import kinds_of_tokens
from routekit.syntax.lexer import DECLARATIONS, ITEMS, RAW_TOKEN
from routekit.syntax.tables import tables

__all__ = ["RouteLexer"]

_UNCLOSED = re.compile(r'"[^\n]*')
_TYPES = frozenset(
    {"text", "flag", "integer", "number", "one", "of", "ordered", "set", "time", "date", "duration"}
)
_OPERATORS = frozenset({"and", "or", "not", "else", *operator_words()})
_CONSTANTS = frozenset({"yes", "no", "now", "today"})
_STATES = frozenset({"missing", "known", "empty", "open"})
"""What is asked for behind ``is``."""

_NAMING = (DECLARATIONS | ITEMS) - {"otherwise", "never", "live", "route", "adjust", "offers"}
"""Words that a name follows."""

_LOOKS = {
    "SPACE": Text.Whitespace,
    "COMMENT": Comment.Single,
    "INSTANT": Literal.Date,
    "DAY": Literal.Date,
    "HHMM": Literal.Date,
    "SPAN": Number.Duration,
    "NUM": Number,
    "STR": Quoted.Double,
    "COMPARISON": Operator,
}
_SIGNS = frozenset("+-*/=?%") | {"->", "..", "..<"}


class RouteLexer(Lexer):  # type: ignore[misc]
    """The routekit policy language.

    A word is a keyword only where the language takes it as one: in ``queue queue { on voice }`` the second
    word is a name. Where a text cannot be read, such as a line that is being typed, it is guessed.

    >>> [text for kind, text in RouteLexer().get_tokens("queue queue {}") if kind in Keyword]
    ['queue']
    """

    name = "Routekit policy"
    aliases: ClassVar = ["route"]
    filenames: ClassVar = ["*.route"]

    def __init__(self, **options: object) -> None:
        super().__init__(**{"stripnl": False, "ensurenl": False} | options)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Each token with its offset; their texts joined are the text."""
        kinds = kinds_of_tokens(text)
        before, position = "", 0
        while position < len(text):
            match = RAW_TOKEN.match(text, position) or _UNCLOSED.match(text, position)
            if match is None:
                yield position, Mistake, text[position]
                position += 1
                continue
            end, kind = kinds.get(position, (match.end(), ""))
            if kind not in ("ZONE", "REGION", "DAY"):
                end = match.end()
            word = text[position:end]
            token = _token(match, kind, before, text)
            yield position, token, word
            if match.lastgroup not in ("SPACE", "COMMENT") and (before, word) != ("is", "not"):
                before = "" if token in Name else word
            position = end


def _token(match: re.Match[str], kind: str, before: str, text: str) -> _TokenType:
    look, word = match.lastgroup, match.group()
    if look is None:
        return Quoted.Double
    if look == "PUNCTUATION":
        return Operator if word in _SIGNS else Punctuation
    if look != "NAME":
        return _LOOKS[look]
    if kind in ("ZONE", "REGION"):
        return Name.Constant
    is_attribute = before == "."
    if kind == "NAME" or (not kind and _is_name(match, before, text)):
        return _name(match, before, text, is_attribute=is_attribute)
    return _keyword(word)


def _is_name(match: re.Match[str], before: str, text: str) -> bool:
    """Whether a word is likely a name, where the parser could not say."""
    word, after = match.group(), text[match.end() : match.end() + 2]
    is_path = before == "." or (after[:1] == "." and after != "..")
    return is_path or before in _NAMING or word not in {*tables().keywords, "at", "most"}


def _name(match: re.Match[str], before: str, text: str, *, is_attribute: bool) -> _TokenType:
    word = match.group()
    if is_attribute:
        return Name.Attribute
    if word in _CONSTANTS or (before == "is" and word in _STATES):
        return Keyword.Constant
    return Name.Function if text[match.end() : match.end() + 1] == "(" else Name


def _keyword(word: str) -> _TokenType:
    if word in DECLARATIONS:
        return Keyword.Declaration
    if word in _TYPES:
        return Keyword.Type
    return Operator.Word if word in _OPERATORS else Keyword
