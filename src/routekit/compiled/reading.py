"""Code that reads a contact: each declared value once, into a local, through a guard of its exact type.

Whatever does not pass a guard at once is read by a function beside the code; whatever has a problem, or may
have one, raises, and the contact goes the slow way, which names the problems. So the code never has to.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NoReturn

from routekit.compiled import codegen as c
from routekit.compiled.expressions import Leaf
from routekit.compiled.masks import NO_TEXT
from routekit.policy import expressions as e
from routekit.policy.facts import Shown
from routekit.policy.longest_texts import longest_texts
from routekit.policy.model import CheckedPolicy, Field
from routekit.schema.reading import LARGEST_INTEGER, MOST_ELEMENTS, MOST_TEXT, Fault, Read, reader
from routekit.schema.times import is_usual, zone
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
    Value,
)

__all__ = ["ReadShown", "Reading", "UnusualError", "odd_reader", "refuse", "shown_reader"]

_MOST_KEPT = 4_096
_LONGEST_KEPT = 64
"""Of texts and lists of them that are remembered."""
_LONGEST_SPAN = 86_399_999_999_999
"""In seconds, the longest duration that there is."""


class UnusualError(Exception):
    """Raised where a contact has a problem, or may have one: the slow way then reads it anew."""


def refuse() -> NoReturn:
    """Gives up the fast way."""
    raise UnusualError


def odd_reader(field: Field, read: Read, missing: Value | None) -> Callable[[object, bool], Value | None]:
    """How a field's value is read that is missing or of another type than most.

    A ``trusted`` contact has been read before: what is in it is a value, and what is missing stays so.
    ``missing`` is what stands for such a value: its default, where it has one.
    """
    is_required = field.is_required

    def read_odd(raw: object, trusted: bool) -> Value | None:
        if trusted:
            return missing if raw is None else raw  # type: ignore[return-value]
        if raw is None:
            if is_required:
                raise UnusualError
            return missing
        value = read(raw)
        if isinstance(value, Fault):
            raise UnusualError
        return value

    return read_odd


def time_reader(field: Field, read: Read, missing: Value | None) -> Callable[[object, bool], Value | None]:
    """How a time is read: as ``read_odd`` does, with a short way for the text that most callers send."""
    read_odd = odd_reader(field, read, missing)
    parse = datetime.fromisoformat

    def read_time(raw: object, trusted: bool) -> Value | None:
        if type(raw) is str and is_usual(raw):
            try:
                return parse(raw).astimezone(UTC)
            except ValueError:
                raise UnusualError from None
        return read_odd(raw, trusted)

    return read_time


class Remembered(dict[object, Value]):
    """Values by what was sent, each read once: of a text that comes again, it is known what it says."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def __missing__(self, raw: object) -> Value:
        value = self._read(raw)
        if isinstance(value, Fault):
            raise UnusualError
        if len(self) >= _MOST_KEPT:
            self.clear()
        if type(raw) is not str or len(raw) < _LONGEST_KEPT:
            self[raw] = value
        return value


def texts_reader(field: Field, read: Read, missing: Value | None) -> Callable[[object, bool], Value | None]:
    """How a set of texts or names is read: a short list of plain texts once, and then remembered."""
    read_odd = odd_reader(field, read, missing)
    known = Remembered(read)

    def read_texts(raw: object, trusted: bool) -> Value | None:
        if type(raw) is list and len(raw) < _LONGEST_KEPT:
            for text in raw:
                if type(text) is not str or len(text) >= _LONGEST_KEPT:
                    return read_odd(raw, trusted)
            return known[(*raw,)]
        return read_odd(raw, trusted)

    return read_texts


class ReadShown(tuple[Shown, ...]):
    """Showings that have been read before."""

    __slots__ = ()


def shown_reader(counted: frozenset[str] | None, local: tzinfo) -> Callable[[object], tuple[Shown, ...]]:
    """How ``offers_shown`` is read, where all is in order with it; ``counted`` as a policy tells."""
    read_time = time_reader(Field("at", Time()), reader(Time(), local), None)

    def read_shown(raw: object) -> tuple[Shown, ...]:
        if type(raw) is ReadShown:
            return raw
        if type(raw) is not list or len(raw) > MOST_ELEMENTS:
            raise UnusualError
        shown = []
        for entry in raw:
            if type(entry) is not dict:
                raise UnusualError
            offer, at = entry["offer"], entry["at"]
            if type(offer) is not str:
                raise UnusualError
            moment = read_time(at, False)
            if (counted is None or offer in counted) and isinstance(moment, datetime):
                shown.append(Shown(offer, moment))
        return tuple(shown)

    return read_shown


_NONE = ast.Constant(None)


class Reading:
    """Writes the reading of all fields and signals.

    ``names`` are the locals of those that something asks for, ``looked_up`` those whose value is checked by
    the table that it is looked up in: what is not in the table raises. Of those ``coded``, the missing value
    is kept as ``NO_TEXT``; of these again, ``only_keys`` are keys of tables and nothing else.
    """

    def __init__(
        self,
        module: c.Module,
        policy: CheckedPolicy,
        names: Mapping[e.Expr, str],
        looked_up: AbstractSet[e.Expr],
        coded: AbstractSet[e.Expr],
        only_keys: AbstractSet[e.Expr],
    ) -> None:
        self._module = module
        self._policy = policy
        self._zone = zone(policy.timezone)
        self._longest = longest_texts(policy)
        self._looked_up = looked_up
        self._coded = coded
        self._only_keys = only_keys
        self._names = names
        self._scratch = module.name("unused")

    def records(self) -> list[ast.stmt]:
        """Reads the fields of all records of ``contact``."""
        code: list[ast.stmt] = [c.when(self._is_not(c.load("contact"), dict), [self._refuse()])]
        for record in self._policy.records:
            leaves: dict[Leaf, Field] = {
                e.FieldRef(record.name, field.name): field for field in record.fields
            }
            code += self._members("contact", record.name, leaves)
        return code

    def signals(self) -> list[ast.stmt]:
        """Reads the live signals that are used, through a function of their own where any are sent."""
        if not (self._policy.live and self._policy.queues):
            return []
        used = [leaf for leaf in self._names if isinstance(leaf, e.SignalRef)]
        defaults = {field.name: field.default for field in self._policy.live}
        read = c.call(c.load(self._live_function(used)), c.load("live"), c.load("trusted"))
        missing: ast.expr = ast.Tuple(
            [self._module.constant(defaults[leaf.signal]) for leaf in used], ast.Load()
        )
        if any(field.is_required for field in self._policy.live):
            missing = read  # which names the problem by giving up
        fetch = c.assign("live", _get("contact", self._module.constant("live")))
        chosen = c.choose(c.compare(c.load("live"), ast.Is(), _NONE), missing, read)
        into = [self._names[leaf] for leaf in used]
        return [fetch, c.unpack(into, chosen) if used else ast.Expr(chosen)]

    def _live_function(self, used: Iterable[e.SignalRef]) -> str:
        code: list[ast.stmt] = [c.when(self._is_not(c.load("live"), dict), [self._refuse()])]
        for queue in self._policy.queues:
            code += self._members(
                "live", queue, {e.SignalRef(queue, each.name): each for each in self._policy.live}
            )
        found = ast.Tuple([c.load(self._names[leaf]) for leaf in used], ast.Load())
        return self._module.function("read_live", ["live", "trusted"], [*code, ast.Return(found)])

    def _members(self, owner: str, key: str, leaves: Mapping[Leaf, Field]) -> list[ast.stmt]:
        """Reads the members of an object, all of them at once where it is missing and may be."""
        container = self._module.name(key)
        name, value = self._module.constant(key), c.load(container)
        inside: list[ast.stmt] = [
            part for leaf, field in leaves.items() for part in self._field(container, field, leaf)
        ]
        is_dict = c.compare(c.call(c.load("type"), value), ast.Is(), c.load("dict"))
        if any(field.is_required for field in leaves.values()):
            fetched = c.at(c.load(owner), name)
            return [
                c.assign(container, fetched),
                c.when(self._is_not(value, dict), [self._refuse()]),
                *inside,
            ]
        is_there = c.compare(value, ast.IsNot(), _NONE)
        missing = [
            c.assign(self._names[leaf], self._missing(leaf, field))
            for leaf, field in leaves.items()
            if leaf in self._names
        ]
        return [
            c.assign(container, _get(owner, name)),
            c.when(is_dict, inside or [ast.Pass()], [c.when(is_there, [self._refuse()]), *missing]),
        ]

    def _refuse(self) -> ast.stmt:
        return ast.Expr(c.call(self._module.constant(refuse)))

    def _missing(self, leaf: Leaf, field: Field) -> ast.expr:
        """Code for what stands for a value that is missing."""
        default = self._default(leaf, field)
        return self._module.constant(default, "no_text" if default is NO_TEXT else "")

    def _default(self, leaf: Leaf, field: Field) -> Value | None:
        """What stands for a value that is missing."""
        return NO_TEXT if leaf in self._coded and field.default is None else field.default

    def _field(self, container: str, field: Field, leaf: Leaf) -> list[ast.stmt]:
        name = self._names.get(leaf, self._scratch)
        key = self._module.constant(field.name)
        fetched = c.at(c.load(container), key) if field.is_required else _get(container, key)
        return [c.assign(name, fetched), *self._guard(name, field, leaf)]

    def _guard(self, name: str, field: Field, leaf: Leaf) -> list[ast.stmt]:
        value = c.load(name)
        odd = self._odd(value, field, leaf)
        unlike: ast.expr | None = c.compare(value, ast.Is(), _NONE)
        if leaf not in self._only_keys:  # a name is read from whatever is equal to it, as a table finds it
            unlike = self._unlike(value, field.type, leaf)
        if not field.is_required:
            odd = c.choose(c.compare(value, ast.Is(), _NONE), self._missing(leaf, field), odd)
        return [c.when(unlike, [c.assign(name, odd)]) if unlike else c.assign(name, odd)]

    def _odd(self, value: ast.expr, field: Field, leaf: Leaf) -> ast.expr:
        """Reads a value that may not be taken as it is."""
        read = reader(field.type, self._zone, self._longest.get(leaf, MOST_TEXT))
        make = odd_reader
        kinds: tuple[type, ...] = ()  # sent in so few forms that what they say is remembered
        match field.type:
            case Time(None, None):  # bounds are looked at by `read` alone
                make = time_reader
            case SetOf(Text() | Choice()):
                make = texts_reader
            case Date():
                kinds = (str,)
            case Duration():
                kinds = (str, int)
        missing = self._default(leaf, field)
        read_odd = self._module.constant(make(field, read, missing), f"read {field.name}")
        odd = c.call(read_odd, value, c.load("trusted"))
        if not kinds:
            return odd
        known = self._module.constant(Remembered(read), f"known {field.name}")
        is_kept = c.any_of(
            c.compare(c.call(c.load("type"), value), ast.Is(), c.load(kind.__name__)) for kind in kinds
        )
        return c.choose(is_kept, c.at(known, value), odd)

    def _unlike(self, value: ast.expr, type_: Type, leaf: Leaf) -> ast.expr | None:
        """A test that is false for a value that may be taken as it is; None where every value is read."""
        constant, is_looked_up = self._module.constant, leaf in self._looked_up
        match type_:
            case Text():
                length = c.call(c.load("len"), value)
                plain = (
                    c.method(value, "isascii"),
                    c.compare(length, ast.LtE(), constant(self._longest.get(leaf, MOST_TEXT), "longest")),
                )
                return c.any_of((self._is_not(value, str), *map(c.negate, plain)))
            case Flag():
                return c.all_of(c.compare(value, ast.IsNot(), ast.Constant(truth)) for truth in (True, False))
            case Choice():
                outside = c.compare(value, ast.NotIn(), constant(type_.rank, "ranks"))
                return c.any_of((self._is_not(value, str), *(() if is_looked_up else (outside,))))
            case Integer(low, high):
                outside = self._outside(value, _whole(low, high))
                return c.any_of((self._is_not(value, int), *(() if is_looked_up else (outside,))))
            case Number(low, high):
                floats = (self._is_not(value, float), self._outside(value, _finite(low, high)))
                wholes = (self._is_not(value, int), self._outside(value, _whole(low, high)))
                return c.all_of((c.any_of(floats), c.any_of(wholes)))
            case Duration() if leaf not in self._names:
                return c.any_of((self._is_not(value, int), self._outside(value, _seconds(type_))))
            case _:
                return None

    def _is_not(self, value: ast.expr, expected: type) -> ast.expr:
        return c.compare(c.call(c.load("type"), value), ast.IsNot(), c.load(expected.__name__))

    def _outside(self, value: ast.expr, bounds: tuple[float, float]) -> ast.expr:
        low, high = map(self._module.constant, bounds, ("least", "most"))
        return c.negate(ast.Compare(low, [ast.LtE(), ast.LtE()], [value, high]))


def _get(container: str, key: ast.expr) -> ast.expr:
    return c.method(c.load(container), "get", key)


def _whole(low: float | None, high: float | None) -> tuple[float, float]:
    """The bounds of a whole number, 64 bits at most."""
    return (
        -LARGEST_INTEGER if low is None else max(low, -LARGEST_INTEGER),
        LARGEST_INTEGER if high is None else min(high, LARGEST_INTEGER),
    )


def _seconds(type_: Duration) -> tuple[float, float]:
    """The bounds of a duration in whole seconds."""
    low = -_LONGEST_SPAN if type_.low is None else -(-type_.low // timedelta(seconds=1))
    high = _LONGEST_SPAN if type_.high is None else type_.high // timedelta(seconds=1)
    return low, high


def _finite(low: float | None, high: float | None) -> tuple[float, float]:
    """The bounds of a float, which keep infinity out."""
    largest = sys.float_info.max
    return -largest if low is None else max(low, -largest), largest if high is None else min(high, largest)
