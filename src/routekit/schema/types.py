"""The types of the language: frozen data, one class each.

=============  =====================  ==========================
type           written                a value, in Python
=============  =====================  ==========================
``Text``       ``text``               ``str``
``Flag``       ``flag``               ``bool``
``Integer``    ``integer a..b``       ``int``
``Number``     ``number a..b``        ``int`` or ``float``
``Choice``     ``one of``/``ordered``  ``str``, one of its names
``Time``       ``time``               ``datetime`` in UTC
``Date``       ``date``               ``date``
``Duration``   ``duration``           ``timedelta``
``SetOf``      ``set of T``           ``frozenset``
=============  =====================  ==========================

A missing value is ``None`` in every type.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeAlias

__all__ = [
    "MISSING",
    "WEEKDAYS",
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
    "describe",
    "family",
    "joined",
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
    """An instant."""


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time."""


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
        case Choice(names), Choice(others) if not set(others) <= set(names):
            return Choice((*names, *(name for name in others if name not in names)))
        case _:
            return left


def _bounds(low: object | None, high: object | None) -> str:
    if low is None and high is None:
        return ""
    return f" {'' if low is None else low}..{'' if high is None else high}"


def describe(type_: Type) -> str:
    """Writes a type as an author does, shortened where it lists much.

    >>> describe(Integer(0, 100)), describe(SetOf(Text()))
    ('integer 0..100', 'set of text')
    """
    match type_:
        case Integer(low, high):
            return "integer" + _bounds(low, high)
        case Number(low, high):
            return "number" + _bounds(low, high)
        case Choice(names, ordered):
            shown = names if len(names) <= 6 else (*names[:5], "…")
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
            return "a number"
        case Choice(_, ordered):
            return "an ordered name" if ordered else "one of a list of names"
        case SetOf(element):
            return f"a set of {describe(element)}"
        case _:
            return f"a {type(type_).__name__.lower()}"
