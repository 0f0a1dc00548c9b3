"""Requests at a fixed rate or flat out, and how long each took, counted from when it was due.

At a fixed rate a request is due at its place in time whether or not those before it were answered, so that a
service that stalls is charged for all who would have called meanwhile.
"""

import asyncio
import selectors
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

__all__ = ["Result", "Target", "percentile", "run"]

_GRACE = 2.0
"""Seconds that are waited for the last answers."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go: each of ``bodies`` in turn, over ``connections`` that are kept."""

    host: str
    port: int
    path: str
    bodies: tuple[bytes, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one run; ``latencies`` and ``lateness`` in seconds, the latter the generator's own."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


def run(target: Target, seconds: float, rate: float | None) -> Result:
    """Sends for some seconds, ``rate`` a second or, for None, as fast as answers come.

    Raises ``OSError`` where no connection can be had.
    """
    # epoll rounds its waits up to milliseconds, which is as long as what is measured
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        return runner.run(_Run(target, seconds, rate).result())


class _Run:
    def __init__(self, target: Target, seconds: float, rate: float | None) -> None:
        self._target = target
        self._rate = rate
        self._requests = [_request(target, body) for body in target.bodies]
        self._sent = 0
        self._due: deque[float] = deque()
        self._idle: list[_Connection] = []
        self._open = 0
        self._outcome = Result(seconds)
        self._end = 0.0

    async def result(self) -> Result:
        loop = asyncio.get_running_loop()
        connections = [
            (await loop.create_connection(lambda: _Connection(self), self._target.host, self._target.port))[1]
            for _ in range(self._target.connections)
        ]
        self._idle.extend(connections)
        self._open = len(connections)
        start = perf_counter()
        self._end = start + self._outcome.seconds
        await (self._flat_out() if self._rate is None else self._at_rate(start, self._rate))
        over = perf_counter() + _GRACE
        while (self._due or len(self._idle) < self._open) and perf_counter() < over:
            await asyncio.sleep(0.01)
        missing = len(self._due) + self._open - len(self._idle)
        if missing:
            self._outcome.errors["not answered in time"] += missing
        for connection in connections:
            connection.close()
        return self._outcome

    async def _flat_out(self) -> None:
        for connection in self._idle[:]:
            self._idle.remove(connection)
            self._send(connection, perf_counter())
        while perf_counter() < self._end and self._open:
            await asyncio.sleep(0.05)

    async def _at_rate(self, start: float, rate: float) -> None:
        count = round(self._outcome.seconds * rate)
        for place in range(count):
            due = start + place / rate
            wait = due - perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            elif place % 64 == 0:
                await asyncio.sleep(0)
            if not self._open:
                self._outcome.errors["connection lost"] += count - place
                return
            self._outcome.lateness.append(perf_counter() - due)
            if self._idle:
                self._send(self._idle.pop(), due)
            else:
                self._due.append(due)

    def _send(self, connection: "_Connection", due: float) -> None:
        request = self._requests[self._sent % len(self._requests)]
        self._sent += 1
        connection.send(request, due)

    def answered(self, connection: "_Connection", status: bytes, due: float) -> None:
        now = perf_counter()
        if status == b"200":
            self._outcome.latencies.append(now - due)
        else:
            self._outcome.errors[f"status {status.decode('ascii', 'replace')}"] += 1
        if self._due:
            self._send(connection, self._due.popleft())
        elif self._rate is None and now < self._end:
            self._send(connection, now)
        else:
            self._idle.append(connection)

    def lost(self, connection: "_Connection", was_asked: bool) -> None:
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)
        if was_asked:
            self._outcome.errors["connection lost"] += 1


class _Connection(asyncio.Protocol):
    """One kept connection, with one request on it at a time."""

    _transport: asyncio.Transport

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._answer = b""
        self._due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        answer = self._answer = self._answer + data
        head = answer.find(b"\r\n\r\n")
        if head < 0 or len(answer) < head + 4 + _length(answer[:head]) or self._due is None:
            return
        due, self._due, self._answer = self._due, None, b""
        self._run.answered(self, answer[9:12], due)

    def connection_lost(self, _: Exception | None) -> None:
        self._run.lost(self, self._due is not None)

    def close(self) -> None:
        self._due = None
        self._transport.abort()


def _request(target: Target, body: bytes) -> bytes:
    head = (
        f"POST {target.path} HTTP/1.1\r\nhost: {target.host}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of all values do not exceed; 0 for no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
