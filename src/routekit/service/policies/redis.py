"""A document under a key of Redis, had only where it is another one."""

from contextlib import suppress
from hashlib import sha1
from random import uniform
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from routekit.service.policies.bundle import MOST_BYTES, Document
from routekit.service.policies.events import PolicyRefused, SourceUnreachable
from routekit.service.redis_url import check_redis_url

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["KEY", "RedisAddress", "connect", "split_key"]

KEY = "routekit:policy"
"""Where the document is, unless the address says ``?key=…``."""

_GET = """
local size = redis.call('STRLEN', KEYS[1])
if size == 0 then return {0} end
if size > tonumber(ARGV[2]) then return {2} end
local document = redis.call('GET', KEYS[1])
if redis.sha1hex(document) == ARGV[1] then return {1} end
return {3, document}
"""
"""0: nothing there, 1: the one that was had last, 2: too large, 3: another one."""


class RedisAddress:
    """A key that holds a document; each answer has ``deadline`` seconds."""

    def __init__(self, url: str, poll: float, deadline: float, most_bytes: int = MOST_BYTES) -> None:
        plain, self._key = split_key(url)
        parts = urlsplit(plain)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
        self.name = f"{parts.scheme}://{host}{parts.path}?key={self._key}"
        self.watching = f"asking every {poll:g}s"
        self._poll = poll
        self._most_bytes = most_bytes
        self._seen = ""
        self._client = connect(plain, deadline)

    def read(self, *, again: bool) -> Document | None:
        from redis.exceptions import RedisError

        seen = "" if again else self._seen
        try:
            answer = self._client.eval(_GET, 1, self._key, seen, str(self._most_bytes))
        except (RedisError, OSError) as error:
            raise SourceUnreachable(f"redis does not answer: {type(error).__name__}") from None
        if not isinstance(answer, list) or answer[0] == 0:
            raise SourceUnreachable(f"redis has nothing under the key `{self._key}`")
        if answer[0] == 1:
            return None
        if answer[0] == 2:
            raise PolicyRefused(f"the document has more than {self._most_bytes:,} bytes")
        data = bytes(answer[1])
        self._seen = sha1(data, usedforsecurity=False).hexdigest()
        return Document.from_json(data)

    def wait(self, poked: Event, seconds: float) -> None:
        poked.wait(min(seconds, self._poll * uniform(0.9, 1.1)))  # noqa: S311 - not all nodes at once

    def close(self) -> None:
        with suppress(Exception):
            self._client.connection_pool.disconnect()


def split_key(url: str) -> tuple[str, str]:
    """Returns the address of a server as redis-py takes it, and the key.

    >>> split_key("redis://localhost/0?key=telecom")
    ('redis://localhost/0', 'telecom')
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    key = options.pop("key", KEY)
    return urlunsplit(parts._replace(query=urlencode(options))), key


def connect(url: str, deadline: float) -> "Redis":
    """Makes a client that gives up in time; ``ImportError`` without redis-py, ``ValueError`` for no URL."""
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise ImportError("a policy in Redis needs redis-py: pip install routekit[redis]") from None
    check_redis_url(url)
    return Redis.from_url(
        url,
        socket_timeout=deadline,
        socket_connect_timeout=deadline,
        retry=Retry(NoBackoff(), 0),
        decode_responses=False,
    )
