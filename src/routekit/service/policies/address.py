"""What every address of a policy can do, and the address of one on disk."""

import logging
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Protocol

from routekit.engine.log import log
from routekit.service.policies.bundle import Document
from routekit.service.policies.errors import PolicyRefused
from routekit.service.policies.files import SIGNED, Reading, Stamp, stamp

__all__ = ["Address", "DiskAddress"]

MOST_TRIES = 20
LONGEST_WAIT = 1.0
"""Seconds that files may go on changing before they are read nevertheless."""

_BREATH = 0.05
"""Seconds between two looks at files that never rest."""

_STEP = 100
"""Milliseconds between two looks for events: for each of them a thread takes the interpreter."""

_MOST_SIGNATURE = 10_000


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


class DiskAddress:
    """A file or a folder; changes are seen at once where watchfiles is installed, and at each poll."""

    def __init__(self, path: Path, poll: float, settle: float) -> None:
        self.name = path.as_posix()
        self.watching = "watchfiles"
        self._path = path
        self._poll = poll
        self._settle = settle
        self._stamps: dict[Path, Stamp] = {path: None}
        self._is_moving = False
        self._is_closed = False

    def read(self, *, again: bool) -> Document | None:  # noqa: ARG002 - files are always read
        self._is_moving = not self._wait_until_still()
        reading = Reading.of(self._path)
        try:
            for _ in range(MOST_TRIES):
                bundle = reading.whole(self._path)
                signature = self._signature(reading, bundle.first)
                if reading.is_of_one_moment():
                    return Document(bundle, signature=signature)
                reading = Reading.of(self._path)
        finally:
            reading.stamps.setdefault(self._path, stamp(self._path))
            self._stamps = reading.stamps
        self._is_moving = True
        raise PolicyRefused(f"the files changed each of the {MOST_TRIES} times that they were read")

    def wait(self, poked: Event, seconds: float) -> None:
        if self._is_moving:
            poked.wait(min(seconds, max(self._settle, _BREATH)))
            return
        until = monotonic() + seconds
        while not poked.is_set() and not self._has_changed() and monotonic() < until:
            self._wait_for_event(poked, min(self._poll, max(0.0, until - monotonic())))

    def close(self) -> None:
        self._is_closed = True

    def _signature(self, reading: Reading, first: str) -> str | None:
        path = first + SIGNED
        try:
            return reading.read(path, _MOST_SIGNATURE).decode("ascii", "replace").strip()
        except OSError:
            return None

    def _now(self) -> dict[Path, Stamp]:
        return {file: stamp(file) for file in self._stamps}

    def _has_changed(self) -> bool:
        return self._now() != self._stamps

    def _wait_until_still(self) -> bool:
        """Waits while files are being written; whether they were still at last."""
        until = monotonic() + LONGEST_WAIT
        last = self._now()
        while self._settle and monotonic() < until and not self._is_closed:
            sleep(self._settle)
            last, before = self._now(), last
            if last == before:
                return True
        return not self._settle

    def _wait_for_event(self, poked: Event, seconds: float) -> None:
        folders = {self._path.parent, *(file.parent for file in self._stamps)}
        folders |= {folder.resolve() for folder in folders}
        if self._path.is_dir():
            folders |= {file for file in self._stamps if file.is_dir()}
        try:
            from watchfiles import watch

            there = [folder for folder in folders if folder.is_dir()]
            if there:
                changes = watch(
                    *there,
                    watch_filter=None,
                    debounce=50,
                    step=_STEP,
                    stop_event=poked,
                    rust_timeout=max(1, int(seconds * 1000)),
                    yield_on_timeout=True,
                    raise_interrupt=False,
                    recursive=False,
                )
                next(changes, None)
                changes.close()
                return
        except ImportError:
            self._only_poll("watchfiles is not installed: pip install routekit[service]")
        except (OSError, RuntimeError) as error:
            self._only_poll(f"files cannot be watched: {error}")
        poked.wait(seconds)

    def _only_poll(self, reason: str) -> None:
        watching = f"polling every {self._poll:g}s, since {reason}"
        if watching != self.watching:
            self.watching = watching
            log(logging.WARNING, "policy files polled", source=self.name, reason=reason, seconds=self._poll)
