"""The published hash behind splits: version 1 of the language, the same on every machine and for ever.

A key and a seed fall on a point of a line of ``WHOLE`` = 10⁸ points; an arm owns the points of its share,
in the order of the arms. So a larger first arm keeps everybody who was in it.

    point = first 8 bytes (big-endian) of SHA-256("routekit-split-1" NUL seed NUL key), × WHOLE, / 2⁶⁴

The key is written out as ``key_text`` says; seed and key are UTF-8.
"""

from datetime import date, datetime, timedelta
from hashlib import sha256

from routekit.schema.times import format_duration
from routekit.schema.types import Scalar

__all__ = ["WHOLE", "key_text", "point"]

WHOLE = 100_000_000
_VERSION = b"routekit-split-1"


def key_text(key: Scalar) -> str:
    """Gives a key as the hash takes it: a whole number in digits, a time in UTC, a flag as ``yes`` or ``no``.

    >>> key_text(7.0), key_text("c-1"), key_text(True)
    ('7', 'c-1', 'yes')
    """
    if isinstance(key, bool):
        return "yes" if key else "no"
    if isinstance(key, float):
        return str(int(key)) if key.is_integer() else repr(key)
    if isinstance(key, datetime | date):
        return key.isoformat()
    if isinstance(key, timedelta):
        return format_duration(key)
    return str(key)


def point(seed: str, key: Scalar) -> int:
    """Returns the point of a key, from 0 up to, not including, ``WHOLE``.

    >>> point("bot-7", "c-1") == point("bot-7", "c-1")
    True
    """
    text = b"\0".join((_VERSION, seed.encode(), key_text(key).encode()))
    number = int.from_bytes(sha256(text).digest()[:8], "big")
    return number * WHOLE >> 64
