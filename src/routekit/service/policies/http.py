"""A document at an address of HTTP: asked for again and again, had only where it is another one."""

import http.client
import re
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http.client import HTTPMessage
from pathlib import Path
from random import uniform
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit

from routekit.service.policies.bundle import MOST_BYTES, Document
from routekit.service.policies.events import PolicyRefused, SourceUnreachable

__all__ = ["HttpAddress"]

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class HttpAddress:
    """A document that a server gives for ``GET``; the whole request has ``deadline`` seconds."""

    def __init__(
        self,
        url: str,
        poll: float,
        deadline: float,
        most_bytes: int = MOST_BYTES,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        ca_file: str | Path | None = None,
    ) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.username is not None:
            raise ValueError(
                "the address of a policy has a host and no password, such as https://host/policy.json"
            )
        self.name = url.split("?")[0]
        self.watching = f"asking every {poll:g}s"
        self._url = url
        self._poll = poll
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._tag: str | None = None
        self._open: socket | None = None
        self._is_closed = False
        self._secrets = _headers(token, headers)
        self._opener = urllib.request.build_opener(
            _Http(self._remember),
            _Https(self._remember, _context(ca_file)),
            _SameScheme(parts, self._secrets),
        )

    def read(self, *, again: bool) -> Document | None:
        headers = {"Accept": "application/json", "User-Agent": "routekit"}
        if self._tag is not None and not again:
            headers["If-None-Match"] = self._tag
        request = urllib.request.Request(self._url, headers=headers)  # noqa: S310 - http or https, by the address
        for name, value in self._secrets.items():  # another host must not have them
            request.add_unredirected_header(name, value)
        guard = Timer(self._deadline, self._hang_up)  # a server may send a byte a second for ever
        guard.daemon = True
        guard.start()
        try:
            with self._opener.open(request, timeout=self._deadline) as response:
                tag = response.headers.get("ETag")
                data = response.read(self._most_bytes + 1)
                if not guard.is_alive() or (response.length and len(data) <= self._most_bytes):
                    raise SourceUnreachable("the answer broke off or came too slowly")
        except HTTPError as error:
            error.close()
            if error.code == http.client.NOT_MODIFIED:
                return None
            raise SourceUnreachable(f"the server answered {error.code}") from None
        except SourceUnreachable:
            raise
        except Exception as error:  # sockets that are closed under a reader fail in many ways
            late = "" if guard.is_alive() else f" within {self._deadline:g}s"
            raise SourceUnreachable(f"the server did not answer{late}: {_said(error)}") from None
        finally:
            guard.cancel()
            self._open = None
        self._tag = tag
        if len(data) > self._most_bytes:
            raise PolicyRefused(f"the document has more than {self._most_bytes:,} bytes")
        return Document.from_json(data)

    def wait(self, poked: Event, seconds: float) -> None:
        poked.wait(min(seconds, self._poll * uniform(0.9, 1.1)))  # noqa: S311 - not all nodes at once

    def close(self) -> None:
        self._is_closed = True
        self._hang_up()

    def _remember(self, opened: socket) -> None:
        self._open = opened
        if self._is_closed:
            self._hang_up()

    def _hang_up(self) -> None:
        opened = self._open
        if opened is not None:
            with suppress(OSError, ValueError):
                opened.shutdown(SHUT_RDWR)


def _headers(token: str | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    """What a request says beside; raises ``ValueError`` for what no header can be."""
    said = dict(headers or {})
    if token is not None:
        if not token.strip():
            raise ValueError("the token of a policy's address is empty: is its variable set?")
        said["Authorization"] = f"Bearer {token}"
    for name, value in said.items():
        if not _NAME.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise ValueError(f"the header `{name}` of a policy's address is none")
    return said


def _context(ca_file: str | Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError):
        raise ValueError(f"`{ca_file}` holds no certificates that can be read") from None


def _said(error: Exception) -> str:
    """What an error says, without addresses that may hold secrets."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return reason if isinstance(reason, str) else type(reason).__name__


class _Http(urllib.request.HTTPHandler):
    def __init__(self, remember: Callable[[socket], None]) -> None:
        super().__init__()
        self._remember = remember

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Connection, self._remember), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, remember: Callable[[socket], None], context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._remember = remember
        self._own = context

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        context = self._own or ssl.create_default_context()
        return self.do_open(partial(_SafeConnection, self._remember), req, context=context)


class _Connection(http.client.HTTPConnection):
    """Tells of its socket, so that another thread can end what is waited for."""

    def __init__(self, remember: Callable[[socket], None], host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._remember = remember

    def connect(self) -> None:
        super().connect()
        self._remember(self.sock)


class _SafeConnection(_Connection, http.client.HTTPSConnection):
    """The same over TLS."""


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from ``https`` to what anybody can read and change."""

    def __init__(self, address: SplitResult, secrets: Mapping[str, str]) -> None:
        self._scheme, self._host = address.scheme, address.netloc
        self._secrets = secrets

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != self._scheme:
            raise SourceUnreachable(f"the server leads on to another scheme than {self._scheme}")
        led_on = super().redirect_request(req, fp, code, msg, headers, newurl)
        if led_on is not None and urlsplit(newurl).netloc == self._host:
            for name, value in self._secrets.items():
                led_on.add_unredirected_header(name, value)
        return led_on
