"""The types of the language: frozen data, one class each.

=============  =====================  ==========================
type           written                a value, in Python
=============  =====================  ==========================
``Text``       ``text``               ``str``
``Flag``       ``flag``               ``bool``
``Integer``    ``integer a..b``       ``int``
``Number``     ``number a..b``        ``int`` or ``float``
``Choice``     ``one of``/``ordered``  ``str``, one of its names
``Time``       ``time a..b``          ``datetime`` in UTC
``Date``       ``date a..b``          ``date``
``Duration``   ``duration a..b``      ``timedelta``
``SetOf``      ``set of T``           ``frozenset``
=============  =====================  ==========================

A missing value is ``None`` in every type.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TypeAlias
from unicodedata import normalize

from routekit.schema.times import format_duration
from routekit.translation import t

__all__ = [
    "MISSING",
    "WEEKDAYS",
    "Bounded",
    "Choice",
    "Date",
    "Duration",
    "Flag",
    "Integer",
    "Number",
    "Scalar",
    "SetOf",
    "Text",
    "Time",
    "Type",
    "Value",
    "bound_text",
    "describe",
    "family",
    "is_plain_name",
    "joined",
    "listed_name",
    "quoted",
]

Scalar: TypeAlias = str | bool | int | float | datetime | date | timedelta
Value: TypeAlias = Scalar | frozenset[Scalar]

MISSING = None
"""How a value that is not there is written in facts and in results."""


@dataclass(frozen=True, slots=True)
class Text:
    """Any Unicode string."""


@dataclass(frozen=True, slots=True)
class Flag:
    """``yes`` or ``no``; a condition is a flag too, missing where it is unknown."""


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number between its bounds, both inclusive, either left out; never beyond 64 bits."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number between its bounds, both inclusive, either left out."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Choice:
    """One of the listed names; where ``ordered``, the first is the lowest."""

    names: tuple[str, ...]
    ordered: bool = False

    @cached_property
    def rank(self) -> dict[str, int]:
        """Each name with its place, from 0."""
        return {name: place for place, name in enumerate(self.names)}


@dataclass(frozen=True, slots=True)
class Time:
    """An instant between its bounds, in UTC, both inclusive, either left out."""

    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date between its bounds, both inclusive, either left out."""

    low: date | None = None
    high: date | None = None


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time between its bounds, both inclusive, either left out."""

    low: timedelta | None = None
    high: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set of values of one type."""

    element: "Type"


Type: TypeAlias = Text | Flag | Integer | Number | Choice | Time | Date | Duration | SetOf

WEEKDAYS = Choice(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


def joined(left: Type, right: Type) -> Type:
    """The type of a value that is of one of two comparable types.

    >>> joined(Integer(0, 100), Integer(1)), joined(Integer(), Number(0, 1))
    (Integer(low=None, high=None), Number(low=None, high=None))
    """
    match left, right:
        case Integer(), Integer():
            return left if left == right else Integer()
        case ((Integer() | Number()), (Integer() | Number())):
            return left if left == right else Number()
        case Time(), Time():
            return left if left == right else Time()
        case Date(), Date():
            return left if left == right else Date()
        case Duration(), Duration():
            return left if left == right else Duration()
        case Choice(names), Choice(others) if not set(others) <= set(names):
            return Choice((*names, *(name for name in others if name not in names)))
        case _:
            return left


Bounded: TypeAlias = Integer | Number | Time | Date | Duration
"""The types that have bounds."""

_NAME = re.compile(r"[^\W\d]\w*")
_NO_VALUES = frozenset({"when", "then", "because", "and", "or", "not", "missing", "known", "_"})
"""Words that mean something else where a value may stand."""


def quoted(text: str) -> str:
    """Writes a text in quotes.

    >>> print(quoted('say "hi"'))
    "say \\"hi\\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_plain_name(text: str) -> bool:
    """Checks whether a listed value can stand without quotes.

    >>> is_plain_name("very_low"), is_plain_name("VERY LOW"), is_plain_name("missing")
    (True, False, False)
    """
    return (
        _NAME.fullmatch(text) is not None
        and text not in _NO_VALUES
        and (text.isascii() or normalize("NFKC", text) == text)
    )


def listed_name(text: str) -> str:
    """Writes a listed value as a policy does: in quotes where it is no name.

    >>> print(listed_name("low"), listed_name("VERY LOW"))
    low "VERY LOW"
    """
    return text if is_plain_name(text) else quoted(text)


def bound_text(bound: float | datetime | date | timedelta) -> str:
    """Writes a bound of a type as a policy does, a time by the clock of UTC.

    >>> bound_text(timedelta(hours=24)), bound_text(datetime(2026, 1, 1, tzinfo=UTC)), bound_text(0.5)
    ('1d', '2026-01-01 00:00Z', '0.5')
    """
    match bound:
        case timedelta():
            return format_duration(bound)
        case datetime():
            exactness = "auto" if bound.second or bound.microsecond else "minutes"
            return f"{bound.astimezone(UTC).replace(tzinfo=None).isoformat(' ', exactness)}Z"
        case date():
            return bound.isoformat()
        case _:
            return str(bound)


def _bounds(type_: Bounded) -> str:
    if type_.low is None and type_.high is None:
        return ""
    low, high = ("" if bound is None else bound_text(bound) for bound in (type_.low, type_.high))
    return f" {low}..{high}"


def describe(type_: Type) -> str:
    """Writes a type as an author does, shortened where it lists much.

    >>> describe(Integer(0, 100)), describe(SetOf(Text()))
    ('integer 0..100', 'set of text')
    """
    match type_:
        case Integer() | Number() | Time() | Date() | Duration():
            return type(type_).__name__.lower() + _bounds(type_)
        case Choice(names, ordered):
            written = [listed_name(name) for name in names[:6]]
            shown = written if len(names) <= 6 else (*written[:5], "…")
            return f"ordered {' < '.join(shown)}" if ordered else f"one of {', '.join(shown)}"
        case SetOf(element):
            return f"set of {describe(element)}"
        case _:
            return type(type_).__name__.lower()


def family(type_: Type) -> str:
    """Tells what a type is called when its bounds and names do not matter.

    >>> family(Integer(0, 100)), family(Choice(("a", "b")))
    ('a number', 'one of a list of names')
    """
    match type_:
        case Integer() | Number():
            return t("a number")
        case Choice(_, ordered):
            return t("an ordered name") if ordered else t("one of a list of names")
        case SetOf(element):
            return t("a set of {element}", element=describe(element))
        case _:
            return t("a {noun}", noun=t(type(type_).__name__.lower()))
