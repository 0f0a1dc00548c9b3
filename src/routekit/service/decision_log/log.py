"""The decision log: entries go in without waiting, and out by a thread for each sink."""

import atexit
import sys
from collections.abc import Iterable
from threading import Lock
from time import monotonic
from typing import Self

from routekit.engine.forks import anew_after_fork
from routekit.schema.times import utc_now
from routekit.service.decision_log.records import Recorder
from routekit.service.decision_log.rendering import JSON, Entry, Happened
from routekit.service.decision_log.sinks import Sink
from routekit.service.decision_log.writer import Writer
from routekit.service.telemetry.meters import Meters

__all__ = ["DecisionLog"]

CLOSING = 5.0
"""Seconds that the end of a process waits for what is not written yet."""


class DecisionLog:
    """Writes each decision to its sinks, behind the service's back.

    A sink is any callable of a record; each has a queue of at most ``capacity`` entries and a thread of its
    own, so that one that hangs holds up neither a decision nor another sink. What a full queue cannot take is
    dropped and counted. Contacts are read and masked in those threads: values of fields that the policy calls
    ``private``, and free texts that are not words of the policy itself, are left out and their paths named.

    ``plain`` are paths of free texts that may be written all the same (``contact.language``; ``agent`` and
    ``note`` for those of events); none of them lays open a private field. ``pseudonyms`` is a secret key of
    at least 16 bytes: what is masked is then told apart by a keyed hash, so that the decisions of one
    customer can be joined. Raises ``ValueError`` for a shorter key, or a capacity below 1.

    >>> records = []
    >>> with DecisionLog(records.append) as log:
    ...     log.status()["sinks"][0]["state"]
    'ok'
    """

    def __init__(
        self,
        *sinks: Sink,
        capacity: int = 10_000,
        plain: Iterable[str] = (),
        pseudonyms: bytes | str | None = None,
    ) -> None:
        if capacity < 1:
            raise ValueError("the capacity of a decision log is 1 at least")
        recorder = Recorder(frozenset(plain), _key(pseudonyms))
        self._writers = tuple(Writer(sink, capacity, recorder.anew()) for sink in sinks)
        self._lock = Lock()
        self._is_asleep = True
        self._is_closed = False
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """Starts over in a forked process: the parent writes what was waiting, and has the threads."""
        self._lock = Lock()
        self._is_asleep = True
        for writer in self._writers:
            writer.begin_anew()
            if self._is_closed:
                writer.stop()

    def put(self, entry: Entry | Happened) -> None:
        """Takes an entry; never waits, never raises."""
        if self._is_asleep:
            self._wake_up()
        for writer in self._writers:
            writer.put(entry)

    def _wake_up(self) -> None:
        """Starts the threads with the first entry, in the process that has it."""
        with self._lock:
            if not self._is_asleep or self._is_closed:
                return
            try:
                for writer in self._writers:
                    writer.start()
            except RuntimeError:  # no thread is to be had now; the queues keep what they can
                return
            self._is_asleep = False
        atexit.register(self.close)
        processes = sys.modules.get("multiprocessing.util")
        if processes is not None:  # its children end without what `atexit` knows
            processes.Finalize(self, DecisionLog.close, args=(self,), exitpriority=1)

    def flush(self, timeout: float = CLOSING) -> bool:
        """Waits until all that was put before is written or counted; False where time was up."""
        if self._is_asleep and not self._is_closed and any(writer.waiting for writer in self._writers):
            self._wake_up()
        deadline = monotonic() + timeout
        marks = [writer.mark() for writer in self._writers]
        reached = [mark.wait(max(0.0, deadline - monotonic())) for mark in marks]
        return all(reached)

    def close(self, timeout: float = CLOSING) -> bool:
        """Writes what is waiting, then ends; False where time was up and entries were dropped.

        It ends within ``timeout`` seconds even where a sink hangs. What is put later is counted as dropped.
        """
        with self._lock:
            if self._is_closed:
                return True
            self._is_closed = True
        atexit.unregister(self.close)
        deadline = monotonic() + timeout
        for writer in self._writers:
            writer.stop()
        ended = [writer.join(max(0.0, deadline - monotonic())) for writer in self._writers]
        return all(ended)

    def status(self) -> dict[str, JSON]:
        """Tells how the sinks do: what they wrote, dropped or failed at, which one fails, and since when."""
        sinks = [writer.status() for writer in self._writers]
        return {
            "as_of": utc_now().isoformat(timespec="milliseconds"),
            "is_closed": self._is_closed,
            "dropped": sum(writer.dropped for writer in self._writers),
            "failed": sum(writer.failed for writer in self._writers),
            "sinks": list(sinks),
        }

    def measure(self, meters: Meters) -> None:
        """Shows what the sinks wrote, dropped and failed, and what is waiting, among other figures."""
        for writer in self._writers:
            writer.measure(meters)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _key(given: bytes | str | None) -> bytes | None:
    key = given.encode() if isinstance(given, str) else given
    if key is not None and len(key) < 16:
        raise ValueError("the key of pseudonyms is too short: it takes 16 bytes at least")
    return key
