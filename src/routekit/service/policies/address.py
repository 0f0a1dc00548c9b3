"""What every address of a policy can do, and which kind of address one is."""

from collections.abc import Mapping
from dataclasses import dataclass
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
        """Returns the version that is there; None where it is the one read last, unless asked for ``again``.

        Raises ``SourceUnreachable`` and ``PolicyRefused``.
        """

    def wait(self, poked: Event, seconds: float) -> None:
        """Returns when there may be a new version, when the time is up, or soon after a poke."""

    def close(self) -> None:
        """Ends what another thread is waiting for in here."""


@dataclass(frozen=True, slots=True)
class Access:
    """How an address is read: seconds between looks, until files are still, of an answer; and over HTTP."""

    poll: float | None = None
    settle: float = 0.05
    deadline: float = 5.0
    token: str | None = None
    headers: Mapping[str, str] | None = None
    ca_file: str | Path | None = None

    @property
    def is_of_http(self) -> bool:
        """Whether something is said that only servers of HTTP know."""
        return self.token is not None or self.headers is not None or self.ca_file is not None


def address_of(address: str | Path, access: Access) -> Address:
    """Opens a file, a folder, ``redis://…`` or ``http(s)://…``; ``ValueError`` for another address."""
    scheme = urlsplit(address).scheme if isinstance(address, str) and "://" in address else ""
    if access.is_of_http and scheme not in ("http", "https"):
        raise ValueError("`token`, `headers` and `ca_file` are for a policy that comes over HTTP")
    match scheme:
        case "":
            return DiskAddress(Path(address), access.poll or _POLL["disk"], access.settle)
        case "http" | "https":
            return HttpAddress(
                str(address),
                access.poll or _POLL["http"],
                access.deadline,
                token=access.token,
                headers=access.headers,
                ca_file=access.ca_file,
            )
        case "redis" | "rediss":
            return RedisAddress(str(address), access.poll or _POLL["redis"], access.deadline)
    raise ValueError(f"a policy cannot come from `{scheme}://`: a path, http, https, redis or rediss")
