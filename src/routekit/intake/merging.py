"""What else is known, put into a contact as it was sent, without running code of the caller."""

from collections.abc import Iterable, Mapping

from routekit.intake.contact import member
from routekit.schema.reading import is_a

__all__ = ["filled", "with_members"]

_MOST_COPIED = 256
"""Members of an object that is copied as a whole; of a larger one only those that are asked for."""


def with_members(
    sent: object, names: Iterable[str], members: Mapping[str, object]
) -> dict[str, object] | None:
    """A copy of an object with other members in it; None for what is no object.

    ``names`` are the members that a reader asks for; the others need not be in the copy.

    >>> with_members({"contact": {}, "live": 1}, ["contact", "live"], {"live": {}})
    {'contact': {}, 'live': {}}
    """
    if type(sent) is dict and len(sent) <= _MOST_COPIED:
        try:
            return {**sent, **members}
        except Exception:  # a foreign key's own comparison may raise anything
            return {**_fetched(sent, names), **members}
    return {**_fetched(sent, names), **members} if is_a(sent, dict) else None


def filled(sent: object, names: Iterable[str], known: Mapping[str, object]) -> dict[str, object] | None:
    """An object with what is known in the places where it says nothing itself; None for what is no object.

    >>> filled({"tier": "gold", "value": None}, ["tier", "value"], {"tier": "silver", "value": 7})
    {'tier': 'gold', 'value': 7}
    """
    if sent is None:
        return {**known}
    if type(sent) is dict and len(sent) <= _MOST_COPIED:
        try:
            return {**known, **{name: value for name, value in sent.items() if value is not None}}
        except Exception:  # as above
            return {**known, **_fetched(sent, names)}
    return {**known, **_fetched(sent, names)} if is_a(sent, dict) else None


def _fetched(sent: object, names: Iterable[str]) -> dict[str, object]:
    return {name: value for name in names if (value := member(sent, name)) is not None}
