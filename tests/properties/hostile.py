"""Python objects that a caller should never send: what they define raises, lies, or never ends."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NoReturn

__all__ = ["HOSTILE", "MARKER", "Rude"]

MARKER = "secret-47114711"
"""Stands in every text that a hostile object holds or raises; no report may repeat it."""

_METHODS = [
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__bool__",
    "__len__",
    "__iter__",
    "__next__",
    "__contains__",
    "__getitem__",
    "__str__",
    "__repr__",
    "__format__",
    "__int__",
    "__float__",
    "__index__",
    "__add__",
    "__radd__",
    "__sub__",
    "__rsub__",
    "__mul__",
    "__rmul__",
    "__neg__",
    "__abs__",
    "__getattr__",
    "__call__",
    "__reduce__",
    "get",
    "keys",
    "values",
    "items",
    "encode",
    "strip",
    "isascii",
    "is_finite",
    "as_integer_ratio",
    "total_seconds",
    "replace",
    "astimezone",
    "utcoffset",
    "isoformat",
    "date",
    "weekday",
    "timetuple",
    "is_integer",
    "__copy__",
    "__deepcopy__",
]


class Rude(RuntimeError):
    """What hostile objects raise."""


def _raises(*_args: object, **_kwargs: object) -> NoReturn:
    raise Rude(MARKER)


def _rude(base: type, *, with_class: bool = True) -> Any:
    """A class whose every method raises, over the ones of a built-in type; its ``__class__`` raises too."""
    members: dict[str, object] = dict.fromkeys(_METHODS, _raises)
    if with_class:
        members["__class__"] = property(_raises)
    members["__hash__"] = base.__hash__
    return type(f"Rude{base.__name__.title()}", (base,), members)


class _Liar:
    """Says that it is a text, equal to everything, and true."""

    __class__ = property(lambda _self: str)

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("channel")


class _RudeKey(str):
    """A key that falls into the place of another and raises when they are compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise Rude(MARKER)

    def __hash__(self) -> int:
        return str.__hash__(self)


class _EndlessKey(str):
    """A key that compares itself without end."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self == other

    def __hash__(self) -> int:
        return str.__hash__(self)


class _RudeZone(tzinfo):
    def utcoffset(self, dt: datetime | None) -> timedelta:
        raise Rude(MARKER)

    dst = tzname = utcoffset  # type: ignore[assignment]


class _FarZone(tzinfo):
    """An offset that carries a time beyond its ends, of a type of its own."""

    def __init__(self, offset: object) -> None:
        self.offset = offset

    def utcoffset(self, dt: datetime | None) -> timedelta:
        return self.offset  # type: ignore[return-value]

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        return None


class _RudeMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        raise Rude(MARKER)

    def __subclasscheck__(cls, subclass: type) -> bool:
        raise Rude(MARKER)

    def __eq__(cls, other: object) -> bool:
        raise Rude(MARKER)

    def __hash__(cls) -> int:
        raise Rude(MARKER)

    def __repr__(cls) -> str:
        raise Rude(MARKER)


class _OfRudeMeta(metaclass=_RudeMeta): ...


class _LyingLength(list):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield MARKER


def _self_containing() -> object:
    knot: list[object] = []
    knot.append(knot)
    return knot


def _knotted_dict() -> object:
    knot: dict[str, object] = {}
    knot["contact"] = knot["customer"] = knot["channel"] = knot
    return knot


@cache
def _deep_list() -> object:
    deep: object = MARKER
    for _ in range(50_000):
        deep = [deep]
    return deep


@cache
def _million_values() -> object:
    return set(range(1_000_000))


def _rude_keys(key: type[str]) -> object:
    return {
        key(name): MARKER
        for name in ("channel", "contact", "customer", "live", "offers_shown", "offer", "at", "id")
    }


_Dict, _List, _Tuple, _Set, _Frozenset = (_rude(base) for base in (dict, list, tuple, set, frozenset))
_Str, _Int, _Float, _Decimal = (_rude(base) for base in (str, int, float, Decimal))
_Datetime, _Date, _Timedelta, _Object = (_rude(base) for base in (datetime, date, timedelta, object))

HOSTILE: dict[str, Callable[[], object]] = {
    "object": lambda: _Object(),
    "liar": lambda: _Liar(),
    "of rude metaclass": lambda: _OfRudeMeta(),
    "rude class": lambda: _OfRudeMeta,
    "dict": lambda: _Dict(channel="voice", contact={"channel": MARKER}, id=MARKER),
    "list": lambda: _List([MARKER, 1]),
    "tuple": lambda: _Tuple((MARKER, {"offer": MARKER, "at": MARKER})),
    "set": lambda: _Set({MARKER}),
    "frozenset": lambda: _Frozenset({MARKER}),
    "text": lambda: _Str(MARKER),
    "listed text": lambda: _Str("voice"),
    "integer": lambda: _Int(3),
    "float": lambda: _Float(0.5),
    "float nan": lambda: _Float("nan"),
    "decimal": lambda: _Decimal("0.5"),
    "time": lambda: _Datetime(2026, 11, 23, 10, tzinfo=UTC),
    "naive time": lambda: _Datetime(2026, 11, 23, 10),
    "date": lambda: _Date(2026, 11, 23),
    "duration": lambda: _Timedelta(minutes=3),
    "mixed list": lambda: [_Str(MARKER), _Int(1), _Object()],
    "rude elements": lambda: {_Str("channel"): _Str("voice"), "id": _Object()},
    "rude keys": lambda: _rude_keys(_RudeKey),
    "endless keys": lambda: _rude_keys(_EndlessKey),
    "lying length": lambda: _LyingLength([MARKER]),
    "list in itself": _self_containing,
    "dict in itself": _knotted_dict,
    "deep list": _deep_list,
    "million values": _million_values,
    "long list": lambda: [MARKER] * 20_000,
    "offers shown": lambda: [{"offer": MARKER, "at": MARKER}] * 20,
    "huge integer": lambda: 10**5_000,
    "huge negative integer": lambda: -(10**5_000),
    "huge decimal": lambda: Decimal("1e999999"),
    "signalling decimal": lambda: Decimal("sNaN"),
    "infinite decimal": lambda: Decimal("-Infinity"),
    "fraction": lambda: Fraction(1, 3),
    "complex": lambda: 1 + 2j,
    "lone surrogate": lambda: f"{MARKER}\ud800",
    "control characters": lambda: f"{MARKER}\0\u2028\u202e",
    "long text": lambda: MARKER * 200_000,
    "bytes": lambda: MARKER.encode(),
    "bytearray": lambda: bytearray(MARKER.encode()),
    "memoryview": lambda: memoryview(MARKER.encode()),
    "end of time": lambda: datetime.max,
    "start of time": lambda: datetime.min.replace(tzinfo=UTC),
    "rude timezone": lambda: datetime(2026, 1, 1, tzinfo=_RudeZone()),
    "timezone of no type": lambda: datetime(2026, 1, 1, tzinfo=_FarZone(MARKER)),
    "timezone beyond time": lambda: datetime(9999, 12, 31, 23, tzinfo=_FarZone(timedelta(hours=-23))),
    "longest duration": lambda: timedelta.max,
    "most negative duration": lambda: timedelta.min,
    "last date": lambda: date.max,
    "generator": lambda: (item for item in (MARKER,)),
    "iterator": lambda: iter(()),
    "function": lambda: _raises,
    "not implemented": lambda: NotImplemented,
    "object called so": lambda: type(MARKER, (), {})(),
}
"""Makers of values by name; each makes a new one, but for the largest."""
