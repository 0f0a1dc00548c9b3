"""The epochs of a cluster of Redis servers: one in each slot, so that no node can forget its part unseen.

A script sees the keys of one slot only. So each slot has an epoch of its own, with the id of the whole store,
written when the store is made: where one is missing or another later, the node of that slot has lost what it
held. That is told in the epoch of the store, which every process looks at before a claim.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from itertools import count
from typing import Any

from redis.crc import key_slot

from routekit.service.history.redis_scripts import Epoch
from routekit.service.history.store import StoreLostError

__all__ = ["ClusterEpoch"]

_SLOTS = 16384
_AT_ONCE = 2048

_SEAL = """
redis.call('HSETNX', KEYS[1], 'id', ARGV[1])
redis.call('HSETNX', KEYS[1], 'n', 0)
return redis.call('HGET', KEYS[1], 'id')
"""
"""The id that a slot has; that of the store where it had none."""

_NEW = "redis.call('DEL', KEYS[1]) return redis.call('HSET', KEYS[1], 'id', ARGV[1], 'n', 0)"

_LOSE = "return redis.call('HSET', KEYS[1], 'lost', redis.call('TIME')[1])"


class ClusterEpoch(Epoch):
    """The epoch of a store in a cluster, and what this process knows of those of its slots."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self._prefix = prefix
        self._is_sealed = False
        self._counted_in: dict[str, int] = {}

    def before_claim(self, client: Any) -> None:
        """Raises :class:`StoreLostError` where a node has lost what it held; a new store gets its epochs."""
        self.look(client)
        if self._is_sealed:
            return
        if not client.hexists(self.key, "sealed"):
            found = self._in_all_slots(client, _SEAL)
            if any(id.decode() != self._id for id in found):
                self._lose(client)
            client.hset(self.key, "sealed", 1)
        self._is_sealed = True

    def at(self, tag: str) -> str:
        """The epoch in the slot of a customer's keys."""
        return self._in_slot(key_slot(f"{tag}:".encode()))

    def known_at(self, key: str) -> tuple[object, ...]:
        """What a script compares with what it finds in a slot."""
        id, _, new = self.known
        return id, self._counted_in.get(key, 0), new

    def learn_at(self, client: Any, key: str, found: Sequence[bytes]) -> None:
        """Takes over what a script found in a slot; tells all others where it was lost."""
        _, counted, lost, set_back = found
        if lost:
            self._lose(client)
        if set_back:
            client.hset(self.key, "set_back", set_back)
        self._counted_in[key] = max(self._counted_in.get(key, 0), int(counted))

    def accept(self, client: Any) -> None:
        with suppress(StoreLostError):
            self.look(client)
        self._in_all_slots(client, _NEW)
        client.hset(self.key, "sealed", 1)
        super().accept(client)

    def _lose(self, client: Any) -> None:
        client.execute_command("EVAL", _LOSE, 1, self.key)
        self.look(client)

    def _in_slot(self, slot: int) -> str:
        return f"{self._prefix}:epoch:{{{_tags()[slot]}}}"

    def _in_all_slots(self, client: Any, script: str) -> list[Any]:
        found: list[Any] = []
        for first in range(0, _SLOTS, _AT_ONCE):
            with client.pipeline(transaction=False) as pipeline:
                for slot in range(first, first + _AT_ONCE):
                    pipeline.execute_command("EVAL", script, 1, self._in_slot(slot), self._id)
                found += pipeline.execute()
        return found


@cache
def _tags() -> dict[int, str]:
    """For each slot a short text that leads to it."""
    found: dict[int, str] = {}
    for number in count():
        found.setdefault(key_slot(str(number).encode()), str(number))
        if len(found) == _SLOTS:
            return found
    raise AssertionError("numbers do not end")
