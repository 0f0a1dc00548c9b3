"""What every address of a policy can do, and which kind of address one is."""

from pathlib import Path
from threading import Event
from typing import Protocol
from urllib.parse import urlsplit

from routekit.service.policies.bundle import Document
from routekit.service.policies.files import DiskAddress
from routekit.service.policies.http import HttpAddress
from routekit.service.policies.redis import RedisAddress

__all__ = ["Address", "address_of"]

_POLL = {"disk": 1.0, "redis": 2.0, "http": 10.0}


class Address(Protocol):
    """Where versions come from."""

    name: str
    """As people may see it, without passwords."""
    watching: str
    """How it hears of new versions, in words."""

    def read(self, *, again: bool) -> Document | None:
        """The version that is there; None where it is the one read last, unless asked for ``again``.

        Raises ``SourceUnreachable`` and ``PolicyRefused``.
        """

    def wait(self, poked: Event, seconds: float) -> None:
        """Returns when there may be a new version, when the time is up, or soon after a poke."""

    def close(self) -> None:
        """Ends what another thread is waiting for in here."""


def address_of(address: str | Path, *, poll: float | None, settle: float, deadline: float) -> Address:
    """The address of a file, a folder, ``redis://…`` or ``http(s)://…``; ``ValueError`` for another one."""
    scheme = urlsplit(address).scheme if isinstance(address, str) and "://" in address else ""
    match scheme:
        case "":
            return DiskAddress(Path(address), poll or _POLL["disk"], settle)
        case "http" | "https":
            return HttpAddress(str(address), poll or _POLL["http"], deadline)
        case "redis" | "rediss":
            return RedisAddress(str(address), poll or _POLL["redis"], deadline)
    raise ValueError(f"a policy cannot come from `{scheme}://`: a path, http, https, redis or rediss")
