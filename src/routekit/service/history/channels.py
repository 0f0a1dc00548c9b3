"""What carries messages between the workers that share a store: a few a minute, kept for an hour."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["KEPT_FOR", "Channel", "Heard", "Message", "RedisChannel", "SQLChannel", "position"]

KEPT_FOR = 3_600
"""Seconds that a message can still be heard."""

_FORGOTTEN = 600
"""Seconds after which a worker that is not heard of any more has gone."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its place in the channel."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A worker, the last message that it has heard, and how many seconds ago it was there."""

    worker: str
    last: str
    seconds: float


class Channel(Protocol):
    """A log that each worker reads by itself. Its calls raise :class:`StoreError`, and nothing else."""

    def send(self, text: str) -> str:
        """Adds a message; its place."""

    def receive(self, after: str | None) -> tuple[Sequence[Message], str]:
        """Returns the messages after a place, and where the channel stands.

        A worker that begins knows no place, and is given none that were sent before.
        """

    def note(self, worker: str, last: str) -> None:
        """Says that a worker is there, and has heard all up to a place."""

    def leave(self, worker: str) -> None:
        """Says that a worker has gone."""

    def workers(self) -> Sequence[Heard]:
        """Returns the workers that are there, by their names."""


def position(id: str) -> tuple[int, ...]:
    """Returns a place, to be compared with others.

    >>> position("1764115200000-2") > position("1764115200000-1"), position("") < position("1")
    (True, True)
    """
    return tuple(int(part) for part in id.split("-") if part)


class RedisChannel:
    """A stream, and a hash of workers; ``client`` is a context with a client."""

    def __init__(self, client: Callable[[], AbstractContextManager[Any]], prefix: str) -> None:
        self._client = client
        self._stream, self._workers = f"{prefix}:control", f"{prefix}:workers"

    def send(self, text: str) -> str:
        with self._client() as client:
            seconds, _ = client.time()
            oldest = (int(seconds) - KEPT_FOR) * 1000
            return str(client.xadd(self._stream, {"text": text}, minid=str(oldest)).decode())

    def receive(self, after: str | None) -> tuple[Sequence[Message], str]:
        with self._client() as client:
            begin = f"({after}" if after else "-"
            found = [] if after is None else client.xrange(self._stream, min=begin)
            last = client.xrevrange(self._stream, count=1)
        messages = [Message(id.decode(), fields[b"text"].decode()) for id, fields in found]
        return messages, last[0][0].decode() if last else ""

    def note(self, worker: str, last: str) -> None:
        with self._client() as client:
            seconds, _ = client.time()
            client.hset(self._workers, worker, f"{seconds} {last}")
            client.xtrim(self._stream, minid=str((int(seconds) - KEPT_FOR) * 1000))

    def leave(self, worker: str) -> None:
        with self._client() as client:
            client.hdel(self._workers, worker)

    def workers(self) -> Sequence[Heard]:
        with self._client() as client:
            seconds, _ = client.time()
            rows = sorted(client.hgetall(self._workers).items())
            heard = []
            for name, told in rows:
                at, _, last = told.decode().partition(" ")
                heard.append(Heard(name.decode(), last, float(int(seconds) - int(at))))
            gone = [one.worker for one in heard if one.seconds > _FORGOTTEN]
            if gone:
                client.hdel(self._workers, *gone)
        return [one for one in heard if one.seconds <= _FORGOTTEN]


class SQLChannel:
    """Two tables; ``run`` executes statements in one transaction, and gives the rows of each.

    ``now`` is an expression of seconds since 1970 by the clock that all workers share.
    """

    def __init__(self, run: Callable[..., list[list[Any]]], now: str) -> None:
        self._run = run
        self._add = f"INSERT INTO routekit_control (at, text) VALUES ({now}, ?) RETURNING id"  # noqa: S608
        self._trim = f"DELETE FROM routekit_control WHERE at < {now} - {KEPT_FOR}"  # noqa: S608
        self._note = (
            f"INSERT INTO routekit_worker (name, heard, at) VALUES (?, ?, {now}) "  # noqa: S608
            "ON CONFLICT (name) DO UPDATE SET heard = excluded.heard, at = excluded.at"
        )
        self._who = f"SELECT name, heard, {now} - at FROM routekit_worker ORDER BY name"  # noqa: S608
        self._forget = f"DELETE FROM routekit_worker WHERE at < {now} - {_FORGOTTEN}"  # noqa: S608

    def send(self, text: str) -> str:
        ((row,), _) = self._run((self._add, text), (self._trim,))
        return str(row[0])

    def receive(self, after: str | None) -> tuple[Sequence[Message], str]:
        newest, found = self._run(
            ("SELECT max(id) FROM routekit_control",),
            ("SELECT id, text FROM routekit_control WHERE id > ? ORDER BY id", int(after or 0)),
        )
        messages = [] if after is None else [Message(str(id), text) for id, text in found]
        return messages, "" if newest[0][0] is None else str(newest[0][0])

    def note(self, worker: str, last: str) -> None:
        self._run((self._note, worker, int(last or 0)), (self._forget,), (self._trim,))

    def leave(self, worker: str) -> None:
        self._run(("DELETE FROM routekit_worker WHERE name = ?", worker))

    def workers(self) -> Sequence[Heard]:
        (rows,) = self._run((self._who,))
        heard = [Heard(name, str(last) if last else "", float(seconds)) for name, last, seconds in rows]
        return [one for one in heard if one.seconds <= _FORGOTTEN]
