"""The last good policy on disk: a worker starts from it while the source is gone, and knows what was left."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock

from routekit.engine.log import log
from routekit.schema.times import utc_now
from routekit.service.policies.accepted import AcceptedRevisions
from routekit.service.policies.bundle import Document
from routekit.service.policies.errors import PolicyRefused
from routekit.service.policies.events import JSON
from routekit.service.policies.publishing import write_whole
from routekit.service.policies.revision import Revision

if sys.platform != "win32":  # there the last of two processes that write at once stands
    import fcntl

__all__ = ["LastGood"]

_FORMAT_VERSION = 1


class LastGood:
    """One file, written whole, that all workers of a machine may share.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     LastGood(Path(folder, "telecom.json")).load() is None
    True
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept_at: datetime | None = None
        self._trouble: str | None = None
        self._lock = Lock()

    def load(self) -> tuple[Document, int, AcceptedRevisions] | None:
        """The version kept, its number, and what was accepted; None where nothing is kept or can be read."""
        try:
            return _parsed(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, PolicyRefused) as error:
            self._fail("cannot be read", error)
            return None

    def save(self, revision: Revision, accepted: AcceptedRevisions) -> None:
        """Keeps what serves; another process that has gone further already is not overtaken. Never raises."""
        document = revision.document
        if document is None:
            return
        with self._lock:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with _alone(self._path):
                    self._write(document, revision, accepted)
            except (OSError, ValueError) as error:
                self._fail("cannot be written", error)
            else:
                self._trouble, self._kept_at = None, utc_now()

    def _write(self, document: Document, revision: Revision, accepted: AcceptedRevisions) -> None:
        serial = revision.serial
        try:
            found = _parsed(self._path.read_bytes())
        except (OSError, ValueError, PolicyRefused):
            found = None
        if found is not None:
            theirs = found[2]
            is_numbered = document.revision is not None
            is_behind = is_numbered and theirs.highest > accepted.highest
            is_left = revision.digest in theirs.left_behind and revision.digest not in accepted.left_behind
            accepted.add(theirs)
            if is_behind or is_left:
                return
        written = {
            "format_version": _FORMAT_VERSION,
            "serial": serial,
            "accepted": accepted.to_dict(),
            "document": document.to_dict(),
        }
        write_whole(self._path, (json.dumps(written, ensure_ascii=False, indent=1) + "\n").encode())

    def status(self) -> dict[str, JSON]:
        """Where and when it was kept last, and what is wrong with that."""
        kept_at = self._kept_at
        return {
            "path": str(self._path),
            "kept_at": None if kept_at is None else kept_at.isoformat(timespec="milliseconds"),
            "trouble": self._trouble,
        }

    def _fail(self, what: str, error: Exception) -> None:
        said = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
        self._trouble = f"{what}: {said}"
        log(logging.ERROR, f"last good policy {what}", path=str(self._path), reason=said)


def _parsed(data: bytes) -> tuple[Document, int, AcceptedRevisions]:
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("the file is no JSON document") from None
    if not isinstance(read, dict) or read.get("format_version") != _FORMAT_VERSION:
        raise ValueError("the file holds no last good policy of this format")
    serial, accepted = read.get("serial"), read.get("accepted")
    if not isinstance(serial, int) or not isinstance(accepted, dict):
        raise ValueError("the file holds no last good policy of this format")
    document = Document.from_dict(read.get("document"), is_numbered=False)
    return document, serial, AcceptedRevisions.from_dict(accepted)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keeps other processes from writing meanwhile."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
