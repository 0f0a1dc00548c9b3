"""Identifiers: the ids of decisions, and by what customers are known."""

from dataclasses import dataclass
from threading import Lock
from time import time_ns
from typing import Self, TypeAlias
from uuid import uuid4

from routekit.engine.forks import anew_after_fork

__all__ = ["Ids", "Key", "KeyValue", "care_key", "customer_of", "usable"]

KeyValue: TypeAlias = str | int

_LONGEST = 256
_CARE = "\x1fcare"


def care_key(customer: str) -> str:
    """Returns by what a history knows a customer to whom the company turns by itself.

    What is made then is counted apart from what he is shown when he comes.
    """
    return f"{customer}{_CARE}"


def customer_of(name: str) -> str:
    """Returns the customer whom a history knows by a name.

    >>> customer_of(care_key("c-1")), customer_of("c-1")
    ('c-1', 'c-1')
    """
    return name.removesuffix(_CARE)


@dataclass(frozen=True, slots=True)
class Key:
    """A field whose value tells customers apart."""

    record: str
    field: str

    @classmethod
    def parse(cls, path: str) -> Self:
        """Returns the key of that path; raises ``ValueError`` for what is no path of a field.

        >>> Key.parse("customer.id")
        Key(record='customer', field='id')
        """
        record, dot, field = path.partition(".")
        if not (record and dot and field) or "." in field:
            raise ValueError(f"`{path}` is no key: write a record and its field, such as `customer.id`")
        return cls(record, field)

    def of(self, contact: object) -> KeyValue | None:
        """Returns the value in a contact: a text of 1 to 256 characters or a whole number, else None.

        >>> key = Key.parse("customer.id")
        >>> key.of({"customer": {"id": "c-1"}}), key.of({"customer": {"id": 4.5}}), key.of(None)
        ('c-1', None, None)
        """
        return usable(self._raw(contact))

    def trouble(self, contact: object) -> str:
        """Tells why a contact has no usable value, in words that hold none of it.

        >>> Key.parse("customer.id").trouble({"customer": {"id": 4.5}})
        '`customer.id` is neither a text nor a whole number'
        """
        value = self._raw(contact)
        match value:
            case None:
                said = "is missing"
            case str() if not 0 < len(value) <= _LONGEST:
                said = f"has not 1 to {_LONGEST} characters"
            case str():
                said = "holds a NUL, or half of a surrogate pair"
            case int() if not isinstance(value, bool):
                said = "is too large a number"
            case _:
                said = "is neither a text nor a whole number"
        return f"`{self}` {said}"

    def _raw(self, contact: object) -> object:
        try:
            return dict.get(dict.get(contact, self.record), self.field)  # type: ignore[call-overload]
        except Exception:  # no object, or one with a key that cannot be compared
            return None

    def __str__(self) -> str:
        return f"{self.record}.{self.field}"


def usable(value: object) -> KeyValue | None:
    """Returns a value that can be a key, else None."""
    if type(value) is str:
        return value if 0 < len(value) <= _LONGEST and _is_writable(value) else None
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _is_writable(value: str) -> bool:
    """Whether any store can keep a text: none that is half of a surrogate pair or holds a NUL."""
    if value.isascii():
        return "\0" not in value
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


_TAIL = 1 << 74
_LOW = (1 << 62) - 1


class Ids:
    """Makes ids that no other process makes; those of one process stand in their order.

    A clock that is set back does no harm: the ids go on from the latest time that was seen. What a UUID has
    at random is counted here, from a start that is random in each process.

    >>> ids = Ids()
    >>> first, second = ids.new(), ids.new()
    >>> len(first), first < second
    (36, True)
    """

    def __init__(self) -> None:
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        self._lock = Lock()
        self._tail = uuid4().int % (_TAIL >> 1)
        self._latest = 0

    def new(self) -> str:
        """Makes one more id."""
        now = time_ns() // 1_000_000
        with self._lock:
            if now > self._latest:
                self._latest = now
            else:
                now = self._latest
            tail = self._tail = (self._tail + 1) % _TAIL
        text = f"{now << 80 | 7 << 76 | tail >> 62 << 64 | 2 << 62 | tail & _LOW:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
