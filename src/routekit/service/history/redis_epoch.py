"""What a Redis may have lost: its epoch, and the settings by which it may lose more."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from routekit.service.history import redis_scripts as scripts
from routekit.service.history.store import StoreLostError

__all__ = ["Epoch", "settings_troubles"]


class Epoch:
    """The epoch that this process knows: its id, and how many claims were counted in it at least."""

    def __init__(self, prefix: str) -> None:
        self.key = f"{prefix}:epoch"
        self._id, self._counted = "", 0

    @property
    def known(self) -> tuple[object, ...]:
        """What a script compares with the server's: the id, the count, and an id for one that has none."""
        return self._id, self._counted, uuid4().hex

    def look(self, client: Any) -> str:
        """Since when some claims are forgotten, if any are; raises :class:`StoreLostError` where all are."""
        return self.learn(client.register_script(scripts.EPOCH)([self.key], self.known))

    def learn(self, found: Sequence[bytes]) -> str:
        """Takes over what a script found; raises :class:`StoreLostError` where the server has lost all."""
        id, counted, lost, set_back = found
        self._id, self._counted = id.decode(), int(counted)
        if lost:
            raise StoreLostError(
                f"the server has lost what it held, noticed at {_time(lost)}; caps cannot be kept by it "
                "until `routekit history accept-loss`"
            )
        return _time(set_back) if set_back else ""

    def accept(self, client: Any) -> None:
        """Has the server forget that it has lost something."""
        client.register_script(scripts.ACCEPT)([self.key], [])

    def troubles(self, client: Any) -> Iterator[str]:
        """What the server has lost, in words."""
        try:
            since = self.look(client)
        except StoreLostError as error:
            yield error.reason
            return
        if since:
            yield f"the server went back to an earlier state, noticed at {since}: some claims are forgotten"


def settings_troubles(info: dict[str, object]) -> Iterator[str]:
    """By which settings a server may forget, by what it tells of itself."""
    if not info.get("aof_enabled"):
        yield "the server's `appendonly` is off: what was counted may be gone when it restarts"
    policy = info.get("maxmemory_policy", "noeviction")
    if info.get("maxmemory") and policy != "noeviction":
        yield f"the server's `maxmemory-policy` is {policy}: where it is full it drops what was counted"


def _time(seconds: bytes) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
