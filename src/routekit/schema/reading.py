"""Reading one value that a caller sent: the value, or what is wrong with it in plain words.

The words never hold the value itself, which may be personal; its path says where to look.
Only built-in behaviour is relied on: nothing that a hostile object defines is called.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from math import isfinite, nan
from typing import Any, TypeAlias, cast

from routekit.schema.times import instant, parse_date, parse_duration, parse_time
from routekit.schema.types import (
    Bounded,
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    Scalar,
    SetOf,
    Text,
    Time,
    Type,
    Value,
    bound_text,
    listed_name,
)
from routekit.translation import msgid, t

__all__ = [
    "DURATION_BEYOND",
    "LARGEST_INTEGER",
    "MOST_ELEMENTS",
    "MOST_TEXT",
    "TIME_BEYOND",
    "Fault",
    "REQUIRED",
    "Read",
    "Unheld",
    "Unread",
    "is_a",
    "kind",
    "parse_number",
    "plain_text",
    "python_value",
    "reader",
]

LARGEST_INTEGER = 2**63 - 1
MOST_TEXT = 1_000_000
MOST_ELEMENTS = 10_000
_MOST_NAMED = 8
_NOTHING = object()
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 400


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value; ``text`` reads on from the path: "is text, not a number"."""

    text: str


@dataclass(frozen=True, slots=True)
class Unheld:
    """A value of a table or array that Python has none for; ``words`` say what it is."""

    words: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a value that the reader of a file could not read; ``text`` reads on from the path."""

    text: str


TIME_BEYOND = Unheld(msgid("a time outside the years 1 to 9999"))
DURATION_BEYOND = Unheld(msgid("a duration of more than 999,999,999 days"))

REQUIRED = msgid("is required and missing")
"""What is said of a field that a contact must have."""

Read: TypeAlias = Callable[[object], Value | Fault]

_CONTAINERS: tuple[Any, ...] = (list, tuple, frozenset, set)

# the members themselves: a subclass may have others of the same name
_DATE_PARTS: tuple[Any, ...] = (date.year, date.month, date.day)
_CLOCK_PARTS: tuple[Any, ...] = (datetime.hour, datetime.minute, datetime.second, datetime.microsecond)
_TYPE_NAME: Any = type.__dict__["__name__"]
_DURATION_PARTS: tuple[Any, ...] = (timedelta.days, timedelta.seconds, timedelta.microseconds)

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, msgid("a yes or no")),
    (int, msgid("a whole number")),
    (float, msgid("a number")),
    (Decimal, msgid("a number")),
    (str, msgid("text")),
    (datetime, msgid("a time")),
    (date, msgid("a date")),
    (time, msgid("a time of day without its day")),
    (timedelta, msgid("a duration")),
    (bytes, msgid("bytes")),
    (bytearray, msgid("bytes")),
    (memoryview, msgid("bytes")),
    (dict, msgid("an object")),
    (list, msgid("a list")),
    (tuple, msgid("a list")),
    (frozenset, msgid("a set")),
    (set, msgid("a set")),
)


def is_a(raw: object, of: type) -> bool:
    """Like ``isinstance``, but asks the type alone: an object's ``__class__`` may lie or raise."""
    return issubclass(type(raw), of)


def kind(raw: object) -> str:
    """What a value is, in plain words."""
    actual = type(raw)
    if raw is None:
        return t("missing")
    if actual is Unheld:
        return t(cast("Unheld", raw).words)
    words = next((words for known, words in _KINDS if issubclass(actual, known)), None)
    return _of_type(actual) if words is None else t(words)


def _of_type(actual: type) -> str:
    """What is said of an object that nobody knows: its type, by the name that it was declared with."""
    name = _TYPE_NAME.__get__(actual)
    return (
        t("an object of type {name}", name=name)
        if name.isidentifier() and len(name) <= 60
        else t("an unknown object")
    )


def python_value(raw: object) -> object:
    """The Python value of what numpy or pandas hold, None for what they call missing; others as they are.

    Neither is imported for it: who has not loaded them sends none.
    """
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if pandas is not None and any(raw is getattr(pandas, name, _NOTHING) for name in ("NA", "NaT")):
        return None
    if numpy is not None and is_a(raw, numpy.ndarray):
        array: Any = raw
        if array.dtype.kind in "mMV" and array.ndim:
            return [python_value(element) for element in array]
        listed: object = numpy.ndarray.tolist(array)
        return listed
    if numpy is None or not is_a(raw, numpy.generic):
        return raw
    if is_a(raw, numpy.datetime64) or is_a(raw, numpy.timedelta64):
        return _of_microseconds(raw, numpy)
    if is_a(raw, numpy.void):
        return Unheld(msgid("a record of numpy"))
    if is_a(raw, numpy.longdouble):
        raw = numpy.generic.astype(raw, numpy.float64)
    value: object = numpy.generic.item(raw)
    return value


def _of_microseconds(raw: Any, numpy: Any) -> object:
    """A time or duration of numpy; other units have no Python value, or none of the same kind."""
    is_time = is_a(raw, numpy.datetime64)
    unit, _ = numpy.datetime_data(raw.dtype)
    if not is_time and unit in ("Y", "M"):
        return Unheld(msgid("a number of months, which differ in length"))
    exact = numpy.generic.astype(raw, "datetime64[us]" if is_time else "timedelta64[us]")
    value: object = numpy.generic.item(exact)
    is_cut = unit in ("ns", "ps", "fs", "as")
    if value is None or (not is_a(value, int) and (is_cut or numpy.generic.astype(exact, raw.dtype) == raw)):
        return value
    return TIME_BEYOND if is_time else DURATION_BEYOND


def plain_text(raw: object) -> str | None:
    """The exact ``str`` within a string or a subclass of it, such as a ``StrEnum``; else None."""
    if type(raw) is str:
        return raw
    return str.__str__(raw) if is_a(raw, str) else None


def _not(raw: object, expected: str) -> Fault:
    if type(raw) is Unread:
        return Fault(raw.text)
    if type(raw) is Unheld:
        return Fault(t("is {words}", words=t(raw.words)))
    return Fault(t("is {raw}, not {expected}", raw=kind(raw), expected=expected))


def _text_reader(longest: int) -> Read:
    most = "" if longest == MOST_TEXT else t(", more than its patterns are asked of")

    def read(raw: object) -> str | Fault:
        text = plain_text(raw)
        if text is None:
            return _not(raw, t("text"))
        if len(text) > longest:
            return Fault(t("has more than {longest:,} characters{most}", longest=longest, most=most))
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                return Fault(t("is no valid Unicode text"))
        return text

    return read


def _read_flag(raw: object) -> bool | Fault:
    return raw if raw is True or raw is False else _not(raw, t("yes or no"))


def _plain_number(raw: object) -> int | float | None:
    actual = type(raw)
    if actual is int or actual is float:
        return raw  # type: ignore[return-value]
    if actual is Decimal:
        number = cast("Decimal", raw)
        return float(number) if number.is_finite() else nan  # a signalling NaN cannot be converted
    if issubclass(actual, bool):
        return None
    if issubclass(actual, int):
        return int.__int__(raw)  # type: ignore[arg-type]
    if issubclass(actual, float):
        return float.__float__(raw)  # type: ignore[arg-type]
    return None


def parse_number(text: str) -> int | float | None:
    """The number that a text of digits writes, as a cell of a table does; None where it writes none.

    >>> parse_number("92"), parse_number("-1.5"), parse_number("1_000")
    (92, -1.5, None)
    """
    if _NUMBER.fullmatch(text) is None or len(text) > _LONGEST_NUMBER:
        return None
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _bounds_fault(value: object, type_: Bounded) -> Fault | None:
    low, high = type_.low, type_.high
    if (low is None or value >= low) and (high is None or value <= high):  # type: ignore[operator]
        return None
    if low is None:
        return Fault(t("is above {high}", high=bound_text(high)) if high is not None else "")
    least = bound_text(low)
    return Fault(
        t("is below {least}", least=least)
        if high is None
        else t("is outside {least}..{high}", least=least, high=bound_text(high))
    )


def _integer_reader(type_: Integer) -> Read:
    def read(raw: object) -> int | Fault:
        value = _plain_number(raw)
        if value is None:
            return _not(raw, t("a whole number"))
        if isinstance(value, float):
            if not isfinite(value):
                return Fault(t("is not a finite number"))
            if not value.is_integer():
                return Fault(t("is not a whole number"))
            value = int(value)
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            return Fault(t("is beyond 64 bits"))
        return _bounds_fault(value, type_) or value

    return read


def _number_reader(type_: Number) -> Read:
    def read(raw: object) -> int | float | Fault:
        value = _plain_number(raw)
        if value is None:
            return _not(raw, t("a number"))
        if isinstance(value, int):
            if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
                return Fault(t("is beyond 64 bits"))
        elif not isfinite(value):
            return Fault(t("is not a finite number"))
        return _bounds_fault(value, type_) or value

    return read


def _choice_reader(type_: Choice) -> Read:
    known = {name: name for name in type_.names}
    named = ", ".join(map(listed_name, type_.names[:_MOST_NAMED])) + (
        ", …" if len(known) > _MOST_NAMED else ""
    )

    def read(raw: object) -> str | Fault:
        try:
            return known[raw]  # type: ignore[index]  # whatever is equal to a name is that name
        except Exception:  # a foreign object may raise anything when it is compared
            text = plain_text(raw)
        if text is None:
            return _not(raw, t("one of {named}", named=named))
        return known[text] if text in known else Fault(t("is not one of {named}", named=named))

    return read


def _time_reader(local: tzinfo) -> Read:
    def read(raw: object) -> datetime | Fault:
        if is_a(raw, datetime):
            moment = instant(raw, local)  # type: ignore[arg-type]
            return Fault(t("is no usable time")) if moment is None else moment
        text = plain_text(raw)
        if text is None:
            return _not(raw, t("a time"))
        moment = parse_time(text, local)
        if moment is None:
            return Fault(t("is no time such as 2026-11-23T10:00:00+08:00"))
        return moment

    return read


def _read_date(raw: object) -> date | Fault:
    if is_a(raw, date):
        if is_a(raw, datetime) and any(part.__get__(raw) for part in _CLOCK_PARTS):
            return _not(raw, t("a date"))
        return date(*(part.__get__(raw) for part in _DATE_PARTS))
    text = plain_text(raw)
    if text is None:
        return _not(raw, t("a date"))
    return parse_date(text) or Fault(t("is no date such as 2026-11-23"))


def _read_duration(raw: object) -> timedelta | Fault:
    if is_a(raw, timedelta):
        return timedelta(*(part.__get__(raw) for part in _DURATION_PARTS))
    text = plain_text(raw)
    if text is not None:
        span = parse_duration(text)
        return Fault(t("is no duration such as 3m or 1h30m")) if span is None else span
    seconds = _plain_number(raw)
    if seconds is None:
        return _not(raw, t("a duration (seconds, or text such as 3m)"))
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return Fault(t("is no usable duration"))


def _within_bounds(type_: Time | Date | Duration, read: Read) -> Read:
    if type_.low is None and type_.high is None:
        return read

    def read_bounded(raw: object) -> Value | Fault:
        value = read(raw)
        return value if isinstance(value, Fault) else _bounds_fault(value, type_) or value

    return read_bounded


def _set_reader(type_: SetOf, local: tzinfo) -> Read:
    read_element = reader(type_.element, local)

    def read(raw: object) -> frozenset[Scalar] | Fault:
        # the unbound methods: a subclass cannot put code of its own in the way
        container = next((known for known in _CONTAINERS if is_a(raw, known)), None)
        if container is None:
            return _not(raw, t("a list of values"))
        count, elements = container.__len__(raw), container.__iter__(raw)
        if count > MOST_ELEMENTS:
            return Fault(t("has more than {most_elements:,} values", most_elements=MOST_ELEMENTS))
        values: list[Scalar] = []
        for element in elements:
            value = read_element(element)
            if isinstance(value, Fault) and (plain := python_value(element)) is not element:
                value = read_element(plain)
            if isinstance(value, Fault):
                return Fault(t("holds a value that {text}", text=value.text))
            values.append(value)  # type: ignore[arg-type]
        return frozenset(values)

    return read


def reader(type_: Type, local: tzinfo, longest: int = MOST_TEXT) -> Read:
    """The function that reads values of a type; times without an offset are read in ``local``.

    ``longest`` is how many characters a text may have.

    >>> from datetime import UTC
    >>> reader(Integer(0, 100), UTC)(92.0)
    92
    >>> reader(Integer(0, 100), UTC)("92")
    Fault(text='is text, not a whole number')
    """
    match type_:
        case Text():
            return _text_reader(longest)
        case Flag():
            return _read_flag
        case Integer():
            return _integer_reader(type_)
        case Number():
            return _number_reader(type_)
        case Choice():
            return _choice_reader(type_)
        case Time():
            return _within_bounds(type_, _time_reader(local))
        case Date():
            return _within_bounds(type_, _read_date)
        case Duration():
            return _within_bounds(type_, _read_duration)
        case SetOf():
            return _set_reader(type_, local)
