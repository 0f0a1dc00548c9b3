"""What stands beside the generated guards: how a value is read that is not of the very type expected."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NoReturn

from routekit.policy.facts import Shown
from routekit.policy.model import Field
from routekit.schema.reading import MOST_ELEMENTS, Fault, Read
from routekit.schema.times import is_usual
from routekit.schema.types import Value

__all__ = ["UnusualError", "object_reader", "odd_reader", "refuse", "shown_reader", "time_reader"]

_EMPTY: dict[str, object] = {}


class UnusualError(Exception):
    """Raised where a contact has a problem, or may have one: the slow way then reads it anew."""


def refuse() -> NoReturn:
    """Gives up the fast way."""
    raise UnusualError


def odd_reader(field: Field, read: Read, missing: Value | None) -> Callable[[object, bool], Value | None]:
    """How a field's value is read that is missing or of another type than most.

    A ``trusted`` contact has been read before, and what is still missing in it stays so. ``missing`` is what
    stands for such a value: its default, where it has one.
    """
    is_required = field.is_required

    def read_odd(raw: object, trusted: bool) -> Value | None:
        if raw is None:
            if is_required and not trusted:
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


def object_reader(raw: object) -> dict[str, object]:
    """A record that is no plain dict: empty where it is missing."""
    if raw is None:
        return _EMPTY
    raise UnusualError


def shown_reader(capped: frozenset[str], read_time: Read) -> Callable[[object], tuple[Shown, ...]]:
    """How ``offers_shown`` is read, where all is in order with it."""

    def read_shown(raw: object) -> tuple[Shown, ...]:
        if raw is None:
            return ()
        if type(raw) is not list or len(raw) > MOST_ELEMENTS:
            raise UnusualError
        shown = []
        for entry in raw:
            if type(entry) is not dict:
                raise UnusualError
            offer, at = entry["offer"], entry["at"]
            if type(offer) is not str:
                raise UnusualError
            moment = read_time(at)
            if not isinstance(moment, datetime):
                raise UnusualError
            if offer in capped:
                shown.append(Shown(offer, moment))
        return tuple(shown)

    return read_shown
