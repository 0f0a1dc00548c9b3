"""A policy's text as tokens, each with the comments and the blank lines before it."""

from collections.abc import Iterator
from dataclasses import dataclass

from routekit.diagnostics.render import width_of
from routekit.syntax.lexer import ITEMS, RAW_TOKEN
from routekit.syntax.tree import CalendarClause, CalendarNode, File, Literal, TimezoneNode

__all__ = ["Remark", "Token", "is_risky", "scan"]


@dataclass(slots=True)
class Remark:
    """A comment that stands on a line of its own."""

    text: str
    has_blank_before: bool


@dataclass(slots=True)
class Token:
    """One token as its author spelt it; ``note`` is the comment behind it on its line."""

    text: str
    start: int
    end: int
    width: int
    remarks: tuple[Remark, ...] = ()
    begins_line: bool = False
    has_blank_before: bool = False
    note: str = ""


def scan(file: File) -> list[Token]:
    """Returns the tokens of a file; the last one is empty and stands behind everything."""
    text = file.source.text
    ends = _ends_of_long_words(file)
    tokens: list[Token] = []
    remarks: list[Remark] = []
    position = lines = 0
    while position < len(text):
        match = RAW_TOKEN.match(text, position)
        assert match is not None, "a text that parses has nothing but tokens"
        start, end = position, ends.get(position, match.end())
        position = end
        if match.lastgroup == "SPACE":
            lines = text.count("\n", start, end)
        elif match.lastgroup == "COMMENT":
            comment = match.group().rstrip()
            if tokens and not remarks and not lines and not tokens[-1].note:
                tokens[-1].note = comment
            else:
                remarks.append(Remark(comment, lines > 1))
            lines = 0
        else:
            word = text[start:end]
            tokens.append(Token(word, start, end, width_of(word), tuple(remarks), lines > 0, lines > 1))
            remarks, lines = [], 0
    tokens.append(Token("", len(text), len(text), 0, tuple(remarks), lines > 0, lines > 1))
    _draw_commas_near(tokens)
    return tokens


def _ends_of_long_words(file: File) -> dict[int, int]:
    """Where timezones, regions and dates before hours end, by where they begin: the parser alone knows."""
    words: list[Literal] = []
    for node in file.declarations:
        match node:
            case TimezoneNode(zone=zone):
                words.append(zone)
            case CalendarNode(clauses=clauses):
                words += [word for clause in clauses for word in _words_of(clause)]
            case _:
                pass
    return {word.span.start: word.span.end for word in words}


def _words_of(clause: CalendarClause) -> Iterator[Literal]:
    if clause.zone is not None:
        yield clause.zone
    for item in clause.items:
        if item.region is not None:
            yield item.region.region
        if item.dates is not None:
            yield from (date.day for date in (item.dates.first, item.dates.last) if date is not None)


def _draw_commas_near(tokens: list[Token]) -> None:
    """Moves a comment from before a comma to behind it, so that no line begins with one."""
    for place, comma in enumerate(tokens):
        if comma.text != "," or is_risky(tokens, place + 1):
            continue
        before, after = tokens[place - 1], tokens[place + 1]
        if not before.note and not comma.remarks:
            continue
        moved = comma.remarks
        if comma.note:
            moved += (Remark(comma.note, has_blank_before=False),)
        after.remarks = moved + after.remarks
        comma.note, before.note, comma.remarks = before.note, "", ()


def is_risky(tokens: list[Token], place: int) -> bool:
    """Forbids a line to begin here, where a value such as ``rule else "x"`` would look like a rule."""
    return place + 1 < len(tokens) and tokens[place].text in ITEMS and tokens[place + 1].text == "else"
