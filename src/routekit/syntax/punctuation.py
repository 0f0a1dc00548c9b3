"""Punctuation of Chinese keyboards and of word processors, read as the signs of the language.

A policy typed on a Chinese keyboard has `，` for `,` all over, and one that went through a word processor has
curly quotes. Each such sign stands for one of the language, so the whole text is read as it was meant: one
finding names the signs, one fix writes them all, and what else is wrong is found in the same run.
"""

import re
from collections.abc import Iterator

from routekit.diagnostics import Advice, Edit, Fix, Label, Reporter, Source, Span
from routekit.translation import plural, t

__all__ = ["plain_punctuation", "with_plain_punctuation"]

_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
"""Full-width forms of ASCII; letters among them are names already, the same as in plain letters."""

_PLAIN = {
    **{wide: plain for wide, plain in _WIDE.items() if not plain.isalpha() and plain != "_"},
    "；": " ",
    "、": ",",
    "。": ".",
    "【": "{",
    "】": "}",
    "〔": "(",
    "〕": ")",
    "〈": "<",
    "〉": ">",
}
_OPENING, _CLOSING = "“”„«「『‘‚", "“”»」』’‘"
_SIGNS = rf"""
      \#[^\n]*                                                     # a comment stays as it is
    | "(?:[^"\\\n]|\\.)*"                                          # and so does a text
    | (?P<text>[{_OPENING}＂＇] [^{_OPENING}{_CLOSING}＂＇"\\\n]* [{_CLOSING}＂＇"])
    | (?P<late> " [^{_OPENING}{_CLOSING}"\\\n]* [{_CLOSING}＂])    # opened straight, closed curly
    | (?P<sign>[{"".join(map(re.escape, _PLAIN))}])
    """
MOST_SHOWN = 3
"""Further places that a finding names."""


def plain_punctuation(text: str) -> str:
    """Returns a text with the language's own signs, each where the other stood.

    >>> plain_punctuation("“de”， “at”")
    '"de", "at"'
    """
    letters = list(text)
    for start, plain in () if text.isascii() else _replaced(text):
        letters[start : start + len(plain)] = plain
    return "".join(letters)


def with_plain_punctuation(source: Source, reporter: Reporter) -> str:
    """Returns the text with the language's own signs, each where the other stood; reports what was replaced.

    Texts between quotes and comments stay as they are, but for the quotes themselves.

    >>> from routekit.diagnostics import Reporter, Source
    >>> with_plain_punctuation(Source("a.route", "channel voice ｛ cost ３ ｝"), Reporter())
    'channel voice { cost 3 }'
    """
    if source.text.isascii():
        return source.text
    edits = [
        Edit(Span(source, start, start + len(plain)), plain)
        for start, plain in _replaced(source.text)
        if source.text[start : start + len(plain)] != plain
    ]
    if not edits:
        return source.text
    _report(edits, reporter)
    return plain_punctuation(source.text)


def _replaced(text: str) -> Iterator[tuple[int, str]]:
    """Where a sign stands that means another, and that other; as long as what it replaces."""
    for match in re.finditer(_SIGNS, text, re.VERBOSE):
        start, end = match.span()
        if match["sign"]:
            yield start, _PLAIN[match["sign"]]
        elif match["text"] or match["late"]:
            yield start, '"'
            yield end - 1, '"'


def _report(edits: list[Edit], reporter: Reporter) -> None:
    meant = {edit.span.text: edit.text for edit in edits}
    named = ", ".join(f"`{wide}`" for wide in meant)
    written = ", ".join(f"`{plain}`" for plain in dict.fromkeys(meant.values()) if plain.strip())
    reporter.report(
        "RK014",
        plural(
            "{named} is no sign of the language",
            "{named} are no signs of the language",
            len(meant),
            named=named,
        ),
        edits[0].span,
        help=Advice(
            t("write {written}", written=written)
            if written
            else t("nothing separates declarations; leave it out"),
            Fix(t("write plain signs"), tuple(edits)),
        ),
        others=[
            Label(edit.span, t("`{text}` here", text=edit.span.text)) for edit in edits[1 : MOST_SHOWN + 1]
        ]
        + (
            [
                Label(
                    edits[MOST_SHOWN + 1].span,
                    t("and from here on, {number} more", number=len(edits) - MOST_SHOWN - 1),
                )
            ]
            if len(edits) > MOST_SHOWN + 1
            else []
        ),
    )
