"""What a cell of a spreadsheet says in words of the language, by the type of its column.

People type into a spreadsheet what they see: `de` for a text, `TRUE`, a date. And the spreadsheet makes of
it what it likes: `3-4` becomes a day. What can be meant in one way alone is written as the language has it;
of what is left the parser says what is wrong; what was surely not meant is a :class:`CellError`.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from types import NoneType
from typing import TypeAlias

from routekit.diagnostics import Source, Span
from routekit.schema.times import format_duration
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
    listed_name,
    quoted,
)
from routekit.schema.writing import number_text
from routekit.sheets import CellFault, CellValue
from routekit.syntax import tree
from routekit.syntax.fragments import CELL, VALUE, Kind, read_piece
from routekit.syntax.punctuation import plain_punctuation
from routekit.translation import t

__all__ = ["CellError", "Known", "cleaned", "shown", "text_words", "words"]

Known: TypeAlias = Callable[[str], bool]
"""Whether the policy gives a name to a value or a list."""

_APOSTROPHE = re.compile(r"^'(?=[=+\-@])")
_SPACES = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|[^\S\n ]')
_RANGE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*[-–—]\s*([0-9]+(?:\.[0-9]+)?)")
_IN_TWO_WAYS = re.compile(r"[0-9],[0-9]")
_PERCENT = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*%")
_NAME = re.compile(r"[^\W\d]\w*")
_SIGNS = frozenset('"{}[]()<>=|#')
_TESTS = frozenset(
    {"in", "not", "is", "has", "contains", "starts", "ends", "matches", "missing", "known", "empty"}
)
_SPECIAL = frozenset({"missing", "known", "empty"})
_ORDERED = frozenset({"<", "<=", ">", ">=", "-"})
_FLAGS = {"true": "yes", "false": "no", "yes": "yes", "no": "no"}
_DIGITS_KEPT = 10**15
"""Spreadsheets keep 15 digits of a number."""


class CellError(ValueError):
    """A cell that was surely not meant so; the message says why, ``hint`` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def cleaned(text: str) -> str:
    """Returns what was typed without the spaces around it; outside of quotes all spaces are plain ones.

    An apostrophe that keeps a spreadsheet from taking a cell for a formula is left out.

    >>> cleaned("\u00a0Wien\u00a0Mitte ")
    'Wien Mitte'
    """
    text = _APOSTROPHE.sub("", text.strip())
    return text if text.isascii() else _SPACES.sub(lambda found: found["text"] or " ", text)


def shown(value: CellValue, format_: str = "") -> str:
    """Returns what a person sees in a cell, as nearly as that is known."""
    match value:
        case None | CellFault():
            return ""
        case bool():
            return str(value).upper()
        case datetime():
            return value.isoformat(" ", "seconds")
        case timedelta():
            return str(value)
        case int() | float():
            return f"{_number(100 * value)}%" if "%" in format_ else _number(value)
        case date() | time():
            return value.isoformat()
        case _:
            return " ".join(value.split())


def words(kind: Kind, value: CellValue, type_: Type | None, known: Known, format_: str = "") -> str:
    """Returns what a cell that holds something says as a piece of a kind: a test, a value, what is given.

    ``type_`` is that of its column, where it is known. Raises :class:`CellError`.
    """
    match value:
        case CellFault():
            raise CellError(t("this cell {fault}", fault=value.text))
        case str():
            return _typed(kind, cleaned(value), type_, known)
        case bool():
            return _flag(value, type_)
        case int() | float():
            return _amount(value, type_, format_)
        case datetime() | date() | time() | timedelta():
            return _moment(value, type_)
        case _:
            return ""


# ── what was typed as a text ───────────────────────────────────────────────────


def _typed(kind: Kind, text: str, type_: Type | None, known: Known) -> str:
    plain = plain_punctuation(text)
    match type_:
        case Choice():
            return _listed(text, type_) or plain
        case Flag():
            return _FLAGS.get(plain.lower(), plain)
        case Integer() | Number():
            return _numbers(kind, plain)
        case Text() | SetOf(Text()):
            return _texts(kind, text, plain, known)
        case SetOf(Choice() as element):
            return _listed(text, element) or plain
        case _:
            return plain


def _listed(text: str, type_: Choice) -> str:
    """Listed values, by commas; a bare one need not stand in quotes; nothing where one is none of them."""
    values = [text] if text in type_.rank else [part.strip() for part in text.split(",")]
    if not all(value in type_.rank for value in values):
        return ""
    return ", ".join(map(listed_name, values))


def _numbers(kind: Kind, text: str) -> str:
    if _PERCENT.fullmatch(text):
        raise CellError(
            t("a share is a number of the field: `{text}` can be read in two ways", text=text),
            t("write `0.05`, or `5` where the field has percents"),
        )
    if kind is not CELL:
        return text
    if _IN_TWO_WAYS.search(text) and "{" not in text:
        raise CellError(
            t("`{text}` can be read in two ways", text=text),
            t("write a point in a number, and a space behind a comma that parts two: `0.5`, `20, 80`"),
        )
    return ", ".join(map(_range, text.split(", "))) if _RANGE.search(text) else text


def _range(text: str) -> str:
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return text
    if _may_be_date(found[1], found[2]):
        raise CellError(
            t("`{text}` is a day or a month to a spreadsheet", text=text),
            t("write the range as `{low}..{high}`", low=found[1], high=found[2]),
        )
    return f"{found[1]}..{found[2]}"


def _may_be_date(low: str, high: str) -> bool:
    """Whether a spreadsheet makes a date of two numbers: a month and a day or a year, in any order."""
    if not (low.isdigit() and high.isdigit()):
        return False
    first, second = int(low), int(high)
    return (1 <= first <= 12 and second <= 9999) or (1 <= second <= 12 and first <= 9999)


def _texts(kind: Kind, text: str, plain: str, known: Known) -> str:
    """A cell of a column of texts: a bare word in it is a text, and so is all of it that is no test."""
    node = read_piece(kind, Source("", plain), 0, len(plain))
    if node is None or isinstance(node, _NO_TEXTS):
        return plain if _is_meant_as_test(plain) else _as_text(text)
    if isinstance(node, tree.Cell) and any(map(_is_two_words, node.alternatives)):
        raise CellError(
            t("`{text}` can be read in two ways", text=text), t("write a text that holds `and` in quotes")
        )
    for span in sorted(_bare(node, known), key=lambda span: span.start, reverse=True):
        plain = plain[: span.start] + quoted(span.text) + plain[span.end :]
    return plain


_NO_TEXTS = (tree.Arithmetic, tree.Negative, tree.Test, tree.Negated, tree.Logic)
"""What no text is worked out by, such as `e-1`."""


def _is_two_words(tests: tuple[tree.CellTest, ...]) -> bool:
    """Whether bare words are joined by `and`, which may belong to a text."""
    return len(tests) > 1 and all(
        test.operator == "is" and isinstance(test.value, tree.Path) for test in tests
    )


def _is_meant_as_test(text: str) -> bool:
    first = _NAME.match(text)
    is_list = "," in text or " and " in text
    return is_list or bool(_SIGNS.intersection(text)) or (first is not None and first[0] in _TESTS)


def _bare(node: tree.Cell | tree.Expression, known: Known) -> Iterator[Span]:
    """The values in a piece that stand for texts, and are not written as texts."""
    if isinstance(node, tree.Cell):
        for test in node.tests:
            word = test.value.dotted if isinstance(test.value, tree.Path) else ""
            is_special = test.operator in ("is", "is not") and word in _SPECIAL
            if not is_special and test.operator not in _ORDERED:
                yield from _bare(test.value, known)
        return
    match node:
        case tree.Path(parts=(name,)):
            if name.name not in ("_", "missing") and not known(name.name):
                yield node.span
        case tree.Literal(kind=kind):
            if kind != "text":
                yield node.span
        case tree.SetLiteral(members=values):
            for value in values:
                yield from _bare(value, known)
        case tree.Fallback(first=first, second=second):
            yield from _bare(first, known)
            yield from _bare(second, known)
        case _:
            pass


def _as_text(text: str) -> str:
    if "\n" in text:
        raise CellError(t("a text has no line breaks"), t("write it on one line"))
    return quoted(text)


def text_words(value: CellValue) -> str:
    """Returns a cell whose whole content is a text, in quotes; it may stand in quotes already.

    >>> print(text_words("few of them"), text_words('"few of them"'))
    "few of them" "few of them"
    """
    if isinstance(value, CellFault):
        raise CellError(t("this cell {fault}", fault=value.text))
    if not isinstance(value, str):
        return quoted(shown(value))
    text = cleaned(value)
    plain = plain_punctuation(text)
    if plain.startswith('"') and isinstance(_value(plain), tree.Literal):
        return plain
    return _as_text(text)


def _value(text: str) -> tree.Expression | None:
    return read_piece(VALUE, Source("", text), 0, len(text))


# ── what the spreadsheet knows the type of ─────────────────────────────────────


def _flag(value: bool, type_: Type | None) -> str:
    if isinstance(type_, Flag | NoneType):
        return "yes" if value else "no"
    if isinstance(type_, Choice):
        alike = [name for name in type_.names if name.lower() == str(value).lower()]
        if len(alike) == 1:
            return listed_name(alike[0])
    raise CellError(
        t("this cell is the flag `{shown}`, which a spreadsheet made of a word", shown=shown(value)),
        t("format the cell as text, and type it anew"),
    )


def _amount(value: int | float, type_: Type | None, format_: str) -> str:
    text = _number(value)
    if "%" in format_:
        raise CellError(
            t("this cell shows a share of 100, and holds `{text}`", text=text),
            t("format it as a number, and write what the field has"),
        )
    if isinstance(type_, Choice) and text in type_.rank:
        return listed_name(text)
    if not isinstance(type_, Text | SetOf):
        return text
    if format_ or not isinstance(value, int) or abs(value) >= _DIGITS_KEPT:
        raise CellError(
            t("this cell is the number `{text}`, which a spreadsheet made of a text", text=text),
            t("format the cell as text, and type it anew"),
        )
    return quoted(text)


def _number(value: int | float) -> str:
    """A number as the spreadsheet shows it, of which it keeps 15 digits."""
    return str(value) if isinstance(value, int) else number_text(float(f"{value:.15g}"))


def _moment(value: datetime | date | time | timedelta, type_: Type | None) -> str:
    match value, type_:
        case datetime(), (Time() | None):
            return f"{value:%Y-%m-%d %H:%M}" + (f":{value:%S}" if value.second else "")
        case datetime(), Date() if value.time() == time():
            return value.date().isoformat()
        case datetime(), _:
            pass
        case date(), Time():
            return f"{value.isoformat()} 00:00"
        case date(), (Date() | None):
            return value.isoformat()
        case time(), (Duration() | None):
            return format_duration(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second))
        case timedelta(), (Duration() | None) if value >= timedelta() and not value.microseconds:
            return format_duration(value)
        case _:
            pass
    if isinstance(value, time | timedelta):
        raise CellError(
            t("this cell is the time of day `{shown}`", shown=shown(value)),
            t("format the cell as text, and write what the column asks"),
        )
    raise CellError(
        t(
            "this cell is the date `{shown}`, as a spreadsheet makes one of `3-4` and `1/2`",
            shown=shown(value),
        ),
        t("format the cell as text, and type it anew: a range is written `3..4`"),
    )
