"""Which kind of address a policy has."""

from pathlib import Path
from urllib.parse import urlsplit

from routekit.service.policies.address import Address, DiskAddress
from routekit.service.policies.http import HttpAddress
from routekit.service.policies.redis import RedisAddress

__all__ = ["address_of"]

_POLL = {"disk": 1.0, "redis": 2.0, "http": 10.0}


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
