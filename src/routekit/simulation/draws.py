"""Chance, the same in every arm: each number belongs to a contact, an attempt of it, and a purpose.

What one arm does with a number has no say in what another arm, or another contact, gets.
"""

from enum import IntEnum
from hashlib import blake2b
from random import Random
from struct import unpack

__all__ = ["Draws", "Purpose"]

_BLOCK = 1024


class Purpose(IntEnum):
    """What a number is drawn for."""

    HANDLING = 0
    AFTER_CALL = 1
    SOLVED = 2
    MACHINE_TIME = 3
    COMES_BACK = 4
    COMES_AFTER = 5
    COMES_BY = 6
    ACCEPTS = 7


class Draws:
    """The numbers of one replication, each from 0 up to 1.

    >>> Draws(1, 0).of(7, 1)[Purpose.SOLVED] == Draws(1, 0).of(7, 1)[Purpose.SOLVED]
    True
    """

    def __init__(self, seed: int, replication: int) -> None:
        self._key = f"{seed}/{replication}"
        self._prefix = blake2b(digest_size=64, key=self._key.encode()[:64])

    def of(self, number: int, attempt: int) -> tuple[float, ...]:
        """Returns the numbers of one attempt of a contact, by their purposes."""
        digest = self._prefix.copy()
        digest.update(b"%d/%d" % (number, attempt))
        return tuple([(word >> 11) * 2.0**-53 for word in unpack("<8Q", digest.digest())])

    def first(self, purpose: str, count: int) -> list[float]:
        """Returns a number for each first attempt; the n-th is that of contact n, however many there are."""
        numbers: list[float] = []
        for block in range(0, count, _BLOCK):
            draw = Random(f"{self._key}/{purpose}/{block}").random  # noqa: S311 - chance, not secrecy
            numbers += [draw() for _ in range(_BLOCK)]
        return numbers[:count]
