"""Splits a policy's text into tokens, and tells keywords from names by what the parser can take.

A word is a keyword only where the parser can shift it as one; ``contact.channel`` or a field called
``open`` is a name. LALR look-ahead sets are merged over contexts, so a state's table alone cannot
tell: where both readings are in it, the reductions are walked through to see.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar, cast

from routekit.diagnostics import Source, Span
from routekit.policy.outcome_parts import PARTS

__all__ = ["RAW_TOKEN", "Lexeme", "Parser", "begins_item", "tokens"]

T = TypeVar("T")

RAW_TOKEN = re.compile(
    r"""
      (?P<SPACE>\s+)
    | (?P<COMMENT>\#[^\n]*)
    | (?P<NAME>[^\W\d]\w*)
    | (?P<INSTANT>[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T|[ ]+)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?
                  (?:Z\b|[+-][0-9]{2}:[0-9]{2})?)
    | (?P<DAY>[0-9]{4}-[0-9]{2}-[0-9]{2})
    | (?P<HHMM>[0-9]{1,2}:[0-9]{2})
    | (?P<SPAN>(?:[0-9]+[dhms])+(?!\w))
    | (?P<NUM>[0-9]+(?:\.[0-9]+)?)
    | (?P<STR>"(?:[^"\\\n]|\\.)*")
    | (?P<COMPARISON><=|>=|==|!=|<|>)
    | (?P<PUNCTUATION>->|\.\.<?|[{}()\[\],|?=+\-*/.%])
    """,
    re.VERBOSE,
)
"""Every token of the language by its look alone."""

_WHOLE_NAME = re.compile(r"[^\W\d]\w*")
_AT_MOST = re.compile(r"at(?:\s|#[^\n]*\n)+most\b")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*")
_REGION = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?\b")
_DATE = len("2026-11-23")

STRUCTURE = frozenset({"when", "then", "because", "and", "or", "not"})
"""Words that are never a value, so that a value left out is reported where it is missing."""

ITEMS = frozenset({"rule", "group", "table", "otherwise", "offer", "never", "altogether", "reach", "survey"})
"""Words that begin an item of a block."""

DECLARATIONS = frozenset(
    [
        "policy",
        "timezone",
        "use",
        "type",
        "list",
        "let",
        "record",
        "live",
        "history",
        "switch",
        "outcome",
        "channel",
        "calendar",
        "queue",
        "segment",
        "plan",
        "route",
        "adjust",
        "offers",
        "message",
        "journey",
        "touchpoint",
        "matter",
        "guarantee",
        "example",
        "fact",
        "facts",
        "event",
    ]
)
"""Words that begin a declaration."""


@dataclass(slots=True)
class Lexeme:
    """A token that knows where it stands."""

    source: Source
    type: str
    value: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)


_NAME = r"\s+(?!(?:is|in|has|contains|matches|starts|not|and|or|then)\b)[^\W\d]\w*\s*"
_TITLED = rf'{_NAME}(?:"(?:[^"\\\n]|\\.)*"\s*)?'
_BEGINNING = rf"""(?x)
      (?:queue|record|channel|calendar|message|touchpoint|matter){_TITLED}(?:\{{|(?:private|about|when)\b)
    | journey{_NAME}<
    | (?:route|adjust|offers|history|outcome|live\s+queue)\s*\{{
    | (?:segment|group|guarantee){_NAME}(?:"|when\b|then\b|whatever\b)
    | plan{_NAME}["{{]
    | (?:let|type|list){_TITLED}(?:=|from\b)
    | let{_TITLED}(?:\{{|[^\W\d][^\n"{{}}()]*[={{])
    | (?:rule|offer|table){_NAME}(?:["(}}]|(?:when|then|split|worth|on|at|offer|never|from)\b)
    | fact{_TITLED}=
    | facts\s+from\s*"
    | event{_TITLED}\{{
    | (?:policy){_NAME}"
    | (?:use|example)\s*"
    | table\s*(?:\(|from\s*")
    | otherwise\s+(?:(?:{"|".join(part.word for part in PARTS if part.in_outcome)})\b|\w+\s*=(?!=))
    | never\s+when\b
    | altogether\s+at\s+most\b
    | switch\s+(?!(?:is|in|has|contains|matches|starts|not|and|or|then)\b)[^\W\d]\w*[^\S\n]*["\#\n]
    | timezone\s+[A-Z]
    """
"""How items and declarations begin."""


_SPACE = r"(?:\s|\#[^\n]*\n)"
_TYPE = r"(?:text|flag|time|date|duration|integer|number|one|set|ordered)\b"
_OTHER = rf"(?!{_TYPE}|private\b)\w+"
_NAMES = {
    "private": rf"""(?x)
        private{_SPACE}* "                                       # private "title" text
      | private{_SPACE}+ (?:
            {_TYPE} (?:
                {_SPACE}* [^\w\s\#"]                             # private text ?
              | {_SPACE}+ (?: [0-9] | private\b )                # private integer 0..5
              | {_SPACE}+ {_OTHER}{_SPACE}+ [\w"]              # private text  phone number
            )
          | ordered{_SPACE}+ \w+ {_SPACE}* <                     # private ordered a < b
          | {_OTHER}{_SPACE}* (?: [^\w\s\#"] | \bprivate\b )     # private loyalty ?
        )
        """,
    **dict.fromkeys(
        (part.word.split()[0] for part in PARTS),
        rf"\w+{_SPACE}*=(?!=)",  # message = "hello"
    ),
    "after": rf"after{_SPACE}*(?![0-9\s\#])",
    "about": rf'about{_SPACE}*(?:"|{_SPACE}(?:count|last|open){_SPACE}+\w)',
    **{word: rf"{word}{_SPACE}*\." for word in ("switch", "shown")},
    "any": rf"any{_SPACE}*(?:[^\w\s\#{{]|(?:and|or|then|else|because|split)\b|\Z)",
    **{
        word: rf"{word}{_SPACE}*(?:[|,]|->|\.\.|(?:and|else)\b)"
        for word in ("is", "in", "contains", "starts", "ends", "matches", "has")
    },
    **{word: rf"{word}(?!{_SPACE}*\{{)" for word in ("sum", "min", "max")},
}
"""Where a word that may be a keyword is surely a name: of the next field or feature, a value of a cell."""


class Parser(Protocol):
    """What the lexer asks the parser."""

    def actions(self) -> Container[str]:
        """Terminals that the table has for the parser's state; some cannot really stand there."""

    def takes(self, terminal: str) -> bool:
        """Checks whether the terminal can stand there."""


def _begins(word: str, text: str, position: int) -> bool:
    """Whether a word stands where an item or a declaration begins, and goes on like one."""
    if word in DECLARATIONS:
        is_first = position == 0 or text[position - 1] == "\n"
    else:
        is_first = word in ITEMS and not text[text.rfind("\n", 0, position) + 1 : position].strip()
    return is_first and begins_item(text, position)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, compiled when it is first needed: few texts need all of them."""
    return re.compile(pattern)


def begins_item(text: str, position: int) -> bool:
    """Whether an item or a declaration begins at a place."""
    return _compiled(_BEGINNING).match(text, position) is not None


def _word(parser: Parser, word: str, keyword: str, text: str, position: int, mending: bool) -> str:
    actions = parser.actions()
    if "NAME" not in actions:
        return keyword
    if keyword in actions and parser.takes(keyword):
        is_name = word in _NAMES and parser.takes("NAME") and _compiled(_NAMES[word]).match(text, position)
        return "NAME" if is_name else keyword
    if "STR" not in actions or not (word in STRUCTURE or (mending and _begins(word, text, position))):
        return "NAME"
    if word in STRUCTURE and not ("NUM" in actions and parser.takes("NUM")):
        return "NAME"  # a text may stand here, and no value: a title, or one of a list of names
    return keyword if parser.takes("STR") else "NAME"


def _begins_row(parser: Parser, text: str, position: int) -> bool:
    """Whether a ``-`` begins a line where a row may begin, and is not that of a subtraction."""
    return (
        "LEADING_MINUS" in parser.actions()
        and not text[text.rfind("\n", 0, position) + 1 : position].strip()
        and parser.takes("LEADING_MINUS")
    )


def _end_of_name(text: str, position: int) -> int:
    """The end of a name that goes on with marks above or below its letters."""
    while position < len(text) and (
        unicodedata.category(text[position])[0] == "M" or text[position].isalnum() or text[position] == "_"
    ):
        position += 1
    return position


def tokens(
    text: str,
    start: int,
    parser: Parser,
    fixed: Mapping[str, str],
    comments: list[tuple[int, str]],
    make: Callable[[str, str, int, int], T],
    mending: bool = False,
) -> Iterator[T]:
    """Yields the tokens from an offset on, each made of its terminal, text, start and end.

    Where ``mending``, the text is known not to be a policy, and a word that begins a line as an item
    or a declaration does is taken for one though a value is missing before it.

    Comments go to ``comments``; a character that begins no token is a token ``BAD``, the last, and so is a
    word that is no name once it is normalised.
    """
    match_at = RAW_TOKEN.match
    position, end = start, len(text)
    while position < end:
        match = match_at(text, position)
        if match is None:
            yield make("BAD", text[position], position, position + 1)
            return
        kind, after = cast("str", match.lastgroup), match.end()
        if kind == "SPACE":
            position = after
            continue
        value = text[position:after]
        if kind == "COMMENT":
            comments.append((position, value))
            position = after
            continue
        if kind == "NAME":
            actions = parser.actions()
            special = None
            if value == "at" and "AT_MOST" in actions:
                special, kind = _AT_MOST.match(text, position), "AT_MOST"
            elif "ZONE" in actions:
                special, kind = _ZONE.match(text, position), "ZONE"
            elif "REGION" in actions:
                special, kind = _REGION.match(text, position), "REGION"
            if special is not None:
                value, after = special.group(), special.end()
            elif value in fixed:
                kind = _word(parser, value, fixed[value], text, position, mending)
            else:
                kind = "NAME"
                if not value.isascii():
                    value = unicodedata.normalize("NFKC", value)
                    if not _WHOLE_NAME.fullmatch(value):
                        yield make("BAD", text[position:after], position, after)
                        return
        elif kind == "INSTANT" and "DAY" in (actions := parser.actions()) and "INSTANT" not in actions:
            kind, after = "DAY", position + _DATE
            value = text[position:after]
        elif kind == "PUNCTUATION":
            kind = fixed[value]
            if value == "-" and _begins_row(parser, text, position):
                kind = "LEADING_MINUS"
        elif value == "<" and "LESSTHAN" in parser.actions():
            kind = "LESSTHAN"
        yield make(kind, value, position, after)
        position = after
