"""Likely mistakes in the days of a calendar, with what was meant: days before months, spans by a `-`."""

import re
from collections.abc import Callable

from routekit.diagnostics import Advice, Edit, Fix, Source, Span
from routekit.translation import msgid, t

__all__ = ["mistaken_days"]

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_DATE = r"\d{4}-\d{2}-\d{2}"
_HOURS = r"\d{1,2}:\d{2}-\d{1,2}:\d{2}"
_SPAN = f"{_MONTH} \\d+(?:\\.\\.{_MONTH} \\d+)?|{_DATE}(?:\\.\\.{_DATE})?"

_SPANS = msgid("a span of dates is written with `..`, the month at both ends: `Dec 24..Dec 26`")
_MISTAKES: tuple[tuple[str, str, Callable[[re.Match[str]], str]], ...] = (
    (
        rf"(?<![\d:-])(\d{{1,2}})\.? +({_MONTH})\b",
        msgid("the month stands first: `Dec 24`"),
        lambda m: f"{m[2]} {m[1]}",
    ),
    (rf"({_MONTH} \d+) *(?:-|to) *({_MONTH} \d+)\b", _SPANS, lambda m: f"{m[1]}..{m[2]}"),
    (rf"({_DATE}) *(?:-|to) *({_DATE})\b", _SPANS, lambda m: f"{m[1]}..{m[2]}"),
    (rf"({_MONTH}) (\d+) *(?:-|\.\.) *(\d+)\b(?!:)", _SPANS, lambda m: f"{m[1]} {m[2]}..{m[1]} {m[3]}"),
    (
        rf"({_WEEKDAY}) *\.\. *({_WEEKDAY})\b",
        msgid("days of the week are joined by `-`"),
        lambda m: f"{m[1]}-{m[2]}",
    ),
    (
        rf"({_WEEKDAY}(?:-{_WEEKDAY})?(?: +{_HOURS})?) +({_SPAN})\b",
        msgid("the dates of a season stand before its weekdays"),
        lambda m: f"{m[2]} {m[1]}",
    ),
)


def mistaken_days(source: Source, found: Span) -> Advice:
    """Says how the days of a calendar around a place are written, with the fix; empty where they are right.

    >>> text = Source("a.route", "calendar c { open 24 Dec 08:00-12:00 }")
    >>> mistaken_days(text, Span(text, 18, 20)).fix.description
    'write `Dec 24`'
    """
    start = source.text.rfind("\n", 0, found.start) + 1
    end = source.text.find("\n", found.start)
    line = source.text[start : end if end >= 0 else len(source.text)]
    for pattern, help_, meant in _MISTAKES:
        for match in re.finditer(pattern, line, re.IGNORECASE):
            if match.start() <= found.start - start < match.end():
                text, place = meant(match), Span(source, start + match.start(), start + match.end())
                return Advice(t(help_), Fix(t("write `{text}`", text=text), (Edit(place, text),)))
    return Advice()
