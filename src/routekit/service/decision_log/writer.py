"""One sink with its queue and the thread that writes, counts and tries again."""

import logging
import os
from collections import deque
from collections.abc import Callable
from datetime import datetime
from threading import Event, Lock, Thread, current_thread
from time import monotonic, sleep

from routekit.engine.log import log
from routekit.schema.times import utc_now
from routekit.service.decision_log.rendering import JSON, Entry, Happened, Record
from routekit.service.decision_log.sinks import Sink, giving, name_of
from routekit.service.telemetry.meters import Meters

__all__ = ["Writer"]

PAUSE = 0.05
"""Seconds between two looks at the queue; to wake a thread for each entry would cost the one who decides."""
TURN, LONG_TURN, MANY, REST = 32, 128, 500, 0.00005
"""Records that are made in one go, or that are where so many wait, and the seconds left to others behind
them: all share one interpreter."""
FIRST_DELAY, LONGEST_DELAY = 0.05, 2.0
"""Seconds before a record is tried again."""
HANGS = 1.0
"""Seconds in one call of a sink after which it is said to hang."""


class Writer:
    """Takes entries from any thread, and writes them in their order.

    A mark in the queue is an event that is set when the writer comes to it.
    """

    def __init__(self, sink: Sink, capacity: int, record: Callable[[Entry | Happened], Record]) -> None:
        self.name = name_of(sink)
        self._sink = sink
        self._give = giving(sink)
        self._capacity = capacity
        self._record = record
        self.begin_anew()

    def begin_anew(self) -> None:
        self.written = self.dropped = self.failed = 0
        self._queue: deque[Entry | Happened | Event] = deque()
        self._lock = Lock()
        self._wake = Event()
        self._thread: Thread | None = None
        self._is_stopping = self._is_given_up = False
        self._trouble = ""
        self._failing_since: datetime | None = None
        self._in_hand = 0
        self._calling_since: float | None = None

    # ── the side of those who decide ──────────────────────────────────────────

    def put(self, entry: Entry | Happened) -> None:
        queue = self._queue
        waiting = len(queue) + self._in_hand
        if waiting >= self._capacity or self._is_stopping:
            self._drop(1)
            return
        queue.append(entry)
        if 2 * waiting >= self._capacity and not self._wake.is_set():
            self._wake.set()

    def _drop(self, count: int) -> None:
        with self._lock:
            self.dropped += count

    @property
    def waiting(self) -> int:
        return sum(not isinstance(item, Event) for item in self._queue.copy()) + self._in_hand

    def start(self) -> None:
        if self._thread is None:
            thread = Thread(target=self._run, name=f"routekit log: {self.name}", daemon=True)
            thread.start()
            self._thread = thread

    def mark(self) -> Event:
        """Returns an event that is set once all that was put before is behind us."""
        mark = Event()
        if self._thread is None or not self._thread.is_alive():
            mark.set()
        else:
            self._queue.append(mark)
            self._wake.set()
        return mark

    def stop(self) -> None:
        self._is_stopping = True
        self._wake.set()

    def join(self, timeout: float) -> bool:
        """Waits for the end; what is not written by then is dropped. False where something was."""
        if self._thread is not None and self._thread is not current_thread():
            self._thread.join(timeout)
        with self._lock:
            self._is_given_up = True
            left = self.waiting
            self.dropped += left
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, Event):
                item.set()
        if left:
            log(logging.WARNING, "decisions not logged", sink=self.name, dropped=left)
        return not left

    def status(self) -> dict[str, JSON]:
        called, since = self._calling_since, self._failing_since
        seconds = 0.0 if called is None else monotonic() - called
        hangs = seconds > HANGS
        return {
            "sink": self.name,
            "state": "hangs" if hangs else "failing" if since else "ok",
            "waiting": self.waiting,
            "written": self.written,
            "dropped": self.dropped,
            "failed": self.failed,
            "trouble": self._trouble or None,
            "failing_since": since.isoformat(timespec="milliseconds") if since else None,
            "hanging_for": round(seconds, 1) if hangs else None,
        }

    def measure(self, meters: Meters) -> None:
        meters.gauge("routekit_log_written_total", lambda: self.written, sink=self.name)
        meters.gauge("routekit_log_dropped_total", lambda: self.dropped, sink=self.name)
        meters.gauge("routekit_log_failed_total", lambda: self.failed, sink=self.name)
        meters.gauge("routekit_log_waiting", lambda: self.waiting, sink=self.name)

    # ── the side of the sink ──────────────────────────────────────────────────

    def _run(self) -> None:
        while not self._is_stopping or self._queue:
            self._wake.wait(PAUSE)
            self._wake.clear()
            self._empty()
        close = getattr(self._sink, "close", None)
        if callable(close) and not self._is_given_up:
            self._guarded(lambda: close() or 0)

    def _empty(self) -> None:
        while self._queue and not self._is_given_up:
            taken = self._take()
            if isinstance(taken, Event):
                taken.set()
                continue
            self._write(taken)
            if self._queue:
                sleep(REST)

    def _take(self) -> list[Entry | Happened] | Event:
        """A mark, or the entries before the next one, as many as are made in one go."""
        entries: list[Entry | Happened] = []
        with self._lock:  # whoever gives up counts an entry either in the queue or in hand
            queue = self._queue
            most = TURN if len(queue) < MANY else LONG_TURN
            while queue and len(entries) < most and not self._is_given_up:
                item = queue[0]
                if isinstance(item, Event) and entries:
                    break
                queue.popleft()
                if isinstance(item, Event):
                    return item
                entries.append(item)
            self._in_hand = len(entries)
        return entries

    def _settle(self, *, written: int = 0, dropped: int = 0, failed: int = 0) -> None:
        """Counts entries in hand, unless they were given up and counted meanwhile."""
        with self._lock:
            if not self._is_given_up:
                self.written += written
                self.dropped += dropped
                self.failed += failed
            self._in_hand -= written + dropped + failed

    def _write(self, entries: list[Entry | Happened]) -> None:
        records = self._records(entries)
        delay = FIRST_DELAY
        while records and not self._is_given_up:
            taken = self._guarded(lambda: self._give(records))  # noqa: B023 - it is called at once
            if isinstance(taken, int):
                self._settle(written=taken)
                records = records[taken:]
                self._recover()
                delay = FIRST_DELAY
                continue
            self._fail(taken)
            if not isinstance(taken, OSError):
                self._settle(failed=1)
                records = records[1:]
                continue
            if self._is_stopping:
                self._settle(dropped=len(records))
                return
            self._wake.wait(delay)
            self._wake.clear()
            delay = min(2 * delay, LONGEST_DELAY)

    def _records(self, entries: list[Entry | Happened]) -> list[Record]:
        records: list[Record] = []
        for entry in entries:
            try:
                records.append(self._record(entry))
            except BaseException as error:  # one that cannot be told must not cost those behind it
                self._settle(failed=1)
                self._fail(error)
        return records

    def _guarded(self, call: Callable[[], int]) -> int | BaseException:
        self._calling_since = monotonic()
        try:
            return call()
        except BaseException as error:  # the thread goes on, whatever a sink raises
            return error
        finally:
            self._calling_since = None

    def _fail(self, error: BaseException) -> None:
        self._trouble = _trouble(error)
        if self._failing_since is None:
            self._failing_since = utc_now()
            log(logging.WARNING, "decision log fails", sink=self.name, trouble=self._trouble)

    def _recover(self) -> None:
        if self._failing_since is not None:
            self._failing_since, self._trouble = None, ""
            log(logging.INFO, "decision log goes on", sink=self.name, dropped=self.dropped)


def _trouble(error: BaseException) -> str:
    """The kind of an error and the system's words for it; its own text may hold what was to be written."""
    kind = type(error).__name__
    if isinstance(error, OSError) and isinstance(error.errno, int):
        return f"{kind}: {os.strerror(error.errno).lower()}"
    return kind
