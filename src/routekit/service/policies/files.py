"""A policy in a file or a folder: read as it was at one moment, watched, signed and published."""

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import TypeAlias

from routekit.checker.workspace import DiskFolder, Workspace, path_beside, read_regular
from routekit.diagnostics import Reporter
from routekit.engine.errors import PolicyError
from routekit.engine.files import replace_file, source_of
from routekit.engine.log import log
from routekit.service.policies.bundle import Bundle, Document
from routekit.service.policies.events import PolicyRefused, SourceUnreachable
from routekit.service.policies.signature import Signature
from routekit.syntax import tree
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.parser import parse

__all__ = [
    "DiskAddress",
    "Reading",
    "SIGNED",
    "Stamp",
    "document",
    "read_bundle",
    "sign",
    "stamp",
    "write_whole",
]

SIGNED = ".sig"
"""What stands behind the name of the first file in that of its signature."""

_MOST_BYTES = 4 * MOST_CHARACTERS
MOST_TRIES = 20
LONGEST_WAIT = 1.0
"""Seconds that files may go on changing before they are read nevertheless."""

_BREATH = 0.05
"""Seconds between two looks at files that never rest."""

_STEP = 100
"""Milliseconds between two looks for events: for each of them a thread takes the interpreter."""

_MOST_SIGNATURE = 10_000

Stamp: TypeAlias = tuple[int, int, int, int] | None


def stamp(path: Path) -> Stamp:
    """Tells what changes whenever a file does; None where there is none."""
    try:
        state = path.stat()
    except (OSError, ValueError):  # a broken policy may name files that no system has
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


@dataclass(slots=True)
class Reading:
    """A folder whose files are read once each, with what they looked like before."""

    disk: DiskFolder
    files: dict[str, bytes] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    trouble: str | None = None

    @classmethod
    def of(cls, path: Path) -> "Reading":
        """Returns the reading of a policy's file or folder, which need not be there."""
        return cls(DiskFolder.at(path if path.is_dir() else path.parent))

    def shown(self, path: str) -> str:
        return self.disk.shown(path)

    def locate(self, path: str, beside: str) -> str | None:
        is_inside = self.disk.locate(path, beside) is not None  # wherever its links lead
        return path_beside(path, beside) if is_inside else None

    def read(self, path: str, limit: int) -> bytes:
        if path not in self.files:
            file = self.disk.root / path
            self.stamps[file] = stamp(file)
            try:
                self.files[path] = read_regular(file, limit)
            except FileNotFoundError:
                raise
            except OSError as error:
                self.trouble = f"the file `{self.shown(path)}` cannot be read: {_reason(error)}"
                raise
        self.used.add(path)
        return self.files[path][:limit]

    def is_of_one_moment(self) -> bool:
        """Checks whether nothing has changed since it was read."""
        return all(stamp(file) == before for file, before in self.stamps.items())

    def whole(self, path: Path) -> Bundle:
        """Returns the policy in the file or folder that this is the reading of."""
        return self.load(self.first_of_folder() if path.is_dir() else path.name)

    def load(self, first: str) -> Bundle:
        """Returns the first file, all that it brings in, and its lists and facts."""
        self.used = set()
        try:
            source = source_of(self.read(first, _MOST_BYTES + 1), self.shown(first))
        except OSError as error:
            raise SourceUnreachable(
                f"the file `{self.shown(first)}` cannot be read: {_reason(error)}"
            ) from None
        except PolicyError:
            return self._bundle(first)  # said when it is checked
        workspace = Workspace(self, Reporter())
        workspace.load(source, first)
        workspace.read_others()
        if self.trouble is not None:
            raise SourceUnreachable(self.trouble)
        return self._bundle(first)

    def _bundle(self, first: str) -> Bundle:
        return Bundle(first, {path: self.files[path] for path in sorted(self.used)}, self.disk.prefix)

    def first_of_folder(self) -> str:
        """Returns the file with a ``policy`` head that no other such file brings in."""
        heads = [path for path in self._listing() if self._has_head(path)]
        used = (
            {file for head in heads for file in self.load(head).files if file != head} if heads[1:] else set()
        )
        firsts = [head for head in heads if head not in used]
        if len(firsts) == 1:
            return firsts[0]
        folder = self.disk.root.as_posix()
        if not heads:
            raise PolicyRefused(f"the folder `{folder}` has no file that begins with `policy NAME`")
        raise PolicyRefused(
            f"the folder `{folder}` has more than one policy, or none that no other brings in: "
            f"{', '.join(f'`{self.shown(path)}`' for path in firsts or heads)}; name the file instead"
        )

    def _listing(self) -> list[str]:
        """The files with policies in the folder and below it; hidden folders are passed over."""
        found = []
        for folder, below, names in os.walk(self.disk.root):
            below[:] = sorted(name for name in below if not name.startswith("."))
            self.stamps[Path(folder)] = stamp(Path(folder))
            found += [Path(folder, name) for name in names if name.endswith(".route") and name[0] != "."]
        return sorted(path.relative_to(self.disk.root).as_posix() for path in found)

    def _has_head(self, path: str) -> bool:
        data = self.read(path, _MOST_BYTES + 1)
        if b"policy" not in data:
            return False
        try:
            file = parse(source_of(data, self.shown(path)), Reporter())
        except PolicyError:
            return False
        return any(isinstance(node, tree.PolicyNode) for node in file.declarations)


def read_bundle(path: Path) -> Bundle:
    """Returns the files of the policy in a file or a folder, as they are now.

    Raises :class:`SourceUnreachable` where one cannot be read, :class:`PolicyRefused` for a folder that has
    no first file, or more than one.
    """
    return Reading.of(path).whole(path)


def _reason(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else str(error)


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


def document(
    path: str | Path, *, revision: int, sign: Signature | None = None, rollback: bool = False
) -> str:
    """Returns a policy with all its files as one JSON document, for a server of HTTP or a key of Redis.

    ``revision`` is a whole number from 1, larger than those published before, unless ``rollback`` has the
    services go back. The policy is not checked: that is what ``routekit check`` is for, and the services
    do. Raises ``OSError`` where a file cannot be read, ``ValueError`` for one that is not UTF-8.

    >>> import json
    >>> published = json.loads(document("rules/telecom.route", revision=12))
    >>> published["revision"], published["first"], len(published["files"])
    (12, 'telecom.route', 7)
    """
    if revision < 1:
        raise ValueError("a revision is a whole number from 1")
    made = Document(read_bundle(Path(path)), revision, rollback)
    return (made if sign is None else made.signed(sign)).to_json()


def sign(path: str | Path, signature: Signature) -> Path:
    """Signs all the files of the policy in a file or a folder; the file with the signature, beside the first.

    Sign after each change: a service that requires signatures takes the files once both fit. Raises as
    :func:`document` does.
    """
    path = Path(path)
    signed = Document(read_bundle(path)).signed(signature)
    folder = path if path.is_dir() else path.parent
    target = folder / (signed.bundle.first + SIGNED)
    write_whole(target, f"{signed.signature}\n".encode())
    return target


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file that others read: they see all of it or what was there before."""
    if path.exists():
        replace_file(path, data)
        return
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(data)
    draft.replace(path)
