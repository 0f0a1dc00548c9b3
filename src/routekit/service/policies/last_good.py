"""Which revisions were accepted or left behind, and the last good one: in a file that outlives a process."""

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock

from routekit.engine.log import log
from routekit.schema.times import utc_now
from routekit.service.policies.bundle import Document
from routekit.service.policies.events import JSON, PolicyRefused
from routekit.service.policies.files import write_whole
from routekit.service.policies.revision import Revision

if sys.platform != "win32":  # there the last of two processes that write at once stands
    import fcntl

__all__ = ["AcceptedRevisions", "LastGood"]


class AcceptedRevisions:
    """The high-water mark of a source, and the tombstones of what it went back from.

    ``last`` is the number accepted last, ``highest`` the highest ever: a rollback makes the first smaller,
    never the second. ``left_behind`` are the digests of versions that a rollback or a withdrawal has left;
    none of them is taken again by itself.
    """

    def __init__(self) -> None:
        self.last = self.highest = 0
        self.left_behind: set[bytes] = set()
        self._digest = b""
        self._followed: set[bytes] = set()

    def is_last(self, document: Document, digest: bytes) -> bool:
        """Checks whether a document is the version that was accepted last."""
        return document.revision == self.last and digest == self._digest

    def next(self, document: Document, digest: bytes) -> int:
        """Returns the number of a new version; raises :class:`PolicyRefused` for one that goes back."""
        revision = document.revision
        if revision is None:
            return self.highest + 1
        if self.is_last(document, digest):
            return revision
        if document.rollback:
            if document.mark() in self._followed:
                raise PolicyRefused(
                    f"this rollback to revision {revision} was followed already and is over; "
                    f"publish it under a number above {self.highest}"
                )
            return revision
        if revision == self.last:
            raise PolicyRefused(
                f"revision {revision} is there already with other content: "
                "each version has a number of its own"
            )
        if revision < self.last:
            raise PolicyRefused(
                f"revision {revision} is older than {self.last}, which was accepted already; "
                "publish it under a larger number, or as a rollback"
            )
        if revision <= self.highest:
            raise PolicyRefused(
                f"revision {revision} was left behind by the rollback to {self.last}; "
                f"publish it under a number above {self.highest}"
            )
        return revision

    def accept(self, serial: int, document: Document, digest: bytes) -> None:
        """Takes only versions that are newer than this one from now on."""
        self.last, self._digest = serial, digest
        self.highest = max(self.highest, serial)
        if document.rollback:
            self._followed.add(document.mark())

    def leave_behind(self, digests: Iterable[bytes]) -> None:
        """Keeps these versions from coming again by themselves."""
        self.left_behind.update(digests)

    def take_over(self, other: "AcceptedRevisions") -> None:
        """Goes on where an earlier process ended."""
        self.last, self._digest = other.last, other._digest
        self.add(other)

    def add(self, other: "AcceptedRevisions") -> None:
        """Takes over what another process of the same source knows."""
        self.highest = max(self.highest, other.highest)
        self.left_behind |= other.left_behind
        self._followed |= other._followed

    def to_dict(self) -> dict[str, JSON]:
        """Returns all of it, as JSON has it."""
        return {
            "last": self.last,
            "highest": self.highest,
            "digest": self._digest.hex(),
            "followed": [*_texts(self._followed)],
            "left_behind": [*_texts(self.left_behind)],
        }

    @classmethod
    def from_dict(cls, read: Mapping[str, object]) -> "AcceptedRevisions":
        """Reads what :meth:`to_dict` wrote; raises ``ValueError`` for anything else."""
        made = cls()
        last, highest, digest = read.get("last"), read.get("highest"), read.get("digest")
        if not isinstance(last, int) or not isinstance(highest, int) or not isinstance(digest, str):
            raise ValueError("these are no accepted revisions")
        made.last, made.highest, made._digest = last, highest, bytes.fromhex(digest)
        made._followed, made.left_behind = _digests(read.get("followed")), _digests(read.get("left_behind"))
        return made


def _texts(digests: Iterable[bytes]) -> list[str]:
    return sorted(digest.hex() for digest in digests)


def _digests(read: object) -> set[bytes]:
    if not isinstance(read, list) or not all(isinstance(text, str) for text in read):
        raise ValueError("these are no digests")
    return {bytes.fromhex(text) for text in read}


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
        """Reads the version kept, its number, and what was accepted; None where nothing can be read."""
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
        """Tells where and when it was kept last, and what is wrong with that."""
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
