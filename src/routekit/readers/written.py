"""Numbers, dates and durations as people and their programs write them, where it is certain what they mean.

Each text becomes the one that the language reads, or says why it cannot be read. A mark or an order that may
mean two things is settled by other cells of the column, by the other columns, by the caller, or not at all.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from routekit.readers.settings import DatePattern, TableSettings
from routekit.schema.reading import Unread
from routekit.schema.types import Date, Duration, Integer, Number, Time, Type
from routekit.translation import msgid, t

__all__ = ["MOST_SAMPLED", "Written", "Writing", "writing_of"]

MOST_SAMPLED = 1000
"""Rows whose cells tell how those of their columns are written."""

Written: TypeAlias = Callable[[str], str | Unread]

_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_GROUPS = " '’\u00a0\u202f"
_BLANKS = " \t\u00a0\u202f"
_OF_MARK = {
    mark: re.compile(
        rf"([+-]?)([0-9]+|[1-9][0-9]{{0,2}}([{other}{_GROUPS}])[0-9]{{3}}(?:\3[0-9]{{3}})*)"
        rf"(?:{re.escape(mark)}([0-9]+))?((?:[eE][+-]?[0-9]+)?)"
    )
    for mark, other in ((",", "."), (".", ","))
}
_BOTH = frozenset(_OF_MARK)
_TWO_NUMBERS = msgid(
    "is a number whose mark may part decimals or thousands: say `--decimal ,` or `--decimal .`"
)

_DATE = re.compile(
    r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})"
    r"(?:(?:[ T]|, )[ ]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?: ?([AaPp])\.?[Mm]\.?| ?Uhr)?( ?[+-][0-9]{2}:?[0-9]{2}|Z)?)?"
)
_ORDERS = frozenset({"dmy", "mdy"})
_TWO_DATES = msgid("is a date that may be of two days: say `--dates dd/mm/yyyy` or `--dates mm/dd/yyyy`")
_SHORT_YEAR = msgid("is a date whose year has two digits: say `--dates dd.mm.yy`, or write all four")
_FIRST_OF_CENTURY = 70
"""From this year of two digits on it is one of the 20th century."""
_HOURS = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])")


class Writing:
    """How the texts of each field are written; ``notes`` say what of it was found out.

    ``decimal`` is the mark of all its numbers, where they have one.
    """

    def __init__(self, by_field: Mapping[str, Written], decimal: str, notes: tuple[str, ...]) -> None:
        self.by_field = by_field
        self.decimal = decimal
        self.notes = notes


def writing_of(
    types: Mapping[str, Type | None],
    samples: Mapping[str, Iterable[str]],
    settings: TableSettings,
    *,
    is_plain: bool,
) -> Writing:
    """Tells how numbers, dates and durations are written, by some cells of each field.

    ``is_plain`` is a table that parts its cells by commas, whose numbers are those of programs: ``1.234`` is
    less than two where nothing speaks against it.
    """
    numbers = [field for field, type_ in types.items() if isinstance(type_, Integer | Number | Duration)]
    marks = {field: _marks_in(samples.get(field, ())) for field in numbers}
    together = frozenset().union(*marks.values()) if marks else frozenset()
    by_field: dict[str, Written] = {}
    for field in numbers:
        own = frozenset({settings.decimal}) if settings.decimal else marks[field]
        own = own or (together if len(together) == 1 else frozenset())
        number = _number_text(own or _BOTH, is_plain=is_plain and not own)
        by_field[field] = _duration_text(number) if isinstance(types[field], Duration) else number
    for field, type_ in types.items():
        if isinstance(type_, Date | Time):
            by_field[field] = _date_text(_orders_in(samples.get(field, ())), settings.dates)
    decimal = settings.decimal or ("," if together == {","} else ".")
    notes = (t("decimal commas"),) if decimal == "," and not settings.decimal else ()
    return Writing(by_field, decimal, notes)


def _bare(text: str) -> str:
    return text.strip(_BLANKS)


# ── numbers ─────────────────────────────────────────────────────────────────────


def _by_mark(text: str, mark: str) -> str | None:
    """The number that a text writes where this mark parts its decimals, as the language writes it."""
    match = _OF_MARK[mark].fullmatch(text)
    if match is None:
        return None
    sign, whole, group, decimals, exponent = match.groups()
    whole = whole.replace(group, "") if group else whole
    return f"{sign}{whole}" + (f".{decimals}" if decimals else "") + exponent


def _marks_in(texts: Iterable[str]) -> frozenset[str]:
    """The marks of decimals that some texts must have; none where they would do with either."""
    found: set[str] = set()
    for text in texts:
        bare = _bare(text)
        read = [mark for mark in _OF_MARK if _by_mark(bare, mark) is not None]
        if len(read) == 1 and ("," in bare or "." in bare):
            found.update(read)
    return frozenset(found)


def _number_text(marks: frozenset[str], *, is_plain: bool) -> Written:
    def number(text: str) -> str | Unread:
        if text.isdigit() and text.isascii():
            return text
        bare = _bare(text)
        if is_plain and _PLAIN.fullmatch(bare):
            return bare
        read = {found for mark in marks if (found := _by_mark(bare, mark)) is not None}
        if len(read) > 1:
            return Unread(t(_TWO_NUMBERS))
        return next(iter(read), text)

    return number


def _duration_text(number: Written) -> Written:
    def duration(text: str) -> str | Unread:
        match = _HOURS.fullmatch(_bare(text))
        if match is None:
            return number(text)
        hours, minutes, seconds = match.groups()
        return f"{hours}h{minutes}m{seconds}s"

    return duration


# ── dates ───────────────────────────────────────────────────────────────────────


def _orders_in(texts: Iterable[str]) -> frozenset[str]:
    """The orders that the days of some texts leave open."""
    orders = _ORDERS
    for text in texts:
        match = _DATE.fullmatch(_bare(text))
        if match is not None and match[2] != "." and len(match[1]) <= 2:
            first, second = int(match[1]), int(match[3])
            orders -= {"dmy"} if second > 12 else {"mdy"} if first > 12 else frozenset()
    return orders


def _date_text(orders: frozenset[str], pattern: DatePattern | None) -> Written:
    def moment(text: str) -> str | Unread:
        bare = _bare(text)
        match = _DATE.fullmatch(bare)
        if match is None or (match[2] == "-" and len(match[1]) == 4):
            return text  # ISO 8601, or no date at all
        first, mark, second, third = match[1], match[2], match[3], match[4]
        if pattern is not None:
            year = (first, second, third)[pattern.order.index("y")]
            if mark != pattern.mark or len(year) != pattern.digits:
                return text
            return _written((first, second, third), pattern.order, match)
        if len(first) == 4:
            return _written((first, second, third), "ymd", match)
        if len(third) != 4:
            return Unread(t(_SHORT_YEAR)) if len(third) == 2 else text
        if mark == "." or first == second:
            return _written((first, second, third), "dmy", match)
        fitting = {
            order
            for order in (orders or _ORDERS)
            if int((first, second)[order.index("m")]) <= 12 and int((first, second)[order.index("d")]) <= 31
        }
        if len(fitting) == 1:
            return _written((first, second, third), fitting.pop(), match)
        return Unread(t(_TWO_DATES)) if fitting else text

    return moment


def _written(parts: Sequence[str], order: str, match: re.Match[str]) -> str:
    """A date as ISO 8601 has it, with its time where it has one."""
    day, month, year = (parts[order.index(part)] for part in "dmy")
    if len(year) == 2:
        year = f"{'19' if int(year) >= _FIRST_OF_CENTURY else '20'}{year}"
    date = f"{year}-{month:0>2}-{day:0>2}"
    hour, minute, second, half, offset = match[5], match[6], match[7], match[8], match[9]
    if hour is None:
        return date
    if half:
        if not 1 <= int(hour) <= 12:
            return match[0]
        hour = str(int(hour) % 12 + (12 if half in "Pp" else 0))
    return f"{date} {hour:0>2}:{minute}" + (f":{second}" if second else "") + (offset or "").strip()
