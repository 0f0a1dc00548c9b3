"""A value as JSON and as text of the policy language, each so that it is read again as what it was."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Literal, TypeAlias

from routekit.schema.times import format_duration
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Integer,
    Number,
    Scalar,
    SetOf,
    Time,
    Type,
    Value,
    bound_text,
    listed_name,
    quoted,
)

__all__ = [
    "JSON",
    "PLAIN",
    "Style",
    "as_json",
    "as_text",
    "in_order",
    "number_text",
    "quoted",
    "time_text",
    "type_text",
]

JSON: TypeAlias = str | int | float | bool | list["JSON"] | dict[str, "JSON"] | None

Style: TypeAlias = Literal["sent", "stored", "shown"]
"""How JSON holds durations, and in which order the members of sets.

=========  =======================  ================  ===============================================
style      a duration of 3 minutes  members of a set  used by
=========  =======================  ================  ===============================================
sent       ``180``                  by their values   the log, explanations, generated contacts
stored     ``180.0``                by their texts    facts in a store of history, models of contacts
shown      ``"3m"``                 by their texts    witnesses
=========  =======================  ================  ===============================================

A duration that the language has no literal for (negative, or with a fraction of a second) is a number of
seconds in all of them.
"""

PLAIN = frozenset((str, bool, int, float))
"""The types whose values JSON has itself, for callers that have many of them."""
_EXACT = 2**53
"""Up to here, every whole number is a float."""
_LONG = 10**18
"""A whole number from here on is written with a point: without, a policy holds 64 bits of it."""


# ── JSON ──────────────────────────────────────────────────────────────────────


def as_json(value: Value, local: tzinfo = UTC, style: Style = "sent") -> JSON:
    """Writes a value as contacts have it in JSON: times with the offset of ``local``, sets as lists.

    >>> as_json(timedelta(minutes=3)), as_json(frozenset({"b", "a"})), as_json(date(2026, 11, 23))
    (180, ['a', 'b'], '2026-11-23')
    >>> as_json(timedelta(minutes=3), style="stored"), as_json(timedelta(minutes=3), style="shown")
    (180.0, '3m')
    """
    if style != "shown" and type(value) in PLAIN:
        return value  # type: ignore[return-value]
    match value:
        case datetime():
            return value.astimezone(local).isoformat()
        case date():
            return value.isoformat()
        case timedelta():
            return _duration(value, style)
        case frozenset():
            members = sorted(value) if style == "sent" else sorted(value, key=str)
            return [as_json(member, local, style) for member in members]
        case float() if style == "shown" and value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case _:
            return value


def _duration(span: timedelta, style: Style) -> str | float:
    seconds = span.total_seconds()
    if style == "shown" and seconds >= 0 and not span.microseconds:
        return format_duration(span)
    return int(seconds) if style == "sent" and seconds.is_integer() else seconds


# ── text ──────────────────────────────────────────────────────────────────────


def as_text(value: Value | None, type_: Type, local: tzinfo) -> str:
    """Writes a value of a type as a policy does, times by the clock of ``local``; None is ``missing``.

    >>> as_text(frozenset({"b", "a"}), SetOf(Choice(("b", "a"))), UTC)
    '{b, a}'
    """
    match value:
        case None:
            return "missing"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return number_text(value)
        case str():
            return listed_name(value) if isinstance(type_, Choice) else quoted(value)
        case datetime():
            return time_text(value, local)
        case date():
            return value.isoformat()
        case timedelta():
            return format_duration(value)
        case _:
            element = type_.element if isinstance(type_, SetOf) else type_
            members = [as_text(member, element, local) for member in in_order(value, element)]
            return f"{{{', '.join(members)}}}"


def type_text(type_: Type) -> str:
    """Writes a type as a policy does, whole.

    >>> type_text(SetOf(Choice(("low", "high"), ordered=True))), type_text(Number(0.5))
    ('set of ordered low < high', 'number 0.5..')
    """
    match type_:
        case Integer(low, high) | Number(low, high) | Time(low, high) | Date(low, high) | Duration(low, high):
            word = type(type_).__name__.lower()
            ends = ("" if end is None else _end(end) for end in (low, high))
            return word if low is high is None else f"{word} {'..'.join(ends)}"
        case Choice(names, ordered):
            written = map(listed_name, names)
            return f"ordered {' < '.join(written)}" if ordered else f"one of {', '.join(written)}"
        case SetOf(element):
            return f"set of {type_text(element)}"
        case _:
            return type(type_).__name__.lower()


def _end(bound: float | datetime | date | timedelta) -> str:
    return number_text(bound) if isinstance(bound, int | float) else bound_text(bound)


def in_order(values: frozenset[Scalar], type_: Type) -> list[Scalar]:
    """Lists the members of a set: names as their type declares them, all else by their values."""
    if isinstance(type_, Choice):
        declared = [name for name in type_.names if name in values]
        return [*declared, *sorted(values.difference(declared))]
    return [*sorted(values)]


def number_text(value: float) -> str:
    """Writes a number in the fewest digits that are read again as the same number.

    >>> number_text(7.0), number_text(0.1 + 0.2), number_text(1e-7), number_text(1234567890123.3)
    ('7', '0.30000000000000004', '0.0000001', '1234567890123.3')
    """
    if isinstance(value, int):
        return str(value)
    if value.is_integer():
        return str(int(value)) if abs(value) < _LONG else f"{Decimal(repr(value)):f}.0"
    return f"{Decimal(repr(value)):f}"


def time_text(moment: datetime, local: tzinfo, *, seconds: bool = True) -> str:
    """Writes a time by the clock of ``local``, with its seconds if any, with its offset where it comes twice.

    >>> from zoneinfo import ZoneInfo
    >>> time_text(datetime(2026, 10, 25, 12, 0, 30, tzinfo=UTC), UTC)
    '2026-10-25 12:00:30'
    >>> time_text(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    '2026-10-25 02:30+01:00'
    """
    there = moment.astimezone(local)
    exactness = "auto" if seconds and (there.second or there.microsecond) else "minutes"
    comes_twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return (there if comes_twice else there.replace(tzinfo=None)).isoformat(" ", exactness)
